import type { Source } from '../../protocol/index.js';
import { DialGuard } from './dial-guard.js';
import { DownloadConnection, type DownloadConnectionContext } from './download-connection.js';

/** A connection that would wait longer for its dial fails, so that its user can try other peers. */
const PATIENCE_MS = 2000;

interface Waiting {
  readonly link: DownloadConnection;
  readonly sinceMs: number;
}

type DownloadConnectionsContext = Omit<DownloadConnectionContext, 'onEnd' | 'onSettled'> & {
  /** Uniform in [0, 1). */
  readonly random: () => number;
};

/** The connections to the peers that files are fetched from, one per device; decides when each is dialled. */
export class DownloadConnections {
  readonly #context: DownloadConnectionsContext;
  readonly #guard: DialGuard;
  readonly #links = new Map<string, DownloadConnection>();
  /** Connections that may not be dialled yet, oldest first. */
  readonly #waiting = new Set<Waiting>();

  constructor(context: DownloadConnectionsContext) {
    this.#context = context;
    this.#guard = new DialGuard(context.random);
  }

  /** The connection to a device. A new one is dialled as soon as the dial guard allows it. */
  link(source: Source): DownloadConnection {
    const known = this.#links.get(source.deviceId);
    if (known) return known;
    const { clock } = this.#context;
    const link = new DownloadConnection(source, {
      ...this.#context,
      onSettled: () => {
        this.#guard.settled(source);
        clock.after(0, () => this.#dialWaiting(clock.nowMs()));
      },
      onEnd: (ended, outcome) => {
        this.#guard.ended(source, outcome, clock.nowMs());
        if (this.#links.get(source.deviceId) === ended) this.#links.delete(source.deviceId);
      },
    });
    this.#links.set(source.deviceId, link);
    const waiting = { link, sinceMs: clock.nowMs() };
    if (this.#guard.tryDial(source, waiting.sinceMs)) link.dial();
    else this.#waiting.add(waiting);
    return link;
  }

  /** The tracker announced a peer, for the first time or again. */
  announced(source: Source): void {
    this.#guard.announced(source);
  }

  showTicket(groupId: string): void {
    for (const link of this.#links.values()) link.showTicket(groupId);
  }

  /** Dials the connections that may be dialled now, and fails those that would wait too long; called several times a second. */
  tick(nowMs: number): void {
    this.#dialWaiting(nowMs);
    for (const waiting of this.#waiting) {
      const { link, sinceMs } = waiting;
      if (nowMs - sinceMs + this.#guard.barredMs(link.source, nowMs) < PATIENCE_MS) continue;
      this.#waiting.delete(waiting);
      link.giveUp();
    }
  }

  /** Keeps connections alive, and forgets old failures; called about every second. */
  review(nowMs: number): void {
    for (const link of this.#links.values()) link.tick(nowMs);
    this.#guard.review(nowMs);
  }

  destroyAll(): void {
    for (const link of this.#links.values()) link.destroy();
    this.#waiting.clear();
  }

  #dialWaiting(nowMs: number): void {
    for (const waiting of this.#waiting) {
      const { link } = waiting;
      if (link.isWaiting && !this.#guard.tryDial(link.source, nowMs)) continue;
      this.#waiting.delete(waiting);
      if (link.isWaiting) link.dial();
    }
  }
}
