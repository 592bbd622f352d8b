import type { EngineEvent } from '../../engine/index.js';
import { PIECE_BYTES } from '../../protocol/index.js';
import type { DownloadProgress } from '../api/download.js';
import { etaMsOf } from '../transfers/transfer-lifecycle.js';

export const NO_PROGRESS: DownloadProgress = {
  doneBytes: 0,
  sizeBytes: 0,
  donePieces: 0,
  pieceCount: 0,
  bytesPerSecond: 0,
  reusedBytes: 0,
  etaMs: undefined,
  sources: [],
};

/** The progress of an earlier process, from the library. The journal is read later. */
export function restoredProgress(sizeBytes: number, donePieces: number): DownloadProgress {
  const pieceCount = Math.ceil(sizeBytes / PIECE_BYTES);
  const done = Math.min(donePieces, pieceCount);
  return {
    ...NO_PROGRESS,
    sizeBytes,
    pieceCount,
    donePieces: done,
    doneBytes: Math.min(sizeBytes, done * PIECE_BYTES),
  };
}

/** The progress that the engine reported. */
export function advanced(
  progress: DownloadProgress,
  event: EngineEvent & { type: 'downloadProgress' },
): DownloadProgress {
  const { doneBytes, donePieces, bytesPerSecond, sources } = event;
  const leftBytes = progress.sizeBytes - doneBytes;
  const etaMs = leftBytes === 0 ? 0 : etaMsOf(leftBytes, bytesPerSecond);
  return { ...progress, doneBytes, donePieces, bytesPerSecond, sources, etaMs };
}

export function completed(progress: DownloadProgress): DownloadProgress {
  const { sizeBytes, pieceCount } = progress;
  return { ...progress, doneBytes: sizeBytes, donePieces: pieceCount, etaMs: 0 };
}
