import type { DownloadRecord, FolderRecord } from '../contract/contract.js';

const NEW_TURN = { priority: 'normal', limitBytesPerSecond: null, queuePosition: null } as const;

export const NEW_DOWNLOAD: Omit<DownloadRecord, 'groupId' | 'fileName' | 'path'> = {
  ...{ id: '', state: 'starting', error: null, result: null, etaMs: null, sources: [], awaited: false },
  ...{ doneBytes: 0, sizeBytes: 0, donePieces: 0, pieceCount: 0, bytesPerSecond: 0, reusedBytes: 0 },
  ...NEW_TURN,
};

export const NEW_FOLDER: Omit<FolderRecord, 'groupId' | 'folder' | 'path'> = {
  ...{ id: '', state: 'starting', error: null, etaMs: null, sources: [], failures: [], kept: [], awaited: false },
  changes: { added: 0, restored: 0, updated: 0, unchanged: 0, edited: 0, removed: 0, deleted: 0 },
  ...{ doneFiles: 0, failedFiles: 0, fileCount: 0, doneBytes: 0, sizeBytes: 0, bytesPerSecond: 0 },
  ...{ ...NEW_TURN, sequential: false },
};
