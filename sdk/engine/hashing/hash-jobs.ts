import { createHash } from 'node:crypto';
import { closeSync, fstatSync, statfsSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { type FileStamp, openRegularSync, readFully, sameStamp, stampOf } from '../../disk/index.js';
import {
  createManifest,
  DIGEST_BYTES,
  type DigestAlgorithm,
  decodeManifest,
  encodeManifest,
  isPiece,
  MAX_FILE_BYTES,
  PIECE_BYTES,
  pieceLength,
  ShoalError,
} from '../../protocol/index.js';

/** The canonical manifest of a file, and its stamp, which was the same before the first read and after the last. */
export interface HashedFile {
  readonly manifest: Uint8Array;
  readonly stamp: FileStamp;
}

/** Bytes, and time on a slow disk, between two checks for messages (cancel, other jobs). */
const TURN_BYTES = 16 * 1024 * 1024;
const TURN_MS = 1000;

/**
 * File systems record times in steps of up to a few milliseconds, so a more recent change could be followed by an
 * invisible one.
 */
const SETTLE_MS = 20;

/** Magic numbers of Linux's virtual file systems, which generate data when it is read. */
const KERNEL_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0x9fa0, // proc
  0x6265_6572, // sysfs
  0x6462_6720, // debugfs
  0x7472_6163, // tracefs
  0x6265_6570, // configfs
  0x7363_6673, // securityfs
  0x27_e0eb, // cgroup
  0x6367_7270, // cgroup2
]);

/**
 * What one pass over a file computes: the digests of the pieces, that of the whole file, or both while the bytes are
 * cached.
 */
export type Wanted = 'pieces' | 'whole' | 'both';

/** The result of a pass; what was not wanted is empty. */
export interface FileDigests {
  readonly stamp: FileStamp;
  readonly fileDigest: Uint8Array;
  readonly pieceDigests: Uint8Array;
}

/**
 * Digests a file in one pass.
 * @throws ShoalError `NOT_A_FILE` for a pipe, a device or generated data, `FILE_TOO_LARGE`, `FILE_CHANGED` if it
 * changes meanwhile, or errors of the disk
 */
export async function digestFile(
  path: string,
  algorithm: DigestAlgorithm,
  wanted: Wanted,
  signal: AbortSignal,
  onProgress: (hashedBytes: number, sizeBytes: number) => void,
): Promise<FileDigests> {
  const fd = openRegularSync(path);
  try {
    requireOnDisk(path);
    const stamp = await settledStamp(fd);
    const { sizeBytes } = stamp;
    if (sizeBytes > MAX_FILE_BYTES)
      throw new ShoalError(
        'FILE_TOO_LARGE',
        `${path} is larger than 1 TiB, which is the limit: split it into smaller files.`,
      );
    const buffer = Buffer.allocUnsafe(PIECE_BYTES);
    const pieceCount = Math.ceil(sizeBytes / PIECE_BYTES);
    const pieceDigests = new Uint8Array(wanted === 'whole' ? 0 : pieceCount * DIGEST_BYTES[algorithm]);
    const whole = wanted === 'pieces' ? undefined : createHash(algorithm);
    let turnMs = performance.now();
    for (let piece = 0; piece < pieceCount; piece++) {
      const at = piece * PIECE_BYTES;
      const bytes = buffer.subarray(0, Math.min(PIECE_BYTES, sizeBytes - at));
      if (readFully(fd, bytes, at) < bytes.length) throw changed(path);
      whole?.update(bytes);
      if (wanted !== 'whole')
        pieceDigests.set(createHash(algorithm).update(bytes).digest(), piece * DIGEST_BYTES[algorithm]);
      if ((at + bytes.length) % TURN_BYTES === 0 || performance.now() - turnMs > TURN_MS) {
        turnMs = performance.now();
        onProgress(at + bytes.length, sizeBytes);
        await nextTurn();
        signal.throwIfAborted();
      }
    }
    if (
      !sameStamp(stamp, stampOf(fstatSync(fd, { bigint: true }))) ||
      readFully(fd, buffer.subarray(0, 1), sizeBytes) > 0
    )
      throw changed(path);
    onProgress(sizeBytes, sizeBytes);
    return { stamp, fileDigest: whole?.digest() ?? new Uint8Array(0), pieceDigests };
  } finally {
    closeSync(fd);
  }
}

/**
 * Creates the manifest of a file from one or two passes.
 * @throws ShoalError `FILE_CHANGED` if the file changed between two passes
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

/** Returns which of these pieces of a file match the manifest. */
export async function checkPieces(
  path: string,
  manifestBytes: Uint8Array,
  pieces: readonly number[],
  signal: AbortSignal,
): Promise<number[]> {
  const manifest = decodeManifest(manifestBytes);
  const fd = openRegularSync(path);
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

/** @throws ShoalError `NOT_A_FILE` if the data is generated by the system */
function requireOnDisk(path: string): void {
  if (process.platform !== 'linux' || !KERNEL_FILE_SYSTEMS.has(statfsSync(path).type)) return;
  throw new ShoalError(
    'NOT_A_FILE',
    `${path} is generated by the system and not on a disk: copy it first, and share the copy.`,
  );
}

async function settledStamp(fd: number): Promise<FileStamp> {
  const stats = fstatSync(fd, { bigint: true });
  if (Math.abs(Date.now() - Number(stats.mtimeMs)) > SETTLE_MS) return stampOf(stats);
  await sleep(SETTLE_MS);
  return stampOf(fstatSync(fd, { bigint: true }));
}

function changed(path: string): ShoalError {
  return new ShoalError(
    'FILE_CHANGED',
    `${path} changed while it was read: share it again when no program writes to it.`,
  );
}
