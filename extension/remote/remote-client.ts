import type {
  Abortable,
  Download,
  DownloadOptions,
  FolderDownload,
  FolderDownloadOptions,
  Group,
  JoinRequest,
  KeptVersions,
  KeptVersionsChanges,
  LeaveResult,
  LimitChanges,
  Limits,
  LoginResult,
  Member,
  SharedFile,
  Upload,
} from '@shoal/sdk';
import { ShoalError } from '@shoal/sdk/protocol';
import type { AgentContract, LimitsRecord, Setup } from '../contract/contract.js';
import type { Result } from '../daemon/index.js';
import { unavailableShare } from './error-from.js';
import { NEW_DOWNLOAD, NEW_FOLDER } from './new-records.js';
import { RemoteDownload } from './remote-download.js';
import { RemoteFolder } from './remote-folder.js';
import { RemoteShares } from './remote-shares.js';
import type { DownloadChanges } from './remote-transfer.js';
import { stopBy } from './stop-by.js';

/** The window's side of the agent, with the methods of the SDK's client. */
export class RemoteClient extends RemoteShares {
  async setUp(setup: Setup): Promise<void> {
    await this.ask('setUp', setup);
  }

  /** Empty while there is no client. */
  get limits(): Limits {
    const { downloadBytesPerSecond, uploadBytesPerSecond, downloadsAtOnce } = this.mirror.status.limits ?? {};
    return { downloadBytesPerSecond, uploadBytesPerSecond, downloadsAtOnce };
  }

  /** Like the SDK's, for all windows while the agent runs; resolves when it is done. */
  async setLimits(changes: LimitChanges): Promise<void> {
    const told: LimitsRecord = {};
    // JSON has no undefined: 0 removes a limit.
    for (const name of LIMIT_NAMES) if (name in changes) told[name] = changes[name] ?? 0;
    await this.ask('setLimits', told);
  }

  /** Empty while there is no client. */
  get keptVersions(): KeptVersions {
    return this.mirror.status.keptVersions ?? { maxFileBytes: 0, maxTotalBytes: 0 };
  }

  /** Like the SDK's, for all windows while the agent runs; resolves when it is done. */
  async setKeptVersions(changes: KeptVersionsChanges): Promise<void> {
    await this.ask('setKeptVersions', changes === false ? { maxTotalBytes: 0 } : changes);
  }

  /** Resolves after the first answer of the tracker or its failure, when the mirror shows it. */
  async settled(): Promise<void> {
    this.mirror.status = await this.ask('settle', {});
    this.emit('statusChanged', this.mirror.status);
  }

  async retry(): Promise<void> {
    await this.ask('retry', {});
  }

  async createUser(userId: string, password: string, { signal }: Abortable = {}): Promise<void> {
    await this.ask('createUser', { userId, password }, signal);
  }

  async login(userId: string, password: string, { signal }: Abortable = {}): Promise<LoginResult> {
    const result = await this.ask('login', { userId, password }, signal);
    this.emit('tokenChanged', result.sessionToken);
    return loginResult(result);
  }

  async resumeSession(token: string, { signal }: Abortable = {}): Promise<LoginResult> {
    return loginResult(await this.ask('resumeSession', { token }, signal));
  }

  async logout({ signal }: Abortable = {}): Promise<void> {
    try {
      await this.ask('logout', {}, signal);
    } finally {
      this.emit('tokenChanged', undefined);
    }
  }

  async changePassword(current: string, next: string, { signal }: Abortable = {}): Promise<void> {
    await this.ask('changePassword', { current, next }, signal);
  }

  joinGroup(groupId: string, { signal }: Abortable = {}): Promise<Group> {
    return this.ask('joinGroup', { groupId }, signal);
  }

  leaveGroup(groupId: string, { signal }: Abortable = {}): Promise<LeaveResult> {
    return this.ask('leaveGroup', { groupId }, signal);
  }

  async listGroups({ signal }: Abortable = {}): Promise<Group[]> {
    return (await this.ask('listGroups', {}, signal)).groups;
  }

  async listMembers(groupId: string, { signal }: Abortable = {}): Promise<Member[]> {
    return (await this.ask('listMembers', { groupId }, signal)).members;
  }

  async listRequests(groupId: string, { signal }: Abortable = {}): Promise<JoinRequest[]> {
    return (await this.ask('listRequests', { groupId }, signal)).requests;
  }

  async acceptRequest(groupId: string, userId: string, { signal }: Abortable = {}): Promise<void> {
    await this.ask('acceptRequest', { groupId, userId }, signal);
  }

  async rejectRequest(groupId: string, userId: string, { signal }: Abortable = {}): Promise<void> {
    await this.ask('rejectRequest', { groupId, userId }, signal);
  }

  async removeMember(groupId: string, userId: string, { signal }: Abortable = {}): Promise<void> {
    await this.ask('removeMember', { groupId, userId }, signal);
  }

  async listFiles(groupId: string, { signal, folder }: Abortable & { folder?: string } = {}): Promise<SharedFile[]> {
    return (await this.ask('listFiles', { groupId, folder }, signal)).files;
  }

  uploads(): readonly Upload[] {
    return this.mirror.uploads;
  }

  downloads(): Download[] {
    return [...this.mirror.downloads.values()].map((record) => this.handles.listed(record));
  }

  /** Like the SDK's, but immediate failures also reject `started`. */
  downloadFile(groupId: string, fileName: string, destination: string, options: DownloadOptions = {}): Download {
    const record = { ...NEW_DOWNLOAD, groupId, fileName, path: destination };
    const download = new RemoteDownload(record, this);
    const { version, overwrite = false, sequential, priority, limitBytesPerSecond } = options;
    const wishes = { version, overwrite, sequential, priority, limitBytesPerSecond };
    this.ask('downloadFile', { groupId, fileName, destination, ...wishes }).then(
      (begun) => {
        download.update(this.mirror.downloads.get(begun.id) ?? begun);
        this.handles.adopt(download);
        stopBy(options.signal, download);
      },
      (error: unknown) => download.fail(ShoalError.from(error)),
    );
    return download;
  }

  /** Like the SDK's, but immediate failures also reject `started`. */
  downloadFolder(
    groupId: string,
    folder: string,
    destination: string,
    { signal, ...wishes }: FolderDownloadOptions = {},
  ): FolderDownload {
    const download = new RemoteFolder({ ...NEW_FOLDER, groupId, folder, path: destination }, this);
    this.ask('downloadFolder', { groupId, folder, destination, ...wishes }).then(
      (begun) => {
        download.update(this.mirror.folders.get(begun.id) ?? begun);
        this.folderHandles.adopt(download);
        stopBy(signal, download);
      },
      (error: unknown) => download.fail(ShoalError.from(error)),
    );
    return download;
  }

  /** Downloads for the user; one window reports the end. Resolves to the id when the agent has started it. */
  async fetchFile(
    groupId: string,
    fileName: string,
    destination: string,
    overwrite = false,
    version?: number,
  ): Promise<string> {
    return (await this.ask('downloadFile', { groupId, fileName, version, destination, overwrite, announce: true })).id;
  }

  /** Like `fetchFile`, for a folder. */
  async fetchFolder(
    groupId: string,
    folder: string,
    destination: string,
    part: Pick<FolderDownloadOptions, 'include' | 'exclude'> = {},
  ): Promise<string> {
    return (await this.ask('downloadFolder', { groupId, folder, destination, announce: true, ...part })).id;
  }

  /** Asks to report the ends of downloads. Returns those that no other window reports. */
  async claimEnds(ids: readonly string[]): Promise<string[]> {
    const { granted } = await this.ask('claimEnds', { ids: [...ids] });
    this.mirror.told(ids);
    return granted;
  }

  folderDownloads(): FolderDownload[] {
    return [...this.mirror.folders.values()].map((record) => this.folderHandles.listed(record));
  }

  clearDownloads(): void {
    this.onDownloads(this.mirror.changeDownloads([], completeOf(this.mirror.downloads)));
    this.onFolders(this.mirror.changeFolders([], completeOf(this.mirror.folders)));
    this.ask('clearDownloads', {}).catch((error: unknown) => {
      this.emit('log', { level: 'warn', message: ShoalError.from(error).message });
    });
  }

  async pause(id: string): Promise<void> {
    await this.ask('pauseDownload', { id });
  }

  async resume(id: string): Promise<void> {
    await this.ask('resumeDownload', { id });
  }

  /** Like `resume`, for the user: one window reports the end. */
  async fetchOn(id: string): Promise<void> {
    await this.ask('resumeDownload', { id, announce: true });
  }

  async cancel(id: string): Promise<void> {
    await this.ask('cancelDownload', { id });
    if (this.mirror.folders.has(id)) this.onFolders(this.mirror.changeFolders([], [id]));
    if (this.mirror.downloads.has(id)) this.onDownloads(this.mirror.changeDownloads([], [id]));
  }

  async tune(id: string, changes: DownloadChanges): Promise<void> {
    await this.ask('tuneDownload', { id, ...changes });
  }

  async pieces(id: string): Promise<Uint8Array> {
    return new Uint8Array(Buffer.from((await this.ask('describePieces', { id })).pieces, 'base64'));
  }
}
const LIMIT_NAMES = ['downloadBytesPerSecond', 'uploadBytesPerSecond', 'downloadsAtOnce'] as const;

function completeOf(list: ReadonlyMap<string, { readonly id: string; readonly state: string }>): string[] {
  return [...list.values()].filter(({ state }) => state === 'complete').map(({ id }) => id);
}

function loginResult({ unavailable, ...result }: Result<AgentContract, 'login'>): LoginResult {
  return { ...result, unavailable: unavailable.map(unavailableShare) };
}
