import * as z from 'zod';
import { MAX_INLINE_MANIFEST_BYTES, MAX_NOTE_CHARACTERS, MAX_VERSION } from '../../../protocol/index.js';

const hex32 = z.string().regex(/^[0-9a-f]{64}$/);

/** Bounds of the patterns of a folder download. */
export const MAX_PATTERNS = 1000;
export const MAX_PATTERN_CHARACTERS = 1024;

/** Maximum number of copies of a share's file. */
export const MAX_COPIES = 4;

const COPY = z.object({ path: z.string(), modifiedNs: z.string().regex(/^-?\d+$/) });

/** The manifest of a small file in base64url. */
const inlineManifest = z.string().max(Math.ceil((MAX_INLINE_MANIFEST_BYTES * 4) / 3));

const version = z.number().int().min(1).max(MAX_VERSION);

/** What a repetition of `publishVersion` needs. */
const PUBLICATION = z.object({
  /** The version that was the newest when this one was published. */
  base: z.number().int().min(0).max(MAX_VERSION),
  note: z.string().max(MAX_NOTE_CHARACTERS).optional(),
  executable: z.boolean().optional(),
  /** When the tracker published it, in milliseconds since 1970. */
  atMs: z.number().int().nonnegative().optional(),
});

const SHARE = z.object({
  groupId: z.string(),
  fileName: z.string(),
  path: z.string(),
  manifestId: hex32,
  sizeBytes: z.number().int().nonnegative(),
  /** Modification time of the file in nanoseconds since 1970, decimal. */
  modifiedNs: z.string().regex(/^-?\d+$/),
  /** Whether the tracker has registered the share. */
  registered: z.boolean(),
  /** No longer shared or served. The record stays until the tracker confirms that it does not list the file. */
  ended: z.literal(true).optional(),
  /** The manifest of a small file in base64url. A large manifest is a separate file. */
  manifest: inlineManifest.optional(),
  /** Other files with the same content. If the share's file is lost, the first intact copy replaces it. */
  copies: z.array(COPY).max(MAX_COPIES).optional(),
  /** The number of the version that has this content, once the tracker has told it. */
  version: version.optional(),
  /** The newest version of the file that the user knows, if it is newer than `version`. */
  seen: version.optional(),
  /** This device published the content. Without `version`, the tracker has not confirmed it yet. */
  published: PUBLICATION.optional(),
});

/** Terms of a download. Records of version 0.1 lack some. */
const TERMS = {
  priority: z.enum(['high', 'normal', 'low']).optional(),
  limitBytesPerSecond: z.number().positive().optional(),
  /** Downloads a file in the order of its bytes, and a folder in the order of its files' names. */
  sequential: z.boolean().optional(),
};

/** A download in version 0.1, which kept the order by a list. */
const DOWNLOAD_1 = z.object({
  id: z.string().min(1).max(64).optional(),
  groupId: z.string(),
  fileName: z.string(),
  finalPath: z.string(),
  overwrite: z.boolean(),
  /** The root of the folder download that the file belongs to. */
  root: z.string().optional(),
  manifestId: hex32,
  sizeBytes: z.number().int().nonnegative(),
  /** Paused by the user: a sign-in does not resume it. */
  paused: z.boolean(),
  /** Number of verified pieces at the last pause, shown until the journal is read. */
  donePieces: z.number().int().nonnegative().optional(),
  ...TERMS,
});

const DOWNLOAD = DOWNLOAD_1.extend({
  /** Constant until the download ends, across processes. */
  id: z.string().min(1).max(64),
  /** Downloads of the same priority start in ascending order of their positions. */
  position: z.number(),
  /** The id of the folder download that this is a part of. Parts are not in the order of downloads. */
  parent: z.string().optional(),
  /** The number of the version that is downloaded. Trackers of version 0.1 have none. */
  version: version.optional(),
});

const PATTERNS = z.array(z.string().max(MAX_PATTERN_CHARACTERS)).max(MAX_PATTERNS).readonly();

const FOLDER = z.object({
  id: z.uuid(),
  groupId: z.string(),
  folder: z.string(),
  /** The root folder of the tree. */
  root: z.string(),
  /** Paused by the user: a sign-in does not resume it. */
  paused: z.boolean(),
  /** Replaces existing files with other content. */
  overwrite: z.boolean().optional(),
  /** Deletes downloaded files that the group removed. */
  delete: z.boolean().optional(),
  /** Patterns of the files to download; without them, all. */
  include: PATTERNS.optional(),
  /** Patterns of files to leave out. */
  exclude: PATTERNS.optional(),
  ...TERMS,
  /** Position among all downloads. Folders of earlier versions were not queued, and come first. */
  position: z.number().default(-1),
});

/** A group that the user left, until the tracker confirms it. */
const LEFT_GROUP = z.object({ groupId: z.string() });

/** A content of a file that is kept in the data folder. */
const KEPT = z.object({
  groupId: z.string(),
  fileName: z.string(),
  version: version.optional(),
  manifestId: hex32,
  sizeBytes: z.number().int().nonnegative(),
  /** Modification time of the kept file in nanoseconds since 1970, decimal. */
  modifiedNs: z.string().regex(/^-?\d+$/),
  /** When it was last served or read, in milliseconds since 1970. */
  neededAtMs: z.number().int().nonnegative(),
  manifest: inlineManifest.optional(),
});

/** A folder that the user shares: what is below its root is what the group has of it. */
const SHARED_FOLDER = z.object({
  groupId: z.string(),
  /** The name in the group. */
  folder: z.string(),
  /** The folder on this device. */
  root: z.string(),
  exclude: z.array(z.string()),
  /** Paths below the root that are left out: chosen by the user, or ended one by one. */
  omit: z.array(z.string()),
  algorithm: z.enum(['sha1', 'sha256']),
  /** Whether changes are shared without being asked for. */
  watch: z.boolean(),
  /** Places in it where disks were mounted; an empty string is the root. */
  mounts: z.array(z.string()).optional(),
  /** Digest of the names of its empty folders that the tracker was told last. */
  emptyFolders: hex32.optional(),
});

/** A downloaded file that the group removed, and what it was when it was downloaded. */
const REMOVED_FILE = SHARE.pick({ groupId: true, fileName: true, manifestId: true, sizeBytes: true }).extend(
  COPY.shape,
);

/** A downloaded file with an older version than the one that is shared under its name. */
const OLDER_FILE = z.object({
  ...SHARE.pick({ groupId: true, fileName: true, manifestId: true, sizeBytes: true, manifest: true }).shape,
  ...COPY.shape,
  version,
});

/** `library.json` of version 0.1: all data, rewritten at each change. */
export const LIBRARY_1 = z.object({
  version: z.literal(1),
  accounts: z.record(
    z.string(),
    z.object({ shares: z.array(SHARE), downloads: z.array(DOWNLOAD_1), folders: z.array(FOLDER).default([]) }),
  ),
});

/** Each change contains the new state of a record or its removal, so that changes are idempotent. */
const CHANGE = z.discriminatedUnion('type', [
  z.object({ type: z.literal('share'), share: SHARE }),
  z.object({ type: z.literal('noShare'), groupId: z.string(), fileName: z.string() }),
  z.object({ type: z.literal('download'), download: DOWNLOAD }),
  z.object({ type: z.literal('noDownload'), id: z.string() }),
  z.object({ type: z.literal('folder'), folder: FOLDER }),
  z.object({ type: z.literal('noFolder'), id: z.string() }),
  z.object({ type: z.literal('leftGroup'), group: LEFT_GROUP }),
  z.object({ type: z.literal('notLeft'), groupId: z.string() }),
  z.object({ type: z.literal('kept'), kept: KEPT }),
  z.object({ type: z.literal('notKept'), groupId: z.string(), fileName: z.string(), manifestId: hex32 }),
  z.object({ type: z.literal('sharedFolder'), record: SHARED_FOLDER }),
  z.object({ type: z.literal('noSharedFolder'), groupId: z.string(), folder: z.string() }),
  z.object({ type: z.literal('removedFile'), file: REMOVED_FILE }),
  z.object({ type: z.literal('noRemovedFile'), groupId: z.string(), path: z.string() }),
  z.object({ type: z.literal('olderFile'), file: OLDER_FILE }),
  z.object({ type: z.literal('noOlderFile'), groupId: z.string(), fileName: z.string(), manifestId: hex32 }),
  /** The account has known all shares of this device since it agreed with the tracker. */
  z.object({ type: z.literal('complete') }),
]);

/** The changes of one write, by account. */
export const BATCH = z.array(z.tuple([z.string(), z.array(CHANGE)]));

export type ShareCopy = Readonly<z.infer<typeof COPY>>;
/** Only the account that contains a record changes it. */
export type LibraryShare = Readonly<Omit<z.infer<typeof SHARE>, 'copies'>> & {
  readonly copies?: readonly ShareCopy[] | undefined;
};
export type LibraryDownload = Readonly<z.infer<typeof DOWNLOAD>>;
/** An unfinished folder download. */
export type LibraryFolder = Readonly<z.infer<typeof FOLDER>>;
/** A content that is kept in the data folder for a file of a group. A file may have several, and a content several files. */
export type LibraryKept = Readonly<z.infer<typeof KEPT>>;
export type RemovedFile = Readonly<z.infer<typeof REMOVED_FILE>>;
export type OlderFile = Readonly<z.infer<typeof OLDER_FILE>>;
export type LeftGroup = Readonly<z.infer<typeof LEFT_GROUP>>;
export type SharedFolderRecord = Readonly<z.infer<typeof SHARED_FOLDER>>;
/** A download in the order of downloads: a folder, or a file that is not a part of one. */
export type LibraryTransfer = LibraryDownload | LibraryFolder;

export type Change =
  | { readonly type: 'share'; readonly share: LibraryShare }
  | { readonly type: 'noShare'; readonly groupId: string; readonly fileName: string }
  | { readonly type: 'download'; readonly download: LibraryDownload }
  | { readonly type: 'noDownload'; readonly id: string }
  | { readonly type: 'folder'; readonly folder: LibraryFolder }
  | { readonly type: 'noFolder'; readonly id: string }
  | { readonly type: 'leftGroup'; readonly group: LeftGroup }
  | { readonly type: 'notLeft'; readonly groupId: string }
  | { readonly type: 'kept'; readonly kept: LibraryKept }
  | ({ readonly type: 'notKept' } & Pick<LibraryKept, 'groupId' | 'fileName' | 'manifestId'>)
  | { readonly type: 'sharedFolder'; readonly record: SharedFolderRecord }
  | { readonly type: 'noSharedFolder'; readonly groupId: string; readonly folder: string }
  | { readonly type: 'removedFile'; readonly file: RemovedFile }
  | { readonly type: 'noRemovedFile'; readonly groupId: string; readonly path: string }
  | { readonly type: 'olderFile'; readonly file: OlderFile }
  | ({ readonly type: 'noOlderFile' } & Pick<OlderFile, 'groupId' | 'fileName' | 'manifestId'>)
  | { readonly type: 'complete' };

export type Batch = readonly (readonly [account: string, changes: readonly Change[]])[];
export type Library1 = z.infer<typeof LIBRARY_1>;
