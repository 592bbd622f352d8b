import type { Engine, FileUpload, GroupEpoch, HashPool } from '../../engine/index.js';
import {
  endpointFault,
  type Group,
  nameKey,
  ShoalError,
  type Source,
  type TrackerEvent,
  type TrackerMethod,
  type TrackerParams,
  type TrackerResult,
} from '../../protocol/index.js';
import type { Upload } from '../api/results.js';
import type { Library } from '../library/library.js';
import type { LibraryAccount } from '../library/library-account.js';
import type { TrackerLink } from '../tracker/tracker-link.js';
import { type Online, offers } from '../tracker/tracker-meeting.js';
import { abortError, SessionOver, untilAborted } from '../util/abort.js';
import type { Logger } from '../util/logger.js';
import { GroupTickets } from './group-tickets.js';
import { listOwnGroups } from './list-pages.js';
import { Presence } from './presence.js';

/** What the components of a client share while a user is signed in. */
export class Session {
  readonly userId: string;
  readonly token: string;
  readonly deviceId: string;
  readonly account: LibraryAccount;
  readonly library: Library;
  readonly engine: Engine;
  readonly hashes: HashPool;
  readonly logger: Logger;
  /** What this device announces at the tracker. */
  readonly presence: Presence = new Presence((...args) => this.call(...args));
  readonly tickets: GroupTickets = new GroupTickets(this);
  readonly #link: TrackerLink;
  readonly #over = new AbortController();
  readonly #epochs = new Map<string, number>();

  constructor(parts: {
    userId: string;
    token: string;
    deviceId: string;
    account: LibraryAccount;
    library: Library;
    engine: Engine;
    hashes: HashPool;
    logger: Logger;
    link: TrackerLink;
  }) {
    this.userId = parts.userId;
    this.token = parts.token;
    this.deviceId = parts.deviceId;
    this.account = parts.account;
    this.library = parts.library;
    this.engine = parts.engine;
    this.hashes = parts.hashes;
    this.logger = parts.logger;
    this.#link = parts.link;
  }

  call<M extends TrackerMethod>(method: M, params: TrackerParams<M>, signal?: AbortSignal): Promise<TrackerResult<M>> {
    if (this.#over.signal.aborted) return Promise.reject(abortError(this.#over.signal));
    return untilAborted(this.#link.call(method, params, signal), this.#over.signal);
  }

  /** The user signed out or the client closed: pending and later calls to the tracker fail. */
  end(): void {
    this.#over.abort(new SessionOver());
  }

  /** @throws ShoalError `DISCONNECTED` */
  get online(): Online {
    return this.#link.requireOnline();
  }

  /** Whether the connected tracker keeps versions of files. Version 0.1 keeps none. */
  get offersVersions(): boolean {
    return this.#link.online !== undefined && keepsVersions(this.#link.online);
  }

  /** @throws ShoalError `TRACKER_INCOMPATIBLE` if the tracker keeps no versions, `DISCONNECTED` */
  requireVersions(): void {
    if (keepsVersions(this.online)) return;
    const why = 'The tracker keeps no versions of files, because it is older: ask its operator to update it.';
    throw new ShoalError('TRACKER_INCOMPATIBLE', why);
  }

  /** Whether the connected tracker keeps the empty folders of shared folders. */
  get offersEmptyFolders(): boolean {
    return this.#link.online !== undefined && offers(this.#link.online, 'emptyFolders');
  }

  /** Whether the connected tracker tells what it lists as shares of this device. */
  get offersOwnShares(): boolean {
    return this.#link.online?.hello.offers?.includes('ownShares') ?? false;
  }

  /** The groups that the user is a member of. */
  get groups(): readonly string[] {
    return [...this.#epochs.keys()];
  }

  /** Whether a name is that of the signed-in user. */
  isMe(userId: string | undefined): boolean {
    return userId !== undefined && nameKey(userId) === nameKey(this.userId);
  }

  /** Whether a source from the tracker may be dialled. A member announced the address, so it is checked. */
  isDialable({ userId, meets, ...source }: Omit<Source, 'complete'>): boolean {
    if (meets) return true; // it needs no address, and each that it has is checked before it is dialled
    const fault = endpointFault(source, this.#link.online?.isLoopback ?? false);
    if (fault === undefined) return true;
    this.logger.debug(`A source of ${userId} is passed over: it ${fault}`);
    return false;
  }

  /** Adds file names to uploads. Uploads of content that is no longer shared or downloaded are left out. */
  nameServed(uploads: readonly FileUpload[]): Upload[] {
    return uploads.flatMap((upload) => {
      const file = this.account.recordWith(upload);
      return file ? [{ ...upload, fileName: file.fileName, sizeBytes: file.sizeBytes }] : [];
    });
  }

  /** Replaces the groups that the user is a member of. */
  setGroups(groups: readonly Group[]): void {
    this.#epochs.clear();
    const { leftGroups } = this.account; // the tracker may not have confirmed them
    for (const { groupId, epoch } of groups) if (!leftGroups.has(groupId)) this.#epochs.set(groupId, epoch);
    this.#tellGroups();
  }

  /**
   * Replaces the groups that the user is a member of. @returns the groups that the user has left, and whether any epoch
   * changed
   */
  updateGroups(groups: readonly Group[]): { lost: string[]; isChanged: boolean } {
    const before = new Map(this.#epochs);
    this.setGroups(groups);
    return {
      lost: [...before.keys()].filter((groupId) => !this.#epochs.has(groupId)),
      isChanged: [...this.#epochs].some(([groupId, epoch]) => before.get(groupId) !== epoch),
    };
  }

  addGroup(groupId: string, epoch: number): void {
    this.account.leftGroups.remove(groupId);
    this.#epochs.set(groupId, epoch);
    this.#tellGroups();
  }

  isMember(groupId: string): boolean {
    return this.#epochs.has(groupId);
  }

  /**
   * The canonical spelling of a group's name, for a group that the user is a member of.
   * @throws ShoalError `NOT_A_MEMBER`, `GROUP_NOT_FOUND`
   */
  async memberGroup(groupId: string, signal?: AbortSignal): Promise<string> {
    const known = this.canonical(groupId);
    if (known !== undefined) return known;
    await this.call('listFiles', { groupId }, signal); // throws if the user is not a member
    this.setGroups(await listOwnGroups(this, undefined, signal));
    return this.canonical(groupId) ?? groupId;
  }

  /** The canonical spelling of a group's name; undefined if the user is not known as a member. */
  canonical(groupId: string): string | undefined {
    const key = nameKey(groupId);
    return [...this.#epochs.keys()].find((known) => nameKey(known) === key);
  }

  /** Applies a change of membership. @returns whether this user is no longer a member */
  onMembershipChanged(event: TrackerEvent<'membershipChanged'>): boolean {
    const { groupId, userId, change, epoch } = event;
    const mine = nameKey(userId) === nameKey(this.userId);
    if (change === 'joined') {
      if (mine || this.isMember(groupId)) this.addGroup(groupId, epoch);
      return false;
    }
    if (change === 'rejected') return false;
    if (mine || change === 'dissolved') {
      this.dropGroup(groupId);
      return true;
    }
    if (this.isMember(groupId)) this.#epochs.set(groupId, epoch);
    this.engine.send({ type: 'removal', groupId, epoch, userId });
    return false;
  }

  dropGroup(groupId: string): void {
    this.#epochs.delete(groupId);
    this.#tellGroups();
  }

  #tellGroups(): void {
    const groups: GroupEpoch[] = Array.from(this.#epochs, ([groupId, epoch]) => ({ groupId, epoch }));
    this.engine.send({ type: 'groups', groups });
  }
}

/** Whether a tracker keeps versions of files. Version 0.1 keeps none. */
export function keepsVersions(online: Online): boolean {
  return offers(online, 'versions');
}
