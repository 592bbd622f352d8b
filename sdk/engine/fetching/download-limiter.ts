import { PIECE_BYTES } from '../../protocol/index.js';
import { TokenBucket, WeightedFairQueue } from '../../transfer/index.js';
import type { DownloadPace, DownloadPriority } from '../messages.js';
import type { Cancel, Clock } from '../util/clock.js';
import type { Limited, Limiter } from './limiter.js';

/** Shares of a limited rate. Weights instead of a strict order, so that no download starves. */
const WEIGHTS: Record<DownloadPriority, number> = { high: 9, normal: 3, low: 1 };

/**
 * Limits downloads by their requests. It requests block by block at the rate of all downloads and of each one, so that no excess data is in
 * flight. Data that was requested before a limit was lowered still arrives.
 */
export class DownloadLimiter implements Limiter {
  readonly #clock: Clock;
  readonly #all = new Map<Limited, TokenBucket | undefined>();
  readonly #turns = new WeightedFairQueue<Limited>();
  #bucket: TokenBucket | undefined;
  #cancelWait: Cancel | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Limits the rate of all downloads together; undefined removes the limit. */
  setLimit(bytesPerSecond: number | undefined): void {
    this.#bucket = changed(this.#bucket, bytesPerSecond, this.#clock.nowMs());
    if (!this.#bucket) for (const [limited, own] of this.#all) if (!own) limited.askAll();
    this.pump();
  }

  set(limited: Limited, { bytesPerSecond, priority = 'normal' }: DownloadPace): void {
    this.#turns.set(limited, WEIGHTS[priority]);
    this.#all.set(limited, changed(this.#all.get(limited), bytesPerSecond, this.#clock.nowMs()));
    if (this.rateOf(limited) === undefined) limited.askAll();
    this.pump();
  }

  remove(limited: Limited): void {
    this.#all.delete(limited);
    this.#turns.remove(limited);
  }

  rateOf(limited: Limited): number | undefined {
    const own = this.#all.get(limited)?.bytesPerSecond;
    const all = this.#bucket?.bytesPerSecond;
    return own === undefined || all === undefined ? (own ?? all) : Math.min(own, all);
  }

  /** Sends what the limits allow now, and sets a timer for the rest. */
  pump(): void {
    this.close();
    let waitMs = 0;
    do {
      waitMs = this.#askOne(this.#clock.nowMs());
    } while (waitMs === 0);
    if (waitMs < Infinity) this.#cancelWait = this.#clock.after(waitMs, () => this.pump());
  }

  /** Cancels the timer. */
  close(): void {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
  }

  /** Requests one block for the next download in turn that may request one. Returns the time until the next attempt: 0 is at once. */
  #askOne(nowMs: number): number {
    const most = this.#bucket?.blockBytes ?? Infinity;
    const waitMs = this.#bucket?.waitMs(most, nowMs) ?? 0;
    if (waitMs > 0) return this.#all.size > 0 ? waitMs : Infinity;
    let soonestMs = Infinity;
    for (const limited of this.#turns.inTurn()) {
      const own = this.#all.get(limited);
      if (!own && !this.#bucket) continue;
      const blockBytes = Math.min(most, own?.blockBytes ?? Infinity);
      const ownWaitMs = own?.waitMs(blockBytes, nowMs) ?? 0;
      soonestMs = ownWaitMs > 0 ? Math.min(soonestMs, ownWaitMs) : soonestMs;
      const asked = ownWaitMs > 0 ? 0 : limited.ask(blockBytes);
      if (asked === 0) continue;
      this.#bucket?.take(asked, nowMs);
      own?.take(asked, nowMs);
      this.#turns.charge(limited, asked);
      return 0;
    }
    return soonestMs;
  }
}

/** The bucket at another rate. An existing bucket stays, so that its earlier spending counts. */
function changed(
  bucket: TokenBucket | undefined,
  bytesPerSecond: number | undefined,
  nowMs: number,
): TokenBucket | undefined {
  if (bytesPerSecond === undefined) return undefined;
  if (!bucket) return new TokenBucket({ bytesPerSecond, maxBlockBytes: PIECE_BYTES }, nowMs);
  bucket.setRate(bytesPerSecond, nowMs);
  return bucket;
}
