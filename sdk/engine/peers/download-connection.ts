import type { Source } from '../../protocol/index.js';
import type { PieceRange, ReadonlyBitfield } from '../../transfer/index.js';
import type { ConnectMode } from '../network-messages.js';
import type { PeerPath } from '../progress.js';
import type { PieceBuffers } from '../storage/disk-workers/piece-buffers.js';
import type { Clock } from '../util/clock.js';
import { addressesOf } from '../ways/dial-addresses.js';
import { isAllowed, type Way } from '../ways/ladder.js';
import type { FoundRoute, RouteSearch, SearchCallbacks, SearchOrder } from '../ways/route-search.js';
import { RouteUpkeep } from '../ways/route-upkeep.js';
import { WHY } from '../ways/why.js';
import type { ChannelHandler, ConnectionEnd } from './channel-handler.js';
import { ConnectionRequests } from './connection-requests.js';
import { DownloadSession } from './download-session.js';
import { moveChannel, type OpenChannel } from './open-channel.js';

export interface DownloadConnectionContext {
  readonly clock: Clock;
  readonly buffers: PieceBuffers;
  /** The ticket of a group; undefined while there is none: channels then wait for `showTicket`. */
  ticketFor(groupId: string): string | undefined;
  /** The ways that the user allows. */
  connect(): ConnectMode;
  /** Looks for a stream. No call comes before this returns. */
  search(order: SearchOrder, callbacks: SearchCallbacks): Search;
  onEnd(link: DownloadConnection): void;
}

/** A stream that nobody needs any more is closed after this time, even if answers are missing: they are requested again. */
const DRAIN_MS = 30_000;

type Search = Pick<RouteSearch, 'announced' | 'destroy'>;

/**
 * One connection to a peer. It carries the channels of all files that are fetched from it, and moves to another way if there is a better
 * one: the new stream carries all new requests, and the old one is closed once it has answered.
 */
export class DownloadConnection {
  /** The requests on all channels. */
  readonly requests: ConnectionRequests;
  /** As last announced. */
  source: Source;
  /** A group of both devices. */
  groupId: string;
  /** Number of users that retain the connection, even without an open channel. */
  #users = 0;
  readonly #context: DownloadConnectionContext;
  readonly #channels = new Map<number, OpenChannel>();
  readonly #upkeep = new RouteUpkeep();
  #nextChannel = 1;
  #session: DownloadSession | undefined;
  /** The stream that is being replaced. */
  #old: DownloadSession | undefined;
  #drainedByMs = 0;
  #searching: Search | undefined;
  /** Whether it looks for a better way only. */
  #isUpgrade = false;
  #isOver = false;

  constructor(source: Source, groupId: string, context: DownloadConnectionContext) {
    this.source = source;
    this.groupId = groupId;
    this.#context = context;
    this.requests = new ConnectionRequests({
      sessions: () => this.#sessions,
      homeOf: (channel) => this.#channels.get(channel)?.home,
    });
    this.#search(context.connect());
  }

  get path(): PeerPath {
    return this.#session?.route.path ?? 'none';
  }

  /** One sentence that says why it is this way. */
  get why(): string {
    return this.#session?.route.why ?? WHY.searching;
  }

  /** Opens a channel for a file. The handler receives the peer's bitfield. */
  open(handler: ChannelHandler): number {
    const number = this.#nextChannel++;
    this.#channels.set(number, { handler, home: this.#session });
    this.#session?.open(number, handler);
    return number;
  }

  /** The peer's bitfield of a file; undefined until it arrives. */
  piecesOf(channel: number): ReadonlyBitfield | undefined {
    return this.#channels.get(channel)?.home?.piecesOf(channel);
  }

  /** Closes a channel. Its handler gets no more calls. */
  close(channel: number): void {
    if (!this.#channels.delete(channel)) return;
    this.requests.forget(channel);
    for (const session of this.#sessions) session.close(channel);
    this.#endIfIdle();
  }

  /** Keeps the connection even while no channel is open. Each call needs one `release`. */
  retain(): void {
    this.#users++;
  }

  release(): void {
    this.#users--;
    this.#endIfIdle();
  }

  /**
   * Announces the pieces that are needed first. A super-seeding peer may withhold them otherwise; a peer that announced all pieces does
   * not.
   */
  want(channel: number, range: PieceRange): void {
    this.#channels.get(channel)?.home?.want(channel, range);
  }

  /** A first or newer ticket arrived: it is presented, and channels that waited for it are opened. */
  showTicket(groupId: string): void {
    for (const session of this.#sessions) session.showTicket(groupId);
  }

  /** Keeps the connection alive, ends it if the peer is silent, and looks for a better way; called about every second. */
  tick(nowMs: number): void {
    for (const session of this.#sessions) session.tick(nowMs);
    if (nowMs >= this.#drainedByMs || this.#old?.isMute(nowMs, this.#upkeep.patienceMs))
      this.#old?.end({ kind: 'lost', message: 'replaced' });
    this.#closeIfDrained();
    const session = this.#session;
    if (!session) return;
    if (this.#upkeep.isDead(session.lastHeardMs, nowMs))
      session.end({ kind: 'lost', message: 'it does not answer since the network changed' });
    else if ((!this.#searching || this.#isUpgrade) && !this.#old) this.#searchAgain(session, nowMs);
  }

  /** The tracker announced the peer again. If that moved, the connection may be dead, or there is a better way. */
  announced(source: Source, nowMs: number): void {
    const isElsewhere = addressesOf(source) !== addressesOf(this.source);
    const isReachedOtherwise = source.reach !== this.source.reach;
    this.source = source; // the next search uses its new addresses
    if (isElsewhere || isReachedOtherwise) this.networkChanged(nowMs);
    if (!this.#searching) return;
    if (this.#upkeep.mayRestart(nowMs, isElsewhere)) this.#search(this.#context.connect());
    else this.#searching.announced();
  }

  /** The computer is in another network: finds out whether the connection still works, and whether there is a better way. */
  networkChanged(nowMs: number): void {
    this.#upkeep.networkChanged(nowMs);
    for (const session of this.#sessions) session.ping();
  }

  /** The user allows other ways: ends the connection if its way is not among them. */
  waysChanged(): void {
    const way: Way = this.path === 'back' || this.path === 'relay' ? this.path : 'direct';
    if (this.#session && isAllowed(way, this.#context.connect(), true)) return;
    this.#end({ kind: 'lost', message: 'the setting allows other ways' });
  }

  destroy(): void {
    if (this.#isOver) return;
    const sessions = this.#sessions;
    this.#isOver = true;
    for (const session of sessions) session.destroy();
    this.#finish({ kind: 'lost', message: 'closed' });
  }

  /** Its streams, the newest first. */
  get #sessions(): readonly DownloadSession[] {
    if (!this.#session) return [];
    return this.#old ? [this.#session, this.#old] : [this.#session];
  }

  #searchAgain(session: DownloadSession, nowMs: number): void {
    const ways = this.#upkeep.search(
      {
        path: session.route.path,
        connect: this.#context.connect(),
        isMute: session.isMute(nowMs, this.#upkeep.patienceMs),
      },
      nowMs,
    );
    if (ways) this.#search(ways);
  }

  #search(connect: ConnectMode): void {
    const { source, groupId } = this;
    this.#searching?.destroy();
    this.#isUpgrade = connect !== this.#context.connect();
    this.#upkeep.searches(this.#context.clock.nowMs());
    this.#searching = this.#context.search(
      { source, groupId, connect },
      {
        onFound: (route) => {
          this.#searching = undefined;
          this.#onFound(route);
        },
        onFailed: (message, noWay) => {
          this.#searching = undefined;
          if (!this.#session) this.#end({ kind: 'lost', message, noWay });
        },
      },
    );
  }

  #onFound(route: FoundRoute): void {
    const { clock, buffers } = this.#context;
    const session = new DownloadSession(route, {
      ...{ clock, buffers },
      ticketFor: (groupId) => this.#context.ticketFor(groupId),
      blocksOwed: () => this.requests.blocksOwed,
      onPieceMap: (from, channel) => this.#onPieceMap(from, channel),
      onRefused: (channel, reason) => this.#onRefused(channel, reason),
      onEnd: (ended, reason) => this.#onSessionEnd(ended, reason),
    });
    const nowMs = clock.nowMs();
    const before = this.#session;
    this.#session = session;
    this.#old = before;
    this.#drainedByMs = nowMs + DRAIN_MS;
    const isMute = before?.isMute(nowMs, this.#upkeep.patienceMs);
    this.#upkeep.connected(nowMs);
    for (const [number, channel] of this.#channels) moveChannel(number, channel, session);
    if (isMute) before?.end({ kind: 'lost', message: 'replaced' });
  }

  /** A new stream knows what the peer has: it carries the channel from now on. */
  #onPieceMap(session: DownloadSession, number: number): void {
    const channel = this.#channels.get(number);
    if (!channel || channel.home === session) return;
    channel.home = session;
    for (const { channel: other, piece } of this.#old?.requests.takeBacklog() ?? [])
      this.requests.request(other, piece);
    this.#closeIfDrained();
  }

  #onRefused(number: number, reason: ConnectionEnd): void {
    this.#drop(number, reason);
    this.#endIfIdle();
  }

  /** If another stream is left, it takes over; what the ended one owes is requested again. */
  #onSessionEnd(ended: DownloadSession, reason: ConnectionEnd): void {
    if (this.#isOver) return;
    const other = ended === this.#session ? this.#old : this.#session;
    if (!other) {
      this.#end(reason);
      return;
    }
    this.#session = other;
    this.#old = undefined;
    const owed = ended.takeOwed();
    for (const [number, channel] of [...this.#channels]) {
      if (this.requests.isBoundTo(ended, number, owed)) this.#drop(number, reason);
      else if (channel.home === ended) {
        if (!other.has(number)) other.open(number, channel.handler, ended.piecesOf(number));
        channel.home = other;
      }
    }
    for (const { channel, piece } of owed) this.requests.request(channel, piece);
  }

  #drop(number: number, reason: ConnectionEnd): void {
    const channel = this.#channels.get(number);
    this.#channels.delete(number);
    this.requests.forget(number);
    for (const session of this.#sessions) session.close(number);
    channel?.handler.onClosed(reason);
  }

  #closeIfDrained(): void {
    const old = this.#old;
    if (!old?.isDrained || [...this.#channels.values()].some(({ home }) => home === old)) return;
    old.destroy();
  }

  #endIfIdle(): void {
    if (this.#channels.size === 0 && this.#users === 0) this.destroy();
  }

  #end(reason: ConnectionEnd): void {
    if (this.#isOver) return;
    const sessions = this.#sessions;
    this.#isOver = true;
    for (const session of sessions) session.end(reason);
    this.#finish(reason);
  }

  #finish(reason: ConnectionEnd): void {
    this.#searching?.destroy();
    this.#searching = undefined;
    this.#context.onEnd(this);
    const channels = [...this.#channels.values()];
    this.#channels.clear();
    for (const { handler } of channels) handler.onClosed(reason);
  }
}
