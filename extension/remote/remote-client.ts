import type {
  Abortable,
  Download,
  DownloadOptions,
  Group,
  JoinRequest,
  LeaveResult,
  LoginResult,
  Member,
  Share,
  SharedFile,
  ShareOptions,
  ShareResult,
  ShoalEvents,
  Upload,
} from '@shoal/sdk';
import { ShoalError } from '@shoal/sdk/protocol';
import { EventEmitter } from 'eventemitter3';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import {
  AGENT,
  type AgentContract,
  type DownloadRecord,
  type Setup,
  type ShareRecord,
  type Status,
} from '../agent/contract.js';
import type { EditorClient } from '../api.js';
import { ask, type DaemonLink, hear, type Params, type Payload, type Result } from '../daemon/index.js';
import { errorFrom } from './error-from.js';
import { type ListChange, Mirror } from './mirror.js';
import { RemoteDownload } from './remote-download.js';
import { RemoteDownloads } from './remote-downloads.js';

/** What the editor hears beyond the SDK's events. */
export interface RemoteEvents extends ShoalEvents {
  /** An agent is attached and has told everything: the first, or one that took its place. */
  attached: [];
  statusChanged: [Status];
  /** This user made, left or asked to join a group, in whatever window. */
  groupsChanged: [];
  downloadsChanged: [ListChange];
  sharesChanged: [];
  log: [Payload<AgentContract, 'log'>];
  /** A session's token to be kept: undefined when there is none any more. */
  tokenChanged: [string | undefined];
}

/** How an agent is told what the user wants of it. */
export interface AgentSetup {
  setUp(setup: Setup): Promise<void>;
  keepSession(tracker: string, token: string): Promise<void>;
}

/** A window's end of the agent, with the methods of the SDK's client. */
export class RemoteClient extends EventEmitter<RemoteEvents> {
  readonly mirror = new Mirror();
  readonly #link: DaemonLink;
  readonly #downloads = new RemoteDownloads(this);
  readonly #hashing = new Map<string, (hashedBytes: number, sizeBytes: number) => void>();
  readonly #prepare: (agent: AgentSetup) => Promise<void>;
  #attaching: Promise<void> | undefined;
  #isAttached = false;
  #nextShareId = 1;

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
    await this.#attachOnce(await this.#link.open());
  }

  async setUp(setup: Setup): Promise<void> {
    await this.#ask('setUp', setup);
  }

  /** Has the agent prepared anew: the user's settings changed. */
  async prepareAgain(): Promise<void> {
    const connection = await this.#link.openIfThere();
    if (connection) await this.#prepare(setupOf(connection));
  }

  /** Fulfilled when the tracker has answered or not, and the mirror says so. */
  async settled(): Promise<void> {
    this.mirror.status = await this.#ask('settle', {});
    this.emit('statusChanged', this.mirror.status);
  }

  async retry(): Promise<void> {
    await this.#ask('retry', {});
  }

  async createUser(userId: string, password: string, { signal }: Abortable = {}): Promise<void> {
    await this.#ask('createUser', { userId, password }, signal);
  }

  async login(userId: string, password: string, { signal }: Abortable = {}): Promise<LoginResult> {
    const result = await this.#ask('login', { userId, password }, signal);
    this.emit('tokenChanged', result.sessionToken);
    return result;
  }

  resumeSession(token: string, { signal }: Abortable = {}): Promise<LoginResult> {
    return this.#ask('resumeSession', { token }, signal);
  }

  async logout({ signal }: Abortable = {}): Promise<void> {
    try {
      await this.#ask('logout', {}, signal);
    } finally {
      this.emit('tokenChanged', undefined);
    }
  }

  createGroup(groupId: string, { signal }: Abortable = {}): Promise<Group> {
    return this.#ask('createGroup', { groupId }, signal);
  }

  joinGroup(groupId: string, { signal }: Abortable = {}): Promise<Group> {
    return this.#ask('joinGroup', { groupId }, signal);
  }

  leaveGroup(groupId: string, { signal }: Abortable = {}): Promise<LeaveResult> {
    return this.#ask('leaveGroup', { groupId }, signal);
  }

  async listGroups({ signal }: Abortable = {}): Promise<Group[]> {
    return (await this.#ask('listGroups', {}, signal)).groups;
  }

  async listMembers(groupId: string, { signal }: Abortable = {}): Promise<Member[]> {
    return (await this.#ask('listMembers', { groupId }, signal)).members;
  }

  async listRequests(groupId: string, { signal }: Abortable = {}): Promise<JoinRequest[]> {
    return (await this.#ask('listRequests', { groupId }, signal)).requests;
  }

  async acceptRequest(groupId: string, userId: string, { signal }: Abortable = {}): Promise<void> {
    await this.#ask('acceptRequest', { groupId, userId }, signal);
  }

  async rejectRequest(groupId: string, userId: string, { signal }: Abortable = {}): Promise<void> {
    await this.#ask('rejectRequest', { groupId, userId }, signal);
  }

  async removeMember(groupId: string, userId: string, { signal }: Abortable = {}): Promise<void> {
    await this.#ask('removeMember', { groupId, userId }, signal);
  }

  async listFiles(groupId: string, { signal }: Abortable = {}): Promise<SharedFile[]> {
    return (await this.#ask('listFiles', { groupId }, signal)).files;
  }

  async shareFile(path: string, groupId: string, options: ShareOptions = {}): Promise<ShareResult> {
    const { signal, fileName, algorithm, onProgress } = options;
    const shareId = String(this.#nextShareId++);
    if (onProgress) this.#hashing.set(shareId, onProgress);
    try {
      const params = { shareId, path, groupId, fileName, algorithm };
      const { shared, share } = await this.#ask('shareFile', params, signal);
      this.#changeShares([share], []);
      return shared;
    } finally {
      this.#hashing.delete(shareId);
    }
  }

  async stopShare(groupId: string, fileName: string, { signal }: Abortable = {}): Promise<void> {
    await this.#ask('stopShare', { groupId, fileName }, signal);
    this.#changeShares([], [{ groupId, fileName }]);
  }

  shares(): Share[] {
    return [...this.mirror.shares.values()];
  }

  uploads(): readonly Upload[] {
    return this.mirror.uploads;
  }

  downloads(): Download[] {
    return [...this.mirror.downloads.values()].map((record) => this.#downloads.listed(record));
  }

  /** As the SDK's, but that what stands in the way at once is said by `started`. */
  downloadFile(groupId: string, fileName: string, destination: string, options: DownloadOptions = {}): Download {
    const record = { ...NEW_DOWNLOAD, groupId, fileName, path: destination };
    const download = new RemoteDownload(record, this);
    const overwrite = options.overwrite ?? false;
    this.#ask('downloadFile', { groupId, fileName, destination, overwrite }).then(
      (begun) => {
        download.update(this.mirror.downloads.get(begun.id) ?? begun);
        this.#downloads.adopt(download);
        const stop = () => void download.cancel().catch(() => {}); // it ended meanwhile
        if (options.signal?.aborted) stop();
        else options.signal?.addEventListener('abort', stop, { once: true });
      },
      (error: unknown) => download.fail(ShoalError.from(error)),
    );
    return download;
  }

  clearDownloads(): void {
    const complete = [...this.mirror.downloads.values()].filter(({ state }) => state === 'complete');
    const ids = complete.map(({ id }) => id);
    this.#onDownloads(this.mirror.changeDownloads([], ids));
    this.#ask('clearDownloads', {}).catch((error: unknown) => {
      this.emit('log', { level: 'warn', message: ShoalError.from(error).message });
    });
  }

  async pause(id: string): Promise<void> {
    await this.#ask('pauseDownload', { id });
  }

  async resume(id: string): Promise<void> {
    await this.#ask('resumeDownload', { id });
  }

  async cancel(id: string): Promise<void> {
    await this.#ask('cancelDownload', { id });
    if (this.mirror.downloads.has(id)) this.#onDownloads(this.mirror.changeDownloads([], [id]));
  }

  async pieces(id: string): Promise<Uint8Array> {
    return new Uint8Array(Buffer.from((await this.#ask('describePieces', { id })).pieces, 'base64'));
  }

  /** Itself, as other extensions see it. */
  asEditorClient(): EditorClient {
    return this as unknown as EditorClient; // all its methods and events; the more are this extension's own
  }

  async #ask<M extends keyof AgentContract['methods'] & string>(
    method: M,
    params: Params<AgentContract, M>,
    signal?: AbortSignal,
  ): Promise<Result<AgentContract, M>> {
    const connection = await this.#link.open();
    await this.#attachOnce(connection);
    return ask(connection, AGENT, method, params, signal);
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

  #onReplaced(change: ListChange): void {
    this.#onDownloads(change);
    this.emit('uploadsChanged', this.mirror.uploads);
    this.emit('sharesChanged');
  }

  #listen(connection: MessageConnection): void {
    const on = <E extends keyof AgentContract['events'] & string>(
      event: E,
      listener: (payload: Payload<AgentContract, E>) => void,
    ) => hear(connection, AGENT, event, listener);
    on('status', (status) => {
      this.mirror.status = status;
      this.emit('statusChanged', this.mirror.status);
    });
    on('downloads', ({ changed, removed }) => this.#onDownloads(this.mirror.changeDownloads(changed, removed)));
    on('uploads', ({ uploads }) => {
      this.mirror.uploads = uploads;
      this.emit('uploadsChanged', uploads);
    });
    on('shares', ({ changed, removed }) => this.#changeShares(changed, removed));
    on('hashing', ({ shareId, hashedBytes, sizeBytes }) => this.#hashing.get(shareId)?.(hashedBytes, sizeBytes));
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
    on('shareLost', (share) => this.emit('shareLost', share));
  }

  /** What an answer says is so at once; the agent's own word follows. */
  #changeShares(changed: readonly ShareRecord[], removed: readonly Pick<ShareRecord, 'groupId' | 'fileName'>[]): void {
    this.mirror.changeShares(changed, removed);
    this.emit('sharesChanged');
  }

  #onDownloads(change: ListChange): void {
    for (const id of change.removed) this.#downloads.drop(id);
    for (const id of change.changed) {
      const record = this.mirror.downloads.get(id);
      if (!record) continue;
      if (this.#downloads.update(record)) this.emit('downloadChanged', this.#downloads.listed(record));
    }
    this.emit('downloadsChanged', change);
  }
}

function setupOf(connection: MessageConnection): AgentSetup {
  return {
    setUp: async (setup) => {
      await ask(connection, AGENT, 'setUp', setup);
    },
    keepSession: async (tracker, token) => {
      await ask(connection, AGENT, 'keepSession', { tracker, token });
    },
  };
}

const NEW_DOWNLOAD: Omit<DownloadRecord, 'groupId' | 'fileName' | 'path'> = {
  ...{ id: '', state: 'starting', error: null, result: null, etaMs: null, sources: [] },
  ...{ doneBytes: 0, sizeBytes: 0, donePieces: 0, pieceCount: 0, bytesPerSecond: 0 },
};
