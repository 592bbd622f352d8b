import { ShoalError } from '../../protocol/index.js';
import { Bitfield } from '../../transfer/index.js';
import type { HashPool } from '../hashing/hash-pool.js';
import type { PartFile } from '../storage/parts/part-file.js';

/**
 * Every piece matched, but the whole file does not. Either another program wrote to the partial file, and the journal then keeps its
 * correct pieces; or the manifest contradicts itself.
 */
export async function explainDigestMismatch(
  part: PartFile,
  manifest: Uint8Array,
  hashes: HashPool,
): Promise<ShoalError> {
  const { pieceCount } = part.manifest;
  const right = await hashes.check(
    part.path,
    manifest,
    Array.from({ length: pieceCount }, (_, piece) => piece),
  );
  if (right.length === pieceCount) {
    return new ShoalError(
      'DIGEST_MISMATCH',
      'Every piece matches the manifest, but the whole file does not: ask its sharer to share it again.',
    );
  }
  const good = new Bitfield(pieceCount);
  for (const piece of right) good.set(piece);
  await part.begin(good);
  return new ShoalError(
    'FILE_CHANGED',
    `Another program wrote to ${part.place}: start the download again; only wrong pieces are fetched again.`,
  );
}
