import { type Manifest, pieceLength, type Source } from '../../protocol/index.js';
import { DownloadPlan, type PieceRange, type ReadonlyBitfield } from '../../transfer/index.js';
import type { Limited } from '../fetching/download-limiter.js';
import { type DownloadPeer, describeEnd, nameOf, reportSource } from '../fetching/download-peer.js';
import { DownloadPeers } from '../fetching/download-peers.js';
import { LimitedRequests } from '../fetching/limited-requests.js';
import { SecondLook } from '../fetching/second-look.js';
import type { FetchContext } from '../fetching/task-context.js';
import type { DownloadPace } from '../messages.js';
import { type ChannelHandler, type ConnectionEnd, isTicketRefused } from '../peers/channel-handler.js';
import type { SourceProgress } from '../progress.js';
import type { PieceBuffer } from '../storage/piece-buffers.js';
import { describeStandstill, ProgressWatch } from './progress-watch.js';

/** What is fetched, and who hears of it. */
export interface DownloadFetchOptions {
  readonly groupId: string;
  readonly manifest: Manifest;
  readonly pace: DownloadPace;
  /** How the log calls the file. */
  readonly name: string;
  /** A piece arrived that is to be written and checked; `verified` or `corrupt` follows. The buffer is the receiver's. */
  onArrived(peer: DownloadPeer, piece: number, buffer: PieceBuffer): void;
  /** Whether the disk does not answer: nothing more is asked for meanwhile. */
  isStuck(): boolean;
  /** The file was changed where it was shared, and no connected peer may have it as it was. */
  onChanged(): void;
}

/**
 * Fetches the pieces of one file: the plan decides what to ask of whom, connections carry it. It knows no disk: what
 * arrives is handed over, and comes back as verified or corrupt.
 */
export class DownloadFetch implements Limited {
  readonly #options: DownloadFetchOptions;
  readonly #context: FetchContext;
  readonly #peers: DownloadPeers;
  readonly #held = new LimitedRequests((peer) => this.#plan?.held(peer.number, this.#nowMs));
  readonly #watch: ProgressWatch;
  readonly #secondLook: SecondLook;
  #sequential: boolean;
  /** Whether a peer said that its file was changed. */
  #isChanged = false;
  #urgent: readonly PieceRange[] = [];
  #plan: DownloadPlan | undefined;
  #isOver = false;

  constructor(options: DownloadFetchOptions, context: FetchContext) {
    this.#options = options;
    this.#context = context;
    this.#watch = new ProgressWatch(this.#nowMs);
    this.#sequential = options.pace.sequential ?? false;
    this.#secondLook = new SecondLook(options.manifest);
    this.#peers = new DownloadPeers({
      ...{ clock: context.clock, random: context.random },
      link: (source) => context.link(source),
      handlerFor: (peer) => this.#handlerFor(peer),
      onLinked: ({ number, source }) => this.#plan?.addSource(number, this.#nowMs, source.userId),
      onUnlinked: (peer) => {
        if (!peer.doubt) this.#plan?.sourceLost(peer.number, this.#nowMs);
        peer.doubt = undefined;
        this.#held.drop(peer);
      },
    });
    context.pacer.set(this, options.pace);
  }

  get #nowMs(): number {
    return this.#context.clock.nowMs();
  }

  /** Undefined before the transfer begins. */
  get plan(): DownloadPlan | undefined {
    return this.#plan;
  }

  /** Pieces and peers, as the log tells them at the end. */
  get pieceCounts(): string {
    return [...this.#peers].map(({ source, pieces }) => `${source.userId} ${pieces}`).join(', ');
  }

  get isLimited(): boolean {
    return this.#context.pacer.rateOf(this) !== undefined;
  }

  addSource(source: Source): void {
    this.#peers.add(source);
  }

  /** The tracker lost sight of a peer. */
  removeSource(deviceId: string): void {
    this.#peers.remove(deviceId);
    this.#tellOfChange(); // who was told before the tracker knew is told again
  }

  /** Connects early: handshakes are done by the time there is something to ask for. */
  connect(): void {
    this.#peers.connect();
  }

  /** Begins to ask for what is not verified. */
  begin(verified: ReadonlyBitfield): DownloadPlan {
    const { pieceCount, pieceBytes } = this.#options.manifest;
    const plan = new DownloadPlan({ pieceCount, pieceBytes, verified, random: this.#context.random });
    plan.setSequential(this.#sequential);
    plan.setUrgent(this.#urgent);
    this.#plan = plan;
    return plan;
  }

  usePeers(): void {
    this.#peers.use();
  }

  /** Closes all channels: nothing more is asked for. */
  end(): void {
    this.#isOver = true;
    this.#context.pacer.remove(this);
    this.#peers.close();
  }

  /** The pieces that readers wait for come first. */
  setUrgent(ranges: readonly PieceRange[]): void {
    this.#urgent = ranges;
    this.#plan?.setUrgent(ranges);
  }

  setPace(pace: DownloadPace): void {
    this.#sequential = pace.sequential ?? false;
    this.#plan?.setSequential(this.#sequential);
    if (!this.#isOver) this.#context.pacer.set(this, pace);
  }

  ask(maxBytes: number): number {
    return this.#held.ask(maxBytes, this.#context.pacer.rateOf(this) ?? Infinity);
  }

  askAll(): void {
    this.#held.askAll();
    this.assign();
  }

  /** Takes back what stalls, and tries again what failed; to be called some times a second. */
  tick(nowMs: number): void {
    this.#lookAfterProgress(nowMs);
    this.#held.tellHeld();
    this.tellWanted();
    // What they sent is not read for the moment: their silence is ours.
    if (this.#context.buffers.isBehind || this.#options.isStuck())
      for (const { number } of this.#peers.linked) this.#plan?.held(number, nowMs);
    for (const { source, piece } of this.#plan?.expire(nowMs) ?? []) this.#cancel(source, piece);
    for (const peer of this.#peers.linked) if (this.#secondLook.isOverdue(peer, nowMs)) this.#peers.leave(peer, nowMs);
    this.#peers.retry(nowMs);
    this.assign();
  }

  /** Asks for as much as peers take. */
  assign(): void {
    if (this.#isOver || !this.#plan || this.#options.isStuck()) return;
    const { manifest } = this.#options;
    const rate = this.#context.pacer.rateOf(this);
    const bounds = {
      maxPieces: rate === undefined ? Infinity : 1 + Math.ceil(rate / manifest.pieceBytes),
      duplicates: !this.#held.isHeldBack, // what a limit holds back must not wait for the same piece's second copy
    };
    for (const { source, piece } of this.#plan.assign(this.#nowMs, bounds)) {
      const peer = this.#peers.linkedAt(source);
      if (!peer) continue;
      if (rate === undefined) peer.state.link.requests.request(peer.state.channel, piece);
      else this.#held.add(peer, piece, pieceLength(manifest, piece));
    }
    if (this.#held.isWaiting) this.#context.pacer.pump();
  }

  /** A piece is what it should be: counts for its peer, and takes back the requests for other copies. */
  verified(peer: DownloadPeer, piece: number, plan: DownloadPlan): void {
    peer.bytes += pieceLength(this.#options.manifest, piece);
    peer.pieces++;
    peer.attempts = 0;
    for (const { source, piece: other } of plan.pieceVerified(peer.number, piece, this.#nowMs))
      this.#cancel(source, other);
  }

  /** A piece is not what it should be: its peer is asked for it once more, or banned. */
  corrupt(peer: DownloadPeer, piece: number, plan: DownloadPlan): void {
    const nowMs = this.#nowMs;
    const verdict = this.#secondLook.judge(peer, piece, nowMs);
    const cancels =
      verdict === 'liar' ? plan.pieceCorrupt(peer.number, piece, nowMs) : plan.pieceDoubted(peer.number, piece, nowMs);
    for (const { source, piece: other } of cancels) this.#cancel(source, other);
    this.#held.drop(peer);
    if (verdict === 'liar') this.#ban(peer, piece);
    this.assign();
  }

  /** Peers may hold back what is to come first: they do not, once they know. */
  tellWanted(): void {
    for (const range of this.#plan?.ahead ?? []) {
      for (const { state } of this.#peers.linked) state.link.want(state.channel, range);
    }
  }

  report(nowMs: number): SourceProgress[] {
    return [...this.#peers]
      .filter((peer) => this.#peers.isChosen(peer) || peer.pieces > 0 || peer.state.name === 'banned')
      .map((peer) => reportSource(peer, this.#plan, nowMs));
  }

  /** Without a peer or a disk that answers, and where a limit holds requests back, nothing has to come. Otherwise all is asked for anew, on new channels. */
  #lookAfterProgress(nowMs: number): void {
    if (this.#held.isWaiting || this.#options.isStuck() || !this.#plan?.mayExpect) this.#watch.excuse(nowMs);
    if (!this.#watch.takeStill(nowMs)) return;
    const how = describeStandstill(this.#plan, this.#peers.linked, this.#context.buffers, nowMs);
    this.#context.log('warn', `${this.#options.name} has stood still for a minute, and asks its sources anew: ${how}`);
    this.#peers.askAnew();
  }

  #handlerFor(peer: DownloadPeer): ChannelHandler {
    return {
      groupId: this.#options.groupId,
      manifest: this.#options.manifest,
      onPieceMap: (pieces) => {
        this.#plan?.sourceReady(peer.number, pieces, this.#nowMs);
        this.tellWanted();
        this.assign();
      },
      onHave: (piece) => {
        if (!peer.doubt && this.#plan?.sourceHas(peer.number, piece)) this.assign();
      },
      onAnswer: (piece) => {
        if (peer.doubt) return;
        for (const cancel of this.#plan?.begun(peer.number, piece, this.#nowMs) ?? [])
          this.#cancel(cancel.source, cancel.piece);
      },
      onBytes: (count) => {
        const nowMs = this.#nowMs;
        this.#watch.excuse(nowMs);
        if (peer.doubt) return;
        this.#plan?.received(peer.number, count, nowMs);
        if (this.#held.received(peer, count)) this.#context.pacer.pump();
      },
      onPiece: (piece, buffer) => this.#onPiece(peer, piece, buffer),
      onClosed: (reason) => this.#onClosed(peer, reason),
    };
  }

  #cancel(number: number, piece: number): void {
    const peer = this.#peers.linkedAt(number);
    if (!peer) return;
    this.#held.cancel(peer, piece);
    peer.state.link.requests.cancel(peer.state.channel, piece);
  }

  #onPiece(peer: DownloadPeer, piece: number, buffer: PieceBuffer): void {
    if (peer.doubt) {
      this.#onSecondCopy(peer, piece, buffer);
      return;
    }
    this.#held.finish(peer, piece);
    const isNew = !this.#isOver && this.#plan?.pieceArrived(peer.number, piece, this.#nowMs);
    if (isNew) this.#options.onArrived(peer, piece, buffer);
    else this.#context.buffers.giveBack(buffer);
    this.assign();
  }

  /** The piece that a peer was asked for once more, because its first copy was wrong. */
  #onSecondCopy(peer: DownloadPeer, piece: number, buffer: PieceBuffer): void {
    const nowMs = this.#nowMs;
    const isRight = this.#plan && this.#secondLook.isRight(peer, piece, buffer, this.#plan, nowMs);
    this.#context.buffers.giveBack(buffer);
    if (isRight === false) {
      this.#plan?.banSource(peer.number, nowMs);
      this.#ban(peer, piece);
    }
    this.assign();
  }

  #ban(peer: DownloadPeer, piece: number): void {
    if (peer.state.name === 'banned') return;
    this.#context.log('warn', `${nameOf(peer)} sent a wrong piece ${piece}: banned for this file`);
    this.#peers.ban(peer);
  }

  #onClosed(peer: DownloadPeer, reason: ConnectionEnd): void {
    if (peer.state.name !== 'linked') return;
    this.#peers.closed(peer, this.#nowMs);
    this.#isChanged ||= reason.kind === 'refused' && reason.code === 'FILE_CHANGED';
    this.#tellOfChange();
    if (isTicketRefused(reason)) this.#context.ticketRefused(this.#options.groupId);
    this.#context.log('debug', `source ${nameOf(peer)}: ${describeEnd(reason)}`);
    this.assign();
  }

  #tellOfChange(): void {
    if (this.#isChanged && !this.#isOver && this.#peers.linked.length === 0) this.#options.onChanged();
  }
}
