import type { FolderShareProgress, ShoalEvents } from '@shoal/sdk';
import { ShoalError } from '@shoal/sdk/protocol';
import { EventEmitter } from 'eventemitter3';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import {
  AGENT,
  type AgentContract,
  type DownloadRecord,
  type FolderRecord,
  type LimitsRecord,
  type Setup,
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

/** Names a share among all. */
export type ShareName = Pick<ShareRecord, 'groupId' | 'fileName'>;

/** What the editor hears beyond the SDK's events. */
export interface RemoteEvents extends ShoalEvents {
  /** An agent is attached and has told everything: the first, or one that took its place. */
  attached: [];
  statusChanged: [Status];
  /** This user made, left or asked to join a group, in whatever window; or another agent took the place of the last. */
  groupsChanged: [];
  downloadsChanged: [ListChange];
  foldersChanged: [ListChange];
  /** Of which files; without a list, of any. */
  sharesChanged: [readonly ShareName[] | undefined];
  log: [Payload<AgentContract, 'log'>];
  /** A session's token to be kept: undefined when there is none any more. */
  tokenChanged: [string | undefined];
}

/** How an agent is told what the user wants of it. */
export interface AgentSetup {
  setUp(setup: Setup): Promise<void>;
  setLimits(limits: LimitsRecord): Promise<void>;
  keepSession(tracker: string, token: string): Promise<void>;
}

/** Holds a window to the agent, whichever runs: knows what it knows, and tells what it tells. */
export abstract class AttachedClient extends EventEmitter<RemoteEvents> implements DownloadCalls {
  readonly mirror = new Mirror();
  readonly #link: DaemonLink;
  protected readonly handles = new RemoteDownloads((record: DownloadRecord) => new RemoteDownload(record, this));
  protected readonly folderHandles = new RemoteDownloads((record: FolderRecord) => new RemoteFolder(record, this));
  /** Who hears how far hashing is, by the share's id. */
  protected readonly hashing = new Map<string, (hashedBytes: number, sizeBytes: number) => void>();
  /** Who hears how far the sharing of a folder is, by the share's id. */
  protected readonly sharingFolders = new Map<string, (progress: FolderShareProgress) => void>();
  readonly #prepare: (agent: AgentSetup) => Promise<void>;
  #attaching: Promise<void> | undefined;
  #isAttached = false;
  /** Whether an agent was asked for, and could be had or is being looked for. */
  #isWanted = false;
  /** Whether an agent has told everything before: of groups only the one who lists them knows what was missed. */
  #isNext = false;

  /** @param prepare tells an agent, before anything else, what the user wants of it */
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

  /** Whether what is known is what is. */
  get isAttached(): boolean {
    return this.#isAttached;
  }

  /** Whether an agent is on its way. */
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

  /** Starts the agent where there is none. @throws ShoalError when it does not start */
  async open(): Promise<void> {
    await this.#attachOnce(await this.#agent());
  }

  /** Has the agent prepared anew: the user's settings changed. */
  async prepareAgain(): Promise<void> {
    const connection = await this.#link.openIfThere();
    if (connection) await this.#prepare(setupOf(connection));
  }

  abstract pause(id: string): Promise<void>;
  abstract resume(id: string): Promise<void>;
  abstract cancel(id: string): Promise<void>;
  abstract pieces(id: string): Promise<Uint8Array>;
  abstract tune(id: string, changes: DownloadChanges): Promise<void>;

  /** Asks the agent, which is started where there is none. */
  protected async ask<M extends keyof AgentContract['methods'] & string>(
    method: M,
    params: Params<AgentContract, M>,
    signal?: AbortSignal,
  ): Promise<Result<AgentContract, M>> {
    const connection = await this.#agent();
    await this.#attachOnce(connection);
    return ask(connection, AGENT, method, params, signal);
  }

  /** The agent's connection, which is made where there is none. */
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

  /** An attempt that failed is made again by whoever asks for something next. */
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

  /** An agent that has just started knows nothing before the session is taken up: until then what was known stands. */
  async #catchUp(connection: MessageConnection): Promise<void> {
    try {
      await ask(connection, AGENT, 'settle', {});
      this.#onReplaced(this.mirror.replace(await ask(connection, AGENT, 'attach', {})));
      this.emit('statusChanged', this.mirror.status);
    } catch {
      // It went away; the next one is attached to in the same way.
    }
  }

  #onReplaced({ downloads, folders }: Changes): void {
    this.onDownloads(downloads);
    this.onFolders(folders);
    this.emit('uploadsChanged', this.mirror.uploads);
    this.emit('sharesChanged', undefined);
    if (this.#isNext && this.userId !== undefined) this.emit('groupsChanged');
    this.#isNext = true;
  }

  #listen(connection: MessageConnection): void {
    const on = <E extends keyof AgentContract['events'] & string>(
      event: E,
      listener: (payload: Payload<AgentContract, E>) => void,
    ) => hear(connection, AGENT, event, listener);
    on('status', (status) => {
      if (!this.#isAttached) return; // it does not know yet what the user wants, nor who is signed in: its snapshot will say
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
    on('shareLost', (share) => this.emit('shareLost', share));
    on('sharesUnavailable', ({ shares }) => this.emit('sharesUnavailable', { shares: shares.map(unavailableShare) }));
    on('sharesAvailable', (event) => this.emit('sharesAvailable', event));
  }

  /** What an answer says is so at once; the agent's own word follows. */
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
    setLimits: async (limits) => {
      await ask(connection, AGENT, 'setLimits', limits);
    },
    keepSession: async (tracker, token) => {
      await ask(connection, AGENT, 'keepSession', { tracker, token });
    },
  };
}
