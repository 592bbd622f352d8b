import * as z from 'zod';
import { MAX_INLINE_MANIFEST_BYTES } from '../../protocol/index.js';

const hex32 = z.string().regex(/^[0-9a-f]{64}$/);

/** Other files that stand in for a share's, at most. */
export const MAX_COPIES = 4;

const COPY = z.object({ path: z.string(), modifiedNs: z.string().regex(/^-?\d+$/) });

const SHARE = z.object({
  groupId: z.string(),
  fileName: z.string(),
  path: z.string(),
  manifestId: hex32,
  sizeBytes: z.number().int().nonnegative(),
  /** The file's last change, nanoseconds since 1970, decimal. */
  modifiedNs: z.string().regex(/^-?\d+$/),
  /** Whether the tracker has taken it down already. */
  registered: z.boolean(),
  /** No longer shared and no longer served; the record stays until the tracker has confirmed that it does not list the file. */
  ended: z.literal(true).optional(),
  /** A small file's manifest, in base64url; that of a large one has a file of its own. */
  manifest: z
    .string()
    .max(Math.ceil((MAX_INLINE_MANIFEST_BYTES * 4) / 3))
    .optional(),
  /** Other files that have the same content: the first that still has it is served when the share's own goes. */
  copies: z.array(COPY).max(MAX_COPIES).optional(),
});

/** The user's wishes for a download. Records of version 0.1 lack some. */
const TERMS = {
  priority: z.enum(['high', 'normal', 'low']).optional(),
  limitBytesPerSecond: z.number().positive().optional(),
  /** A file in the order of its bytes, a folder in the order of its files' names. */
  sequential: z.boolean().optional(),
};

/** A download as version 0.1 kept it: in a list, whose order was theirs. */
const DOWNLOAD_1 = z.object({
  id: z.string().min(1).max(64).optional(),
  groupId: z.string(),
  fileName: z.string(),
  finalPath: z.string(),
  overwrite: z.boolean(),
  /** The folder that is being fetched and that it is a file of. */
  root: z.string().optional(),
  manifestId: hex32,
  sizeBytes: z.number().int().nonnegative(),
  /** Paused on purpose: it does not go on by itself. */
  paused: z.boolean(),
  /** How many pieces were there when it was paused, to be shown until the journal is read again. */
  donePieces: z.number().int().nonnegative().optional(),
  ...TERMS,
});

const DOWNLOAD = DOWNLOAD_1.extend({
  /** The same until the download is over, whatever process works on it. */
  id: z.string().min(1).max(64),
  /** Downloads begin in ascending order of their positions, but for their priorities. */
  position: z.number(),
  /** The id of the folder download that it is a part of. A part has no place in the order of downloads. */
  parent: z.string().optional(),
});

const FOLDER = z.object({
  id: z.uuid(),
  groupId: z.string(),
  folder: z.string(),
  /** The folder that holds the tree. */
  root: z.string(),
  /** Paused on purpose: it does not go on by itself. */
  paused: z.boolean(),
  /** Replaces files that stand there and are others. */
  overwrite: z.boolean().optional(),
  ...TERMS,
  /** Its place among all downloads. Folders of earlier versions did not wait in the queue, and are the first. */
  position: z.number().default(-1),
});

/** `library.json` of version 0.1: everything, written whole at each change. */
export const LIBRARY_1 = z.object({
  version: z.literal(1),
  accounts: z.record(
    z.string(),
    z.object({ shares: z.array(SHARE), downloads: z.array(DOWNLOAD_1), folders: z.array(FOLDER).default([]) }),
  ),
});

/** Each change says what a record is from now on, or that there is none: to apply it twice changes nothing. */
const CHANGE = z.discriminatedUnion('type', [
  z.object({ type: z.literal('share'), share: SHARE }),
  z.object({ type: z.literal('noShare'), groupId: z.string(), fileName: z.string() }),
  z.object({ type: z.literal('download'), download: DOWNLOAD }),
  z.object({ type: z.literal('noDownload'), id: z.string() }),
  z.object({ type: z.literal('folder'), folder: FOLDER }),
  z.object({ type: z.literal('noFolder'), id: z.string() }),
]);

/** Changes of one step, by account. */
export const BATCH = z.array(z.tuple([z.string(), z.array(CHANGE)]));

export type ShareCopy = Readonly<z.infer<typeof COPY>>;
/** Only the account that has a record changes it. */
export type LibraryShare = Readonly<Omit<z.infer<typeof SHARE>, 'copies'>> & {
  readonly copies?: readonly ShareCopy[] | undefined;
};
export type LibraryDownload = Readonly<z.infer<typeof DOWNLOAD>>;
/** A folder download that is not over. */
export type LibraryFolder = Readonly<z.infer<typeof FOLDER>>;
/** A download with a place of its own: of a folder, or of a file that is no part of one. */
export type LibraryTransfer = LibraryDownload | LibraryFolder;

export type Change =
  | { readonly type: 'share'; readonly share: LibraryShare }
  | { readonly type: 'noShare'; readonly groupId: string; readonly fileName: string }
  | { readonly type: 'download'; readonly download: LibraryDownload }
  | { readonly type: 'noDownload'; readonly id: string }
  | { readonly type: 'folder'; readonly folder: LibraryFolder }
  | { readonly type: 'noFolder'; readonly id: string };

export type Batch = readonly (readonly [account: string, changes: readonly Change[]])[];
export type Library1 = z.infer<typeof LIBRARY_1>;
