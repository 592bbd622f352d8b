import { FrameError } from '../../protocol/index.js';

interface Pending {
  readonly channel: number;
  readonly piece: number;
  cancelled: boolean;
}

/**
 * The requests of one connection that are not answered yet. Answers come in the order of the requests; one that was
 * cancelled may still be answered, in whole or in part, or not at all.
 */
export class OutstandingRequests {
  #entries: Pending[] = [];

  get size(): number {
    return this.#entries.length;
  }

  add(channel: number, piece: number): void {
    this.#entries.push({ channel, piece, cancelled: false });
  }

  /** Whether there was such a request to cancel. */
  cancel(channel: number, piece: number): boolean {
    const entry = this.#entries.find((one) => !one.cancelled && one.channel === channel && one.piece === piece);
    if (entry) entry.cancelled = true;
    return entry !== undefined;
  }

  cancelChannel(channel: number): void {
    for (const entry of this.#entries) if (entry.channel === channel) entry.cancelled = true;
  }

  /**
   * An answer begins: whether it is still wanted. What was asked before it, and cancelled, is not answered any more.
   * @throws FrameError for an answer that nobody asked for, or out of order
   */
  answerBegins(channel: number, piece: number): boolean {
    const matches = (entry: Pending) => entry.channel === channel && entry.piece === piece;
    const next = this.#entries.findIndex((entry) => !entry.cancelled); // nothing behind it is answered before it
    const first = this.#entries.findIndex(matches);
    if (first < 0) throw new FrameError('an answer to no request');
    if (next >= 0 && first > next) throw new FrameError('answers out of order');
    const entry = this.#entries[next];
    this.#entries.splice(0, first + 1);
    if (!entry || !matches(entry)) return false;
    // If the same piece was asked for, cancelled and asked for again, this may be the first answer: another may follow.
    entry.cancelled = true;
    return true;
  }
}
