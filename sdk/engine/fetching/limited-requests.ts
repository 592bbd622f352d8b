import { BlockQueue } from '../../transfer/index.js';
import type { DownloadPeer } from './download-peer.js';

/** Blocks unanswered by one source: at least so many, and at most, and in between for so long at the rate that is allowed. */
const MIN_OWED = 8;
const MAX_OWED = 64;
const OWED_SECONDS = 0.5;

/**
 * What a limited download has yet to ask of its sources. A piece that is begun goes on before another is, as long as its
 * source keeps up: what a pause throws away is pieces in part.
 */
export class LimitedRequests {
  /** Whose turn it is to begin a piece is first. */
  readonly #queues = new Map<DownloadPeer, BlockQueue>();
  readonly #onHeld: (entry: DownloadPeer) => void;

  /** @param onHeld a source owes nothing, and something is to be asked of it */
  constructor(onHeld: (entry: DownloadPeer) => void) {
    this.#onHeld = onHeld;
  }

  /** Whether there is anything that was not asked for yet. */
  get isWaiting(): boolean {
    return [...this.#queues.values()].some((queue) => queue.isWaiting);
  }

  /** Whether some of it is held back by the limit, and not by a source that does not answer what it was asked for. */
  get isHeldBack(): boolean {
    return [...this.#queues.values()].some((queue) => queue.isWaiting && queue.owed < MIN_OWED);
  }

  add(entry: DownloadPeer, piece: number, length: number): void {
    const queue = this.#queues.get(entry) ?? new BlockQueue();
    this.#queues.set(entry, queue);
    queue.add(piece, length);
  }

  /** Asks one source for a block; how long it is, 0 when there is none to ask for, or of nobody at the moment. */
  ask(maxBytes: number, bytesPerSecond: number): number {
    const maxOwed = Math.min(MAX_OWED, Math.max(MIN_OWED, Math.ceil((bytesPerSecond * OWED_SECONDS) / maxBytes)));
    const free = [...this.#queues].filter(
      ([{ state }, queue]) =>
        queue.isWaiting && queue.owed < maxOwed && state.name === 'linked' && state.link.requests.hasRoom,
    );
    const [entry, queue] = free.find(([, one]) => one.isAmidPiece) ?? free[0] ?? [];
    if (!entry || !queue || entry.state.name !== 'linked') return 0;
    if (!queue.isAmidPiece) {
      this.#queues.delete(entry); // to the end: the next piece is another's
      this.#queues.set(entry, queue);
    }
    return this.#askNext(entry, queue, maxBytes);
  }

  /** Asks for all that is left, no matter how much. */
  askAll(): void {
    for (const [entry, queue] of this.#queues) {
      if (queue.isAmidPiece) this.#askNext(entry, queue, Infinity);
      for (let piece = queue.takeWhole(); piece !== undefined; piece = queue.takeWhole()) {
        if (queue.owed === 0) this.#onHeld(entry);
        if (entry.state.name === 'linked') entry.state.link.requests.request(entry.state.channel, piece);
      }
    }
  }

  /** Tells of the sources that owe nothing, though something is to be asked of them. */
  tellHeld(): void {
    for (const [entry, queue] of this.#queues) if (queue.isWaiting && queue.owed === 0) this.#onHeld(entry);
  }

  /** Bytes came; whether they answered a block, so that there may be room for another. */
  received(entry: DownloadPeer, bytes: number): boolean {
    const queue = this.#queues.get(entry);
    if (!queue || queue.owed === 0) return false;
    const answered = queue.received(bytes);
    this.#settle(entry, answered);
    return answered > 0 && queue.isWaiting;
  }

  /** A whole piece came. */
  finish(entry: DownloadPeer, piece: number): void {
    this.#settle(entry, this.#queues.get(entry)?.remove(piece).length ?? 0);
  }

  /** A piece is not wanted of a source any more; its blocks that are asked for are taken back. */
  cancel(entry: DownloadPeer, piece: number): void {
    const owed = this.#queues.get(entry)?.remove(piece) ?? [];
    this.#settle(entry, owed.length);
    if (entry.state.name !== 'linked') return;
    for (const { offset, length } of owed)
      entry.state.link.requests.cancelBlock(entry.state.channel, piece, offset, length);
  }

  /** The source's channel is to be closed, or is closed. */
  drop(entry: DownloadPeer): void {
    this.#settle(entry, this.#queues.get(entry)?.owed ?? 0);
    this.#queues.delete(entry);
  }

  #askNext(entry: DownloadPeer, queue: BlockQueue, maxBytes: number): number {
    if (entry.state.name !== 'linked') return 0;
    if (queue.isWaiting && queue.owed === 0) this.#onHeld(entry);
    const block = queue.next(maxBytes);
    if (!block) return 0;
    const { link, channel } = entry.state;
    link.requests.blocksOwed += 1;
    link.requests.requestBlock(channel, block.piece, block.offset, block.length);
    return block.length;
  }

  #settle({ state }: DownloadPeer, answered: number): void {
    if (state.name === 'linked') state.link.requests.blocksOwed -= answered;
  }
}
