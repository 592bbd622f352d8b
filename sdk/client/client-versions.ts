import { resolve } from 'node:path';
import { EventEmitter } from 'eventemitter3';
import type { FileVersion, Group } from '../protocol/index.js';
import type { ShoalEvents } from './api/events.js';
import type { KeptVersions, KeptVersionsChanges, OpenedVersion, OpenVersionOptions } from './api/kept-versions.js';
import type { GroupOptions, RevertOptions } from './api/options.js';
import type { Share, ShareMove } from './api/results.js';
import type { ClientLifecycle } from './client-lifecycle.js';
import type { SignedIn } from './signed-in.js';
import type { Abortable } from './util/abort.js';

/** The keys of what programs cannot use. */
export const LIFE: unique symbol = Symbol('life');
export const REQUIRE_SIGNED_IN: unique symbol = Symbol('require signed in');

/**
 * The part of `ShoalClient` for what becomes of shared files: their versions, their moves, and the settings of groups, which say who
 * publishes versions.
 */
export abstract class ClientVersions extends EventEmitter<ShoalEvents> {
  /**
   * Lists the versions of a file that the group keeps, newest first.
   * @throws ShoalError `FILE_NOT_FOUND`, `NOT_A_MEMBER`, `GROUP_NOT_FOUND`, `TRACKER_INCOMPATIBLE`
   */
  async listVersions(groupId: string, fileName: string, { signal }: Abortable = {}): Promise<FileVersion[]> {
    return this[REQUIRE_SIGNED_IN]().versions.list(groupId, fileName, signal);
  }

  /**
   * Publishes the content of an earlier version as the newest one; this device need not have it. If it is the newest already, nothing is
   * published. Resolves to the newest version.
   * @throws ShoalError `VERSION_NOT_FOUND`, `VERSION_CONFLICT`, `NAME_TAKEN` (the user may not publish versions of this file),
   * `FILE_NOT_FOUND`, `NOT_A_MEMBER`, `GROUP_NOT_FOUND`, `TRACKER_INCOMPATIBLE`
   */
  async revertFile(
    groupId: string,
    fileName: string,
    version: number,
    options: RevertOptions = {},
  ): Promise<FileVersion> {
    return this[REQUIRE_SIGNED_IN]().versions.revert(groupId, fileName, version, options);
  }

  /**
   * Gives the path of a complete copy of a version on this device, to read it and never to write to it: a content that this device keeps,
   * the shared file itself if it still is that version, or else a copy that is downloaded into the data folder now. The copy is outside the
   * user's folders, and of up to 256 MiB, or `keptVersions.maxFileBytes` if that is more.
   * @throws ShoalError `FILE_NOT_FOUND`, `VERSION_NOT_FOUND`, `FILE_TOO_LARGE`, `TIMEOUT` (nobody who has it is online), `NO_SPACE`, `NOT_A_MEMBER`,
   * `GROUP_NOT_FOUND`, `INVALID_ARGUMENT`, `TRACKER_INCOMPATIBLE`, `ABORTED`
   */
  async openVersion(
    groupId: string,
    fileName: string,
    version: number,
    options: OpenVersionOptions = {},
  ): Promise<OpenedVersion> {
    return this[REQUIRE_SIGNED_IN]().opened.open(groupId, fileName, version, options);
  }

  /** What of the user's publications is kept in the data folder. */
  get keptVersions(): KeptVersions {
    return this[LIFE].keptVersions;
  }

  /** Changes what is kept. A lower total removes contents at once, the least recently needed first. @throws ShoalError `INVALID_ARGUMENT` */
  setKeptVersions(changes: KeptVersionsChanges): void {
    this[LIFE].setKeptVersions(changes);
  }

  /**
   * Removes a file with all its versions from the group. All devices stop sharing it; files on their disks stay.
   * @throws ShoalError `NOT_THE_AUTHOR`, `FILE_NOT_FOUND`, `NOT_A_MEMBER`, `GROUP_NOT_FOUND`, `TRACKER_INCOMPATIBLE`
   */
  async removeFile(groupId: string, fileName: string, { signal }: Abortable = {}): Promise<void> {
    await this[REQUIRE_SIGNED_IN]().versions.remove(groupId, fileName, signal);
  }

  /**
   * Files or folders with shares were moved or renamed on this device: the shares go along, and keep their names in the groups. Files that
   * are otherwise unchanged are served without a pause and without being hashed. Resolves to the moved shares, with their states.
   */
  async moveShares(moves: readonly ShareMove[]): Promise<Share[]> {
    const absolute = moves.map(({ from, to }) => ({ from: resolve(from), to: resolve(to) }));
    return this[REQUIRE_SIGNED_IN]().shares.move(absolute);
  }

  /**
   * Creates a group that the signed-in user owns.
   * @throws ShoalError `GROUP_EXISTS`, `INVALID_NAME`, `QUOTA_EXCEEDED`, `TRACKER_INCOMPATIBLE` (it knows no settings)
   */
  async createGroup(groupId: string, { signal, ...settings }: GroupOptions = {}): Promise<Group> {
    const { session } = this[REQUIRE_SIGNED_IN]();
    if (Object.keys(settings).length > 0) session.requireVersions();
    const group = await session.call('createGroup', { groupId, ...settings }, signal);
    session.addGroup(group.groupId, group.epoch);
    return group;
  }

  /**
   * Changes settings of a group; those that are left out stay.
   * @throws ShoalError `NOT_THE_OWNER`, `GROUP_NOT_FOUND`, `TRACKER_INCOMPATIBLE`
   */
  async changeGroup(groupId: string, options: GroupOptions): Promise<Group> {
    return this[REQUIRE_SIGNED_IN]().versions.changeGroup(groupId, options);
  }

  protected abstract get [LIFE](): ClientLifecycle;

  /** @throws ShoalError `NOT_LOGGED_IN`, `DISCONNECTED`, `CLOSED` */
  protected abstract [REQUIRE_SIGNED_IN](): SignedIn;
}
