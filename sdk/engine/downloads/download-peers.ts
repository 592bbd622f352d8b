import { MAX_SOURCES, nameKey, type Source } from '../../protocol/index.js';
import { PeerSampler } from '../../transfer/index.js';
import { KnownPeers } from '../fetching/known-peers.js';
import type { Chance, Peer, PeerChannel } from '../fetching/peer.js';
import type { ChannelHandler } from '../peers/channel-handler.js';
import type { DownloadConnection } from '../peers/download-connection.js';

/** What the peers of a download need from it. */
export interface SourcesContext extends Chance {
  /** The connection to a device; a new one if there is none. */
  link(source: Source): DownloadConnection;
  /** The handler of a peer's channel. */
  handlerFor(peer: Peer): ChannelHandler;
  /** A peer is connected. It can get requests once its bitfield arrives. */
  onLinked(peer: Peer): void;
  /** A peer is given up for now, with its channel still open: other peers must get its requests. */
  onUnlinked(channel: PeerChannel): void;
}

/** The peers of a download: chooses among the known ones, opens one channel to each, and decides when failed peers are retried. */
export class DownloadPeers implements Iterable<Peer> {
  readonly #context: SourcesContext;
  readonly #known: KnownPeers;
  readonly #choice: PeerSampler<Peer>;
  /** Connections made before the first request. */
  readonly #early: DownloadConnection[] = [];
  #stage: 'unused' | 'connecting' | 'used' | 'over' = 'unused';

  constructor(context: SourcesContext) {
    this.#context = context;
    this.#known = new KnownPeers(context);
    this.#choice = new PeerSampler({
      limit: MAX_SOURCES,
      random: context.random,
      userOf: ({ source }) => nameKey(source.userId),
    });
  }

  [Symbol.iterator](): Iterator<Peer> {
    return this.#known[Symbol.iterator]();
  }

  /** The channel to the peer with this number in the plan, if there is one. */
  channelAt(number: number): PeerChannel | undefined {
    return this.#known.at(number)?.channel;
  }

  get channels(): PeerChannel[] {
    return [...this.#known].flatMap(({ channel }) => channel ?? []);
  }

  /** The peers to tell the user of: those that are chosen, were banned, or delivered something. */
  get reported(): Peer[] {
    return [...this.#known].filter((peer) => this.#choice.has(peer) || peer.pieces > 0 || peer.isBanned);
  }

  add(source: Source): void {
    const peer = this.#known.add(source);
    if (peer.isBanned || peer.isLinked) return;
    if (this.#stage === 'used') this.#choose(peer);
    else if (this.#stage === 'connecting') this.#connectEarly(source);
  }

  /** The tracker no longer lists a peer: its connection continues, but no new one is tried. */
  remove(deviceId: string): void {
    const peer = this.#known.get(deviceId);
    if (!peer || peer.isLinked) return;
    peer.leave();
    this.#connectInstead(this.#choice.went(peer));
  }

  /** Connects, so that handshakes are complete before the first request. */
  connect(): void {
    this.#stage = 'connecting';
    for (const { source } of this.#known) this.#connectEarly(source);
  }

  /** Requests can be sent from now on. */
  use(): void {
    this.#stage = 'used';
    for (const peer of this.#known) this.#choose(peer);
    this.#endEarly();
  }

  /** Retries the peers whose back-off has expired. */
  retry(nowMs: number): void {
    for (const peer of this.#known) {
      const { state } = peer;
      if (state.name === 'resting' && state.untilMs <= nowMs && this.#choice.has(peer)) this.#link(peer);
    }
  }

  /** The computer is in another network: the back-off of failed peers ends. */
  networkChanged(): void {
    for (const peer of this.#known) peer.endRest(this.#context.clock.nowMs());
  }

  /** Closes every channel and opens a new one, so that all of its state is exchanged again. */
  askAnew(): void {
    for (const { peer } of this.channels) {
      this.#unlink(peer);
      peer.leave();
      this.#link(peer);
    }
  }

  /** The remote end closed a channel. */
  closed(channel: PeerChannel, nowMs: number): void {
    const { peer } = channel;
    this.#context.onUnlinked(channel);
    peer.closed(channel);
    peer.rest(nowMs);
    this.#connectInstead(this.#choice.swap(peer));
  }

  /** A peer does not do what is requested: it rests for a while. */
  rest(peer: Peer, nowMs: number): void {
    this.#unlink(peer);
    peer.rest(nowMs);
    this.#connectInstead(this.#choice.swap(peer));
  }

  /** Bans a peer. */
  ban(peer: Peer): void {
    this.#unlink(peer);
    peer.ban();
    this.#connectInstead(this.#choice.went(peer));
  }

  /** Nothing more is requested. */
  close(): void {
    this.#stage = 'over';
    for (const { peer } of this.channels) {
      this.#unlink(peer);
      peer.leave();
    }
    this.#endEarly();
  }

  #connectEarly(source: Source): void {
    if (this.#early.length >= MAX_SOURCES) return;
    const link = this.#context.link(source);
    link.retain();
    this.#early.push(link);
  }

  /** Connections that are in use by now stay open. */
  #endEarly(): void {
    for (const link of this.#early.splice(0)) link.release();
  }

  /** Connects to a new or returning peer, unless there are enough. */
  #choose(peer: Peer): void {
    const { connect, drop } = this.#choice.came(peer);
    if (drop) {
      this.#unlink(drop);
      drop.leave();
    }
    if (connect ?? this.#choice.has(peer)) this.#link(peer);
  }

  /** Connects to the replacement of a peer, unless it still backs off from an earlier failure. */
  #connectInstead(next: Peer | undefined): void {
    if (next && next.state.name !== 'resting') this.#link(next);
  }

  #link(peer: Peer): void {
    if (this.#stage !== 'used') return;
    this.#context.onLinked(peer);
    peer.open(this.#context.link(peer.source), this.#context.handlerFor(peer));
  }

  #unlink({ channel }: Peer): void {
    if (channel) this.#context.onUnlinked(channel);
  }
}
