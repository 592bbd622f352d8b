import type { ConnectMode } from '../network-messages.js';
import type { PeerPath } from '../progress.js';
import { upgradeAfterMs } from './ladder.js';

/** A stream that stays silent after a change of network ends after this time. */
const DOUBT_MS = 5000;
/** Time between two searches for another way while a peer does not answer. */
const SEARCH_AGAIN_MS = 30_000;

/** A connection, as its upkeep sees it. */
export interface UpkeepView {
  readonly path: PeerPath;
  /** The ways that the user allows. */
  readonly connect: ConnectMode;
  /** Whether the peer leaves a ping unanswered. */
  readonly isMute: boolean;
  /** Whether the peer has several addresses, or can be asked to meet. */
  readonly hasOtherWay: boolean;
}

/** Decides when a connection looks for another way, and when it is dead. It holds no stream and no clock. */
export class RouteUpkeep {
  #upgrades = 0;
  #upgradeAtMs = 0;
  #searchAtMs = 0;
  /** When the network changed, while nothing was heard since. */
  #doubtedMs: number | undefined;

  /** A stream carries the connection from now on. */
  connected(nowMs: number): void {
    this.#upgrades = 0;
    this.#upgradeAtMs = nowMs + upgradeAfterMs(0);
    this.#doubtedMs = undefined;
  }

  /** The computer is in another network: another way is looked for soon, and a dead stream ends soon. */
  networkChanged(nowMs: number): void {
    this.#upgrades = 0;
    this.#upgradeAtMs = nowMs;
    this.#searchAtMs = nowMs;
    this.#doubtedMs = nowMs;
  }

  /** Whether nothing was heard for too long since the network changed. */
  isDead(lastHeardMs: number, nowMs: number): boolean {
    if (this.#doubtedMs !== undefined && lastHeardMs > this.#doubtedMs) this.#doubtedMs = undefined;
    return this.#doubtedMs !== undefined && nowMs - this.#doubtedMs >= DOUBT_MS;
  }

  /** The ways by which to look for another stream now; undefined: none. A call counts as a search. */
  search({ path, connect, isMute, hasOtherWay }: UpkeepView, nowMs: number): ConnectMode | undefined {
    if (isMute && hasOtherWay && nowMs >= this.#searchAtMs) {
      this.#searchAtMs = nowMs + SEARCH_AGAIN_MS;
      return connect;
    }
    if (path !== 'relay' || connect === 'relay' || nowMs < this.#upgradeAtMs) return undefined;
    this.#upgradeAtMs = nowMs + upgradeAfterMs(++this.#upgrades);
    return 'direct';
  }
}
