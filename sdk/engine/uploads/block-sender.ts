import { type BlockRef, PIECE_BYTES, pieceLength, ShoalError } from '../../protocol/index.js';
import { lacksDescriptors } from '../storage/parts/open-files.js';
import type { PeerStream } from '../transport/transport.js';
import type { Clock } from '../util/clock.js';
import type { SendBuffer, SendBuffers } from './send-buffers.js';
import type { OpenContent, UploadChannels } from './upload-channels.js';

/** Delay before another try of a read that lacked a descriptor. */
const DESCRIPTORS_PAUSE_MS = 250;

export interface BlockSenderContext {
  readonly stream: PeerStream;
  readonly clock: Clock;
  readonly channels: UploadChannels;
  readonly buffers: SendBuffers;
  /** The peer can accept the next block. */
  onWritable(nowMs?: number): void;
  /** Sends waiting blocks. */
  pump(): void;
  log(message: string): void;
}

/**
 * Reads blocks and writes them to one connection, one at a time, so that a slow peer takes the memory of one buffer.
 */
export class BlockSender {
  readonly #context: BlockSenderContext;
  #isClosed = false;

  constructor(context: BlockSenderContext) {
    this.#context = context;
  }

  send(ref: BlockRef): void {
    const open = this.#context.channels.get(ref.channel);
    if (!open || this.#isClosed) return;
    const buffer = this.#context.buffers.take();
    const { frames, bodies } = buffer.lay(ref);
    try {
      const reading = open.content.read(bodies, ref.piece * PIECE_BYTES + ref.offset);
      if (!reading) this.#write(open, ref, buffer, frames);
      else
        reading.then(
          () => this.#write(open, ref, buffer, frames),
          (error: unknown) => this.#onUnreadable(ref, buffer, error),
        );
    } catch (error) {
      this.#onUnreadable(ref, buffer, error);
    }
  }

  close(): void {
    this.#isClosed = true;
  }

  #write(open: OpenContent, ref: BlockRef, buffer: SendBuffer, frames: Buffer): void {
    const { content } = open;
    const { stream, channels, buffers, clock } = this.#context;
    if (channels.get(ref.channel) !== open) {
      buffers.giveBack(buffer); // closed during the read
      if (!this.#isClosed) this.#context.onWritable();
      return;
    }
    const end = ref.offset + ref.length;
    open.onSent(ref.piece, ref.length, end === pieceLength(content.manifest, ref.piece));
    stream.writeAlone(frames, (error) => {
      if (error || this.#isClosed) return;
      buffers.giveBack(buffer);
      this.#context.onWritable(clock.nowMs());
      this.#context.pump();
    });
    content.onSent(open, ref.piece, ref.offset, ref.length);
  }

  /** No file has these bytes: the peer has to use another source. If only descriptors are lacking, it tries again. */
  #onUnreadable(ref: BlockRef, buffer: SendBuffer, thrown: unknown): void {
    const { channels, buffers, clock } = this.#context;
    buffers.giveBack(buffer);
    if (this.#isClosed) return;
    const error = ShoalError.from(thrown, 'DISK_ERROR');
    if (lacksDescriptors(error)) {
      clock.after(DESCRIPTORS_PAUSE_MS, () => this.#sendAgain(ref));
      return;
    }
    this.#context.log(`piece ${ref.piece}: ${error.message}`);
    const content = channels.get(ref.channel)?.content;
    if (content) channels.refuse(content, 'FILE_NOT_FOUND');
    this.#context.onWritable();
  }

  #sendAgain(ref: BlockRef): void {
    if (this.#isClosed) return;
    if (this.#context.channels.get(ref.channel)) this.send(ref);
    else this.#context.onWritable();
  }
}
