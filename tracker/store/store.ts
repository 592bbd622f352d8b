import type { ShoalError } from '@shoal/sdk/protocol';

/**
 * What a tracker keeps: everything here is on the disk when its promise is fulfilled. Operations are cut at what must
 * happen in one step; rules of groups are enforced inside them, so that no two requests can break one between them.
 * Names come in parsed; their keys (`nameKey`) are made by the store. Refusals are ShoalErrors with the codes of the protocol.
 */
export interface Store {
  /** @throws ShoalError `USER_EXISTS` */
  createUser(user: { userId: string; passwordHash: string; nowMs: number }): Promise<void>;
  findUser(userId: string): Promise<StoredUser | undefined>;

  createSession(session: { tokenHash: string; userId: string; expiresAtMs: number }): Promise<void>;
  /** The user of a session that still holds; it then holds until `expiresAtMs`. */
  extendSession(tokenHash: string, nowMs: number, expiresAtMs: number): Promise<{ userId: string } | undefined>;
  endSession(tokenHash: string): Promise<void>;
  /** Remembers from which devices a user signs in. */
  seeDevice(userId: string, deviceId: string, nowMs: number): Promise<void>;

  /** @throws ShoalError `GROUP_EXISTS` */
  createGroup(groupId: string, userId: string, nowMs: number): Promise<StoredGroup>;
  /** @throws ShoalError `GROUP_NOT_FOUND`, `ALREADY_A_MEMBER`, `ALREADY_REQUESTED` */
  requestToJoin(groupId: string, userId: string, nowMs: number): Promise<StoredGroup>;
  /** @throws ShoalError `GROUP_NOT_FOUND`, `NOT_THE_OWNER`, `REQUEST_NOT_FOUND` */
  decideRequest(groupId: string, ownerId: string, userId: string, accept: boolean, nowMs: number): Promise<Decision>;
  /** Ends a membership, or withdraws a request. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
  leaveGroup(groupId: string, userId: string): Promise<Departure>;
  /** @throws ShoalError `GROUP_NOT_FOUND`, `NOT_THE_OWNER`, `NOT_A_MEMBER` */
  removeMember(groupId: string, ownerId: string, userId: string): Promise<Departure>;
  /** All groups, with the user's standing in each, by name. */
  listGroups(userId: string): Promise<StoredGroup[]>;
  /** @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
  requireMember(groupId: string, userId: string): Promise<StoredGroup>;
  /** Oldest first. */
  listMembers(groupId: string): Promise<StoredMember[]>;
  /** Oldest first. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_THE_OWNER` */
  listRequests(groupId: string, ownerId: string): Promise<StoredRequest[]>;

  /**
   * Shares files, all in one step; why one is not shared stands in its place: `NAME_TAKEN`, `MANIFEST_MISSING`.
   * @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER`
   */
  shareFiles(shares: NewShares): Promise<(StoredFile | ShoalError)[]>;
  /** @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER`, `FILE_NOT_FOUND`, `NOT_SHARED` */
  stopShare(share: { groupId: string; userId: string; deviceId: string; fileName: string }): Promise<StoppedShare>;
  /** By their names' keys. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
  listFiles(groupId: string, userId: string, page: Page): Promise<StoredFile[]>;
  /** Files by name, undefined in the place of one that there is not. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
  findFiles(groupId: string, userId: string, fileNames: readonly string[]): Promise<(StoredFile | undefined)[]>;
  /** @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER`, `FILE_NOT_FOUND` */
  findFile(groupId: string, userId: string, fileName: string): Promise<StoredFile>;
  /** A file of the group with this content. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER`, `FILE_NOT_FOUND` */
  findContent(groupId: string, userId: string, manifestId: string): Promise<StoredFile>;

  putManifest(manifest: { manifestId: string; sizeBytes: number; bytes: Uint8Array; nowMs: number }): Promise<void>;
  /** A manifest, for a member of a group that has a file with it. */
  readManifest(manifestId: string, userId: string): Promise<Uint8Array | undefined>;
  /** Manifests of a group's files, by id. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
  readManifests(groupId: string, userId: string, manifestIds: readonly string[]): Promise<Map<string, Uint8Array>>;

  /** Removes sessions that ran out, and manifests from before `unusedSinceMs` that no file has. */
  sweep(nowMs: number, unusedSinceMs: number): Promise<void>;
  counts(): Promise<{ users: number; groups: number; files: number }>;
  close(): Promise<void>;
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

/** A part of a list. */
export interface Page {
  /** Only files in this folder. */
  readonly folder?: string | undefined;
  /** Only what comes after this name. */
  readonly after?: string | undefined;
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

export interface StoppedShare extends StoppedFile {
  readonly groupId: string;
  /** Nobody shares the file any more: it is off the list. */
  readonly fileGone: boolean;
  /** This device shares the same content under another name still. */
  readonly stillShared: boolean;
}
