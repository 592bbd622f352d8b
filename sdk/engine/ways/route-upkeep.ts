import type { ConnectMode } from '../network-messages.js';
import type { PeerPath } from '../progress.js';
import { upgradeAfterMs } from './ladder.js';

/** A stream that stays silent after a change of network ends after this time. */
const DOUBT_MS = 5000;
/** A peer that does not answer a ping for so long is mute, and another way is looked for; sooner after a change of network. */
const PATIENCE_MS = 3000;
const PATIENCE_IN_DOUBT_MS = 1500;
/** A search begins anew if the peer is announced again: it may have been asked to meet before it came back. A young one goes on. */
const STALE_SEARCH_MS = 3000;
const RESTART_EVERY_MS = 20_000;
/** Time between two searches for another way while a peer does not answer. */
const SEARCH_AGAIN_MS = 10_000;

/** A connection, as its upkeep sees it. */
export interface UpkeepView {
  readonly path: PeerPath;
  /** The ways that the user allows. */
  readonly connect: ConnectMode;
  /** Whether the peer leaves a ping unanswered. */
  readonly isMute: boolean;
}

/** Decides when a connection looks for another way, and when it is dead. It holds no stream and no clock. */
export class RouteUpkeep {
  #upgrades = 0;
  #upgradeAtMs = 0;
  #searchAtMs = 0;
  #searchesSinceMs = 0;
  #restartAtMs = 0;
  /** When the network changed, while nothing was heard since. */
  #doubtedMs: number | undefined;

  /** A stream carries the connection from now on. */
  connected(nowMs: number): void {
    this.#upgrades = 0;
    this.#upgradeAtMs = nowMs + upgradeAfterMs(0);
    this.#doubtedMs = undefined;
  }

  /** The computer or the peer is in another network: another way is looked for soon, and a dead stream ends soon. */
  networkChanged(nowMs: number): void {
    this.#upgrades = 0;
    this.#upgradeAtMs = nowMs;
    this.#searchAtMs = nowMs;
    this.#doubtedMs = nowMs;
  }

  /** A search begins. */
  searches(nowMs: number): void {
    this.#searchesSinceMs = nowMs;
  }

  /**
   * Whether the search under way may begin anew, as the peer was announced again. A call counts.
   * @param isElsewhere whether it has other addresses than those that are tried
   */
  mayRestart(nowMs: number, isElsewhere: boolean): boolean {
    const isStale = isElsewhere || nowMs - this.#searchesSinceMs >= STALE_SEARCH_MS;
    if (!isStale || nowMs < this.#restartAtMs) return false;
    this.#restartAtMs = nowMs + RESTART_EVERY_MS;
    return true;
  }

  /** How long a ping may stay unanswered. */
  get patienceMs(): number {
    return this.#doubtedMs === undefined ? PATIENCE_MS : PATIENCE_IN_DOUBT_MS;
  }

  /** Whether nothing was heard for too long since the network changed. */
  isDead(lastHeardMs: number, nowMs: number): boolean {
    if (this.#doubtedMs !== undefined && lastHeardMs > this.#doubtedMs) this.#doubtedMs = undefined;
    return this.#doubtedMs !== undefined && nowMs - this.#doubtedMs >= DOUBT_MS;
  }

  /** The ways by which to look for another stream now; undefined: none. A call counts as a search. */
  search({ path, connect, isMute }: UpkeepView, nowMs: number): ConnectMode | undefined {
    if (isMute && nowMs >= this.#searchAtMs) {
      this.#searchAtMs = nowMs + SEARCH_AGAIN_MS;
      return connect;
    }
    if (path !== 'relay' || connect === 'relay' || nowMs < this.#upgradeAtMs) return undefined;
    this.#upgradeAtMs = nowMs + upgradeAfterMs(++this.#upgrades);
    return 'direct';
  }
}
