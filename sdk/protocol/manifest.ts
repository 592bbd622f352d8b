import { createHash } from 'node:crypto';
import { ShoalError } from './errors.js';
import { MAX_FILE_BYTES, PIECE_BYTES } from './limits.js';

/** How pieces and the whole file are digested; whoever shares chooses. `sha256` is for those who want collision resistance. */
export type DigestAlgorithm = 'sha1' | 'sha256';

/** What a file is made of. Immutable; its id is the SHA-256 of its canonical bytes, and peers address content by it. */
export interface Manifest {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly algorithm: DigestAlgorithm;
  readonly sizeBytes: number;
  readonly pieceBytes: number;
  readonly pieceCount: number;
  readonly fileDigest: Uint8Array;
  /** Every piece's digest, in order, one behind the other. */
  readonly pieceDigests: Uint8Array;
}

export const DIGEST_BYTES: Readonly<Record<DigestAlgorithm, number>> = { sha1: 20, sha256: 32 };

const MAGIC = 0x53484d31; // "SHM1": the format and its version
const HEADER_BYTES = 17;
const ALGORITHMS: readonly DigestAlgorithm[] = ['sha1', 'sha256'];

/** Bytes in the largest valid manifest. */
export const MAX_MANIFEST_BYTES = HEADER_BYTES + DIGEST_BYTES.sha256 * (1 + MAX_FILE_BYTES / PIECE_BYTES);

export function createManifest(
  parts: Pick<Manifest, 'algorithm' | 'sizeBytes' | 'fileDigest' | 'pieceDigests'>,
): Manifest {
  const pieceCount = Math.ceil(parts.sizeBytes / PIECE_BYTES);
  const manifest = { ...parts, id: '', pieceBytes: PIECE_BYTES, pieceCount };
  return { ...manifest, id: manifestId(encodeManifest(manifest)) };
}

export function manifestId(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Canonical bytes: magic u32, algorithm u8, piece length u32, size u64 (all big endian), file digest, piece digests. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const { algorithm, fileDigest, pieceDigests } = manifest;
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + fileDigest.length + pieceDigests.length);
  bytes.writeUInt32BE(MAGIC, 0);
  bytes.writeUInt8(ALGORITHMS.indexOf(algorithm) + 1, 4);
  bytes.writeUInt32BE(manifest.pieceBytes, 5);
  bytes.writeBigUInt64BE(BigInt(manifest.sizeBytes), 9);
  bytes.set(fileDigest, HEADER_BYTES);
  bytes.set(pieceDigests, HEADER_BYTES + fileDigest.length);
  return bytes;
}

/**
 * Reads canonical bytes. The digests are views into `bytes`, which must not change afterwards; nothing is allocated but these,
 * whatever size the head declares. Bytes that have another length than it asks for are refused before they are digested.
 * @throws ShoalError `MANIFEST_INVALID`
 */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint32(0) !== MAGIC) throw invalid('it does not begin as one');
  const algorithm = ALGORITHMS[view.getUint8(4) - 1];
  if (!algorithm) throw invalid('its digest algorithm is unknown');
  if (view.getUint32(5) !== PIECE_BYTES) throw invalid(`its pieces are not of ${PIECE_BYTES} bytes`);
  const size = view.getBigUint64(9);
  if (size > BigInt(MAX_FILE_BYTES)) throw invalid('its file is larger than 1 TiB');
  const sizeBytes = Number(size);
  const pieceCount = Math.ceil(sizeBytes / PIECE_BYTES);
  const digestBytes = DIGEST_BYTES[algorithm];
  if (bytes.length !== HEADER_BYTES + digestBytes * (1 + pieceCount)) throw invalid('its length does not fit its size');
  return {
    id: manifestId(bytes),
    algorithm,
    sizeBytes,
    pieceBytes: PIECE_BYTES,
    pieceCount,
    fileDigest: bytes.subarray(HEADER_BYTES, HEADER_BYTES + digestBytes),
    pieceDigests: bytes.subarray(HEADER_BYTES + digestBytes),
  };
}

/** Bytes in piece `index`: 524,288, or less for the last. */
export function pieceLength(manifest: Pick<Manifest, 'sizeBytes' | 'pieceBytes'>, index: number): number {
  return Math.min(manifest.pieceBytes, manifest.sizeBytes - index * manifest.pieceBytes);
}

/** The digest of piece `index`, a view into the manifest. */
export function pieceDigest(manifest: Manifest, index: number): Uint8Array {
  const length = DIGEST_BYTES[manifest.algorithm];
  return manifest.pieceDigests.subarray(index * length, (index + 1) * length);
}

/** The original system's "file hash": the first 20 hexadecimal characters of every piece's digest, in order. */
export function pieceHashString(manifest: Manifest): string {
  let text = '';
  for (let index = 0; index < manifest.pieceCount; index++) {
    text += Buffer.from(pieceDigest(manifest, index)).toString('hex', 0, 10);
  }
  return text;
}

function invalid(why: string): ShoalError {
  return new ShoalError('MANIFEST_INVALID', `That is no manifest that this version reads: ${why}.`);
}

/** Whether these bytes are the piece of that number. */
export function isPiece(manifest: Manifest, piece: number, bytes: Uint8Array): boolean {
  return createHash(manifest.algorithm).update(bytes).digest().equals(pieceDigest(manifest, piece));
}
