import * as z from 'zod';
import {
  MAX_BATCH_FILES,
  MAX_INLINE_MANIFEST_BYTES,
  MAX_PAGE_VERSIONS,
  MAX_PROVED_TICKETS,
  MAX_TICKET_BYTES,
  MAX_VERSION,
} from '../limits.js';
import {
  aboutFile,
  base64url,
  fileName,
  fileNames,
  fileVersion,
  hex32,
  inGroup,
  nothing,
  refusal,
  sharedFile,
  versionNumber,
  versionTerms,
} from './tracker-records.js';

const publication = versionTerms.extend({
  manifestId: hex32,
  /** The newest version that the publisher has seen; 0 for a new name. */
  base: z.number().int().min(0).max(MAX_VERSION),
});

/** The schemas of the requests about versions of files. Trackers that offer `versions` have them. */
export const VERSION_METHODS = {
  /**
   * Publishes content as the next version of a file, and registers that this device has it. If the newest version is not `base`, the
   * answer is `VERSION_CONFLICT` with the newest version. Content that is already the newest version publishes nothing.
   */
  publishVersion: {
    params: aboutFile.extend(publication.shape),
    result: z.object({ file: sharedFile }),
  },
  /** Like `publishVersion`, for many files in one step; each succeeds or fails alone. The item may contain a small manifest. */
  publishVersions: {
    params: inGroup.extend({
      files: z
        .array(
          publication.extend({
            fileName,
            manifest: base64url.max(Math.ceil((MAX_INLINE_MANIFEST_BYTES * 4) / 3)).optional(),
          }),
        )
        .min(1)
        .max(MAX_BATCH_FILES),
    }),
    result: z.object({
      files: z
        .array(z.union([z.object({ file: sharedFile }), refusal.extend({ newest: sharedFile.optional() })]))
        .max(MAX_BATCH_FILES),
    }),
  },
  /** One page of the versions that the group keeps, newest first; `next` is the `before` of the next page. */
  listVersions: {
    params: aboutFile.extend({
      before: versionNumber.optional(),
      limit: z.number().int().min(1).max(MAX_PAGE_VERSIONS).optional(),
    }),
    result: z.object({ versions: z.array(fileVersion).max(MAX_PAGE_VERSIONS), next: versionNumber.nullable() }),
  },
  /**
   * Removes files from the group with all their versions; each succeeds or fails alone. The first author and the group's owner may do that.
   * `bases` has, for each file, the newest version that the remover has seen: another newest version is refused with `VERSION_CONFLICT`.
   */
  removeFiles: {
    params: inGroup.extend({
      fileNames,
      bases: z.array(versionNumber).max(MAX_BATCH_FILES).optional(),
    }),
    result: z.object({ files: z.array(z.union([refusal, nothing])).max(MAX_BATCH_FILES) }),
  },
  /**
   * Shows group tickets that this tracker signed. A tracker that was restored from a backup raises the epochs of its groups to those in
   * the tickets.
   */
  proveEpochs: {
    params: z.object({ tickets: z.array(z.string().max(MAX_TICKET_BYTES)).min(1).max(MAX_PROVED_TICKETS) }),
    result: nothing,
  },
} as const;
