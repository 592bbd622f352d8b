import * as z from 'zod';
import { MAX_EMPTY_FOLDERS, MAX_PAGE_ROWS } from '../limits.js';
import { fileName, inGroup, nothing } from './tracker-records.js';

const inFolder = inGroup.extend({
  /** A folder with files of the group. */
  folder: fileName,
});

/** The schemas of the requests about empty folders. Trackers that offer `emptyFolders` have them. */
export const EMPTY_FOLDER_METHODS = {
  /**
   * Replaces the list of the empty folders below a folder. They are whole names in the group. A member who shares a file below the
   * folder may do that, and the group's owner.
   */
  setEmptyFolders: {
    params: inFolder.extend({ empty: z.array(fileName).max(MAX_EMPTY_FOLDERS) }),
    result: nothing,
  },
  /**
   * One page of the empty folders below a folder, sorted by key; `next` is the `after` of the next page. None, if the group has no file
   * below the folder.
   */
  listEmptyFolders: {
    params: inFolder.extend({
      after: fileName.optional(),
      limit: z.number().int().min(1).max(MAX_PAGE_ROWS).optional(),
    }),
    result: z.object({ empty: z.array(fileName).max(MAX_PAGE_ROWS), next: fileName.nullable() }),
  },
} as const;
