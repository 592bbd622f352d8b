import { backOffMs } from '../../program/index.js';
import type { Source } from '../../protocol/index.js';
import type { ChannelHandler, ConnectionEnd } from '../peers/channel-handler.js';
import type { DownloadConnection } from '../peers/download-connection.js';
import type { SourceProgress } from '../progress.js';
import type { Clock } from '../util/clock.js';
import { WHY } from '../ways/why.js';

/** An open channel to a peer. It carries the requests for one file. */
export interface PeerChannel {
  readonly peer: Peer;
  readonly link: DownloadConnection;
  /** Its number on the connection. */
  readonly number: number;
  /** The piece that is requested once more, because the first copy was wrong. */
  doubt: { readonly piece: number; readonly sinceMs: number } | undefined;
}

export type PeerState =
  /** Not connected: it was not chosen, is not needed at the moment, or is lost. */
  | { readonly name: 'gone' }
  /** It failed and is tried again later. */
  | { readonly name: 'resting'; readonly untilMs: number }
  /** Its connection is retained, whether or not a channel is open on it. */
  | { readonly name: 'linked'; readonly link: DownloadConnection; readonly channels: ReadonlySet<PeerChannel> }
  /** It sent wrong data. Nothing more is requested from it. */
  | { readonly name: 'banned' };

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
/** A peer that was connected this long, or delivered a piece, starts over with the shortest back-off. */
const LONG_MS = 30_000;

/** What a peer's back-off depends on. */
export interface Chance {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** A device in the download of one file or folder, under its number in the plan. */
export class Peer {
  source: Source;
  readonly number: number;
  /** When it sent a wrong piece for the first time. */
  erredAtMs: number | undefined;
  #state: PeerState = { name: 'gone' };
  readonly #chance: Chance;
  readonly #channels = new Set<PeerChannel>();
  /** The channel opened last. It is asked for at each received chunk. */
  #channel: PeerChannel | undefined;
  /** Failures in a row. */
  #attempts = 0;
  #linkedAtMs = 0;
  #bytes = 0;
  #pieces = 0;
  #cameBy: SourceProgress['cameBy'];
  /** Why it is not connected. */
  #lost: Pick<SourceProgress, 'why' | 'code'> = {};

  constructor(source: Source, number: number, chance: Chance) {
    this.source = source;
    this.number = number;
    this.#chance = chance;
  }

  get state(): PeerState {
    return this.#state;
  }

  get isLinked(): boolean {
    return this.#state.name === 'linked';
  }

  get isBanned(): boolean {
    return this.#state.name === 'banned';
  }

  /** Time of its last connection. */
  get linkedAtMs(): number {
    return this.#linkedAtMs;
  }

  /** Delivered pieces; files, in a folder download. */
  get pieces(): number {
    return this.#pieces;
  }

  /** The channel of a download that opens one to each peer. */
  get channel(): PeerChannel | undefined {
    return this.#channel;
  }

  /** For the log. */
  get name(): string {
    const { userId, deviceId } = this.source;
    return `${userId} (device ${deviceId.slice(0, 12)})`;
  }

  /** gone, resting, linked -> linked: opens a channel, possibly on a new connection. */
  open(link: DownloadConnection, handler: ChannelHandler): PeerChannel {
    if (this.#state.name !== 'linked' || this.#state.link !== link) {
      this.#release();
      link.retain();
      this.#linkedAtMs = this.#chance.clock.nowMs();
      this.#state = { name: 'linked', link, channels: this.#channels };
    }
    const channel = { peer: this, link, number: link.open(handler), doubt: undefined };
    this.#channels.add(channel);
    this.#channel = channel;
    return channel;
  }

  /** Closes one of its channels. The connection stays. */
  close(channel: PeerChannel): void {
    if (!this.#channels.has(channel)) return;
    this.closed(channel);
    channel.link.close(channel.number);
  }

  /** The remote end closed a channel. */
  closed(channel: PeerChannel): void {
    this.#channels.delete(channel);
    if (this.#channel === channel) this.#channel = undefined;
  }

  /** Its channel was closed for this reason. */
  lost(reason: ConnectionEnd): void {
    this.#lost = whyEnded(reason);
  }

  /** resting -> resting, for no longer: earlier failures tell nothing any more. */
  endRest(nowMs: number): void {
    this.#attempts = 0;
    if (this.#state.name === 'resting') this.#state = { name: 'resting', untilMs: nowMs };
  }

  /** linked, resting -> gone */
  leave(): void {
    if (this.#state.name !== 'banned') this.#enter({ name: 'gone' });
  }

  /** linked, gone -> resting: it is tried again later. The back-off grows with each failure. */
  rest(nowMs: number): void {
    if (nowMs - this.#linkedAtMs >= LONG_MS) this.#attempts = 0;
    const untilMs = nowMs + backOffMs(this.#attempts++, FIRST_RETRY_MS, LAST_RETRY_MS, this.#chance.random);
    this.#enter({ name: 'resting', untilMs });
  }

  /** any state -> banned */
  ban(): void {
    this.#enter({ name: 'banned' });
  }

  /** It delivered a correct piece. */
  delivered(bytes: number): void {
    this.#bytes += bytes;
    this.#pieces++;
    if (this.#state.name === 'linked' && this.#state.link.path !== 'none') this.#cameBy = this.#state.link.path;
    this.#attempts = 0;
  }

  /** @param planned its state and its rate in the plan, if the plan knows it */
  report(planned: Pick<SourceProgress, 'state' | 'bytesPerSecond'> | undefined): SourceProgress {
    const { deviceId, userId } = this.source;
    const { state, bytesPerSecond } = (this.isLinked && planned) || { state: 'gone', bytesPerSecond: 0 };
    const given = { bytes: this.#bytes, pieces: this.#pieces, bytesPerSecond, ...this.#way, cameBy: this.#cameBy };
    return { deviceId, userId, state: this.isBanned ? 'banned' : state, ...given };
  }

  get #way(): Pick<SourceProgress, 'path' | 'why' | 'code'> {
    if (this.isBanned) return { path: 'none', why: WHY.banned };
    if (this.#state.name !== 'linked') return { path: 'none', ...this.#lost };
    const { path, why } = this.#state.link;
    // While no way was found before, that says more than that another one is looked for.
    return path === 'none' && this.#lost.code !== undefined ? { path, ...this.#lost } : { path, why };
  }

  #enter(state: Exclude<PeerState, { name: 'linked' }>): void {
    this.#release();
    this.#state = state;
  }

  #release(): void {
    const state = this.#state;
    for (const channel of [...this.#channels]) this.close(channel);
    if (state.name === 'linked') state.link.release();
  }
}

/** Why a peer is lost, for the log. */
export function describeEnd(reason: ConnectionEnd): string {
  switch (reason.kind) {
    case 'refused':
      return reason.code;
    case 'turnedAway':
      return 'it refused the ticket';
    case 'lost':
      return reason.message;
  }
}

/** Why a peer is lost, for the user. */
function whyEnded(reason: ConnectionEnd): Pick<SourceProgress, 'why' | 'code'> {
  switch (reason.kind) {
    case 'refused':
      return { why: WHY.notOffered };
    case 'turnedAway':
      return { why: WHY.ticketRefused };
    case 'lost':
      return reason.noWay ?? { why: WHY.broken };
  }
}
