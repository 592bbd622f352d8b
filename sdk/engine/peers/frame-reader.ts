import { DATA_HEADER_BYTES, FrameDecoder, FrameError, type FrameSink, type ServerFrame } from '../../protocol/index.js';
import { Allowance } from '../../transfer/index.js';
import type { Clock } from '../util/clock.js';
import type { ChannelReceivers } from './channel-receivers.js';

const READ_BYTES = 128 * 1024;

/**
 * Limit of a peer's frames, except HAVE and larger blocks. A peer that serves thousands of small files per second sends a third of it. A
 * bitfield counts by its length.
 */
const FRAMES = { perSecond: 20_000, burst: 100_000 };
const SMALL_BLOCK_BYTES = 4096;
const MAP_BYTES_A_FRAME = 64;

/**
 * Reads frames from a peer. Block data is read directly into the piece's buffer, without another copy. Everything else passes through one
 * chunk and the decoder.
 */
export class FrameReader implements FrameSink {
  readonly #receivers: ChannelReceivers;
  readonly #onFrame: (frame: ServerFrame) => void;
  readonly #decoder = new FrameDecoder('server', this);
  readonly #chunk = Buffer.allocUnsafeSlow(READ_BYTES);
  readonly #head = this.#chunk.subarray(0, DATA_HEADER_BYTES);
  readonly #clock: Clock;
  readonly #frames: Allowance;
  /** Whether the next read goes directly into a piece's buffer. */
  #isPlaced = false;
  /** Whether the last frame was a block: the next one is then likely to be a block, too. */
  #isBlockNext = false;
  #hasData = false;

  constructor(receivers: ChannelReceivers, clock: Clock, onFrame: (frame: ServerFrame) => void) {
    this.#receivers = receivers;
    this.#clock = clock;
    this.#frames = new Allowance(FRAMES, clock.nowMs());
    this.#onFrame = onFrame;
  }

  get hasData(): boolean {
    return this.#hasData;
  }

  /** The target of the next read. The header of a likely block is read alone, so that its data does not end up in the chunk. */
  nextRead(): Uint8Array {
    const target = this.#receivers.lend(this.#decoder.dataLeft);
    this.#isPlaced = target !== undefined;
    return target ?? (this.#isBlockNext ? this.#head : this.#chunk);
  }

  /** `length` bytes were read into the target of {@link nextRead}. @throws FrameError if the peer breaks the protocol */
  read(length: number): void {
    if (this.#isPlaced) {
      this.#decoder.skipData(length);
      this.#receivers.placed(length);
    } else this.#decoder.push(this.#chunk, length);
  }

  frame(frame: ServerFrame): void {
    this.#isBlockNext = false;
    if (frame.type !== 'have') this.#count(frame.type === 'pieceMap' ? 1 + frame.bits.length / MAP_BYTES_A_FRAME : 1);
    this.#onFrame(frame);
  }

  dataStart(channel: number, piece: number, offset: number, length: number): void {
    this.#isBlockNext = true;
    this.#hasData = true;
    if (length < SMALL_BLOCK_BYTES) this.#count(1);
    this.#receivers.blockBegins(channel, piece, offset, length);
  }

  data(chunk: Buffer, start: number, end: number): void {
    this.#receivers.data(chunk, start, end);
  }

  #count(frames: number): void {
    if (!this.#frames.trySpend(frames, this.#clock.nowMs())) throw new FrameError('it floods');
  }
}
