import type { GroupSettings, ShoalError } from '@shoal/sdk/protocol';
import type { EmptyFolderStore } from './empty-folders.js';
import type { OwnShareStore } from './own-shares.js';
import type { HeldFile, VersionFacts, VersionStore } from './versions.js';

/**
 * The persistent state of a tracker: everything is on the disk when a promise resolves. Each operation is one atomic
 * step, and enforces the rules of groups, so that no two concurrent requests can break a rule together. Names are
 * parsed by the caller; the store computes their keys (`nameKey`). Refusals are `ShoalError`s with codes of the
 * protocol. If the disk or the database fails, any operation may fail with `NO_SPACE`, `DISK_ERROR` or `UNAVAILABLE`, and has changed
 * nothing then; with `TIMEOUT`, nobody knows whether it has.
 */
export interface Store extends VersionStore, EmptyFolderStore, OwnShareStore {
  /** @throws ShoalError `USER_EXISTS` */
  createUser(user: { userId: string; passwordHash: string; nowMs: number }): Promise<void>;
  findUser(userId: string): Promise<StoredUser | undefined>;

  /**
   * Replaces the password with the hash `formerHash`, and ends the user's other sessions. Returns false if the hash is
   * no longer current.
   */
  changePassword(change: PasswordChange): Promise<boolean>;

  createSession(session: { tokenHash: string; userId: string; expiresAtMs: number }): Promise<void>;
  /** Returns the user of a valid session, and extends it until `expiresAtMs`. */
  extendSession(tokenHash: string, nowMs: number, expiresAtMs: number): Promise<{ userId: string } | undefined>;
  /** Returns the user of a valid session, and when it expires. */
  findSession(tokenHash: string, nowMs: number): Promise<{ userId: string; expiresAtMs: number } | undefined>;
  endSession(tokenHash: string): Promise<void>;
  /** Records that a user signs in from a device, once a day at most: after a restart of a tracker, everybody signs in again. */
  seeDevice(userId: string, deviceId: string, nowMs: number): Promise<void>;
  /** Whether the user has signed in from the device before. */
  knowsDevice(userId: string, deviceId: string): Promise<boolean>;

  /** @throws ShoalError `GROUP_EXISTS`, `QUOTA_EXCEEDED` */
  createGroup(groupId: string, userId: string, nowMs: number, settings?: GroupSettings): Promise<StoredGroup>;
  /** Changes the settings that are named. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_THE_OWNER` */
  changeGroup(groupId: string, ownerId: string, settings: GroupSettings): Promise<StoredGroup>;
  /** Raises the epochs of existing groups to these; never lowers one, and passes over what cannot be right at `nowMs`. */
  raiseEpochs(proven: readonly { groupId: string; epoch: number }[], nowMs: number): Promise<void>;
  /** @throws ShoalError `GROUP_NOT_FOUND`, `ALREADY_A_MEMBER`, `ALREADY_REQUESTED`, `QUOTA_EXCEEDED` */
  requestToJoin(groupId: string, userId: string, nowMs: number): Promise<StoredGroup>;
  /** @throws ShoalError `GROUP_NOT_FOUND`, `NOT_THE_OWNER`, `REQUEST_NOT_FOUND` */
  decideRequest(groupId: string, ownerId: string, userId: string, accept: boolean, nowMs: number): Promise<Decision>;
  /** Ends a membership, or withdraws a request. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
  leaveGroup(groupId: string, userId: string): Promise<Departure>;
  /** @throws ShoalError `GROUP_NOT_FOUND`, `NOT_THE_OWNER`, `NOT_A_MEMBER` */
  removeMember(groupId: string, ownerId: string, userId: string): Promise<Departure>;
  /** All groups as the user sees them, sorted by key. */
  listGroups(userId: string, page: GroupPage): Promise<StoredGroup[]>;
  /** @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
  requireMember(groupId: string, userId: string): Promise<StoredGroup>;
  /** The number of members, and a text that names who they are: another member, another text. @throws ShoalError `GROUP_NOT_FOUND` */
  membership(groupId: string): Promise<{ state: string; members: number }>;
  /** The members, oldest first; without a page, all of them. @throws ShoalError `GROUP_NOT_FOUND` */
  listMembers(groupId: string, page?: TimePage): Promise<StoredMember[]>;
  /** The join requests, oldest first. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_THE_OWNER` */
  listRequests(groupId: string, ownerId: string, page: TimePage): Promise<StoredRequest[]>;

  /**
   * Registers in one step that a device has contents under names: a new name begins with version 1, and the content of a known
   * name must be one of its versions. The result has the error of each file that is refused: `NAME_TAKEN`, `FILE_REMOVED`,
   * `VERSION_NOT_FOUND`, `MANIFEST_MISSING`, `QUOTA_EXCEEDED`.
   * @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER`
   */
  shareFiles(shares: NewShares): Promise<(HeldFile | ShoalError)[]>;
  /**
   * Ends shares of a device, all in one step; why one cannot be ended stands in its place: `FILE_NOT_FOUND`, `NOT_SHARED`.
   * @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER`
   */
  stopShares(shares: SharesToStop): Promise<(StoppedShare | ShoalError)[]>;
  /** The files, sorted by key. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
  listFiles(groupId: string, userId: string, page: FilePage): Promise<StoredFile[]>;
  /** Files by name; undefined for a missing one. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
  findFiles(groupId: string, userId: string, fileNames: readonly string[]): Promise<(StoredFile | undefined)[]>;
  /**
   * A file with its newest version, or with that one. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER`, `FILE_NOT_FOUND`,
   * `VERSION_NOT_FOUND`
   */
  findFile(groupId: string, userId: string, fileName: string, version?: number): Promise<StoredFile>;
  /**
   * The stored name of the group, and those of the contents that its files have. @throws ShoalError `GROUP_NOT_FOUND`,
   * `NOT_A_MEMBER`
   */
  findContents(
    groupId: string,
    userId: string,
    manifestIds: readonly string[],
  ): Promise<{ groupId: string; found: ReadonlySet<string> }>;

  /**
   * Checks whether a user may upload a manifest of this size. @throws ShoalError `NOT_A_MEMBER` if the user is in no
   * group, `QUOTA_EXCEEDED`
   */
  admitManifest(userId: string, byteCount: number): Promise<void>;
  /** Stores a manifest for later shares. @throws ShoalError as `admitManifest` */
  putManifest(manifest: NewManifest): Promise<void>;
  /** Returns a manifest to a member of a group that has a file with it. */
  readManifest(manifestId: string, userId: string): Promise<Uint8Array | undefined>;
  /**
   * Manifests of a group's files by id: the first ones, up to `mostBytes` in total. @throws ShoalError
   * `GROUP_NOT_FOUND`, `NOT_A_MEMBER`
   */
  readManifests(
    groupId: string,
    userId: string,
    manifestIds: readonly string[],
    mostBytes: number,
  ): Promise<Map<string, Uint8Array>>;

  /**
   * Removes expired sessions, versions that their groups keep no longer, unused manifests from before `unusedSinceMs`, the memory
   * of names that were removed long ago, and empty folders of folders that have no file any more. It works in small steps.
   */
  sweep(nowMs: number, unusedSinceMs: number): Promise<void>;
  /**
   * Checks that the store can be read and written. It tries a write only after a failure. @throws ShoalError
   * `NO_SPACE`, `DISK_ERROR`, `UNAVAILABLE`, `DATA_DIR_NEWER`
   */
  check(): Promise<void>;
  counts(): Promise<{ users: number; groups: number; files: number; versions: number }>;
  close(): Promise<void>;
}

export interface PasswordChange {
  readonly userId: string;
  readonly formerHash: string;
  readonly passwordHash: string;
  /** The session that stays. */
  readonly tokenHash: string;
}

export interface StoredUser {
  readonly userId: string;
  readonly passwordHash: string;
}

/** The settings are shown to members. */
export interface StoredGroup extends GroupSettings {
  readonly groupId: string;
  readonly ownerId: string;
  readonly standing: 'owner' | 'member' | 'requested' | 'none';
  readonly members: number;
  readonly epoch: number;
}

export interface StoredMember {
  readonly userId: string;
  readonly owner: boolean;
  readonly sinceMs: number;
}

export interface StoredRequest {
  readonly userId: string;
  readonly requestedAtMs: number;
}

export interface Decision {
  readonly groupId: string;
  readonly userId: string;
  readonly ownerId: string;
  readonly epoch: number;
}

export type Departure =
  | { readonly kind: 'withdrawn'; readonly groupId: string }
  | {
      readonly kind: 'left';
      readonly groupId: string;
      readonly userId: string;
      readonly ownerId: string;
      readonly newOwnerId: string | null;
      readonly epoch: number;
      /** Files that nobody shares any more. */
      readonly stopped: readonly StoppedFile[];
    }
  | {
      readonly kind: 'dissolved';
      readonly groupId: string;
      readonly userId: string;
      readonly epoch: number;
      /** Users whose join requests ended with the group. */
      readonly requesters: readonly string[];
    };

export interface NewShares {
  readonly groupId: string;
  readonly userId: string;
  readonly deviceId: string;
  readonly nowMs: number;
  readonly files: readonly NewShare[];
}

export interface NewShare {
  readonly fileName: string;
  readonly manifestId: string;
  /** The manifest, if it is not stored yet. */
  readonly manifest?: { readonly sizeBytes: number; readonly bytes: Uint8Array } | undefined;
}

export interface NewManifest {
  readonly manifestId: string;
  /** Size of the file. */
  readonly sizeBytes: number;
  readonly bytes: Uint8Array;
  readonly userId: string;
  readonly nowMs: number;
}

/** A page of a list that is sorted by key. */
export interface NamePage {
  /** Starts after this name. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface GroupPage extends NamePage {
  /** Lists only groups that the user is a member of. */
  readonly mine?: boolean | undefined;
}

export interface FilePage extends NamePage {
  /** Lists only files in this folder. */
  readonly folder?: string | undefined;
}

/** A page of a list of users that is sorted by time. */
export interface TimePage {
  /** Starts after this position. */
  readonly after?: { readonly atMs: number; readonly userId: string } | undefined;
  readonly limit: number;
}

/** A name with one of its versions. */
export interface StoredFile extends VersionFacts {
  /** The stored name of the group. */
  readonly groupId: string;
  readonly fileName: string;
  readonly manifestId: string;
  readonly sizeBytes: number;
  /** Who made the name, and when. */
  readonly sharedBy: string;
  readonly sharedAtMs: number;
}

export interface StoppedFile {
  readonly fileName: string;
  readonly manifestId: string;
}

export interface SharesToStop {
  readonly groupId: string;
  readonly userId: string;
  readonly deviceId: string;
  readonly fileNames: readonly string[];
}

export interface StoppedShare extends StoppedFile {
  readonly groupId: string;
  /** Whether nobody shares the file any more, so that it is no longer listed. */
  readonly fileGone: boolean;
  /** The content that this device had, unless it still shares it under another name. */
  readonly withdrawn: string | undefined;
}
