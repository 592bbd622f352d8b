import type { PieceBuffer, PieceBuffers } from '../storage/disk-workers/piece-buffers.js';
import { type PieceHandler, PieceReceiver } from './piece-receiver.js';

/** Assembles the pieces of one connection, separately for each channel: blocks of several files may alternate. */
export class ChannelReceivers {
  readonly #claim: (channel: number, piece: number) => PieceHandler | undefined;
  readonly #isClosed: (channel: number) => boolean;
  readonly #buffers: PieceBuffers;
  /** Receivers that are in the middle of a piece while data of another channel arrives. */
  readonly #parked = new Map<number, PieceReceiver>();
  /** The buffer that the socket may write to until it gets another target. */
  #lent: PieceBuffer | undefined;
  #isLentFree = false;
  #channel = 0;
  /** The receiver of incoming data; undefined while the data is discarded. */
  #current: PieceReceiver | undefined;

  /**
   * @param claim returns the handler that wants the piece; throws a FrameError if nobody requested it
   * @param isClosed whether a channel was open and has been closed: data still in flight for it is discarded
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

  /** Whether the last channel that received data is between two pieces. */
  get isIdle(): boolean {
    return this.#current?.isIdle ?? true;
  }

  /** The pieces that are being received and wanted. */
  get unfinished(): { readonly channel: number; readonly piece: number }[] {
    return [...this.#parked.values(), this.#current].flatMap((receiver) => receiver?.unfinished ?? []);
  }

  /** A block begins. @throws FrameError unless it continues the channel's last block or begins a piece that was requested */
  blockBegins(channel: number, piece: number, offset: number, length: number): void {
    if (channel !== this.#channel || !this.#current) this.#turnTo(channel);
    if (offset > 0 && this.#isClosed(channel)) this.#current = undefined;
    this.#current?.blockBegins(channel, piece, offset, length);
  }

  /** Data of the block, from `start` up to `end` of `chunk`. The chunk is valid during the call only. */
  data(chunk: Buffer, start: number, end: number): void {
    this.#current?.data(chunk, start, end);
  }

  /** The target for the next `length` bytes of the block, valid until the next call; undefined if nobody wants them. */
  lend(length: number): Uint8Array | undefined {
    this.#endLoan();
    const target = length > 0 ? this.#current?.target : undefined;
    if (!target) return undefined;
    const { bytes } = target.buffer;
    this.#lent = target.buffer;
    return new Uint8Array(bytes.buffer, bytes.byteOffset + target.at, length);
  }

  /** `count` bytes of the block were read into the lent target. */
  placed(count: number): void {
    this.#current?.placed(count);
  }

  /** Reports the data received of a block that is still incomplete. */
  tell(): void {
    this.#current?.tell();
  }

  /** Discards a piece that is no longer wanted. Returns whether it was being received. */
  drop(channel: number, piece: number): boolean {
    return this.#receiverOf(channel)?.drop(channel, piece) ?? false;
  }

  /** Drops the state of a closed channel. */
  dropChannel(channel: number): void {
    this.#receiverOf(channel)?.drop(channel);
    this.#parked.delete(channel);
  }

  /** The stream is closed: it no longer writes to the lent target. */
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
