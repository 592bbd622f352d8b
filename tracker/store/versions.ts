import type { ShoalError } from '@shoal/sdk/protocol';
import type { NewShare, StoredFile } from './store.js';

/** The versions of files, as a part of the store. */
export interface VersionStore {
  /**
   * Publishes versions in one step. The result has the error of each that is refused: `NAME_TAKEN`, `VERSION_CONFLICT`,
   * `FILE_REMOVED`, `MANIFEST_MISSING`, `QUOTA_EXCEEDED`.
   * @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER`
   */
  publishVersions(publications: NewVersions): Promise<(PublishedFile | ShoalError)[]>;
  /** The kept versions, newest first. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER`, `FILE_NOT_FOUND` */
  listVersions(groupId: string, userId: string, fileName: string, page: VersionPage): Promise<VersionList>;
  /**
   * Removes names with all their versions: the first ones, as many as one step can take, but at least one. The result ends
   * there. It has the error of each that cannot be removed: `FILE_NOT_FOUND`, `NOT_THE_AUTHOR`, `VERSION_CONFLICT`.
   * @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER`
   */
  removeFiles(names: NamesToRemove): Promise<(RemovedFile | ShoalError)[]>;
}

/** What the publisher tells of a version. */
export interface VersionTerms {
  readonly note?: string | undefined;
  readonly modifiedMs?: number | undefined;
  readonly executable?: boolean | undefined;
}

/** A version, beside its content. */
export interface VersionFacts extends VersionTerms {
  readonly version: number;
  readonly publishedBy: string;
  readonly publishedAtMs: number;
}

export interface NewVersion extends NewShare, VersionTerms {
  /** The newest version that the publisher has seen; 0 for a new name. */
  readonly base: number;
}

export interface NewVersions {
  readonly groupId: string;
  readonly userId: string;
  readonly deviceId: string;
  readonly nowMs: number;
  readonly files: readonly NewVersion[];
}

/** What a device has now. */
export interface HeldFile {
  /** The name with the version that the device has. */
  readonly file: StoredFile;
  /** The name with its newest version. */
  readonly newest: StoredFile;
}

export interface PublishedFile extends HeldFile {
  /** A new name, a new version of a known one, or nothing new. */
  readonly change: 'made' | 'updated' | 'none';
}

export interface VersionPage {
  /** Starts below this version. */
  readonly before?: number | undefined;
  readonly limit: number;
}

export interface VersionList {
  /** The stored name of the group. */
  readonly groupId: string;
  readonly versions: readonly StoredVersion[];
}

export interface StoredVersion extends VersionFacts {
  readonly manifestId: string;
  readonly sizeBytes: number;
  readonly deviceId: string;
  /** Users of whom a device has this version. */
  readonly members: number;
}

export interface NamesToRemove {
  readonly groupId: string;
  readonly userId: string;
  readonly nowMs: number;
  readonly fileNames: readonly string[];
  /** For each name the version that must be its newest; undefined: any. */
  readonly bases?: readonly number[] | undefined;
}

export interface RemovedFile {
  readonly groupId: string;
  readonly fileName: string;
  /** Of the newest version. */
  readonly manifestId: string;
  /** The contents of its versions that no other name of the group has. */
  readonly gone: readonly string[];
}
