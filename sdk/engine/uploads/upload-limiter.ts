import { MAX_BLOCK_BYTES, PIECE_BYTES } from '../../protocol/index.js';
import { TokenBucket, type UploadScheduler } from '../../transfer/index.js';
import type { Cancel, Clock } from '../util/clock.js';
import type { UploadConnection } from './upload-connection.js';

/** Sends the blocks of the scheduler within the rate limit. */
export class UploadLimiter {
  readonly #scheduler: UploadScheduler<UploadConnection>;
  readonly #clock: Clock;
  #bucket: TokenBucket | undefined;
  #cancelWait: Cancel | undefined;

  constructor(scheduler: UploadScheduler<UploadConnection>, clock: Clock) {
    this.#scheduler = scheduler;
    this.#clock = clock;
  }

  /** Limits the rate of all peers together; undefined removes the limit. */
  setLimit(bytesPerSecond: number | undefined): void {
    const nowMs = this.#clock.nowMs();
    if (bytesPerSecond === undefined) this.#bucket = undefined;
    else if (this.#bucket) this.#bucket.setRate(bytesPerSecond, nowMs);
    else this.#bucket = new TokenBucket({ bytesPerSecond, maxBlockBytes: MAX_BLOCK_BYTES }, nowMs);
    if (this.#bucket) this.#scheduler.setBlockBytes(this.#bucket.blockBytes);
    else this.#scheduler.setBlockBytes(MAX_BLOCK_BYTES, PIECE_BYTES);
    this.close();
    this.pump();
  }

  /** Sends blocks to writable peers as far as the limit allows, and the rest later. */
  pump(): void {
    if (this.#cancelWait) return;
    if (this.#bucket) this.#pumpLimited(this.#bucket);
    else this.#pumpFreely();
  }

  /** Stops sending. */
  close(): void {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
  }

  #pumpFreely(): void {
    for (;;) {
      const block = this.#scheduler.next(this.#clock.nowMs());
      if (!block) return;
      block.peer.sendBlock(block);
    }
  }

  #pumpLimited(bucket: TokenBucket): void {
    const { blockBytes } = bucket;
    for (;;) {
      const waitMs = bucket.waitMs(blockBytes, this.#clock.nowMs());
      if (waitMs > 0) {
        this.#cancelWait = this.#clock.after(waitMs, () => {
          this.#cancelWait = undefined;
          this.pump();
        });
        return;
      }
      const block = this.#scheduler.next();
      if (!block) return;
      bucket.take(block.length, this.#clock.nowMs());
      block.peer.sendBlock(block);
    }
  }
}
