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

/**
 * One pass over a file: every piece's digest and the whole file's, while the bytes are in the processor's cache.
 * @throws ShoalError `NOT_A_FILE`, `FILE_TOO_LARGE`, `FILE_CHANGED` when it changes meanwhile, or the disk's errors
 */
export async function hashWholeFile(
  path: string,
  algorithm: DigestAlgorithm,
  signal: AbortSignal,
  onProgress: (hashedBytes: number, sizeBytes: number) => void,
): Promise<HashedFile> {
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)); // a FIFO must not hold the worker
  try {
    const stamp = await settledStamp(fd, path);
    const { sizeBytes } = stamp;
    if (sizeBytes > MAX_FILE_BYTES)
      throw new ShoalError('FILE_TOO_LARGE', `${path} is larger than 1 TiB, the most that can be shared.`);
    const buffer = Buffer.allocUnsafe(PIECE_BYTES);
    const pieceCount = Math.ceil(sizeBytes / PIECE_BYTES);
    const pieceDigests = new Uint8Array(pieceCount * DIGEST_BYTES[algorithm]);
    const whole = createHash(algorithm);
    for (let piece = 0; piece < pieceCount; piece++) {
      const at = piece * PIECE_BYTES;
      const bytes = buffer.subarray(0, Math.min(PIECE_BYTES, sizeBytes - at));
      if (readFully(fd, bytes, at) < bytes.length) throw changed(path);
      whole.update(bytes);
      pieceDigests.set(createHash(algorithm).update(bytes).digest(), piece * DIGEST_BYTES[algorithm]);
      if ((at + bytes.length) % TURN_BYTES === 0) {
        onProgress(at + bytes.length, sizeBytes);
        await nextTurn();
        signal.throwIfAborted();
      }
    }
    if (!sameStamp(stamp, stampOf(fstatSync(fd, { bigint: true })))) throw changed(path);
    onProgress(sizeBytes, sizeBytes);
    const manifest = createManifest({ algorithm, sizeBytes, fileDigest: whole.digest(), pieceDigests });
    return { manifest: encodeManifest(manifest), stamp };
  } finally {
    closeSync(fd);
  }
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
