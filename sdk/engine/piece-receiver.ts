import { createHash, type Hash } from 'node:crypto';
import { FrameError, type Manifest, PIECE_BYTES, pieceDigest, pieceLength } from '../protocol/index.js';

/** Who waits for pieces of a file. */
export interface PieceHandler {
  readonly manifest: Manifest;
  /** File data arrives. */
  onBytes(count: number): void;
  /** A whole piece arrived; `bytes` is only valid during the call. */
  onPiece(piece: number, bytes: Buffer, intact: boolean): void;
}

/** The piece that is being received. */
interface Incoming {
  readonly channel: number;
  readonly piece: number;
  readonly length: number;
  received: number;
  /** Who wants it, and its digest so far; absent when nobody does (any more): its bytes are passed over. */
  wanted: { readonly handler: PieceHandler; readonly hash: Hash } | undefined;
}

/**
 * Puts the pieces of one connection together. A piece is gathered into one buffer, used again for the next, and digested
 * chunk by chunk while the bytes are in the processor's cache.
 */
export class PieceReceiver {
  readonly #claim: (channel: number, piece: number) => PieceHandler | undefined;
  #incoming: Incoming | undefined;
  #buffer: Buffer | undefined;

  /** @param claim who wants the piece whose answer begins; throws a FrameError when nobody asked for it */
  constructor(claim: (channel: number, piece: number) => PieceHandler | undefined) {
    this.#claim = claim;
  }

  /** Whether it is not in the midst of a piece. */
  get isIdle(): boolean {
    return this.#incoming === undefined;
  }

  /** A block begins. @throws FrameError unless it goes on where the last one ended, or begins a piece that was asked for */
  blockBegins(channel: number, piece: number, offset: number, length: number): void {
    const current = this.#incoming;
    const goesOn = current?.channel === channel && current.piece === piece && offset > 0 && offset === current.received;
    if (!goesOn) {
      if (offset !== 0 || current?.wanted) throw new FrameError('a block out of order');
      this.#begin(channel, piece);
    }
    if (offset + length > (this.#incoming?.length ?? 0)) throw new FrameError('a block outside its piece');
  }

  /** Bytes of the block; `chunk` is only valid during the call. */
  data(chunk: Buffer): void {
    const incoming = this.#incoming;
    if (!incoming) throw new FrameError('data without a head');
    const { wanted } = incoming;
    if (wanted) {
      this.#buffer ??= Buffer.allocUnsafeSlow(PIECE_BYTES);
      chunk.copy(this.#buffer, incoming.received);
      wanted.hash.update(chunk);
      wanted.handler.onBytes(chunk.length);
    }
    incoming.received += chunk.length;
    if (incoming.received === incoming.length) this.#finish(incoming);
  }

  /** Nobody wants this piece any more, or any of the channel; whether one was being received. */
  drop(channel: number, piece?: number): boolean {
    const incoming = this.#incoming;
    if (!incoming?.wanted || incoming.channel !== channel) return false;
    if (piece !== undefined && incoming.piece !== piece) return false;
    incoming.wanted = undefined;
    return true;
  }

  #begin(channel: number, piece: number): void {
    const handler = this.#claim(channel, piece);
    const length = handler ? pieceLength(handler.manifest, piece) : PIECE_BYTES;
    const wanted = handler && { handler, hash: createHash(handler.manifest.algorithm) };
    this.#incoming = { channel, piece, length, received: 0, wanted };
  }

  #finish({ piece, length, wanted }: Incoming): void {
    this.#incoming = undefined;
    if (!wanted || !this.#buffer) return;
    const { handler, hash } = wanted;
    const intact = hash.digest().equals(pieceDigest(handler.manifest, piece));
    handler.onPiece(piece, this.#buffer.subarray(0, length), intact);
  }
}
