import { decodeManifest, type Manifest, pieceDigest, pieceLength } from '../../protocol/index.js';
import type { LocalCopy } from '../messages.js';

/** Pieces to copy from one local file, each as its number there and its number in the download. */
export interface Reuse {
  readonly path: string;
  readonly pieces: readonly (readonly [there: number, here: number])[];
}

/** Pieces that are looked for at other places than their own, which bounds the memory for their digests. */
const MAX_MOVED_PIECES = 65_536;

/**
 * Finds missing pieces of a download in local files, by the digests in their manifests. A piece at the same place is
 * preferred, because pieces move only if bytes are inserted by the piece. The files may have changed: the digest of each
 * copied piece decides.
 */
export function planReuse(manifest: Manifest, missing: Iterable<number>, copies: readonly LocalCopy[]): Reuse[] {
  const left = new Set(missing);
  const plan: Reuse[] = [];
  for (const { path, manifest: bytes } of copies) {
    if (left.size === 0) break;
    const copy = decodeManifest(bytes);
    if (copy.algorithm !== manifest.algorithm) continue;
    const pieces: [number, number][] = [];
    for (const piece of left) if (isSame(copy, piece, manifest, piece)) pieces.push([piece, piece]);
    for (const [, here] of pieces) left.delete(here);
    for (const moved of movedPieces(copy, manifest, left)) {
      pieces.push(moved);
      left.delete(moved[1]);
    }
    if (pieces.length > 0) plan.push({ path, pieces });
  }
  return plan;
}

function* movedPieces(copy: Manifest, manifest: Manifest, left: ReadonlySet<number>): Generator<[number, number]> {
  if (left.size === 0 || left.size > MAX_MOVED_PIECES) return;
  const wanted = new Map<string, number[]>();
  for (const piece of left) {
    const key = keyOf(manifest, piece);
    const same = wanted.get(key);
    if (same) same.push(piece);
    else wanted.set(key, [piece]);
  }
  for (let there = 0; there < copy.pieceCount && wanted.size > 0; there++) {
    const key = keyOf(copy, there);
    for (const here of wanted.get(key) ?? []) yield [there, here];
    wanted.delete(key);
  }
}

function isSame(copy: Manifest, there: number, manifest: Manifest, here: number): boolean {
  return there < copy.pieceCount && keyOf(copy, there) === keyOf(manifest, here);
}

/** The digest of a piece, and its length: equal for equal pieces. */
function keyOf(manifest: Manifest, piece: number): string {
  const { buffer, byteOffset, length } = pieceDigest(manifest, piece);
  return `${Buffer.from(buffer, byteOffset, length).toString('latin1')}${pieceLength(manifest, piece)}`;
}
