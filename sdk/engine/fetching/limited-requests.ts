import { BlockQueue } from '../../transfer/index.js';
import type { DownloadPace } from '../messages.js';
import type { Limited, Limiter } from './limiter.js';
import type { Peer, PeerChannel } from './peer.js';

/** Blocks unanswered by one source: at least so many, and at most, and in between for so long at the rate that is allowed. */
const MIN_OWED = 8;
const MAX_OWED = 64;
const OWED_SECONDS = 0.5;

interface Callbacks {
  /** A source owes nothing, and something is to be asked of it. */
  onHeld(peer: Peer): void;
  /** No limit applies any more. */
  onFree(): void;
}

/**
 * What a download under a limit has yet to ask of its sources. A piece that is begun goes on before another is, as long as its
 * source keeps up: what a pause throws away is pieces in part.
 */
export class LimitedRequests implements Limited {
  readonly #limiter: Limiter;
  readonly #callbacks: Callbacks;
  /** Whose turn it is to begin a piece is first. */
  readonly #queues = new Map<PeerChannel, BlockQueue>();

  constructor(limiter: Limiter, callbacks: Callbacks) {
    this.#limiter = limiter;
    this.#callbacks = callbacks;
  }

  /** Bytes a second that may be requested; undefined without a limit: then nothing has to be added here. */
  get rate(): number | undefined {
    return this.#limiter.rateOf(this);
  }

  /** The download begins, or continues at another pace. */
  setPace(pace: DownloadPace): void {
    this.#limiter.set(this, pace);
  }

  end(): void {
    this.#limiter.remove(this);
  }

  /** Sends what the limit allows now. */
  pump(): void {
    this.#limiter.pump();
  }

  /** Whether there is anything that was not asked for yet. */
  get isWaiting(): boolean {
    return [...this.#queues.values()].some((queue) => queue.isWaiting);
  }

  /** Whether some of it is held back by the limit, and not by a source that does not answer what it was asked for. */
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
      this.#queues.delete(channel); // to the end: the next piece is another's
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

  /** Tells of the sources that owe nothing, though something is to be asked of them. */
  tellHeld(): void {
    for (const [{ peer }, queue] of this.#queues) if (queue.isWaiting && queue.owed === 0) this.#callbacks.onHeld(peer);
  }

  /** Bytes came: if they answered a block, there may be room for another. */
  received(channel: PeerChannel, bytes: number): void {
    const queue = this.#queues.get(channel);
    if (!queue || queue.owed === 0) return;
    const answered = queue.received(bytes);
    settle(channel, answered);
    if (answered > 0 && queue.isWaiting) this.pump();
  }

  /** A whole piece came. */
  finish(channel: PeerChannel, piece: number): void {
    settle(channel, this.#queues.get(channel)?.remove(piece).length ?? 0);
  }

  /** A piece is not wanted of a source any more; its blocks that are asked for are taken back. */
  cancel(channel: PeerChannel, piece: number): void {
    const owed = this.#queues.get(channel)?.remove(piece) ?? [];
    settle(channel, owed.length);
    for (const { offset, length } of owed) channel.link.requests.cancelBlock(channel.number, piece, offset, length);
  }

  /** The channel is to be closed, or is closed. */
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
