import { awayMountOf } from '../../disk/index.js';
import { type Manifest, ShoalError } from '../../protocol/index.js';
import type { Bitfield } from '../../transfer/index.js';
import type { TaskContext } from '../fetching/task-context.js';
import type { DownloadOrder } from '../messages.js';
import type { PartFile } from '../storage/parts/part-file.js';
import { planReuse } from './local-pieces.js';

/** The pieces that are on the disk before anything is fetched. */
export interface KnownPieces {
  /** Pieces of an earlier run. */
  readonly found: Bitfield;
  /** Pieces copied from other local files. The journal has to record them. */
  readonly reused: readonly number[];
}

/** Verifies the pieces of an earlier run, and copies pieces from local files that have them. */
export async function findKnownPieces(
  part: PartFile,
  { manifest: bytes, copies = [], finalPath }: DownloadOrder,
  manifest: Manifest,
  context: Pick<TaskContext, 'hashes' | 'log'>,
  signal: AbortSignal,
): Promise<KnownPieces> {
  const { hashes } = context;
  const found = part.found.vouched;
  if (!part.found.doubtful.isEmpty)
    for (const piece of await hashes.check(part.path, bytes, [...part.found.doubtful], signal)) found.set(piece);
  if (copies.length === 0 || awayMountOf(finalPath) !== undefined) return { found, reused: [] };
  const reused = new Set<number>();
  for (const { path, pieces } of planReuse(manifest, missingIn(found, manifest), copies)) {
    if (signal.aborted) break;
    if (awayMountOf(path) !== undefined) continue; // its disk may stop answering; peers have the pieces, too
    try {
      for (const piece of await hashes.reuse({ from: path, to: part.path, manifest: bytes, pieces }, signal))
        reused.add(piece);
    } catch (error) {
      context.log(
        'debug',
        `no pieces of ${finalPath} come from ${path}: ${ShoalError.from(error, 'DISK_ERROR').message}`,
      );
    }
  }
  return { found, reused: [...reused] };
}

function* missingIn(found: Bitfield, { pieceCount }: Manifest): Generator<number> {
  for (let piece = 0; piece < pieceCount; piece++) if (!found.has(piece)) yield piece;
}
