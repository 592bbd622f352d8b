import { EventEmitter } from 'eventemitter3';
import fc from 'fast-check';
import type { PeerClient } from '../../../sdk/cli/client.js';
import {
  type Download,
  type DownloadEvents,
  type DownloadProgress,
  type DownloadResult,
  type DownloadState,
  type FolderChanges,
  type FolderDownload,
  type FolderDownloadEvents,
  type FolderProgress,
  type FolderResult,
  type FolderState,
  type Group,
  type KeptFile,
  type SharedFile,
  ShoalError,
  type ShoalEvents,
} from '../../../sdk/index.js';

type Behaviour = Omit<PeerClient, keyof EventEmitter>;

const refuse = () => Promise.reject(new ShoalError('NOT_LOGGED_IN', 'You are not signed in: sign in first.'));

/** A client that nobody is signed in to, but for what a test gives it. */
export function fakeClient(behaviour: Partial<Behaviour> = {}): PeerClient {
  const nobody: Behaviour = {
    userId: undefined,
    reachProblem: undefined,
    reach: undefined,
    connectMode: 'auto',
    setConnect: () => {},
    portMapping: true,
    setPortMapping: () => {},
    keptVersions: { maxFileBytes: 32 << 20, maxTotalBytes: 2 ** 31 },
    setKeptVersions: () => {},
    createUser: () => Promise.resolve(),
    login: refuse,
    changePassword: refuse,
    logout: refuse,
    createGroup: refuse,
    changeGroup: refuse,
    joinGroup: refuse,
    leaveGroup: refuse,
    listGroups: refuse,
    listMembers: refuse,
    listRequests: refuse,
    acceptRequest: refuse,
    rejectRequest: refuse,
    removeMember: refuse,
    listFiles: refuse,
    shareFolder: () => Promise.reject(new Error('not here')),
    sharedFolders: () => [],
    stopFolder: () => Promise.reject(new Error('not here')),
    shareFile: refuse,
    stopShare: refuse,
    stopShares: refuse,
    listVersions: refuse,
    revertFile: refuse,
    removeFile: refuse,
    downloadFile: () => {
      throw new ShoalError('NOT_LOGGED_IN', 'You are not signed in: sign in first.');
    },
    downloadFolder: () => {
      throw new ShoalError('NOT_LOGGED_IN', 'You are not signed in: sign in first.');
    },
    folderDownloads: () => [],
    shares: () => [],
    uploads: () => [],
    clearDownloads: () => {},
    limits: { downloadBytesPerSecond: undefined, uploadBytesPerSecond: undefined, downloadsAtOnce: 5 },
    setLimits: () => {},
    downloads: () => [],
  };
  return Object.assign(new EventEmitter<ShoalEvents>(), nobody, behaviour);
}

export function group(groupId: string, standing: Group['standing'], ownerId: string, members = 1): Group {
  return { groupId, standing, ownerId, members, epoch: 0 };
}

export function file(fileName: string, sizeBytes: number): SharedFile {
  const sharing = { sharedBy: 'bob', sharedAtMs: 0, sharersOnline: 2, completeSources: 1 };
  return { fileName, sizeBytes, manifestId: 'ab'.repeat(32), ...sharing };
}

/** A download that is in whatever state a test puts it. */
export class FakeDownload extends EventEmitter<DownloadEvents> implements Download {
  readonly id = 'd1';
  readonly path: string = '/there/payload.bin';
  readonly done = new Promise<DownloadResult>(() => {});
  started: Promise<void> = Promise.resolve();
  readonly priority = 'normal';
  readonly limitBytesPerSecond = undefined;
  readonly queuePosition = undefined;
  readonly groupId: string;
  readonly fileName: string;
  state: DownloadState;
  progress: DownloadProgress = {
    doneBytes: 42 * 2 ** 20,
    sizeBytes: 100 * 2 ** 20,
    donePieces: 84,
    pieceCount: 200,
    bytesPerSecond: 118e6,
    reusedBytes: 0,
    etaMs: 2500,
    sources: [],
  };

  constructor(groupId: string, fileName: string, state: DownloadState = { name: 'downloading' }) {
    super();
    this.groupId = groupId;
    this.fileName = fileName;
    this.state = state;
  }

  pieces(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(0));
  }

  pause(): Promise<void> {
    this.state = { name: 'paused' };
    return Promise.resolve();
  }

  resume(): void {
    this.state = { name: 'downloading' };
  }

  setLimit(): Promise<void> {
    return Promise.resolve();
  }

  setPriority(): Promise<void> {
    return Promise.resolve();
  }

  moveTo(): Promise<void> {
    return Promise.resolve();
  }

  cancel(): Promise<void> {
    this.state = { name: 'cancelled' };
    return Promise.resolve();
  }
}

/** A folder download that is in whatever state a test puts it. */
export class FakeFolder extends EventEmitter<FolderDownloadEvents> implements FolderDownload {
  readonly id = 'f1';
  readonly groupId = 'lab';
  readonly folder = 'photos';
  readonly path = '/there/photos';
  readonly failures = [];
  changes: FolderChanges = { added: 0, restored: 0, updated: 0, unchanged: 0, edited: 0, removed: 0, deleted: 0 };
  kept: readonly KeptFile[] = [];
  readonly priority = 'normal';
  readonly limitBytesPerSecond = undefined;
  readonly sequential = false;
  readonly queuePosition = undefined;
  readonly done = new Promise<FolderResult>(() => {});
  readonly started = Promise.resolve();
  state: FolderState;
  readonly progress: FolderProgress = {
    ...{ doneFiles: 3, failedFiles: 1, fileCount: 10, doneBytes: 512, sizeBytes: 2048 },
    ...{ bytesPerSecond: 1e6, etaMs: 2000, sources: [] },
  };

  constructor(state: FolderState = { name: 'downloading' }) {
    super();
    this.state = state;
  }

  setLimit(): Promise<void> {
    return Promise.resolve();
  }

  setPriority(): Promise<void> {
    return Promise.resolve();
  }

  setSequential(): Promise<void> {
    return Promise.resolve();
  }

  moveTo(): Promise<void> {
    return Promise.resolve();
  }

  pause(): Promise<void> {
    this.state = { name: 'paused' };
    return Promise.resolve();
  }

  resume(): void {
    this.state = { name: 'downloading' };
  }

  cancel(): Promise<void> {
    this.state = { name: 'cancelled' };
    return Promise.resolve();
  }
}

const STATES = ['queued', 'starting', 'downloading', 'waiting', 'verifying'] as const;

/** Draws downloads under way. */
export function inFlight(): fc.Arbitrary<FakeDownload[]> {
  return fc
    .array(fc.tuple(fc.constantFrom(...STATES), fc.string(), fc.nat()), { minLength: 1, maxLength: 300 })
    .map((all) => all.map(([name, fileName, speed]) => moving(new FakeDownload('lab', fileName, { name }), speed)));
}

export function moving(download: FakeDownload, bytesPerSecond: number): FakeDownload {
  download.progress = { ...download.progress, bytesPerSecond };
  return download;
}
