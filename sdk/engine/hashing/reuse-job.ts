import { closeSync, constants } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { NO_FOLLOW, openRegularSync, readFully, writeFullySync } from '../../disk/index.js';
import { decodeManifest, isPiece, PIECE_BYTES, pieceLength } from '../../protocol/index.js';

/** Pieces to copy from one file into another one, if they have the right digests. */
export interface ReuseOrder {
  readonly from: string;
  /** The partial file. */
  readonly to: string;
  /** The manifest of the partial file. */
  readonly manifest: Uint8Array;
  /** Each piece as its number in `from` and in `to`. */
  readonly pieces: readonly (readonly [there: number, here: number])[];
}

/** Pieces between two checks for messages. */
const TURN_PIECES = 32;

/** Copies pieces that match the manifest. @returns the copied pieces @throws the disk's errors */
export async function reusePieces(order: ReuseOrder, signal: AbortSignal): Promise<number[]> {
  const manifest = decodeManifest(order.manifest);
  const source = openRegularSync(order.from);
  try {
    const target = openRegularSync(order.to, constants.O_WRONLY | NO_FOLLOW);
    try {
      const buffer = Buffer.allocUnsafe(PIECE_BYTES);
      const copied: number[] = [];
      for (const [index, [there, here]] of order.pieces.entries()) {
        const bytes = buffer.subarray(0, pieceLength(manifest, here));
        if (readFully(source, bytes, there * PIECE_BYTES) === bytes.length && isPiece(manifest, here, bytes)) {
          writeFullySync(target, bytes, here * PIECE_BYTES);
          copied.push(here);
        }
        if ((index + 1) % TURN_PIECES === 0) {
          await nextTurn();
          signal.throwIfAborted();
        }
      }
      return copied;
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}
