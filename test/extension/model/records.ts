import type { Group, SharedFile } from '@shoal/sdk';
import type {
  DownloadRecord,
  FolderRecord,
  ShareRecord,
  Status,
  UploadRecord,
} from '../../../extension/contract/contract.js';

const MANIFEST = 'a1'.repeat(32);

/** Every state of a download. */
export const STATES = [
  ...(['queued', 'starting', 'downloading', 'waiting', 'verifying'] as const),
  ...(['paused', 'complete', 'failed', 'cancelled'] as const),
] as const;

/** Every state of a folder download. */
export const FOLDER_STATES = [
  ...(['queued', 'starting', 'downloading', 'waiting', 'paused', 'complete', 'failed', 'cancelled'] as const),
] as const;

export function group(groupId: string, more: Partial<Group> = {}): Group {
  return { groupId, standing: 'member', ownerId: 'ann', members: 2, epoch: 1, ...more };
}

export function file(fileName: string, more: Partial<SharedFile> = {}): SharedFile {
  return {
    ...{ fileName, manifestId: MANIFEST, sizeBytes: 2048, sharedBy: 'ann', sharedAtMs: 0 },
    ...{ sharersOnline: 2, completeSources: 1, ...more },
  };
}

export function share(more: Partial<ShareRecord> = {}): ShareRecord {
  return {
    ...{ groupId: 'lab', fileName: 'a.bin', path: '/home/me/a.bin', manifestId: MANIFEST, sizeBytes: 2048 },
    state: { name: 'available', sinceMs: 0 },
    ...more,
  };
}

export function download(more: Partial<DownloadRecord> = {}): DownloadRecord {
  return {
    ...{ id: 'd1', groupId: 'lab', fileName: 'a.bin', path: '/home/me/a (1).bin', state: 'downloading', error: null },
    ...{ doneBytes: 1024, sizeBytes: 2048, donePieces: 2, pieceCount: 4, bytesPerSecond: 512, etaMs: 2000 },
    ...{
      reusedBytes: 0,
      sources: [],
      result: null,
      priority: 'normal',
      limitBytesPerSecond: null,
      queuePosition: null,
    },
    ...{ awaited: false, ...more },
  };
}

export function folderDownload(more: Partial<FolderRecord> = {}): FolderRecord {
  return {
    ...{ id: 'f1', groupId: 'lab', folder: 'shells', path: '/home/me/shells', state: 'downloading', error: null },
    ...{ doneFiles: 1, failedFiles: 0, fileCount: 4, doneBytes: 1024, sizeBytes: 2048 },
    ...{ priority: 'normal', limitBytesPerSecond: null, queuePosition: null, sequential: false },
    changes: { added: 0, restored: 0, updated: 0, unchanged: 0, edited: 0, removed: 0, deleted: 0 },
    ...{ bytesPerSecond: 512, etaMs: 2000, sources: [], awaited: false, ...more },
  };
}

export function source(
  userId: string,
  state: DownloadRecord['sources'][number]['state'],
): DownloadRecord['sources'][number] {
  return { deviceId: MANIFEST, userId, state, bytes: 1024, pieces: 2, bytesPerSecond: 256, path: 'direct' };
}

export function upload(more: Partial<UploadRecord> = {}): UploadRecord {
  return {
    ...{ groupId: 'lab', fileName: 'a.bin', manifestId: MANIFEST, sizeBytes: 2048 },
    ...{ userId: 'bob', deviceId: 'b0b', bytes: 1024, bytesPerSecond: 512, ...more },
  };
}

export function status(more: Partial<Status> = {}): Status {
  return {
    ...{ tracker: 'wss://host:7000', link: 'online', problem: null, userId: null },
    ...{
      deviceId: null,
      fingerprint: null,
      nodes: [],
      listen: null,
      reach: null,
      limits: null,
      keptVersions: null,
      awaySinceMs: null,
      ...more,
    },
  };
}
