import type { SharedFile, ShoalError } from '../../protocol/index.js';

export type { FileVersion, Group, GroupSettings, SharedFile, Source } from '../../protocol/index.js';

/** An open request to join a group. */
export interface JoinRequest {
  /** The user who asks. */
  readonly userId: string;
  /** When the request was made, in milliseconds since 1970. */
  readonly requestedAtMs: number;
}

/** A member of a group. */
export interface Member {
  /** The user's name. */
  readonly userId: string;
  /** Whether this member owns the group. */
  readonly owner: boolean;
  /** When the membership began, in milliseconds since 1970. */
  readonly sinceMs: number;
}

/** The outcome of `leaveGroup`. */
export interface LeaveResult {
  /** True if the last member left: the group and its list of files no longer exist. */
  readonly dissolved: boolean;
  /** The new owner, if the owner left; otherwise null. */
  readonly newOwnerId: string | null;
}

/**
 * What is true of a share now. `available`: it is served. `verifying`: its file was not looked at yet, or has a new time and is hashed.
 * `edited`: the file has other content than was shared. `behind`: the group has a newer version than this device. `missing`: the file, its
 * folder or its disk is not there. `unreadable`: the file cannot be read for now. The library watches the files, and serves a share again
 * within seconds when its content can be had.
 */
export type ShareStateName = 'available' | 'verifying' | 'edited' | 'behind' | 'missing' | 'unreadable';

/** The state of a share. */
export interface ShareState {
  /** The state. */
  readonly name: ShareStateName;
  /** When the state began, in milliseconds since 1970. */
  readonly sinceMs: number;
  /** The reason, for people; undefined if the share is available. */
  readonly why?: string | undefined;
}

/** A file that the user shares from this device, until the user stops it, leaves the group or is removed. */
export interface Share {
  /** The group. */
  readonly groupId: string;
  /** The name of the file in the group. */
  readonly fileName: string;
  /** Absolute path of the file on this device. */
  readonly path: string;
  /** Id of the manifest: 64 hexadecimal digits. */
  readonly manifestId: string;
  /** Size of the file in bytes. */
  readonly sizeBytes: number;
  /** What is true of it now. */
  readonly state: ShareState;
  /** Downloaded files with older versions of it, which this device serves beside it; undefined if there is none. */
  readonly older?: readonly OlderShare[] | undefined;
}

/** A downloaded file with an older version of a shared one. */
export interface OlderShare {
  /** Number of the version. */
  readonly version: number;
  /** Absolute path of the file on this device. */
  readonly path: string;
  /** Size of the file in bytes. */
  readonly sizeBytes: number;
  /** What is true of it now: it is served while it is `available`, and again when its content is back. */
  readonly state: ShareState;
}

/** A file or folder that was moved or renamed on this device, for `moveShares`. */
export interface ShareMove {
  /** The path before. */
  readonly from: string;
  /** The path now. */
  readonly to: string;
}

/** A file that `shareFolder` would share. */
export interface SurveyedFile {
  /** Path of the file on this device. */
  readonly path: string;
  /** Path below the folder, with slashes. */
  readonly place: string;
  /** Size of the file in bytes. */
  readonly sizeBytes: number;
}

/** A file that could not be shared, and why. Ignored files are not listed. */
export interface SkippedFile {
  /** Path of the file on this device. */
  readonly path: string;
  /** The reason, for people. */
  readonly why: string;
  /**
   * If the name cannot stand beside another one (they differ in case, form or width only): the path of that file below the folder, with
   * slashes.
   */
  readonly besidePlace?: string | undefined;
}

/** The outcome of `surveyFolder`. */
export interface FolderSurvey {
  /** The files that `shareFolder` would share, sorted by name. */
  readonly files: readonly SurveyedFile[];
  /** Files that cannot be shared, as far as that is visible without reading them. */
  readonly skipped: readonly SkippedFile[];
}

/** The outcome of `shareFolder`. */
export interface FolderShareResult {
  /** Name of the folder in the group. The names of its files begin with it and a slash. */
  readonly folder: string;
  /** Number of files that are shared now, including those that were shared before. */
  readonly files: number;
  /** Size of these files together in bytes. */
  readonly bytes: number;
  /** Number of files that this device shares for the first time. */
  readonly added: number;
  /** Number of files that were shared before with other content. */
  readonly changed: number;
  /** Number of files that were shared before and are no longer part of the folder: deleted, renamed or left out. */
  readonly removed: number;
  /** Number of files that were shared before with the same content. */
  readonly unchanged: number;
  /**
   * Files that are not shared: links, special files, unreadable files, files whose name is taken, and files of which the group has a version
   * that this device has not seen.
   */
  readonly skipped: readonly SkippedFile[];
}

/** A folder that the user shares from this device, until the user stops it, leaves the group or is removed. */
export interface SharedFolder {
  /** The group. */
  readonly groupId: string;
  /** Name of the folder in the group. */
  readonly folder: string;
  /** Absolute path of the folder on this device. */
  readonly path: string;
  /** Whether changes are shared by themselves. */
  readonly watch: boolean;
  /** Why a watched folder could not be shared again the last time; undefined if it could. The client keeps trying. */
  readonly problem?: ShoalError | undefined;
  /** Set if changes in a watched folder are noticed late, because not all of it can be watched. */
  readonly polling?: FolderPolling | undefined;
}

/** How changes are noticed in the parts of a watched folder that the system does not watch: Shoal looks for them from time to time. */
export interface FolderPolling {
  /**
   * Why. `network-disk`: such a disk does not report what others change. `too-many-folders`: Shoal watches a limited number of folders.
   * `no-watch-left`: the system has no watch left for this user. `refused`: the system does not watch the folder.
   */
  readonly reason: 'network-disk' | 'too-many-folders' | 'no-watch-left' | 'refused';
  /** Number of folders in it that are not watched, itself included. */
  readonly folders: number;
  /** Milliseconds between two looks. They are further apart if a look takes longer than a tenth of this time. */
  readonly everyMs: number;
  /** The reason and what can be done about it, in English. */
  readonly why: string;
}

/** What has changed in a watched folder, and was shared by itself. */
export interface SharedFolderChanges
  extends Pick<SharedFolder, 'groupId' | 'folder'>,
    Pick<FolderShareResult, 'added' | 'changed' | 'removed' | 'skipped'> {}

/** A file that this device no longer serves as it was shared. */
export interface LostShare extends Share {
  /**
   * `gone`: the file is missing. `changed`: it has other content. Such a share is still listed, with its state, and is served again when its
   * content is back. `refused`: the share has ended, because the group does not accept it from this device any more, or because it lies in a
   * data folder of Shoal (older versions shared such files).
   */
  readonly reason: 'gone' | 'changed' | 'refused';
}

/** A file that this device shares but cannot serve for now. The client keeps watching it. */
export interface UnavailableShare extends Share {
  /** Why: for example `PATH_NOT_FOUND` (missing), `FILE_CHANGED` (edited) or `DISK_UNAVAILABLE` (unreadable). */
  readonly error: ShoalError;
}

/** What one connected device has fetched of one shared file. The entry disappears when that device closes the file. */
export interface Upload {
  /** The group. */
  readonly groupId: string;
  /** The name of the file in the group. */
  readonly fileName: string;
  /** Id of the manifest: 64 hexadecimal digits. */
  readonly manifestId: string;
  /** Size of the file in bytes. */
  readonly sizeBytes: number;
  /** The user who downloads. */
  readonly userId: string;
  /** The downloading device: 64 hexadecimal digits. */
  readonly deviceId: string;
  /** Bytes sent since the device opened the file. */
  readonly bytes: number;
  /** Current rate in bytes per second. */
  readonly bytesPerSecond: number;
}

/** The outcome of `login` and `resumeSession`. */
export interface LoginResult {
  /** The signed-in user. */
  readonly userId: string;
  /**
   * Signs in without a password, with `resumeSession`. It is valid until `logout`, a change of the password elsewhere, or 30 days without
   * use. Keep it secret.
   */
  readonly sessionToken: string;
  /** Earlier shares that are served again. */
  readonly restored: readonly Share[];
  /**
   * Earlier shares that have ended, because the group refused them or they lie in a data folder of Shoal.
   * @deprecated Shares end in no other way than these and by the user: `client.shares()` lists the others with their states.
   */
  readonly lost: readonly LostShare[];
  /** Earlier shares that are still being checked, because their time changed or their disk is slow. `shareChanged` tells of the result. */
  readonly checking: readonly Share[];
  /** Earlier shares that cannot be served for now: they are missing, edited or unreadable. `shareChanged` tells when they can. */
  readonly unavailable: readonly UnavailableShare[];
}

/** What `shareFile` did. */
export type ShareOutcome =
  /** This device shares the file for the first time; `version` is 1 if the name is new in the group. */
  | 'shared'
  /** The content is the new version `version` of a file that this device shared before. */
  | 'published'
  /** The file has the content of version `version` already, so that nothing was published. */
  | 'unchanged';

/** The outcome of `shareFile`: the file as the group lists it, and its digests. */
export interface ShareResult extends SharedFile {
  /** Whether the file is shared for the first time, published as a new version, or unchanged. */
  readonly outcome: ShareOutcome;
  /** The first 20 hexadecimal characters of every piece's digest, in order. */
  readonly pieceHashString: string;
  /** Digest of the whole file, in hexadecimal. */
  readonly fileDigest: string;
}
