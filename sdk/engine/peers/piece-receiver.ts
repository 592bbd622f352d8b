import { FrameError, type Manifest, PIECE_BYTES, pieceLength } from '../../protocol/index.js';
import type { PieceBuffer, PieceBuffers } from '../storage/piece-buffers.js';

/** Where buffers come from and go back to. */
export type PieceStock = Pick<PieceBuffers, 'take' | 'giveBack'>;

/** Who waits for pieces of a file. */
export interface PieceHandler {
  readonly manifest: Manifest;
  /** An answer begins, for the first time or anew. */
  onAnswer(piece: number): void;
  /** File data arrives. */
  onBytes(count: number): void;
  /** A whole piece arrived, not checked yet: at the beginning of `buffer`, which is the handler's from now on, to be given back. */
  onPiece(piece: number, buffer: PieceBuffer): void;
}

interface Wanted {
  readonly handler: PieceHandler;
  readonly buffer: PieceBuffer;
}

/** The piece that is being received. */
interface Incoming {
  readonly channel: number;
  readonly piece: number;
  readonly length: number;
  /** Where the block ends that is being received. */
  blockEnd: number;
  received: number;
  /** Of how many bytes who wants it has heard. */
  told: number;
  /** Who wants it, and where it is gathered; absent when nobody does (any more): its bytes are passed over. */
  wanted: Wanted | undefined;
}

/**
 * Puts the pieces of one connection together, each in a buffer that goes to who wants it.
 */
export class PieceReceiver {
  readonly #claim: (channel: number, piece: number) => PieceHandler | undefined;
  readonly #buffers: PieceStock;
  #incoming: Incoming | undefined;

  /** @param claim who wants the piece whose answer begins; throws a FrameError when nobody asked for it */
  constructor(claim: (channel: number, piece: number) => PieceHandler | undefined, buffers: PieceStock) {
    this.#claim = claim;
    this.#buffers = buffers;
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
      // An answer that was cancelled half-way, and asked for again before that was known, begins anew.
      const again = current?.channel === channel && current.piece === piece ? current.wanted : undefined;
      if (offset !== 0 || (current?.wanted && !again)) throw new FrameError('a block out of order');
      this.#begin(channel, piece, again);
    }
    if (!this.#incoming || offset + length > this.#incoming.length) throw new FrameError('a block outside its piece');
    this.#incoming.blockEnd = offset + length;
  }

  /** Bytes of the block, from `start` to before `end` of `chunk`, which is only valid during the call. */
  data(chunk: Buffer, start: number, end: number): void {
    const incoming = this.#incoming;
    if (!incoming) throw new FrameError('data without a head');
    if (incoming.wanted) chunk.copy(incoming.wanted.buffer.bytes, incoming.received, start, end);
    this.#advance(incoming, end - start);
  }

  /** The buffer that the next bytes of the block belong into, and from where on; undefined when nobody wants them. */
  get target(): { readonly buffer: PieceBuffer; readonly at: number } | undefined {
    const { wanted, received = 0 } = this.#incoming ?? {};
    return wanted && { buffer: wanted.buffer, at: received };
  }

  /** So many bytes of the block came, and were put where `target` said. */
  placed(count: number): void {
    if (this.#incoming) this.#advance(this.#incoming, count);
  }

  #advance(incoming: Incoming, count: number): void {
    incoming.received += count;
    if (incoming.received < incoming.blockEnd) return;
    this.tell();
    if (incoming.received === incoming.length) this.#finish(incoming);
  }

  /** Tells who waits of the bytes that came: a block at a time, or before, where one takes long. */
  tell(): void {
    const incoming = this.#incoming;
    const count = incoming ? incoming.received - incoming.told : 0;
    if (!incoming || count === 0) return;
    incoming.told = incoming.received;
    incoming.wanted?.handler.onBytes(count);
  }

  /** Nobody wants this piece any more, or any of the channel; whether one was being received. */
  drop(channel: number, piece?: number): boolean {
    const incoming = this.#incoming;
    if (!incoming?.wanted || incoming.channel !== channel) return false;
    if (piece !== undefined && incoming.piece !== piece) return false;
    this.#buffers.giveBack(incoming.wanted.buffer);
    incoming.wanted = undefined;
    return true;
  }

  #begin(channel: number, piece: number, again: Wanted | undefined): void {
    const handler = this.#claim(channel, piece) ?? again?.handler;
    const wanted = handler && { handler, buffer: again?.buffer ?? this.#buffers.take() };
    const length = handler ? pieceLength(handler.manifest, piece) : PIECE_BYTES;
    this.#incoming = { channel, piece, length, blockEnd: 0, received: 0, told: 0, wanted };
    handler?.onAnswer(piece);
  }

  #finish({ piece, wanted }: Incoming): void {
    this.#incoming = undefined;
    wanted?.handler.onPiece(piece, wanted.buffer);
  }
}
