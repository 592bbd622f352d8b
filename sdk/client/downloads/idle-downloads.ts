import type { EngineEvent } from '../../engine/index.js';
import type { Entry } from './download-entry.js';
import type { DownloadQueue } from './download-queue.js';
import { SlotClaim } from './slot-claim.js';

/** Idle downloads that the engine has in hand: each has files open. What is there of them is served to others. */
export const MAX_IDLE = 16;
/** One that rests is tried again after so long: a source that the tracker named all the time may be reachable by now. */
const REST_MS = 300_000;

interface IdleContext {
  readonly queue: DownloadQueue<Entry>;
  /** Stops the engine's part of a download, and waits until its files are closed; never rejects. The tracker goes on telling of sources of one that rests. */
  stopEngine(entry: Entry): Promise<void>;
  /** Has those begin that may. */
  beginNext(): void;
}

/**
 * Downloads that hold no slot of the queue, since nothing comes of them. The engine has the latest of them in hand; the others rest until a
 * source comes, or for a while. One of which something comes again needs a slot, and waits in the queue when there is none.
 */
export class IdleDownloads {
  readonly #context: IdleContext;
  readonly #claims = new Map<Entry, SlotClaim>();
  /** Those that the engine has in hand, the longest idle first. */
  readonly #idle = new Set<Entry>();
  readonly #timers = new Map<Entry, NodeJS.Timeout>();

  constructor(context: IdleContext) {
    this.#context = context;
  }

  /** Takes what the engine tells of one that is under way. */
  progressed(entry: Entry, event: EngineEvent & { type: 'downloadProgress' }): void {
    if (entry.stopping || !entry.handle.isRunning) return;
    const claim = this.#claims.get(entry) ?? new SlotClaim();
    this.#claims.set(entry, claim);
    if (!claim.progressed(event, Date.now())) return;
    entry.handle.idles(!claim.holds);
    if (claim.holds) {
      this.#idle.delete(entry);
      if (event.phase !== 'verifying' && this.#context.queue.isOverfull) void this.#queueUp(entry);
      return;
    }
    this.#idle.add(entry);
    this.#context.beginNext();
    const [longest] = this.#idle;
    if (longest && this.#idle.size > MAX_IDLE) void this.#rest(longest);
  }

  /** A source came, or it is to be tried again: one that rests waits for its turn. */
  wake(entry: Entry): void {
    if (!entry.isResting) return;
    entry.isResting = false;
    this.#clearTimer(entry);
    if (entry.engineId > 0) return; // it is being stopped: who does that goes on
    this.#requeue(entry);
  }

  /** It ended, rests on purpose, or begins anew. */
  forget(entry: Entry): void {
    this.#claims.delete(entry);
    this.#idle.delete(entry);
    this.#clearTimer(entry);
    entry.isResting = false;
  }

  async #rest(entry: Entry): Promise<void> {
    this.#idle.delete(entry);
    entry.isResting = true;
    await this.#context.stopEngine(entry);
    this.#claims.delete(entry);
    if (!entry.isResting) this.#requeue(entry);
    else this.#timers.set(entry, setTimeout(() => this.wake(entry), REST_MS).unref());
  }

  async #queueUp(entry: Entry): Promise<void> {
    await this.#context.stopEngine(entry);
    this.#requeue(entry);
  }

  #requeue(entry: Entry): void {
    if (!entry.handle.isRunning || entry.engineId > 0) return; // it ended meanwhile, or was taken up
    entry.handle.requeued();
    this.#context.beginNext();
  }

  #clearTimer(entry: Entry): void {
    clearTimeout(this.#timers.get(entry));
    this.#timers.delete(entry);
  }
}
