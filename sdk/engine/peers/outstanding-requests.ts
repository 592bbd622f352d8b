import { FrameError } from '../../protocol/index.js';

interface Pending {
  readonly channel: number;
  readonly piece: number;
  cancelled: boolean;
}

/**
 * The unanswered requests of one connection. Answers arrive in the order of the requests. A cancelled request may still be answered, in
 * whole, in part or not at all.
 */
export class OutstandingRequests {
  #entries: Pending[] = [];

  get size(): number {
    return this.#entries.length;
  }

  add(channel: number, piece: number): void {
    this.#entries.push({ channel, piece, cancelled: false });
  }

  /** Returns whether there was such a request. */
  cancel(channel: number, piece: number): boolean {
    const entry = this.#entries.find((one) => !one.cancelled && one.channel === channel && one.piece === piece);
    if (entry) entry.cancelled = true;
    return entry !== undefined;
  }

  /** Removes all requests. Returns those that are still wanted. */
  takeAll(): { readonly channel: number; readonly piece: number }[] {
    return this.#entries.splice(0).filter(({ cancelled }) => !cancelled);
  }

  cancelChannel(channel: number): void {
    for (const entry of this.#entries) if (entry.channel === channel) entry.cancelled = true;
  }

  /**
   * An answer begins. Returns whether it is still wanted. Cancelled requests before it can no longer be answered.
   * @throws FrameError if nobody requested it, or if it is out of order
   */
  answerBegins(channel: number, piece: number): boolean {
    const matches = (entry: Pending) => entry.channel === channel && entry.piece === piece;
    const next = this.#entries.findIndex((entry) => !entry.cancelled); // later requests are answered after it
    const first = this.#entries.findIndex(matches);
    if (first < 0) throw new FrameError('an answer to no request');
    if (next >= 0 && first > next) throw new FrameError('answers out of order');
    const entry = this.#entries[next];
    this.#entries.splice(0, first + 1);
    if (!entry || !matches(entry)) return false;
    // If the piece was requested, cancelled and requested again, this may be the first of two answers.
    entry.cancelled = true;
    return true;
  }
}
