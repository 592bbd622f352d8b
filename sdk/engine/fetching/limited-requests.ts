import { BlockQueue } from '../../transfer/index.js';
import type { DownloadPace } from '../messages.js';
import type { Limited, Limiter } from './limiter.js';
import type { Peer, PeerChannel } from './peer.js';

/** Unanswered blocks per peer: the minimum, the maximum, and in between the blocks of this many seconds at the allowed rate. */
const MIN_OWED = 8;
const MAX_OWED = 64;
const OWED_SECONDS = 0.5;

interface Callbacks {
  /** A peer has no unanswered requests although requests for it wait. */
  onHeld(peer: Peer): void;
  /** The limit was removed. */
  onFree(): void;
}

/**
 * The requests of a download under a limit that are not sent yet. A piece in progress continues before another one begins, unless its peer
 * is slow: a pause discards incomplete pieces.
 */
export class LimitedRequests implements Limited {
  readonly #limiter: Limiter;
  readonly #callbacks: Callbacks;
  /** The queue whose turn it is to begin a piece comes first. */
  readonly #queues = new Map<PeerChannel, BlockQueue>();

  constructor(limiter: Limiter, callbacks: Callbacks) {
    this.#limiter = limiter;
    this.#callbacks = callbacks;
  }

  /** Bytes per second that may be requested; undefined without a limit: requests then need not be added here. */
  get rate(): number | undefined {
    return this.#limiter.rateOf(this);
  }

  /** The download begins, or its pace changes. */
  setPace(pace: DownloadPace): void {
    this.#limiter.set(this, pace);
  }

  end(): void {
    this.#limiter.remove(this);
  }

  pump(): void {
    this.#limiter.pump();
  }

  /** Whether any request is not sent yet. */
  get isWaiting(): boolean {
    return [...this.#queues.values()].some((queue) => queue.isWaiting);
  }

  /** Whether the limit holds requests back, rather than a peer with too many unanswered blocks. */
  get isHeldBack(): boolean {
    return [...this.#queues.values()].some((queue) => queue.isWaiting && queue.owed < MIN_OWED);
  }

  add(channel: PeerChannel, piece: number, length: number): void {
    const queue = this.#queues.get(channel) ?? new BlockQueue();
    this.#queues.set(channel, queue);
    queue.add(piece, length);
  }

  ask(maxBytes: number): number {
    const most = Math.ceil(((this.rate ?? Infinity) * OWED_SECONDS) / maxBytes);
    const maxOwed = Math.min(MAX_OWED, Math.max(MIN_OWED, most));
    const free = [...this.#queues].filter(
      ([{ link }, queue]) => queue.isWaiting && queue.owed < maxOwed && link.requests.hasRoom,
    );
    const [channel, queue] = free.find(([, one]) => one.isAmidPiece) ?? free[0] ?? [];
    if (!channel || !queue) return 0;
    if (!queue.isAmidPiece) {
      this.#queues.delete(channel); // moves to the end: the next piece is another peer's
      this.#queues.set(channel, queue);
    }
    return this.#askNext(channel, queue, maxBytes);
  }

  askAll(): void {
    for (const [channel, queue] of this.#queues) {
      if (queue.isAmidPiece) this.#askNext(channel, queue, Infinity);
      for (let piece = queue.takeWhole(); piece !== undefined; piece = queue.takeWhole()) {
        if (queue.owed === 0) this.#callbacks.onHeld(channel.peer);
        channel.link.requests.request(channel.number, piece);
      }
    }
    this.#callbacks.onFree();
  }

  /** Reports the peers that have no unanswered requests although requests for them wait. */
  reportHeld(): void {
    for (const [{ peer }, queue] of this.#queues) if (queue.isWaiting && queue.owed === 0) this.#callbacks.onHeld(peer);
  }

  /** Data arrived: if it completed a block, another one may be requested. */
  received(channel: PeerChannel, bytes: number): void {
    const queue = this.#queues.get(channel);
    if (!queue || queue.owed === 0) return;
    const answered = queue.received(bytes);
    settle(channel, answered);
    if (answered > 0 && queue.isWaiting) this.pump();
  }

  /** A whole piece arrived. */
  finish(channel: PeerChannel, piece: number): void {
    settle(channel, this.#queues.get(channel)?.remove(piece).length ?? 0);
  }

  /** A piece is no longer wanted from a peer: its unanswered blocks are cancelled. */
  cancel(channel: PeerChannel, piece: number): void {
    const owed = this.#queues.get(channel)?.remove(piece) ?? [];
    settle(channel, owed.length);
    for (const { offset, length } of owed) channel.link.requests.cancelBlock(channel.number, piece, offset, length);
  }

  /** The channel closes or has closed. */
  drop(channel: PeerChannel): void {
    settle(channel, this.#queues.get(channel)?.owed ?? 0);
    this.#queues.delete(channel);
  }

  #askNext(channel: PeerChannel, queue: BlockQueue, maxBytes: number): number {
    const { link, number, peer } = channel;
    if (queue.isWaiting && queue.owed === 0) this.#callbacks.onHeld(peer);
    const block = queue.next(maxBytes);
    if (!block) return 0;
    link.requests.blocksOwed += 1;
    link.requests.requestBlock(number, block.piece, block.offset, block.length);
    return block.length;
  }
}

function settle({ link }: PeerChannel, answered: number): void {
  link.requests.blocksOwed -= answered;
}
