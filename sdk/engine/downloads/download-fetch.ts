import { type Manifest, pieceLength, type Source } from '../../protocol/index.js';
import { DownloadPlan, type PieceRange, type ReadonlyBitfield } from '../../transfer/index.js';
import { LimitedRequests } from '../fetching/limited-requests.js';
import type { Limiter } from '../fetching/limiter.js';
import type { Peer, PeerChannel } from '../fetching/peer.js';
import { channelClosed, type FetchContext } from '../fetching/task-context.js';
import type { DownloadPace } from '../messages.js';
import type { ChannelHandler, ConnectionEnd } from '../peers/channel-handler.js';
import type { SourceProgress } from '../progress.js';
import type { PieceBuffer } from '../storage/disk-workers/piece-buffers.js';
import { BanPolicy } from './ban-policy.js';
import { DownloadPeers } from './download-peers.js';
import { describeStandstill, ProgressWatch } from './progress-watch.js';
import { reportPeer } from './report-peer.js';

/** The file to fetch, and the callbacks. */
export interface DownloadFetchOptions {
  readonly groupId: string;
  readonly manifest: Manifest;
  readonly pace: DownloadPace;
  readonly limiter: Limiter;
  /** Name of the file in the log. */
  readonly name: string;
  /** A piece arrived and is to be written and verified; a call of `verified` or `corrupt` must follow. The callee owns the buffer. */
  onArrived(peer: Peer, piece: number, buffer: PieceBuffer): void;
  /** Whether the disk does not answer: nothing is requested meanwhile. */
  isStuck(): boolean;
  /** The shared file was changed, and no connected peer may have the original. */
  onChanged(): void;
}

/**
 * Fetches the pieces of one file. The plan decides what to request from which peer, and connections carry the requests. It has no access to
 * the disk: it hands pieces over, and gets the result as verified or corrupt. One class has all callbacks, because each ends with new requests.
 */
export class DownloadFetch {
  readonly #options: DownloadFetchOptions;
  readonly #context: FetchContext;
  readonly #peers: DownloadPeers;
  readonly #held: LimitedRequests;
  readonly #watch: ProgressWatch;
  readonly #banPolicy: BanPolicy;
  #sequential: boolean;
  /** Whether a peer reported that its file was changed. */
  #isChanged = false;
  #urgent: readonly PieceRange[] = [];
  #plan: DownloadPlan | undefined;
  #isOver = false;

  constructor(options: DownloadFetchOptions, context: FetchContext) {
    this.#options = options;
    this.#context = context;
    this.#watch = new ProgressWatch(this.#nowMs);
    this.#sequential = options.pace.sequential ?? false;
    this.#banPolicy = new BanPolicy(options.manifest);
    this.#peers = new DownloadPeers({
      ...{ clock: context.clock, random: context.random },
      link: (source) => context.link(source, options.groupId),
      handlerFor: (peer) => this.#handlerFor(peer),
      onLinked: ({ number, source }) => this.#plan?.addSource(number, this.#nowMs, source.userId),
      onUnlinked: (channel) => {
        if (!channel.doubt) this.#plan?.sourceLost(channel.peer.number, this.#nowMs);
        this.#held.drop(channel);
      },
    });
    this.#held = new LimitedRequests(options.limiter, {
      onHeld: ({ number }) => this.#plan?.held(number, this.#nowMs),
      onFree: () => this.assign(),
    });
    this.#held.setPace(options.pace);
  }

  get #nowMs(): number {
    return this.#context.clock.nowMs();
  }

  /** Undefined before the transfer begins. */
  get plan(): DownloadPlan | undefined {
    return this.#plan;
  }

  /** Pieces per peer, for the log. */
  get pieceCounts(): string {
    return [...this.#peers].map(({ source, pieces }) => `${source.userId} ${pieces}`).join(', ');
  }

  get isLimited(): boolean {
    return this.#held.rate !== undefined;
  }

  addSource(source: Source): void {
    this.#peers.add(source);
  }

  /** The tracker no longer lists a peer. */
  removeSource(deviceId: string): void {
    this.#peers.remove(deviceId);
    this.#tellOfChange(); // the listener may have ignored the first report while the tracker listed this peer
  }

  /** Connects early, so that handshakes are complete before the first request. */
  connect(): void {
    this.#peers.connect();
  }

  /** Starts to fetch the pieces that are not verified. */
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

  /** Closes all channels. Nothing more is requested. */
  end(): void {
    this.#isOver = true;
    this.#held.end();
    this.#peers.close();
  }

  /** Requests the pieces that readers wait for first. */
  setUrgent(ranges: readonly PieceRange[]): void {
    this.#urgent = ranges;
    this.#plan?.setUrgent(ranges);
  }

  setPace(pace: DownloadPace): void {
    this.#sequential = pace.sequential ?? false;
    this.#plan?.setSequential(this.#sequential);
    if (!this.#isOver) this.#held.setPace(pace);
  }

  /** The computer is in another network: peers that failed are tried again at once. */
  networkChanged(): void {
    this.#peers.networkChanged();
  }

  /** Withdraws stalled requests, and retries failed peers; called several times a second. */
  tick(nowMs: number): void {
    this.#lookAfterProgress(nowMs);
    this.#held.reportHeld();
    this.tellWanted();
    // Reading is paused, so the peers' silence does not count against them.
    if (this.#context.buffers.isBehind || this.#options.isStuck())
      for (const { peer } of this.#peers.channels) this.#plan?.held(peer.number, nowMs);
    for (const { source, piece } of this.#plan?.expire(nowMs) ?? []) this.#cancel(source, piece);
    for (const channel of this.#peers.channels)
      if (this.#banPolicy.isOverdue(channel, nowMs)) this.#peers.rest(channel.peer, nowMs);
    this.#peers.retry(nowMs);
    this.assign();
  }

  /** Requests as much as the peers accept. */
  assign(): void {
    if (this.#isOver || !this.#plan || this.#options.isStuck()) return;
    const { manifest } = this.#options;
    const { rate } = this.#held;
    const bounds = {
      maxPieces: rate === undefined ? Infinity : 1 + Math.ceil(rate / manifest.pieceBytes),
      duplicates: !this.#held.isHeldBack, // a delayed request must not block a duplicate of the same piece
    };
    for (const { source, piece } of this.#plan.assign(this.#nowMs, bounds)) {
      const channel = this.#peers.channelAt(source);
      if (!channel) continue;
      if (rate === undefined) channel.link.requests.request(channel.number, piece);
      else this.#held.add(channel, piece, pieceLength(manifest, piece));
    }
    if (this.#held.isWaiting) this.#held.pump();
  }

  /** A piece matches its digest: credits its peer, and cancels the requests for other copies. */
  verified(peer: Peer, piece: number, plan: DownloadPlan): void {
    peer.delivered(pieceLength(this.#options.manifest, piece));
    for (const { source, piece: other } of plan.pieceVerified(peer.number, piece, this.#nowMs))
      this.#cancel(source, other);
  }

  /** A piece does not match its digest: its peer is asked once more, or banned. */
  corrupt(peer: Peer, piece: number, plan: DownloadPlan): void {
    const nowMs = this.#nowMs;
    const verdict = this.#banPolicy.judge(peer, piece, nowMs);
    const cancels =
      verdict === 'liar' ? plan.pieceCorrupt(peer.number, piece, nowMs) : plan.pieceDoubted(peer.number, piece, nowMs);
    for (const { source, piece: other } of cancels) this.#cancel(source, other);
    if (peer.channel) this.#held.drop(peer.channel);
    if (verdict === 'liar') this.#ban(peer, piece);
    this.assign();
  }

  /** Tells peers which pieces are needed first: a super-seeding peer may withhold them otherwise. */
  tellWanted(): void {
    for (const range of this.#plan?.ahead ?? []) {
      for (const { link, number } of this.#peers.channels) link.want(number, range);
    }
  }

  report(nowMs: number): SourceProgress[] {
    return this.#peers.reported.map((peer) => reportPeer(peer, this.#plan, nowMs));
  }

  /**
   * Reopens all channels if a download makes no progress without a reason. Reasons are missing peers, a disk that does not answer, and
   * delayed requests.
   */
  #lookAfterProgress(nowMs: number): void {
    if (this.#held.isWaiting || this.#options.isStuck() || !this.#plan?.mayExpect) this.#watch.excuse(nowMs);
    if (!this.#watch.takeStill(nowMs)) return;
    const peers = this.#peers.channels.map(({ peer }) => peer);
    const { buffers } = this.#context;
    this.#context.log('warn', describeStandstill(this.#options.name, this.#plan, peers, buffers, nowMs));
    this.#peers.askAnew();
  }

  #handlerFor(peer: Peer): ChannelHandler {
    return {
      groupId: this.#options.groupId,
      manifest: this.#options.manifest,
      onPieceMap: (pieces) => {
        this.#plan?.sourceReady(peer.number, pieces, this.#nowMs);
        this.tellWanted();
        this.assign();
      },
      onHave: (piece) => {
        if (!peer.channel?.doubt && this.#plan?.sourceHas(peer.number, piece)) this.assign();
      },
      onAnswer: (piece) => {
        if (peer.channel?.doubt) return;
        for (const cancel of this.#plan?.begun(peer.number, piece, this.#nowMs) ?? [])
          this.#cancel(cancel.source, cancel.piece);
      },
      onBytes: (count) => {
        const nowMs = this.#nowMs;
        this.#watch.excuse(nowMs);
        const { channel } = peer;
        if (!channel || channel.doubt) return;
        this.#plan?.received(peer.number, count, nowMs);
        this.#held.received(channel, count);
      },
      onPiece: (piece, buffer) => this.#onPiece(peer, piece, buffer),
      onClosed: (reason) => this.#onClosed(peer, reason),
    };
  }

  #cancel(number: number, piece: number): void {
    const channel = this.#peers.channelAt(number);
    if (!channel) return;
    this.#held.cancel(channel, piece);
    channel.link.requests.cancel(channel.number, piece);
  }

  #onPiece(peer: Peer, piece: number, buffer: PieceBuffer): void {
    const { channel } = peer;
    if (channel?.doubt) {
      this.#onSecondCopy(channel, piece, buffer);
      return;
    }
    if (channel) this.#held.finish(channel, piece);
    const isNew = !this.#isOver && this.#plan?.pieceArrived(peer.number, piece, this.#nowMs);
    if (isNew) this.#options.onArrived(peer, piece, buffer);
    else this.#context.buffers.giveBack(buffer);
    this.assign();
  }

  /** The second copy of a piece whose first copy was wrong. */
  #onSecondCopy(channel: PeerChannel, piece: number, buffer: PieceBuffer): void {
    const nowMs = this.#nowMs;
    const isRight = this.#plan && this.#banPolicy.isRight(channel, piece, buffer, this.#plan, nowMs);
    this.#context.buffers.giveBack(buffer);
    if (isRight === false) {
      this.#plan?.banSource(channel.peer.number, nowMs);
      this.#ban(channel.peer, piece);
    }
    this.assign();
  }

  #ban(peer: Peer, piece: number): void {
    if (peer.isBanned) return;
    this.#context.log('warn', `${peer.name} sent a wrong piece ${piece}: banned for this file`);
    this.#peers.ban(peer);
  }

  #onClosed(peer: Peer, reason: ConnectionEnd): void {
    if (!peer.channel) return;
    this.#peers.closed(peer.channel, this.#nowMs);
    this.#isChanged ||= reason.kind === 'refused' && reason.code === 'FILE_CHANGED';
    this.#tellOfChange();
    channelClosed(this.#context, this.#options.groupId, peer, reason);
    this.assign();
  }

  #tellOfChange(): void {
    if (this.#isChanged && !this.#isOver && this.#peers.channels.length === 0) this.#options.onChanged();
  }
}
