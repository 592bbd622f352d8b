import { FrameError, type Manifest, PIECE_BYTES, pieceLength } from '../../protocol/index.js';
import type { PieceBuffer, PieceBuffers } from '../storage/disk-workers/piece-buffers.js';

/** The source of buffers. */
export type PieceStock = Pick<PieceBuffers, 'take' | 'giveBack'>;

/** Receives the pieces of a file. */
export interface PieceHandler {
  readonly manifest: Manifest;
  /** An answer begins, for the first time or again. */
  onAnswer(piece: number): void;
  /** File data arrived. */
  onBytes(count: number): void;
  /** A whole piece arrived, not verified yet, at the start of `buffer`. The handler owns the buffer and must give it back. */
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
  /** End of the current block. */
  blockEnd: number;
  received: number;
  /** Bytes already reported to the handler. */
  told: number;
  /** The handler and its buffer; undefined if nobody wants the piece: its data is discarded. */
  wanted: Wanted | undefined;
}

/** Assembles the pieces of one channel, each in a buffer that it hands to the piece's handler. */
export class PieceReceiver {
  readonly #claim: (channel: number, piece: number) => PieceHandler | undefined;
  readonly #buffers: PieceStock;
  #incoming: Incoming | undefined;

  /** @param claim returns the handler that wants the piece; throws a FrameError if nobody requested it */
  constructor(claim: (channel: number, piece: number) => PieceHandler | undefined, buffers: PieceStock) {
    this.#claim = claim;
    this.#buffers = buffers;
  }

  /** Whether no piece is being received. */
  get isIdle(): boolean {
    return this.#incoming === undefined;
  }

  /** The piece that is being received and wanted; undefined if there is none. */
  get unfinished(): { readonly channel: number; readonly piece: number } | undefined {
    return this.#incoming?.wanted && { channel: this.#incoming.channel, piece: this.#incoming.piece };
  }

  /** A block begins. @throws FrameError unless it continues the last block or begins a piece that was requested */
  blockBegins(channel: number, piece: number, offset: number, length: number): void {
    const current = this.#incoming;
    const goesOn = current?.channel === channel && current.piece === piece && offset > 0 && offset === current.received;
    if (!goesOn) {
      // An answer that was cancelled half-way starts over if the piece was requested again before the cancellation took effect.
      const again = current?.channel === channel && current.piece === piece ? current.wanted : undefined;
      if (offset !== 0 || (current?.wanted && !again)) throw new FrameError('a block out of order');
      this.#begin(channel, piece, again);
    }
    if (!this.#incoming || offset + length > this.#incoming.length) throw new FrameError('a block outside its piece');
    this.#incoming.blockEnd = offset + length;
  }

  /** Data of the block, from `start` up to `end` of `chunk`. The chunk is valid during the call only. */
  data(chunk: Buffer, start: number, end: number): void {
    const incoming = this.#incoming;
    if (!incoming) throw new FrameError('data without a head');
    if (incoming.wanted) chunk.copy(incoming.wanted.buffer.bytes, incoming.received, start, end);
    this.#advance(incoming, end - start);
  }

  /** The buffer and offset for the next data of the block; undefined if nobody wants it. */
  get target(): { readonly buffer: PieceBuffer; readonly at: number } | undefined {
    const { wanted, received = 0 } = this.#incoming ?? {};
    return wanted && { buffer: wanted.buffer, at: received };
  }

  /** `count` bytes of the block were written to `target`. */
  placed(count: number): void {
    if (this.#incoming) this.#advance(this.#incoming, count);
  }

  #advance(incoming: Incoming, count: number): void {
    incoming.received += count;
    if (incoming.received < incoming.blockEnd) return;
    this.tell();
    if (incoming.received === incoming.length) this.#finish(incoming);
  }

  /** Reports received data to the handler: per block, or earlier if a block takes long. */
  tell(): void {
    const incoming = this.#incoming;
    const count = incoming ? incoming.received - incoming.told : 0;
    if (!incoming || count === 0) return;
    incoming.told = incoming.received;
    incoming.wanted?.handler.onBytes(count);
  }

  /** Discards a piece, or any piece of the channel. Returns whether it was being received. */
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
