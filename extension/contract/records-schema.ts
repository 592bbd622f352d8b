import * as z from 'zod';

/** What the messages of window and agent are made of: `contract.ts` has the messages. */

export const text = z.string();
export const count = z.number().int().nonnegative();
/** Among downloads that wait for their turn, and of a limited rate. */
export const priority = z.enum(['high', 'normal', 'low']);
/** Bytes a second, as the SDK takes them; 0 is no limit. */
export const rate = z.union([z.literal(0), z.number().min(1000).max(Number.MAX_SAFE_INTEGER)]);
export const problem = z.object({ code: text, message: text });
/** Its user waits for its end, and was not told of it yet. */
const awaited = z.boolean().default(false);

export const SHARE = z.object({
  groupId: text,
  fileName: text,
  path: text,
  manifestId: text,
  sizeBytes: count,
});

export const LOST_SHARE = SHARE.extend({ reason: z.enum(['gone', 'changed', 'refused']) });

/** It cannot be read for now, and why. */
export const UNAVAILABLE_SHARE = SHARE.extend({ problem });

export type UnavailableRecord = z.infer<typeof UNAVAILABLE_SHARE>;

export const SIGNED_IN = z.object({
  userId: text,
  sessionToken: text,
  restored: z.array(SHARE),
  lost: z.array(LOST_SHARE),
  checking: z.array(SHARE),
  unavailable: z.array(UNAVAILABLE_SHARE),
});

const SOURCE = z.object({
  deviceId: text,
  userId: text,
  state: z.enum(['connecting', 'ready', 'stalled', 'gone', 'banned']),
  bytes: count,
  pieces: count,
  bytesPerSecond: z.number(),
});

/** A download's place among the others. */
const TURN = {
  priority: priority.default('normal'),
  /** Bytes a second; null for no limit of its own. */
  limitBytesPerSecond: rate.nullable().default(null),
  /** How many begin before it, while it waits for its turn. */
  queuePosition: count.nullable().default(null),
};

export const DOWNLOAD = z.object({
  id: text,
  groupId: text,
  fileName: text,
  path: text,
  state: z.enum([
    'queued',
    'starting',
    'downloading',
    'waiting',
    'verifying',
    'paused',
    'complete',
    'failed',
    'cancelled',
  ]),
  /** Why it failed. */
  error: problem.nullable(),
  doneBytes: count,
  sizeBytes: count,
  donePieces: count,
  pieceCount: count,
  bytesPerSecond: z.number(),
  etaMs: z.number().nullable(),
  sources: z.array(SOURCE),
  ...TURN,
  /** Once it is complete. */
  result: z.object({ manifestId: text, fileDigest: text }).nullable(),
  awaited,
});

const FOLDER_FAILURE = z.object({ fileName: text, code: text, message: text });

/** A folder download. */
export const FOLDER = z.object({
  id: text,
  groupId: text,
  folder: text,
  path: text,
  state: z.enum(['queued', 'starting', 'downloading', 'waiting', 'paused', 'complete', 'failed', 'cancelled']),
  /** Why it failed. */
  error: problem.nullable(),
  doneFiles: count,
  failedFiles: count,
  fileCount: count,
  doneBytes: count,
  sizeBytes: count,
  bytesPerSecond: z.number(),
  etaMs: z.number().nullable(),
  sources: z.array(SOURCE),
  ...TURN,
  sequential: z.boolean().default(false),
  /** What could not be had, a thousand at most; left out where it is as it was told last. */
  failures: z.array(FOLDER_FAILURE).optional(),
  awaited,
});

export const UPLOAD = z.object({
  groupId: text,
  fileName: text,
  manifestId: text,
  sizeBytes: count,
  userId: text,
  deviceId: text,
  bytes: count,
  bytesPerSecond: z.number(),
});

export const LIMITS = z.object({
  downloadBytesPerSecond: rate.optional(),
  uploadBytesPerSecond: rate.optional(),
  downloadsAtOnce: count.optional(),
});

export const STATUS = z.object({
  /** The tracker that was chosen; null when none was. */
  tracker: text.nullable(),
  /** `away`: it is tried again and again. `refused`: only the user can mend it. */
  link: z.enum(['none', 'connecting', 'online', 'away', 'refused']),
  /** Why it is away or refused. */
  problem: problem.nullable(),
  /** Since when it does not answer, milliseconds since 1970; also while it is tried again. */
  awaySinceMs: z.number().nullable(),
  userId: text.nullable(),
  deviceId: text.nullable(),
  fingerprint: text.nullable(),
  /** Where pieces are served. */
  listen: text.nullable(),
  /** What the client keeps to; one that is left out is none. Null without a client. */
  limits: LIMITS.nullable(),
});

export const SETUP = z.object({
  /** `wss://host:port`, with the fingerprint behind a `#` where it is known; null for none. */
  tracker: text.nullable(),
  listen: text,
  advertise: text.nullable(),
  /** Whether the agent goes on sharing when the last window has gone. */
  keepSharing: z.boolean(),
});

export type ShareRecord = z.infer<typeof SHARE>;
export type DownloadRecord = z.infer<typeof DOWNLOAD>;
export type FolderRecord = z.infer<typeof FOLDER>;
export type UploadRecord = z.infer<typeof UPLOAD>;
export type Status = z.infer<typeof STATUS>;
export type LimitsRecord = z.infer<typeof LIMITS>;
export type Setup = z.infer<typeof SETUP>;
export type Problem = z.infer<typeof problem>;
