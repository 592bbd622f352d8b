import { SlotClaim, type SlotProgress } from './slot-claim.js';
import type { Transfer } from './transfer.js';

/** Idle downloads that the engine has in hand: each has files open. What is there of them is served to others. */
export const MAX_IDLE = 16;
/** One that rests is tried again after so long: a source that the tracker named all the time may be reachable by now. */
const REST_MS = 300_000;

interface IdleContext {
  /** Whether more run than may, beside this one. */
  isOverfull(transfer: Transfer): boolean;
  /** Has those begin that may. */
  beginNext(): void;
}

/**
 * Downloads that hold no slot of the queue, since nothing comes of them. The engine has the latest of them in hand; the others rest until a
 * source comes, or for a while. One of which something comes again needs a slot, and waits in the queue when there is none.
 */
export class IdleTransfers {
  readonly #context: IdleContext;
  readonly #claims = new Map<Transfer, SlotClaim>();
  /** Those that the engine has in hand, the longest idle first. */
  readonly #idle = new Set<Transfer>();
  readonly #timers = new Map<Transfer, NodeJS.Timeout>();

  constructor(context: IdleContext) {
    this.#context = context;
  }

  /** Takes what is told of one that is under way. */
  progressed(transfer: Transfer, progress: SlotProgress): void {
    if (transfer.isStopping || !transfer.handle.isRunning) return;
    const claim = this.#claims.get(transfer) ?? new SlotClaim();
    this.#claims.set(transfer, claim);
    if (!claim.progressed(progress, Date.now())) return;
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

  /** A source came, or it is to be tried again: one that rests waits for its turn. */
  wake(transfer: Transfer): void {
    if (!transfer.isResting) return;
    transfer.isResting = false;
    this.#clearTimer(transfer);
    if (transfer.isUnderWay) return; // it is being stopped: who does that goes on
    this.#requeue(transfer);
  }

  /** It ended, rests on purpose, or begins anew. */
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
    if (!transfer.handle.isRunning || transfer.isUnderWay) return; // it ended meanwhile, or was taken up
    transfer.handle.requeued();
    this.#context.beginNext();
  }

  #clearTimer(transfer: Transfer): void {
    clearTimeout(this.#timers.get(transfer));
    this.#timers.delete(transfer);
  }
}
