import * as z from 'zod';
import { MAX_PAGE_ROWS } from '../limits.js';
import { fileName, hex32, inGroup, name } from './tracker-records.js';

/** The schemas of the requests with which a device looks at its own shares. Trackers that offer `ownShares` have them. */
export const OWN_SHARE_METHODS = {
  /**
   * Returns those of the named groups in which the tracker lists other shares of this device than these: their number, and the digest of
   * their names (`NamesDigest`). Groups that the user is not a member of are passed over.
   */
  compareShares: {
    params: z.object({
      groups: z
        .array(z.object({ groupId: name, count: z.number().int().nonnegative(), digest: hex32 }))
        .max(MAX_PAGE_ROWS),
    }),
    result: z.object({ differ: z.array(name).max(MAX_PAGE_ROWS) }),
  },
  /** One page of the names that this device shares in a group, sorted by key; `next` is the `after` of the next page. */
  listOwnShares: {
    params: inGroup.extend({
      after: fileName.optional(),
      limit: z.number().int().min(1).max(MAX_PAGE_ROWS).optional(),
    }),
    result: z.object({ fileNames: z.array(fileName).max(MAX_PAGE_ROWS), next: fileName.nullable() }),
  },
} as const;
