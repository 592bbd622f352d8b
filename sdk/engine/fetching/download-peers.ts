import { MAX_SOURCES, nameKey, type Source } from '../../protocol/index.js';
import { PeerSampler } from '../../transfer/index.js';
import type { ChannelHandler } from '../peers/channel-handler.js';
import type { DownloadConnection } from '../peers/download-connection.js';
import type { Clock } from '../util/clock.js';
import { type DownloadPeer, newDownloadPeer, rest } from './download-peer.js';

/** What the sources of a download need of it. */
export interface SourcesContext {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** The connection to a device, made when there is none. */
  link(source: Source): DownloadConnection;
  /** What is done with what comes from a source. */
  handlerFor(entry: DownloadPeer): ChannelHandler;
  /** A source is connected to: things can be asked of it once it said what it has. */
  onLinked(entry: DownloadPeer): void;
  /** A source is given up for now, still linked: what was asked of it is to be asked of others. */
  onUnlinked(entry: DownloadPeer): void;
}

/** Whom a download fetches from: which of those that it knows of, and when to try again who did not answer. */
export class DownloadPeers implements Iterable<DownloadPeer> {
  readonly #context: SourcesContext;
  readonly #byDevice = new Map<string, DownloadPeer>();
  readonly #byNumber: DownloadPeer[] = [];
  readonly #choice: PeerSampler<DownloadPeer>;
  /** Connections that are made before there is anything to ask for. */
  readonly #early: DownloadConnection[] = [];
  #stage: 'unused' | 'connecting' | 'used' | 'over' = 'unused';

  constructor(context: SourcesContext) {
    this.#context = context;
    this.#choice = new PeerSampler<DownloadPeer>({
      limit: MAX_SOURCES,
      random: context.random,
      userOf: ({ source }) => nameKey(source.userId),
    });
  }

  [Symbol.iterator](): Iterator<DownloadPeer> {
    return this.#byNumber.values();
  }

  /** The source with this number in the plan, if it is linked. */
  linkedAt(number: number): LinkedSource | undefined {
    const entry = this.#byNumber[number];
    return entry && isLinked(entry) ? entry : undefined;
  }

  get linked(): LinkedSource[] {
    return this.#byNumber.filter(isLinked);
  }

  /** Whether a source is one of those that are to be connected to. */
  isChosen(entry: DownloadPeer): boolean {
    return this.#choice.has(entry);
  }

  add(source: Source): void {
    const known = this.#byDevice.get(source.deviceId);
    if (known?.state.name === 'banned' || known?.state.name === 'linked') {
      known.source = source;
      return;
    }
    const entry = known ?? this.#enter(source);
    entry.source = source;
    if (this.#stage === 'used') this.#choose(entry);
    else if (this.#stage === 'connecting') this.#connectEarly(source);
  }

  /** The tracker lost sight of a source: a standing connection goes on, but no new one is tried. */
  remove(deviceId: string): void {
    const entry = this.#byDevice.get(deviceId);
    if (!entry || entry.state.name === 'linked') return;
    if (entry.state.name === 'resting') entry.state = { name: 'gone' };
    this.#connectInstead(this.#choice.went(entry));
  }

  /** Connects, so that the handshakes are done by the time there is something to ask for. */
  connect(): void {
    this.#stage = 'connecting';
    for (const { source } of this.#byNumber) this.#connectEarly(source);
  }

  /** There is something to ask for. */
  use(): void {
    this.#stage = 'used';
    for (const entry of this.#byNumber) this.#choose(entry);
    this.#endEarly();
  }

  /** Tries those again whose time has come. */
  retry(nowMs: number): void {
    for (const entry of this.#byNumber) {
      if (entry.state.name === 'resting' && entry.state.untilMs <= nowMs && this.#choice.has(entry)) this.#link(entry);
    }
  }

  /** Closes every channel and opens another: whatever was agreed on is said again. */
  askAnew(): void {
    for (const entry of this.linked) {
      this.#unlink(entry, 'gone');
      this.#link(entry);
    }
  }

  /** A source's channel was closed, and not by this end. */
  closed(entry: DownloadPeer, nowMs: number): void {
    this.#context.onUnlinked(entry);
    rest(entry, nowMs, this.#context.random);
    this.#connectInstead(this.#choice.swap(entry));
  }

  /** A source does not do what is asked of it: it is left alone for a while. */
  leave(entry: DownloadPeer, nowMs: number): void {
    this.#unlink(entry, 'gone');
    rest(entry, nowMs, this.#context.random);
    this.#connectInstead(this.#choice.swap(entry));
  }

  /** Nothing is to come from a source any more. */
  ban(entry: DownloadPeer): void {
    this.#unlink(entry, 'banned');
    this.#connectInstead(this.#choice.went(entry));
  }

  /** Nothing more is asked for. */
  close(): void {
    this.#stage = 'over';
    for (const entry of this.linked) this.#unlink(entry, 'gone');
    this.#endEarly();
  }

  #enter(source: Source): DownloadPeer {
    const number = this.#byNumber.length;
    const entry = newDownloadPeer(source, number, { name: 'gone' });
    this.#byNumber.push(entry);
    this.#byDevice.set(source.deviceId, entry);
    return entry;
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
  #choose(entry: DownloadPeer): void {
    const { connect, drop } = this.#choice.came(entry);
    if (drop) this.#unlink(drop, 'gone');
    if (connect ?? this.#choice.has(entry)) this.#link(entry);
  }

  /** One that failed before has to wait for its time, whoever made room for it. */
  #connectInstead(next: DownloadPeer | undefined): void {
    if (next && next.state.name !== 'resting') this.#link(next);
  }

  #link(entry: DownloadPeer): void {
    if (this.#stage !== 'used') return;
    this.#context.onLinked(entry);
    const link = this.#context.link(entry.source);
    entry.linkedAtMs = this.#context.clock.nowMs();
    entry.state = { name: 'linked', link, channel: link.open(this.#context.handlerFor(entry)) };
  }

  #unlink(entry: DownloadPeer, name: 'gone' | 'banned'): void {
    const { state } = entry;
    if (state.name === 'linked') this.#context.onUnlinked(entry);
    entry.state = { name };
    if (state.name === 'linked') state.link.close(state.channel);
  }
}

type LinkedSource = DownloadPeer & { readonly state: { readonly name: 'linked' } };

function isLinked(entry: DownloadPeer): entry is LinkedSource {
  return entry.state.name === 'linked';
}
