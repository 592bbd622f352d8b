import type { PieceBuffer, PieceBuffers } from '../storage/piece-buffers.js';
import { type PieceHandler, PieceReceiver } from './piece-receiver.js';

/**
 * Puts the pieces of one connection together, a channel's apart from another's: where pieces are asked for block by
 * block, those of several files come in turn.
 */
export class ChannelReceivers {
  readonly #claim: (channel: number, piece: number) => PieceHandler | undefined;
  readonly #isClosed: (channel: number) => boolean;
  readonly #buffers: PieceBuffers;
  /** In the midst of a piece, while another channel's bytes come. */
  readonly #parked = new Map<number, PieceReceiver>();
  /** What the socket was told to read into: it may, until it is told of another place. */
  #lent: PieceBuffer | undefined;
  #isLentFree = false;
  #channel = 0;
  /** Where the bytes that come go; undefined: nowhere. */
  #current: PieceReceiver | undefined;

  /**
   * @param claim who wants the piece whose answer begins; throws a FrameError when nobody asked for it
   * @param isClosed whether a channel was open, and is not any more: what was on its way for it is passed over
   */
  constructor(
    claim: (channel: number, piece: number) => PieceHandler | undefined,
    isClosed: (channel: number) => boolean,
    buffers: PieceBuffers,
  ) {
    this.#claim = claim;
    this.#isClosed = isClosed;
    this.#buffers = buffers;
  }

  /** Whether no piece is being received, of the channel whose bytes came last. */
  get isIdle(): boolean {
    return this.#current?.isIdle ?? true;
  }

  /** A block begins. @throws FrameError unless it goes on where the channel's last one ended, or begins a piece that was asked for */
  blockBegins(channel: number, piece: number, offset: number, length: number): void {
    if (channel !== this.#channel || !this.#current) this.#turnTo(channel);
    if (offset > 0 && this.#isClosed(channel)) this.#current = undefined;
    this.#current?.blockBegins(channel, piece, offset, length);
  }

  /** Bytes of the block, from `start` to before `end` of `chunk`, which is only valid during the call. */
  data(chunk: Buffer, start: number, end: number): void {
    this.#current?.data(chunk, start, end);
  }

  /** Where the next `length` bytes of the block are best read to; undefined when nobody wants them. For as long as no other place is asked for. */
  lend(length: number): Uint8Array | undefined {
    this.#endLoan();
    const target = length > 0 ? this.#current?.target : undefined;
    if (!target) return undefined;
    const { bytes } = target.buffer;
    this.#lent = target.buffer;
    return new Uint8Array(bytes.buffer, bytes.byteOffset + target.at, length);
  }

  /** So many bytes of the block came, and were read to where they belong. */
  placed(count: number): void {
    this.#current?.placed(count);
  }

  /** Tells who waits of the bytes that came of a block that is not through. */
  tell(): void {
    this.#current?.tell();
  }

  /** Nobody wants this piece any more; whether it was being received. */
  drop(channel: number, piece: number): boolean {
    return this.#receiverOf(channel)?.drop(channel, piece) ?? false;
  }

  /** The channel is closed. */
  dropChannel(channel: number): void {
    this.#receiverOf(channel)?.drop(channel);
    this.#parked.delete(channel);
  }

  /** Nothing comes any more, and nothing is read to the place that was told last. */
  close(): void {
    this.#endLoan();
    this.#current?.drop(this.#channel);
    for (const [channel, receiver] of this.#parked) receiver.drop(channel);
    this.#parked.clear();
  }

  #release(buffer: PieceBuffer): void {
    if (buffer === this.#lent) this.#isLentFree = true;
    else this.#buffers.giveBack(buffer);
  }

  #endLoan(): void {
    if (this.#lent && this.#isLentFree) this.#buffers.giveBack(this.#lent);
    this.#lent = undefined;
    this.#isLentFree = false;
  }

  #receiverOf(channel: number): PieceReceiver | undefined {
    return channel === this.#channel ? this.#current : this.#parked.get(channel);
  }

  #turnTo(channel: number): void {
    const before = this.#current;
    if (before && !before.isIdle && !this.#isClosed(this.#channel)) this.#parked.set(this.#channel, before);
    const spare = before?.isIdle ? before : undefined;
    this.#current =
      this.#parked.get(channel) ??
      spare ??
      new PieceReceiver(this.#claim, {
        take: () => this.#buffers.take(),
        giveBack: (buffer) => this.#release(buffer),
      });
    this.#parked.delete(channel);
    this.#channel = channel;
  }
}
