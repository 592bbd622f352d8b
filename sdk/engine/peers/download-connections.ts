import type { Source } from '../../protocol/index.js';
import { DialGuard } from './dial-guard.js';
import { DownloadConnection, type DownloadConnectionContext } from './download-connection.js';

/** What waits for longer to be dialled is given up for now: whoever wants it asks others. */
const PATIENCE_MS = 2000;

interface Waiting {
  readonly link: DownloadConnection;
  readonly sinceMs: number;
}

type DownloadConnectionsContext = Omit<DownloadConnectionContext, 'onEnd' | 'onSettled'> & {
  /** Uniform in [0, 1). */
  readonly random: () => number;
};

/** The connections to those from whom something is fetched, one a device, and when each is made. */
export class DownloadConnections {
  readonly #context: DownloadConnectionsContext;
  readonly #guard: DialGuard;
  readonly #links = new Map<string, DownloadConnection>();
  /** Those that may not be dialled yet, in the order in which they came. */
  readonly #waiting = new Set<Waiting>();

  constructor(context: DownloadConnectionsContext) {
    this.#context = context;
    this.#guard = new DialGuard(context.random);
  }

  /** The connection to a device, made when there is none, as soon as that may be. */
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

  /** The tracker tells of a source, for the first time or anew. */
  announced(source: Source): void {
    this.#guard.announced(source);
  }

  showTicket(groupId: string): void {
    for (const link of this.#links.values()) link.showTicket(groupId);
  }

  /** Dials those whose time has come, and gives up those who would have to wait for long; to be called some times a second. */
  tick(nowMs: number): void {
    this.#dialWaiting(nowMs);
    for (const waiting of this.#waiting) {
      const { link, sinceMs } = waiting;
      if (nowMs - sinceMs + this.#guard.barredMs(link.source, nowMs) < PATIENCE_MS) continue;
      this.#waiting.delete(waiting);
      link.giveUp();
    }
  }

  /** Keeps connections alive, and forgets what failed long ago; to be called every second or so. */
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
