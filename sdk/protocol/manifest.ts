import { createHash } from 'node:crypto';
import { ShoalError } from './errors.js';
import { MAX_FILE_BYTES, PIECE_BYTES } from './limits.js';

/** The digest algorithm of the pieces and of the whole file. The sharer chooses it; `sha256` adds collision resistance. */
export type DigestAlgorithm = 'sha1' | 'sha256';

/** The immutable description of the content of a file. Peers address the content by its id. */
export interface Manifest {
  /** The SHA-256 of the canonical bytes: 64 hexadecimal digits. */
  readonly id: string;
  /** The algorithm of all digests. */
  readonly algorithm: DigestAlgorithm;
  /** Size of the file in bytes. */
  readonly sizeBytes: number;
  /** Bytes in every piece except the last one: 524,288. */
  readonly pieceBytes: number;
  /** Number of pieces. */
  readonly pieceCount: number;
  /** Digest of the whole file. */
  readonly fileDigest: Uint8Array;
  /** The digests of all pieces, in order, concatenated. */
  readonly pieceDigests: Uint8Array;
}

/** Bytes in a digest of each algorithm. */
export const DIGEST_BYTES: Readonly<Record<DigestAlgorithm, number>> = { sha1: 20, sha256: 32 };

const MAGIC = 0x53484d31; // "SHM1": the format and its version
const HEADER_BYTES = 17;
const ALGORITHMS: readonly DigestAlgorithm[] = ['sha1', 'sha256'];

/** Bytes in the largest valid manifest. */
export const MAX_MANIFEST_BYTES = HEADER_BYTES + DIGEST_BYTES.sha256 * (1 + MAX_FILE_BYTES / PIECE_BYTES);

/** Creates a manifest, and calculates its id. */
export function createManifest(
  parts: Pick<Manifest, 'algorithm' | 'sizeBytes' | 'fileDigest' | 'pieceDigests'>,
): Manifest {
  const pieceCount = Math.ceil(parts.sizeBytes / PIECE_BYTES);
  const manifest = { ...parts, id: '', pieceBytes: PIECE_BYTES, pieceCount };
  return { ...manifest, id: manifestId(encodeManifest(manifest)) };
}

/** The id of the manifest with these canonical bytes: 64 hexadecimal digits. */
export function manifestId(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Encodes the canonical bytes: magic u32, algorithm u8, piece length u32, size u64 (all big endian), file digest, piece digests. */
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
 * Decodes canonical bytes. The digests are views into `bytes`, which must not change afterwards; nothing else is allocated, whatever size
 * the header declares. It compares the number of bytes with the header before it computes the id.
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

/** Bytes in piece `index`: 524,288, or fewer in the last piece. */
export function pieceLength(manifest: Pick<Manifest, 'sizeBytes' | 'pieceBytes'>, index: number): number {
  return Math.min(manifest.pieceBytes, manifest.sizeBytes - index * manifest.pieceBytes);
}

/** The digest of piece `index`, a view into the manifest. */
export function pieceDigest(manifest: Manifest, index: number): Uint8Array {
  const length = DIGEST_BYTES[manifest.algorithm];
  return manifest.pieceDigests.subarray(index * length, (index + 1) * length);
}

/** The "file hash" of the original system: the first 20 hexadecimal characters of every piece's digest, in order. */
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

/** Whether `bytes` have the digest of piece `piece`. */
export function isPiece(manifest: Manifest, piece: number, bytes: Uint8Array): boolean {
  return createHash(manifest.algorithm).update(bytes).digest().equals(pieceDigest(manifest, piece));
}
