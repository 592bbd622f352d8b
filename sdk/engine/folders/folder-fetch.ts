import type { Source } from '../../protocol/index.js';
import { SmallFilePlan } from '../../transfer/index.js';
import { KnownPeers } from '../fetching/known-peers.js';
import { LimitedRequests } from '../fetching/limited-requests.js';
import type { Limiter } from '../fetching/limiter.js';
import type { Peer } from '../fetching/peer.js';
import { channelClosed, type FetchContext } from '../fetching/task-context.js';
import { type ChannelHandler, type ConnectionEnd, isTicketRefused } from '../peers/channel-handler.js';
import type { SourceProgress } from '../progress.js';
import type { BatchFile } from './folder-batch.js';

interface FetchListener {
  /** Whether more data can be accepted. */
  hasRoom(): boolean;
  /** The content of a file arrived. Returns whether it is correct. `bytes` is valid during the call only. */
  onContent(file: BatchFile, bytes: Buffer): boolean;
  /** The file's content has been handled and its channel is closed. */
  onSettled(file: BatchFile): void;
  /** No remaining peer may have the file. */
  onStray(file: BatchFile): void;
}

/**
 * Fetches many small files at once. The plan decides which peer gets which request. Each file has its own channel, so that one connection
 * carries many requests.
 */
export class FolderFetch {
  readonly #groupId: string;
  readonly #context: FetchContext;
  readonly #listener: FetchListener;
  readonly #plan: SmallFilePlan;
  readonly #peers: KnownPeers;
  readonly #wanted = new Map<number, BatchFile>();
  readonly #held: LimitedRequests;
  #isOver = false;

  constructor(groupId: string, context: FetchContext, limiter: Limiter, listener: FetchListener) {
    this.#groupId = groupId;
    this.#context = context;
    this.#listener = listener;
    this.#plan = new SmallFilePlan(context.random);
    this.#peers = new KnownPeers(context);
    this.#held = new LimitedRequests(limiter, {
      onHeld: ({ number }) => this.#plan.held(number, this.#nowMs),
      onFree: () => this.assign(),
    });
    this.#held.setPace({});
  }

  get #nowMs(): number {
    return this.#context.clock.nowMs();
  }

  get isLimited(): boolean {
    return this.#held.rate !== undefined;
  }

  /** The peers of these devices. */
  peersFor(devices: readonly Source[]): Peer[] {
    return devices.map((source) => this.#peers.add(source));
  }

  /** Adds a file. The next `assign` requests it. */
  want(file: BatchFile, peers: readonly (Peer | undefined)[]): void {
    this.#wanted.set(file.number, file);
    this.#plan.want(
      file.number,
      file.manifest.sizeBytes,
      peers.flatMap((peer) => (peer && !peer.isBanned ? peer.number : [])),
    );
  }

  /** Requests as much as peers accept and the listener has room for, and reports files that no peer has. */
  assign(): void {
    if (this.#isOver) return;
    const asks = this.#listener.hasRoom() ? this.#plan.assign(this.#nowMs) : [];
    for (const { source, file } of asks) {
      const peer = this.#peers.at(source);
      const wanted = this.#wanted.get(file);
      if (peer && wanted)
        wanted.channel = peer.open(this.#context.link(peer.source, this.#groupId), this.#handlerFor(peer, wanted));
    }
    for (const number of this.#plan.takeStrays()) {
      const file = this.#wanted.get(number);
      this.#wanted.delete(number);
      if (file) this.#listener.onStray(file);
    }
  }

  /** Withdraws stalled requests; called several times a second. */
  tick(nowMs: number): void {
    this.#held.reportHeld();
    const { withdrawn, dead } = this.#plan.expire(nowMs);
    for (const { file } of withdrawn) this.#closeChannel(this.#wanted.get(file));
    for (const number of dead) {
      const peer = this.#peers.at(number);
      if (!peer) continue;
      this.#context.log('debug', `source ${peer.name} does not answer`);
      this.#drop(peer);
    }
    this.assign();
  }

  report(nowMs: number): SourceProgress[] {
    return [...this.#peers]
      .filter((peer) => peer.isLinked || peer.pieces > 0 || peer.isBanned)
      .map((peer) => peer.report({ state: 'ready', bytesPerSecond: this.#plan.bytesPerSecond(peer.number, nowMs) }));
  }

  end(): void {
    this.#isOver = true;
    this.#held.end();
    for (const file of this.#wanted.values()) this.#closeChannel(file);
    this.#wanted.clear();
    this.#peers.leaveAll();
  }

  #handlerFor(peer: Peer, file: BatchFile): ChannelHandler {
    const heard = (bytes: number) => this.#plan.heard(peer.number, bytes, this.#nowMs);
    return {
      groupId: this.#groupId,
      manifest: file.manifest,
      onPieceMap: (pieces) => {
        heard(0);
        if (pieces.has(0)) this.#request(file);
      },
      onHave: () => {
        heard(0);
        this.#request(file);
      },
      onAnswer: () => heard(0),
      onBytes: (count) => {
        heard(count);
        if (file.channel) this.#held.received(file.channel, count);
      },
      onPiece: (_piece, buffer) => {
        this.#onContent(peer, file, buffer.bytes.subarray(0, file.manifest.sizeBytes));
        this.#context.buffers.giveBack(buffer);
      },
      onClosed: (reason) => this.#onClosed(peer, file, reason),
    };
  }

  #request({ channel, manifest }: BatchFile): void {
    if (!channel) return;
    if (this.#held.rate === undefined) {
      channel.link.requests.request(channel.number, 0);
      return;
    }
    this.#held.add(channel, 0, manifest.sizeBytes);
    this.#held.pump();
  }

  #onContent(peer: Peer, file: BatchFile, bytes: Buffer): void {
    if (file.channel) this.#held.finish(file.channel, 0);
    if (!this.#listener.onContent(file, bytes)) {
      this.#onWrong(peer, file);
      return;
    }
    peer.delivered(bytes.length);
    this.#plan.received(file.number, this.#nowMs);
    this.#wanted.delete(file.number);
    this.assign(); // opens the next channels before this one closes
    this.#closeChannel(file);
    this.#listener.onSettled(file);
  }

  /** Requests the file once more. An honest peer verifies its own file first and reports the change; a liar sends wrong data again. */
  #onWrong(peer: Peer, file: BatchFile): void {
    if (!file.channel || file.channel.doubt) {
      this.#ban(peer, file);
      return;
    }
    file.channel.doubt = { piece: 0, sinceMs: this.#nowMs };
    this.#request(file);
  }

  #ban(peer: Peer, file: BatchFile): void {
    this.#context.log('warn', `${peer.name} sent a wrong ${file.path}: banned for this folder`);
    this.#drop(peer);
    peer.ban();
    this.assign();
  }

  #onClosed(peer: Peer, file: BatchFile, reason: ConnectionEnd): void {
    if (file.channel?.peer !== peer) return;
    peer.closed(file.channel);
    this.#forgetChannel(file);
    channelClosed(this.#context, this.#groupId, peer, reason);
    if (reason.kind === 'refused' && reason.code === 'FILE_CHANGED') file.batch.isChanged(file.index);
    if (reason.kind === 'refused' && !isTicketRefused(reason)) this.#plan.refused(peer.number, file.number);
    else this.#drop(peer);
    this.assign();
  }

  /** Cancels everything that is requested from the peer. */
  #drop(peer: Peer): void {
    for (const file of this.#plan.drop(peer.number)) this.#closeChannel(this.#wanted.get(file));
    peer.leave();
  }

  #closeChannel(file: BatchFile | undefined): void {
    const channel = file?.channel;
    if (!file || !channel) return;
    this.#forgetChannel(file);
    channel.peer.close(channel);
  }

  #forgetChannel(file: BatchFile): void {
    if (file.channel) this.#held.drop(file.channel);
    file.channel = undefined;
  }
}
