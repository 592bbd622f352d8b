import type { FolderShareProgress, ShoalEvents } from '@shoal/sdk';
import { ShoalError } from '@shoal/sdk/protocol';
import { EventEmitter } from 'eventemitter3';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import {
  AGENT,
  type AgentContract,
  type DownloadRecord,
  type FolderRecord,
  type KeptVersionsRecord,
  type LimitsRecord,
  type NewsRecord,
  type Setup,
  type SharedFolderRecord,
  type ShareRecord,
  type Status,
} from '../contract/contract.js';
import { ask, type DaemonLink, hear, type Params, type Payload, type Result } from '../daemon/index.js';
import { errorFrom, unavailableShare } from './error-from.js';
import { type Changes, type ListChange, Mirror } from './mirror.js';
import { type DownloadCalls, RemoteDownload } from './remote-download.js';
import { RemoteDownloads } from './remote-downloads.js';
import { RemoteFolder } from './remote-folder.js';
import type { DownloadChanges } from './remote-transfer.js';

/** Identifies a share. */
export type ShareName = Pick<ShareRecord, 'groupId' | 'fileName'>;

/** Events beyond those of the SDK. */
export interface RemoteEvents extends ShoalEvents {
  /** An agent is attached and has sent its state: the first one, or a successor. */
  attached: [];
  statusChanged: [Status];
  /** This user created, left or asked to join a group in any window, or another agent replaced the last one. */
  groupsChanged: [];
  downloadsChanged: [ListChange];
  foldersChanged: [ListChange];
  /** Folders that are shared or watched otherwise than before. */
  sharedFoldersChanged: [readonly SharedFolderRecord[]];
  /** The changed shares; without a list, any. */
  sharesChanged: [readonly ShareName[] | undefined];
  /** Groups with other unseen files. */
  news: [readonly NewsRecord[]];
  /** One notification may tell the unseen files of these groups. */
  newsDue: [readonly string[]];
  log: [Payload<AgentContract, 'log'>];
  /** A session token to store; undefined to remove it. */
  tokenChanged: [string | undefined];
}

/** How an agent gets the user's settings. */
export interface AgentSetup {
  setUp(setup: Setup): Promise<void>;
  setLimits(limits: LimitsRecord): Promise<void>;
  setKeptVersions(changes: KeptVersionsRecord): Promise<void>;
  keepSession(tracker: string, token: string): Promise<void>;
}

/** Keeps a window attached to the agent, mirrors its state, and forwards its events. */
export abstract class AttachedClient extends EventEmitter<RemoteEvents> implements DownloadCalls {
  readonly mirror = new Mirror();
  readonly #link: DaemonLink;
  protected readonly handles = new RemoteDownloads((record: DownloadRecord) => new RemoteDownload(record, this));
  protected readonly folderHandles = new RemoteDownloads((record: FolderRecord) => new RemoteFolder(record, this));
  /** Callbacks for the progress of hashing, by share id. */
  protected readonly hashing = new Map<string, (hashedBytes: number, sizeBytes: number) => void>();
  /** Callbacks for the progress of folder shares, by share id. */
  protected readonly sharingFolders = new Map<string, (progress: FolderShareProgress) => void>();
  readonly #prepare: (agent: AgentSetup) => Promise<void>;
  #attaching: Promise<void> | undefined;
  #isAttached = false;
  /** Whether an agent was requested, and exists or is being started. */
  #isWanted = false;
  /** Whether an earlier agent has sent its state: then the groups must be listed again. */
  #isNext = false;

  /** @param prepare sends the user's settings to an agent, before anything else */
  constructor(link: DaemonLink, prepare: (agent: AgentSetup) => Promise<void>) {
    super();
    this.#link = link;
    this.#prepare = prepare;
    link.on('up', (connection) => {
      this.#listen(connection);
      this.#attaching = undefined;
      this.#attachOnce(connection).catch((error: unknown) => {
        this.emit('log', { level: 'warn', message: ShoalError.from(error).message });
      });
    });
    link.on('down', () => {
      this.#isAttached = false;
      this.emit('statusChanged', this.mirror.status);
    });
  }

  /** Whether the mirrored state is current. */
  get isAttached(): boolean {
    return this.#isAttached;
  }

  /** Whether an agent is being started. */
  get isAttaching(): boolean {
    return this.#isWanted && !this.#isAttached;
  }

  get userId(): string | undefined {
    return this.mirror.status.userId ?? undefined;
  }

  get deviceId(): string | undefined {
    return this.mirror.status.deviceId ?? undefined;
  }

  get trackerFingerprint(): string | undefined {
    return this.mirror.status.fingerprint ?? undefined;
  }

  get trackerNodes(): Status['nodes'] {
    return this.mirror.status.nodes;
  }

  /** Starts the agent if there is none. @throws ShoalError if it does not start */
  async open(): Promise<void> {
    await this.#attachOnce(await this.#agent());
  }

  /** Sends changed settings to the agent. */
  async prepareAgain(): Promise<void> {
    const connection = await this.#link.openIfThere();
    if (connection) await this.#prepare(setupOf(connection));
  }

  abstract pause(id: string): Promise<void>;
  abstract resume(id: string): Promise<void>;
  abstract cancel(id: string): Promise<void>;
  abstract pieces(id: string): Promise<Uint8Array>;
  abstract tune(id: string, changes: DownloadChanges): Promise<void>;

  /** Sends a request to the agent; starts it if there is none. */
  protected async ask<M extends keyof AgentContract['methods'] & string>(
    method: M,
    params: Params<AgentContract, M>,
    signal?: AbortSignal,
  ): Promise<Result<AgentContract, M>> {
    const connection = await this.#agent();
    await this.#attachOnce(connection);
    return ask(connection, AGENT, method, params, signal);
  }

  /** The connection to the agent; connects if there is none. */
  async #agent(): Promise<MessageConnection> {
    const isNews = !this.#isWanted;
    this.#isWanted = true;
    if (isNews) this.emit('statusChanged', this.mirror.status);
    try {
      return await this.#link.open();
    } catch (error) {
      this.#isWanted = false;
      this.emit('statusChanged', this.mirror.status);
      throw error;
    }
  }

  /** After a failure, the next request tries again. */
  #attachOnce(connection: MessageConnection): Promise<void> {
    this.#attaching ??= this.#attach(connection).catch((error: unknown) => {
      this.#attaching = undefined;
      throw error;
    });
    return this.#attaching;
  }

  async #attach(connection: MessageConnection): Promise<void> {
    await this.#prepare(setupOf(connection));
    const snapshot = await ask(connection, AGENT, 'attach', {});
    const isTakingUp = snapshot.status.link === 'connecting';
    if (isTakingUp) this.mirror.status = snapshot.status;
    const change = isTakingUp ? undefined : this.mirror.replace(snapshot);
    this.#isAttached = true;
    this.emit('attached');
    this.emit('statusChanged', this.mirror.status);
    if (change) this.#onReplaced(change);
    else void this.#catchUp(connection);
  }

  /** A new agent has no state until the session is resumed: the old state stays until then. */
  async #catchUp(connection: MessageConnection): Promise<void> {
    try {
      await ask(connection, AGENT, 'settle', {});
      this.#onReplaced(this.mirror.replace(await ask(connection, AGENT, 'attach', {})));
      this.emit('statusChanged', this.mirror.status);
    } catch {
      // It ended; the next one is attached in the same way.
    }
  }

  #onReplaced({ downloads, folders, sharedFolders }: Changes): void {
    this.onDownloads(downloads);
    this.onFolders(folders);
    this.emit('uploadsChanged', this.mirror.uploads);
    this.emit('sharesChanged', undefined);
    this.emit('sharedFoldersChanged', sharedFolders);
    if (this.#isNext && this.userId !== undefined) this.emit('groupsChanged');
    this.#isNext = true;
  }

  #listen(connection: MessageConnection): void {
    const on = <E extends keyof AgentContract['events'] & string>(
      event: E,
      listener: (payload: Payload<AgentContract, E>) => void,
    ) => hear(connection, AGENT, event, listener);
    on('status', (status) => {
      if (!this.#isAttached) return; // it has no settings and no session yet: its snapshot follows
      this.mirror.status = status;
      this.emit('statusChanged', this.mirror.status);
    });
    on('downloads', ({ changed, removed }) => this.onDownloads(this.mirror.changeDownloads(changed, removed)));
    on('folders', ({ changed, removed }) => this.onFolders(this.mirror.changeFolders(changed, removed)));
    on('uploads', ({ uploads }) => {
      this.mirror.uploads = uploads;
      this.emit('uploadsChanged', uploads);
    });
    on('shares', ({ changed, removed }) => this.changeShares(changed, removed));
    on('sharedFolders', ({ folders }) => this.emit('sharedFoldersChanged', this.mirror.changeSharedFolders(folders)));
    on('hashing', ({ shareId, hashedBytes, sizeBytes }) => this.hashing.get(shareId)?.(hashedBytes, sizeBytes));
    on('sharingFolder', ({ shareId, ...progress }) => this.sharingFolders.get(shareId)?.(progress));
    on('log', (line) => this.emit('log', line));
    on('groupsChanged', () => this.emit('groupsChanged'));
    on('connected', (event) => this.emit('connected', event));
    on('disconnected', (problem) => this.emit('disconnected', { error: errorFrom(problem) }));
    on('sessionEnded', (event) => {
      this.emit('tokenChanged', undefined);
      this.emit('sessionEnded', event);
    });
    on('joinRequested', (event) => this.emit('joinRequested', event));
    on('membershipChanged', (event) => this.emit('membershipChanged', event));
    on('fileShared', (event) => this.emit('fileShared', event));
    on('fileStopped', (event) => this.emit('fileStopped', event));
    on('filesShared', (event) => this.emit('filesShared', event));
    on('filesStopped', (event) => this.emit('filesStopped', event));
    on('fileUpdated', (event) => this.emit('fileUpdated', event));
    on('filesUpdated', (event) => this.emit('filesUpdated', event));
    on('filesRemoved', (event) => this.emit('filesRemoved', event));
    on('news', ({ groups }) => this.emit('news', groups));
    on('newsDue', ({ groupIds }) => this.emit('newsDue', groupIds));
    on('groupChanged', (event) => this.emit('groupChanged', event));
    on('shareStates', ({ shares }) => {
      for (const share of shares) this.emit('shareChanged', share);
    });
    on('folderShared', (changes) => this.emit('folderShared', changes));
    on('folderShareFailed', ({ groupId, folder, ...problem }) =>
      this.emit('folderShareFailed', { groupId, folder, error: errorFrom(problem) }),
    );
    on('shareLost', (share) => this.emit('shareLost', share));
    on('sharesUnavailable', ({ shares }) => this.emit('sharesUnavailable', { shares: shares.map(unavailableShare) }));
    on('sharesAvailable', (event) => this.emit('sharesAvailable', event));
  }

  /** Applies an answer at once; the agent's event follows. */
  protected changeShares(changed: readonly ShareRecord[], removed: readonly ShareName[]): void {
    this.mirror.changeShares(changed, removed);
    this.emit('sharesChanged', [...changed, ...removed]);
  }

  protected onDownloads(change: ListChange): void {
    for (const id of change.removed) this.handles.drop(id);
    for (const id of change.changed) {
      const record = this.mirror.downloads.get(id);
      if (!record) continue;
      if (this.handles.update(record)) this.emit('downloadChanged', this.handles.listed(record));
    }
    this.emit('downloadsChanged', change);
  }

  protected onFolders(change: ListChange): void {
    for (const id of change.removed) this.folderHandles.drop(id);
    for (const id of change.changed) {
      const record = this.mirror.folders.get(id);
      if (!record) continue;
      if (this.folderHandles.update(record)) this.emit('folderChanged', this.folderHandles.listed(record));
    }
    this.emit('foldersChanged', change);
  }
}

function setupOf(connection: MessageConnection): AgentSetup {
  return {
    setUp: async (setup) => {
      await ask(connection, AGENT, 'setUp', setup);
    },
    setKeptVersions: async (changes) => {
      await ask(connection, AGENT, 'setKeptVersions', changes);
    },
    setLimits: async (limits) => {
      await ask(connection, AGENT, 'setLimits', limits);
    },
    keepSession: async (tracker, token) => {
      await ask(connection, AGENT, 'keepSession', { tracker, token });
    },
  };
}
