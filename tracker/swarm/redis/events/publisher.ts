import type { Calls } from '../cluster/calls.js';
import { PUBLISH } from '../cluster/scripts.js';

/** Events that wait for the cluster, in characters. Beyond it, those of a channel are dropped and counted as lost. */
const MAX_WAITING = 16 * 1024 * 1024;
/** Events in one call. */
const MAX_AT_ONCE = 64;
const RETRY_MS = 1000;

interface Waiting {
  readonly text: string;
  /** What must be written before. It never rejects. */
  readonly after: Promise<void> | undefined;
}

interface Outgoing {
  waiting: Waiting[];
  isRunning: boolean;
  /** Whether events were lost, and the other nodes do not know yet. */
  owesGap: boolean;
}

/**
 * Publishes events to other nodes, in order on each channel. No event is lost in silence: if one cannot be published, a number of the
 * channel's sequence is skipped, so that those who listen read anew.
 */
export class Publisher {
  readonly #calls: Calls;
  readonly #channels = new Map<number, Outgoing>();
  /** What is being published now. */
  readonly #sending = new Set<Promise<void>>();
  #waitingLength = 0;
  #isClosed = false;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** Queues an event. */
  publish(channel: number, text: string, after?: Promise<void>): void {
    if (this.#isClosed) return;
    const outgoing = this.#channel(channel);
    outgoing.waiting.push({ text, after });
    this.#waitingLength += text.length;
    if (this.#waitingLength > MAX_WAITING) this.#lose(channel, outgoing, outgoing.waiting);
    this.#run(channel, outgoing);
  }

  /** Counts an event as lost. */
  skip(channel: number): void {
    const outgoing = this.#channel(channel);
    outgoing.owesGap = true;
    this.#run(channel, outgoing);
  }

  /** Waits until what is queued is published, or fails. */
  async drained(): Promise<void> {
    while (this.#sending.size > 0) await Promise.all(this.#sending);
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#channels.clear();
  }

  #channel(channel: number): Outgoing {
    const known = this.#channels.get(channel) ?? { waiting: [], isRunning: false, owesGap: false };
    this.#channels.set(channel, known);
    return known;
  }

  #run(channel: number, outgoing: Outgoing): void {
    if (outgoing.isRunning || this.#isClosed) return;
    outgoing.isRunning = true;
    const sent = new Promise((resolve) => setImmediate(resolve))
      .then(() => this.#send(channel, outgoing))
      .finally(() => {
        this.#sending.delete(sent);
        outgoing.isRunning = false;
        if (outgoing.waiting.length > 0) this.#run(channel, outgoing);
        else if (outgoing.owesGap) this.#later(channel, outgoing);
        else this.#channels.delete(channel);
      });
    this.#sending.add(sent);
  }

  async #send(channel: number, outgoing: Outgoing): Promise<void> {
    const taken = outgoing.waiting.splice(0, MAX_AT_ONCE);
    await Promise.all(taken.flatMap(({ after }) => after ?? []));
    const gap = outgoing.owesGap;
    // A gap alone is announced by an event without content.
    const texts = taken.length > 0 ? taken.map(({ text }) => text) : [''];
    outgoing.owesGap = false;
    this.#waitingLength -= lengthOf(taken);
    try {
      await this.#calls.run(
        PUBLISH,
        [this.#calls.keys.sequence(channel), this.#calls.keys.channel(channel)],
        [gap ? '1' : '0', ...texts],
      );
    } catch {
      outgoing.owesGap = true; // who listens will read anew
      this.#lose(channel, outgoing, outgoing.waiting);
    }
  }

  #lose(channel: number, outgoing: Outgoing, lost: readonly Waiting[]): void {
    outgoing.owesGap = true;
    this.#waitingLength -= lengthOf(lost);
    outgoing.waiting = [];
    this.#channels.set(channel, outgoing);
  }

  #later(channel: number, outgoing: Outgoing): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#run(channel, outgoing);
    }, RETRY_MS).unref();
    this.#timers.add(timer);
  }
}

function lengthOf(waiting: readonly Waiting[]): number {
  return waiting.reduce((sum, { text }) => sum + text.length, 0);
}
