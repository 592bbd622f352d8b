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
  /** A small file's manifest, in base64url; that of a large one has a file of its own. */
  manifest: z
    .string()
    .max(Math.ceil((MAX_INLINE_MANIFEST_BYTES * 4) / 3))
    .optional(),
  /** Other files that have the same content: the first that still has it is served when the share's own goes. */
  copies: z.array(COPY).max(MAX_COPIES).optional(),
});

const DOWNLOAD = z.object({
  /** The same for as long as it is not finished, whatever process works on it. */
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
  priority: z.enum(['high', 'normal', 'low']).optional(),
  limitBytesPerSecond: z.number().positive().optional(),
  /** Fetched in the file's order. */
  sequential: z.boolean().optional(),
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
});

/** Downloads are in the order in which they begin, but for their priorities. */
const ACCOUNT = z.object({
  shares: z.array(SHARE),
  downloads: z.array(DOWNLOAD),
  folders: z.array(FOLDER).default([]),
});
export const LIBRARY = z.object({ version: z.literal(1), accounts: z.record(z.string(), ACCOUNT) });

export type LibraryShare = z.infer<typeof SHARE>;
export type LibraryDownload = z.infer<typeof DOWNLOAD>;
/** A folder download that is not over. */
export type LibraryFolder = z.infer<typeof FOLDER>;
export type Account = z.infer<typeof ACCOUNT>;

export type ShareCopy = z.infer<typeof COPY>;
export type LibraryContents = z.infer<typeof LIBRARY>;
