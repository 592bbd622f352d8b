import { SlotClaim, type SlotProgress } from './slot-claim.js';
import type { Transfer } from './transfer.js';

/** Maximum number of idle downloads in the engine, since each has open files. Their pieces are served. */
export const MAX_IDLE = 16;
/**
 * A resting download is retried after this time: a source that the tracker named all along may have become reachable.
 */
const REST_MS = 300_000;

interface IdleContext {
  /** Whether more siblings of this download run than there are slots. */
  isOverfull(transfer: Transfer): boolean;
  /** Starts the next downloads for which there are slots. */
  beginNext(): void;
}

/**
 * Downloads without a slot in the queue, because they receive nothing. The engine keeps the most recent ones. The
 * others rest until a source appears or `REST_MS` is over. A download that receives data again needs a slot, and is
 * queued if there is none.
 */
export class IdleTransfers {
  readonly #context: IdleContext;
  readonly #claims = new Map<Transfer, SlotClaim>();
  /** Idle downloads in the engine, the longest idle first. */
  readonly #idle = new Set<Transfer>();
  readonly #timers = new Map<Transfer, NodeJS.Timeout>();

  constructor(context: IdleContext) {
    this.#context = context;
  }

  /** Processes the progress of a running download. */
  progressed(transfer: Transfer, progress: SlotProgress): void {
    if (transfer.isStopping || !transfer.handle.isRunning) return;
    const claim = this.#claims.get(transfer) ?? new SlotClaim();
    this.#claims.set(transfer, claim);
    if (!claim.progressed(progress, performance.now())) return;
    transfer.handle.idles(!claim.holds);
    if (claim.holds) {
      this.#idle.delete(transfer);
      if (progress.phase !== 'verifying' && this.#context.isOverfull(transfer)) void this.#queueUp(transfer);
      return;
    }
    this.#idle.add(transfer);
    this.#context.beginNext();
    const [longest] = this.#idle;
    if (longest && this.#idle.size > MAX_IDLE) void this.#rest(longest);
  }

  /** A source appeared or `REST_MS` is over: queues a resting download. */
  wake(transfer: Transfer): void {
    if (!transfer.isResting) return;
    transfer.isResting = false;
    this.#clearTimer(transfer);
    if (transfer.isUnderWay) return; // it is being stopped: `#rest` requeues it
    this.#requeue(transfer);
  }

  /** The download ended, stops, or starts again. */
  forget(transfer: Transfer): void {
    this.#claims.delete(transfer);
    this.#idle.delete(transfer);
    this.#clearTimer(transfer);
    transfer.isResting = false;
  }

  async #rest(transfer: Transfer): Promise<void> {
    this.#idle.delete(transfer);
    transfer.isResting = true;
    await transfer.stop();
    this.#claims.delete(transfer);
    if (!transfer.isResting) this.#requeue(transfer);
    else this.#timers.set(transfer, setTimeout(() => this.wake(transfer), REST_MS).unref());
  }

  async #queueUp(transfer: Transfer): Promise<void> {
    await transfer.stop();
    this.#requeue(transfer);
  }

  #requeue(transfer: Transfer): void {
    if (!transfer.handle.isRunning || transfer.isUnderWay) return; // it ended or was resumed meanwhile
    transfer.handle.requeued();
    this.#context.beginNext();
  }

  #clearTimer(transfer: Transfer): void {
    clearTimeout(this.#timers.get(transfer));
    this.#timers.delete(transfer);
  }
}
