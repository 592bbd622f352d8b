import type { EventEmitter } from 'eventemitter3';
import type { HashPool } from '../engine/index.js';
import type { Group, TicketKey, TrackerResult } from '../protocol/index.js';
import type { ShoalEvents } from './api/events.js';
import type { KeptVersions } from './api/kept-versions.js';
import type { Limits } from './api/limits.js';
import type { LeaveResult, LoginResult } from './api/results.js';
import { FileDownloads } from './downloads/file-downloads.js';
import { VersionFiles } from './downloads/version-files.js';
import { FolderDownloads } from './folders/folder-downloads.js';
import { restoreTransfers } from './folders/restore-transfers.js';
import { KeptContents } from './kept/kept-contents.js';
import type { Open } from './session/client-resources.js';
import { GroupLeaving } from './session/group-leaving.js';
import { listOwnGroups } from './session/list-pages.js';
import { Session } from './session/session.js';
import { SharedFolders } from './shared-folders/shared-folders.js';
import { newerVersions } from './shares/registration/newer-versions.js';
import { ShareManager } from './shares/share-manager.js';
import { TransferManager } from './transfers/transfer-manager.js';
import { throwIfAborted, untilEnded } from './util/abort.js';
import { inBackground } from './util/background.js';
import type { Logger } from './util/logger.js';
import { FileVersions } from './versions/file-versions.js';

/** Time for files to close when their user signs out. A disk that hangs delays the end no longer. */
const SUSPEND_WAIT_MS = 3000;

interface SignedInContext {
  readonly open: Open;
  readonly hashes: HashPool;
  readonly logger: Logger;
  readonly events: EventEmitter<ShoalEvents>;
  readonly limits: Limits;
  readonly keptVersions: KeptVersions;
}

/** Everything that exists while a user is signed in: the session, shares, downloads and folder downloads. */
export class SignedIn {
  readonly session: Session;
  readonly shares: ShareManager;
  readonly sharedFolders: SharedFolders;
  readonly versions: FileVersions;
  /** The queue of file and folder downloads. */
  readonly transfers: TransferManager;
  readonly downloads: FileDownloads;
  readonly folders: FolderDownloads;
  readonly kept: KeptContents;
  readonly opened: VersionFiles;
  readonly #open: Open;
  readonly #events: EventEmitter<ShoalEvents>;
  readonly #leaving: GroupLeaving;
  #isSuspended = false;

  constructor(answer: TrackerResult<'login'>, context: SignedInContext) {
    const { open, hashes, logger, events, limits, keptVersions } = context;
    const { folder, link, engine } = open;
    this.#open = open;
    this.#events = events;
    this.session = new Session({
      userId: answer.userId,
      token: answer.token,
      deviceId: folder.identity.id,
      account: folder.library.account(link.requireOnline().fingerprint, answer.userId, link.standIns.fingerprints()),
      library: folder.library,
      engine,
      hashes,
      logger,
      link,
    });
    this.#leaving = new GroupLeaving(this.session);
    this.kept = new KeptContents(this.session, keptVersions);
    this.shares = new ShareManager(
      this.session,
      {
        onChanged: (share) => events.emit('shareChanged', share),
        onLost: (lost) => {
          if (lost.reason === 'refused') this.sharedFolders.onEnded(lost.groupId, [lost.fileName]);
          events.emit('shareLost', lost);
        },
        onUnavailable: (unavailable) => events.emit('sharesUnavailable', { shares: unavailable }),
        onAvailable: (available) => events.emit('sharesAvailable', { shares: available }),
      },
      this.kept,
    );
    this.sharedFolders = new SharedFolders(this.session, this.shares, {
      onShared: (changes) => events.emit('folderShared', changes),
      onFailed: (failed) => events.emit('folderShareFailed', failed),
    });
    this.transfers = new TransferManager(this.session, limits.downloadsAtOnce);
    this.downloads = new FileDownloads(this.transfers, this.shares, (download) => {
      events.emit('downloadChanged', download);
    });
    this.folders = new FolderDownloads(this.transfers, this.shares, this.downloads, (download) => {
      events.emit('folderChanged', download);
    });
    this.opened = new VersionFiles(this.session, this.kept, this.downloads);
    this.versions = new FileVersions(this.session, {
      onRemoved: (groupId, fileName) => this.dropFiles(groupId, [fileName], answer.userId),
      onLeftBehind: (groupId, fileName) => this.shares.registerAgain(groupId, fileName),
    });
  }

  /** Joins the groups at the engine, and serves again what the library has of this user. */
  async restoreShares(
    answer: TrackerResult<'login'>,
    signal: AbortSignal | undefined,
  ): Promise<Omit<LoginResult, 'userId' | 'sessionToken'>> {
    await this.#trust(await listOwnGroups(this.session, answer));
    await this.#leaving.confirmAll();
    const restored = await this.shares.restore(signal);
    for (const { groupId, fileName } of restored.lost) this.sharedFolders.onEnded(groupId, [fileName]);
    return restored;
  }

  restoreDownloads(): void {
    restoreTransfers(this.transfers, this.downloads, this.folders);
    inBackground(this.opened.removeUnfinished(), this.session.logger);
    this.sharedFolders.resume();
    inBackground(this.#tellNewer(), this.session.logger);
  }

  /** Resumes after a lost connection: groups, presence, shares and the search for sources. */
  async reconnected(answer: TrackerResult<'resume'>): Promise<void> {
    await this.#trust(await listOwnGroups(this.session, answer));
    await this.#leaving.confirmAll();
    await this.shares.announceAgain();
    this.sharedFolders.resume();
    await this.transfers.refresh();
  }

  /** Refreshes what missed events would have changed in these groups; null stands for all groups. */
  async refresh(missed: ReadonlySet<string | null>): Promise<void> {
    const groups = await this.session.tickets.prove(await listOwnGroups(this.session));
    if (this.#isSuspended) return;
    const { lost, isChanged } = this.session.updateGroups(groups);
    for (const groupId of lost) await this.dropGroup(groupId);
    if (isChanged) await this.shares.announceAgain(); // a membership may have ended and begun again
    await this.transfers.refresh();
    for (const groupId of missed) this.#events.emit('missed', { groupId });
  }

  /**
   * Leaves a group, or withdraws a request to join it. A membership ends here at once; if the tracker is away, it hears
   * of it when it is back. @throws ShoalError the tracker's errors
   */
  async leaveGroup(named: string, signal: AbortSignal | undefined): Promise<LeaveResult> {
    throwIfAborted(signal);
    const groupId = this.session.canonical(named);
    if (groupId === undefined) return this.session.call('leaveGroup', { groupId: named }, signal);
    this.session.account.leftGroups.add(groupId);
    await this.dropGroup(groupId);
    await this.session.library.durable();
    return this.#leaving.tell(groupId, signal);
  }

  /** Asks to join a group. @throws ShoalError the tracker's errors */
  async joinGroup(groupId: string, signal: AbortSignal | undefined): Promise<Group> {
    if (this.session.account.leftGroups.has(groupId)) await this.#leaving.confirmAll();
    return this.session.call('joinGroup', { groupId }, signal);
  }

  /** The user is no longer a member of the group: ends shares and downloads there. */
  async dropGroup(groupId: string): Promise<void> {
    if (this.#isSuspended) return;
    this.session.dropGroup(groupId);
    this.opened.dropGroup(groupId);
    this.sharedFolders.dropGroup(groupId);
    await this.transfers.dropGroup(groupId);
    await this.shares.dropGroup(groupId);
  }

  /** Files were removed from a group: ends shares and downloads of them. */
  async dropFiles(groupId: string, fileNames: readonly string[], removedBy: string): Promise<void> {
    if (this.#isSuspended) return;
    await this.downloads.onRemoved(groupId, fileNames, removedBy);
    const { account } = this.session;
    account.removedFiles.add(fileNames.flatMap((fileName) => account.findShare(groupId, fileName) ?? []));
    await this.shares.dropFiles(groupId, fileNames);
    this.sharedFolders.onEnded(groupId, fileNames, this.session.isMe(removedBy));
  }

  /** Stops sharing files. A shared folder that they are in leaves them out. @throws ShoalError the tracker's errors */
  async stopShares(groupId: string, fileNames: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    try {
      const [first] = fileNames;
      if (first !== undefined && fileNames.length === 1) await this.shares.stop(groupId, first, signal);
      else await this.shares.stopMany(groupId, fileNames, signal);
    } finally {
      const stopped = fileNames.filter((fileName) => !this.session.account.findShare(groupId, fileName));
      this.sharedFolders.onEnded(groupId, stopped);
    }
  }

  /**
   * Ends everything of this user; the library keeps what the next sign-in resumes.
   * @param remember the state of downloads in the library
   * @throws the disk's errors, after everything has ended
   */
  async suspend(remember: 'paused' | 'running'): Promise<void> {
    this.#isSuspended = true;
    this.sharedFolders.close();
    try {
      await this.shares.close();
    } finally {
      await untilEnded([this.opened.close()], SUSPEND_WAIT_MS);
      await this.transfers.suspendAll(remember, SUSPEND_WAIT_MS).finally(() => this.session.end());
    }
  }

  /** The tracker signs tickets with these keys, and with no others. */
  trustKeys(ticketKeys: readonly TicketKey[]): void {
    const { engine, link } = this.#open;
    engine.send({ type: 'trust', ticketKeys, isLoopback: link.requireOnline().isLoopback });
  }

  /** Tells the application which shared files have newer versions in their groups. */
  async #tellNewer(): Promise<void> {
    for await (const { groupId, files: newer } of newerVersions(this.session)) {
      if (this.#isSuspended) return;
      this.shares.onNewVersions(groupId, newer);
      const files = newer.filter(
        ({ fileName, version = 0 }) => version > (this.session.account.findShare(groupId, fileName)?.seen ?? 0),
      );
      const [first] = files;
      if (!first) continue;
      if (files.length === 1) this.#events.emit('fileUpdated', { groupId, file: first });
      else this.#events.emit('filesUpdated', { groupId, files });
    }
  }

  /** Sends the engine the tracker's ticket keys and the groups whose tickets it may accept. */
  async #trust(groups: readonly Group[]): Promise<void> {
    const { engine, link } = this.#open;
    const { hello, clock } = link.requireOnline();
    this.trustKeys(hello.ticketKeys);
    engine.send({ type: 'trackerTime', nowMs: clock.nowMs() });
    const proven = await this.session.tickets.prove(groups);
    if (!this.#isSuspended) this.session.setGroups(proven);
  }
}
