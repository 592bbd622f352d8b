import type { SharedFile, ShoalError } from '../../protocol/index.js';

/** The rows that `listGroups`, `listFiles` and the like give are the tracker's own, as the protocol defines them. */
export type { Group, SharedFile, Source } from '../../protocol/index.js';

export interface JoinRequest {
  readonly userId: string;
  readonly requestedAtMs: number;
}

export interface Member {
  readonly userId: string;
  readonly owner: boolean;
  readonly sinceMs: number;
}

export interface LeaveResult {
  /** The one who left was the last: the group and its files are gone. */
  readonly dissolved: boolean;
  /** Who owns the group now, where the owner left. */
  readonly newOwnerId: string | null;
}

/** A file that this device serves to a group. */
export interface Share {
  readonly groupId: string;
  readonly fileName: string;
  readonly path: string;
  readonly manifestId: string;
  readonly sizeBytes: number;
}

/** What the sharing of a folder would share. */
export interface FolderSurvey {
  /** In the order of their names; `place` is below the folder, with slashes. */
  readonly files: readonly { readonly path: string; readonly place: string; readonly sizeBytes: number }[];
  /** As a `FolderShareResult` has it, as far as it can be seen without reading the files. */
  readonly skipped: readonly { readonly path: string; readonly why: string }[];
}

/** What became of sharing a folder. */
export interface FolderShareResult {
  /** Its name in the group; those of its files begin with it and a slash. */
  readonly folder: string;
  /** Files that are shared now, those that were before included. */
  readonly files: number;
  readonly bytes: number;
  /** What is not shared, and why: links, special files, what cannot be read, names that are taken. What excludes leave out is not told. */
  readonly skipped: readonly { readonly path: string; readonly why: string }[];
}

/** A file that this device served before and does not serve any more, and why. */
export interface LostShare extends Share {
  /**
   * The file is no longer there or cannot be read, has other content now, or is refused: the group no longer takes it from this device, or
   * it stands in a data folder of Shoal, which older versions shared.
   */
  readonly reason: 'gone' | 'changed' | 'refused';
}

/** A file that this device shares and cannot serve for now, since it cannot be read; it is tried again. */
export interface UnavailableShare extends Share {
  readonly error: ShoalError;
}

/** What someone's device has got of a file that this device serves, for as long as it has it open. */
export interface Upload {
  readonly groupId: string;
  readonly fileName: string;
  readonly manifestId: string;
  readonly sizeBytes: number;
  readonly userId: string;
  readonly deviceId: string;
  readonly bytes: number;
  readonly bytesPerSecond: number;
}

export interface LoginResult {
  readonly userId: string;
  /** Keep it secret: `resumeSession` signs in with it, without a password, until `logout` or thirty days of disuse. */
  readonly sessionToken: string;
  /** What this device shared before and serves again. */
  readonly restored: readonly Share[];
  /** What it shared before and does not serve: said here and dropped. */
  readonly lost: readonly LostShare[];
  /** What it shares and is still checking, since it was touched or its disk takes long: served, or told of as lost, afterwards. */
  readonly checking: readonly Share[];
  /** What it shares and cannot read for now: tried again. */
  readonly unavailable: readonly UnavailableShare[];
}

export interface ShareResult extends SharedFile {
  /** The first 20 hexadecimal characters of every piece's digest, in order. */
  readonly pieceHashString: string;
  /** The digest of the whole file, hexadecimal. */
  readonly fileDigest: string;
}
