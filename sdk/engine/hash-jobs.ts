import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import {
  createManifest,
  DIGEST_BYTES,
  type DigestAlgorithm,
  encodeManifest,
  decodeManifest,
  MAX_FILE_BYTES,
  PIECE_BYTES,
  pieceLength,
  ShoalError,
} from '../protocol/index.js';
import { sameStamp, stampOf } from './file-stamp.js';
import type { FileStamp } from './messages.js';
import { isPiece, readFully } from './read-piece.js';

/** A file's canonical manifest, and its stamp from before the first byte was read, unchanged after the last. */
export interface HashedFile {
  readonly manifest: Uint8Array;
  readonly stamp: FileStamp;
}

/** Bytes between two looks at the worker's messages (cancel, other jobs). */
const TURN_BYTES = 16 * 1024 * 1024;

/** File systems stamp changes in steps of up to a few milliseconds: a file changed this recently could change unseen. */
const SETTLE_MS = 20;

/** What one pass over a file is to make: every piece's digest, the whole file's, or both while the bytes are in the cache. */
export type Wanted = 'pieces' | 'whole' | 'both';

/** What a pass made; what was not wanted is empty. */
export interface FileDigests {
  readonly stamp: FileStamp;
  readonly fileDigest: Uint8Array;
  readonly pieceDigests: Uint8Array;
}

/**
 * One pass over a file.
 * @throws ShoalError `NOT_A_FILE`, `FILE_TOO_LARGE`, `FILE_CHANGED` when it changes meanwhile, or the disk's errors
 */
export async function digestFile(
  path: string,
  algorithm: DigestAlgorithm,
  wanted: Wanted,
  signal: AbortSignal,
  onProgress: (hashedBytes: number, sizeBytes: number) => void,
): Promise<FileDigests> {
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)); // a FIFO must not hold the worker
  try {
    const stamp = await settledStamp(fd, path);
    const { sizeBytes } = stamp;
    if (sizeBytes > MAX_FILE_BYTES)
      throw new ShoalError('FILE_TOO_LARGE', `${path} is larger than 1 TiB, the most that can be shared.`);
    const buffer = Buffer.allocUnsafe(PIECE_BYTES);
    const pieceCount = Math.ceil(sizeBytes / PIECE_BYTES);
    const pieceDigests = new Uint8Array(wanted === 'whole' ? 0 : pieceCount * DIGEST_BYTES[algorithm]);
    const whole = wanted === 'pieces' ? undefined : createHash(algorithm);
    for (let piece = 0; piece < pieceCount; piece++) {
      const at = piece * PIECE_BYTES;
      const bytes = buffer.subarray(0, Math.min(PIECE_BYTES, sizeBytes - at));
      if (readFully(fd, bytes, at) < bytes.length) throw changed(path);
      whole?.update(bytes);
      if (wanted !== 'whole')
        pieceDigests.set(createHash(algorithm).update(bytes).digest(), piece * DIGEST_BYTES[algorithm]);
      if ((at + bytes.length) % TURN_BYTES === 0) {
        onProgress(at + bytes.length, sizeBytes);
        await nextTurn();
        signal.throwIfAborted();
      }
    }
    if (!sameStamp(stamp, stampOf(fstatSync(fd, { bigint: true })))) throw changed(path);
    onProgress(sizeBytes, sizeBytes);
    return { stamp, fileDigest: whole?.digest() ?? new Uint8Array(0), pieceDigests };
  } finally {
    closeSync(fd);
  }
}

/**
 * A file's manifest, of passes that may have been two.
 * @throws ShoalError `FILE_CHANGED` when it changed between these
 */
export function assemble(
  path: string,
  algorithm: DigestAlgorithm,
  pieces: Pick<FileDigests, 'stamp' | 'pieceDigests'>,
  whole: Pick<FileDigests, 'stamp' | 'fileDigest'>,
): HashedFile {
  const { stamp, pieceDigests } = pieces;
  if (!sameStamp(stamp, whole.stamp)) throw changed(path);
  const parts = { algorithm, sizeBytes: stamp.sizeBytes, fileDigest: whole.fileDigest, pieceDigests };
  return { manifest: encodeManifest(createManifest(parts)), stamp };
}

/** Which of these pieces of a file are as the manifest says. */
export async function checkPieces(
  path: string,
  manifestBytes: Uint8Array,
  pieces: readonly number[],
  signal: AbortSignal,
): Promise<number[]> {
  const manifest = decodeManifest(manifestBytes);
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(PIECE_BYTES);
    const good: number[] = [];
    for (const [index, piece] of pieces.entries()) {
      const bytes = buffer.subarray(0, pieceLength(manifest, piece));
      if (readFully(fd, bytes, piece * PIECE_BYTES) === bytes.length && isPiece(manifest, piece, bytes))
        good.push(piece);
      if ((index + 1) % (TURN_BYTES / PIECE_BYTES) === 0) {
        await nextTurn();
        signal.throwIfAborted();
      }
    }
    return good;
  } finally {
    closeSync(fd);
  }
}

async function settledStamp(fd: number, path: string): Promise<FileStamp> {
  const stats = fstatSync(fd, { bigint: true });
  if (!stats.isFile()) throw new ShoalError('NOT_A_FILE', `${path} is not a regular file: name a file.`);
  if (Math.abs(Date.now() - Number(stats.mtimeMs)) > SETTLE_MS) return stampOf(stats);
  await sleep(SETTLE_MS);
  return stampOf(fstatSync(fd, { bigint: true }));
}

function changed(path: string): ShoalError {
  return new ShoalError('FILE_CHANGED', `${path} changed while it was read: share it again when nothing writes to it.`);
}
