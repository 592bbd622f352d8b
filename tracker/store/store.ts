import type { ShoalError } from '@shoal/sdk/protocol';

/**
 * What a tracker keeps: everything here is on the disk when its promise is fulfilled. Operations are cut at what must
 * happen in one step; rules of groups are enforced inside them, so that no two requests can break one between them.
 * Names come in parsed; their keys (`nameKey`) are made by the store. Refusals are ShoalErrors with the codes of the protocol. Where the
 * disk fails, anything may be refused with `NO_SPACE` or `DISK_ERROR`, and has changed nothing then.
 */
export interface Store {
  /** @throws ShoalError `USER_EXISTS` */
  createUser(user: { userId: string; passwordHash: string; nowMs: number }): Promise<void>;
  findUser(userId: string): Promise<StoredUser | undefined>;

  /** Puts a password in the place of the one that has `formerHash`, and ends the user's other sessions; whether it was still that one. */
  changePassword(change: PasswordChange): Promise<boolean>;

  createSession(session: { tokenHash: string; userId: string; expiresAtMs: number }): Promise<void>;
  /** The user of a session that still holds; it then holds until `expiresAtMs`. */
  extendSession(tokenHash: string, nowMs: number, expiresAtMs: number): Promise<{ userId: string } | undefined>;
  /** The user of a session that still holds. */
  findSession(tokenHash: string, nowMs: number): Promise<{ userId: string } | undefined>;
  endSession(tokenHash: string): Promise<void>;
  /** Remembers from which devices a user signs in. */
  seeDevice(userId: string, deviceId: string, nowMs: number): Promise<void>;
  /** Whether the user has signed in from the device before. */
  knowsDevice(userId: string, deviceId: string): Promise<boolean>;

  /** @throws ShoalError `GROUP_EXISTS`, `QUOTA_EXCEEDED` */
  createGroup(groupId: string, userId: string, nowMs: number): Promise<StoredGroup>;
  /** @throws ShoalError `GROUP_NOT_FOUND`, `ALREADY_A_MEMBER`, `ALREADY_REQUESTED`, `QUOTA_EXCEEDED` */
  requestToJoin(groupId: string, userId: string, nowMs: number): Promise<StoredGroup>;
  /** @throws ShoalError `GROUP_NOT_FOUND`, `NOT_THE_OWNER`, `REQUEST_NOT_FOUND` */
  decideRequest(groupId: string, ownerId: string, userId: string, accept: boolean, nowMs: number): Promise<Decision>;
  /** Ends a membership, or withdraws a request. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
  leaveGroup(groupId: string, userId: string): Promise<Departure>;
  /** @throws ShoalError `GROUP_NOT_FOUND`, `NOT_THE_OWNER`, `NOT_A_MEMBER` */
  removeMember(groupId: string, ownerId: string, userId: string): Promise<Departure>;
  /** All groups, with the user's standing in each, by their names' keys. */
  listGroups(userId: string, page: GroupPage): Promise<StoredGroup[]>;
  /** @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
  requireMember(groupId: string, userId: string): Promise<StoredGroup>;
  /** Oldest first; without a page all of them. @throws ShoalError `GROUP_NOT_FOUND` */
  listMembers(groupId: string, page?: TimePage): Promise<StoredMember[]>;
  /** Oldest first. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_THE_OWNER` */
  listRequests(groupId: string, ownerId: string, page: TimePage): Promise<StoredRequest[]>;

  /**
   * Shares files, all in one step; why one is not shared stands in its place: `NAME_TAKEN`, `MANIFEST_MISSING`, `QUOTA_EXCEEDED`.
   * @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER`
   */
  shareFiles(shares: NewShares): Promise<(StoredFile | ShoalError)[]>;
  /**
   * Ends shares of a device, all in one step; why one cannot be ended stands in its place: `FILE_NOT_FOUND`, `NOT_SHARED`.
   * @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER`
   */
  stopShares(shares: SharesToStop): Promise<(StoppedShare | ShoalError)[]>;
  /** By their names' keys. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
  listFiles(groupId: string, userId: string, page: FilePage): Promise<StoredFile[]>;
  /** Files by name, undefined in the place of one that there is not. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
  findFiles(groupId: string, userId: string, fileNames: readonly string[]): Promise<(StoredFile | undefined)[]>;
  /** @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER`, `FILE_NOT_FOUND` */
  findFile(groupId: string, userId: string, fileName: string): Promise<StoredFile>;
  /** The group's name as it is kept, and which of these contents its files have. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
  findContents(
    groupId: string,
    userId: string,
    manifestIds: readonly string[],
  ): Promise<{ groupId: string; found: ReadonlySet<string> }>;

  /** Whether a user may put a manifest of so many bytes. @throws ShoalError `NOT_A_MEMBER` of one who is in no group, `QUOTA_EXCEEDED` */
  admitManifest(userId: string, byteCount: number): Promise<void>;
  /** Keeps a manifest, for the files that are to have it. @throws ShoalError as `admitManifest` */
  putManifest(manifest: NewManifest): Promise<void>;
  /** A manifest, for a member of a group that has a file with it. */
  readManifest(manifestId: string, userId: string): Promise<Uint8Array | undefined>;
  /** Manifests of a group's files, by id: the first that have `mostBytes` together. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
  readManifests(
    groupId: string,
    userId: string,
    manifestIds: readonly string[],
    mostBytes: number,
  ): Promise<Map<string, Uint8Array>>;

  /** Removes sessions that ran out, and manifests from before `unusedSinceMs` that no file has. */
  sweep(nowMs: number, unusedSinceMs: number): Promise<void>;
  /** Whether it can be read, and written: the latter is tried only after it could not. @throws ShoalError `NO_SPACE`, `DISK_ERROR` */
  check(): Promise<void>;
  counts(): Promise<{ users: number; groups: number; files: number }>;
  close(): Promise<void>;
}

export interface PasswordChange {
  readonly userId: string;
  readonly formerHash: string;
  readonly passwordHash: string;
  /** Of the session that goes on. */
  readonly tokenHash: string;
}

export interface StoredUser {
  readonly userId: string;
  readonly passwordHash: string;
}

export interface StoredGroup {
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
      /** Whose requests to join ended with the group. */
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
  /** Where it is not kept yet. */
  readonly manifest?: { readonly sizeBytes: number; readonly bytes: Uint8Array } | undefined;
}

export interface NewManifest {
  readonly manifestId: string;
  /** Of the file. */
  readonly sizeBytes: number;
  readonly bytes: Uint8Array;
  readonly userId: string;
  readonly nowMs: number;
}

/** A part of a list that is in the order of names' keys. */
export interface NamePage {
  /** Only what comes after this name. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface GroupPage extends NamePage {
  /** Only groups that the user is a member of. */
  readonly mine?: boolean | undefined;
}

export interface FilePage extends NamePage {
  /** Only files in this folder. */
  readonly folder?: string | undefined;
}

/** A part of a list of users that is in the order of time. */
export interface TimePage {
  /** Only what comes after this. */
  readonly after?: { readonly atMs: number; readonly userId: string } | undefined;
  readonly limit: number;
}

export interface StoredFile {
  /** The group's name, as it is kept. */
  readonly groupId: string;
  readonly fileName: string;
  readonly manifestId: string;
  readonly sizeBytes: number;
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
  /** Nobody shares the file any more: it is off the list. */
  readonly fileGone: boolean;
  /** This device shares the same content under another name still. */
  readonly stillShared: boolean;
}
