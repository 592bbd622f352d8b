import * as z from 'zod';

/** The records in the messages between window and agent; `contract.ts` has the messages. */

export const text = z.string();
export const count = z.number().int().nonnegative();
/** Order in the queue, and share of a limited rate. */
export const priority = z.enum(['high', 'normal', 'low']);
/** Bytes per second, as in the SDK; 0 is no limit. */
export const rate = z.union([z.literal(0), z.number().min(1000).max(Number.MAX_SAFE_INTEGER)]);
export const problem = z.object({ code: text, message: text });
/** The user waits for its end, which was not reported yet. */
const awaited = z.boolean().default(false);

const SHARE_STATE = z.object({
  name: z.enum(['available', 'verifying', 'edited', 'behind', 'missing', 'unreadable']),
  /** Milliseconds since 1970. */
  sinceMs: count,
  /** The reason, for people. */
  why: text.optional(),
});

export const SHARE = z.object({
  groupId: text,
  fileName: text,
  path: text,
  manifestId: text,
  sizeBytes: count,
  state: SHARE_STATE,
});

export const LOST_SHARE = SHARE.extend({ reason: z.enum(['gone', 'changed', 'refused']) });

/** It cannot be served for now; `problem` says why. */
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

/** A folder that the user shares; `watch`: later changes are shared by themselves. */
export const SHARED_FOLDER = z.object({ groupId: text, folder: text, path: text, watch: z.boolean() });

/** How changes are noticed where a folder is not watched, as in the SDK. */
export const FOLDER_POLLING = z.object({
  reason: z.enum(['network-disk', 'too-many-folders', 'no-watch-left', 'refused']),
  folders: count,
  everyMs: count,
  why: text,
});

const SOURCE = z.object({
  deviceId: text,
  userId: text,
  state: z.enum(['connecting', 'ready', 'stalled', 'gone', 'banned']),
  bytes: count,
  pieces: count,
  bytesPerSecond: z.number(),
  /** The way to it, as in the SDK. */
  path: z.enum(['lan', 'direct', 'back', 'punched', 'relay', 'none']).catch('none'),
  /** Why it is this way, or why there is none, in English. */
  why: text.optional(),
  /** The way by which its last piece came. */
  cameBy: z.enum(['lan', 'direct', 'back', 'punched', 'relay']).optional().catch(undefined),
  /** Why no way leads to it, as in the SDK. */
  code: z.enum(['PEER_UNREACHABLE', 'RELAY_LIMITED', 'DISCONNECTED']).optional().catch(undefined),
});

/** A download's place among the others. */
const TURN = {
  priority: priority.default('normal'),
  /** Bytes per second; null for no limit of its own. */
  limitBytesPerSecond: rate.nullable().default(null),
  /** Number of downloads that start before it, while it is queued. */
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
  /** The cause of a failure. */
  error: problem.nullable(),
  doneBytes: count,
  sizeBytes: count,
  donePieces: count,
  pieceCount: count,
  bytesPerSecond: z.number(),
  reusedBytes: count.default(0),
  etaMs: z.number().nullable(),
  sources: z.array(SOURCE),
  ...TURN,
  /** Set once it is complete. */
  result: z.object({ manifestId: text, fileDigest: text }).nullable(),
  awaited,
});

/** Files of a folder download, by what was found and done. */
const CHANGES = z.object({
  ...{ added: count, restored: count, updated: count, unchanged: count },
  ...{ edited: count, removed: count, deleted: count },
});
const NO_CHANGES = { added: 0, restored: 0, updated: 0, unchanged: 0, edited: 0, removed: 0, deleted: 0 };

const KEPT_FILE = z.object({ fileName: text, path: text, why: z.enum(['edited', 'removed']) });

const FOLDER_FAILURE = z.object({ fileName: text, code: text, message: text });

/** A folder download. */
export const FOLDER = z.object({
  id: text,
  groupId: text,
  folder: text,
  path: text,
  state: z.enum(['queued', 'starting', 'downloading', 'waiting', 'paused', 'complete', 'failed', 'cancelled']),
  /** The cause of a failure. */
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
  /** Failed files, at most 1,000; omitted if unchanged. */
  failures: z.array(FOLDER_FAILURE).optional(),
  changes: CHANGES.default(NO_CHANGES),
  /** Files that are left alone, at most 1,000; omitted if unchanged. */
  kept: z.array(KEPT_FILE).optional(),
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

/** The unseen files of a group, the oldest first and at most 1,000. */
export const NEWS = z.object({
  groupId: text,
  files: z.array(z.object({ fileName: text, by: text, atMs: count })),
});

export const LIMITS = z.object({
  downloadBytesPerSecond: rate.optional(),
  uploadBytesPerSecond: rate.optional(),
  downloadsAtOnce: count.optional(),
});

/** What of the published files is also kept, in bytes; an omitted field stays. */
export const KEPT_VERSIONS = z.object({ maxFileBytes: count.optional(), maxTotalBytes: count.optional() });

/** Which ways to others are used. */
const connect = z.enum(['auto', 'direct', 'relay']);

/** What others need to connect with this computer. */
const REACH = z.object({
  /** A `ReachSituation` of the SDK, or one that a newer agent has. */
  situation: text,
  /** The situation in English. */
  sentence: text,
  /** The open address that reaches furthest; null for none. */
  address: text.nullable(),
  /** The protocol of the router that opened it; null if none did. */
  openedBy: text.nullable(),
  /** Why a router forwards nothing: a `NoMappingReason` of the SDK, or one that a newer agent has; null if it does. */
  noMapping: text.nullable().default(null),
  /** Whether the relay may carry the data. */
  isRelayed: z.boolean(),
});

export const STATUS = z.object({
  /** The chosen tracker; null for none. */
  tracker: text.nullable(),
  /** `away`: the agent keeps reconnecting. `refused`: only the user can solve it. */
  link: z.enum(['none', 'connecting', 'online', 'away', 'refused']),
  /** Why it is away or refused. */
  problem: problem.nullable(),
  /** Since when it does not answer, in milliseconds since 1970; also while the agent reconnects. */
  awaySinceMs: z.number().nullable(),
  userId: text.nullable(),
  deviceId: text.nullable(),
  fingerprint: text.nullable(),
  /** Where the nodes of the tracker are dialled, as it told. */
  nodes: z
    .array(z.object({ host: text, port: count }))
    .readonly()
    .default([]),
  /** Address at which pieces are served. */
  listen: text.nullable(),
  /** The limits of the client; an omitted one does not apply. Null without a client. */
  limits: LIMITS.nullable(),
  /** Null without a client. */
  keptVersions: KEPT_VERSIONS.required().nullable(),
  /** Null without a client. */
  reach: REACH.nullable().default(null),
});

export const SETUP = z.object({
  /** `wss://host:port`, with `#` and the fingerprint if known; null for none. */
  tracker: text.nullable(),
  listen: text,
  advertise: text.nullable(),
  connect: connect.default('auto'),
  /** Whether the router may be asked to open a port. */
  portMapping: z.boolean().default(true),
  /** Whether the agent keeps sharing after the last window. */
  keepSharing: z.boolean(),
});

export type SharedFolderRecord = z.infer<typeof SHARED_FOLDER>;
export type FolderPollingRecord = z.infer<typeof FOLDER_POLLING>;
export type ShareRecord = z.infer<typeof SHARE>;
export type DownloadRecord = z.infer<typeof DOWNLOAD>;
export type FolderRecord = z.infer<typeof FOLDER>;
export type UploadRecord = z.infer<typeof UPLOAD>;
export type Status = z.infer<typeof STATUS>;
export type NewsRecord = z.infer<typeof NEWS>;
export type KeptVersionsRecord = z.infer<typeof KEPT_VERSIONS>;
export type LimitsRecord = z.infer<typeof LIMITS>;
export type ReachRecord = z.infer<typeof REACH>;
export type Setup = z.infer<typeof SETUP>;
export type Problem = z.infer<typeof problem>;
