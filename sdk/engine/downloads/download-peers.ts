import { MAX_SOURCES, nameKey, type Source } from '../../protocol/index.js';
import { PeerSampler } from '../../transfer/index.js';
import { KnownPeers } from '../fetching/known-peers.js';
import type { Chance, Peer, PeerChannel } from '../fetching/peer.js';
import type { ChannelHandler } from '../peers/channel-handler.js';
import type { DownloadConnection } from '../peers/download-connection.js';

/** What the sources of a download need of it. */
export interface SourcesContext extends Chance {
  /** The connection to a device, made when there is none. */
  link(source: Source): DownloadConnection;
  /** What is done with what comes from a source. */
  handlerFor(peer: Peer): ChannelHandler;
  /** A source is connected to: things can be asked of it once it said what it has. */
  onLinked(peer: Peer): void;
  /** A source is given up for now, its channel still open: what was asked of it is to be asked of others. */
  onUnlinked(channel: PeerChannel): void;
}

/** Whom a file is fetched from: which of the peers that are known, each on one channel, and when to try again who did not answer. */
export class DownloadPeers implements Iterable<Peer> {
  readonly #context: SourcesContext;
  readonly #known: KnownPeers;
  readonly #choice: PeerSampler<Peer>;
  /** Connections that are made before there is anything to ask for. */
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

  /** All channels. */
  get channels(): PeerChannel[] {
    return [...this.#known].flatMap(({ channel }) => channel ?? []);
  }

  /** Whether a source is one of those that are to be connected to. */
  isChosen(peer: Peer): boolean {
    return this.#choice.has(peer);
  }

  add(source: Source): void {
    const peer = this.#known.add(source);
    if (peer.isBanned || peer.isLinked) return;
    if (this.#stage === 'used') this.#choose(peer);
    else if (this.#stage === 'connecting') this.#connectEarly(source);
  }

  /** The tracker lost sight of a source: a standing connection goes on, but no new one is tried. */
  remove(deviceId: string): void {
    const peer = this.#known.get(deviceId);
    if (!peer || peer.isLinked) return;
    peer.leave();
    this.#connectInstead(this.#choice.went(peer));
  }

  /** Connects, so that the handshakes are done by the time there is something to ask for. */
  connect(): void {
    this.#stage = 'connecting';
    for (const { source } of this.#known) this.#connectEarly(source);
  }

  /** There is something to ask for. */
  use(): void {
    this.#stage = 'used';
    for (const peer of this.#known) this.#choose(peer);
    this.#endEarly();
  }

  /** Tries those again whose time has come. */
  retry(nowMs: number): void {
    for (const peer of this.#known) {
      const { state } = peer;
      if (state.name === 'resting' && state.untilMs <= nowMs && this.#choice.has(peer)) this.#link(peer);
    }
  }

  /** Closes every channel and opens another: whatever was agreed on is said again. */
  askAnew(): void {
    for (const { peer } of this.channels) {
      this.#unlink(peer);
      peer.leave();
      this.#link(peer);
    }
  }

  /** A source's channel was closed, and not by this end. */
  closed(channel: PeerChannel, nowMs: number): void {
    const { peer } = channel;
    this.#context.onUnlinked(channel);
    peer.closed(channel);
    peer.rest(nowMs);
    this.#connectInstead(this.#choice.swap(peer));
  }

  /** A source does not do what is asked of it: it is left alone for a while. */
  rest(peer: Peer, nowMs: number): void {
    this.#unlink(peer);
    peer.rest(nowMs);
    this.#connectInstead(this.#choice.swap(peer));
  }

  /** Nothing is to come from a source any more. */
  ban(peer: Peer): void {
    this.#unlink(peer);
    peer.ban();
    this.#connectInstead(this.#choice.went(peer));
  }

  /** Nothing more is asked for. */
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

  /** Those that are in use by now go on. */
  #endEarly(): void {
    for (const link of this.#early.splice(0)) link.release();
  }

  /** Connects to a source that came or came back, unless there are enough. */
  #choose(peer: Peer): void {
    const { connect, drop } = this.#choice.came(peer);
    if (drop) {
      this.#unlink(drop);
      drop.leave();
    }
    if (connect ?? this.#choice.has(peer)) this.#link(peer);
  }

  /** One that failed before has to wait for its time, whoever made room for it. */
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
