import { RandomRoundRobin } from './random-round-robin.js';
import { UploadSlots } from './upload-slots.js';

/** A request of a peer: `length` bytes from `offset` in a piece, of the content of its `channel`. */
export interface UploadRequest {
  readonly channel: number;
  readonly piece: number;
  readonly offset: number;
  readonly length: number;
}

/** The next bytes to send to a peer: a slice of one of its requests. */
export interface UploadBlock<Peer> extends UploadRequest {
  readonly peer: Peer;
}

export interface UploadSchedulerOptions {
  /** Maximum number of waiting requests of one peer. Default 128. */
  readonly maxQueued?: number;
  /** Bytes sent to one peer at a time. Default 128 KiB. */
  readonly blockBytes?: number;
  /** Maximum number of bytes sent at a time to a peer that receives quickly. Default: the same. */
  readonly maxBlockBytes?: number;
  /** Bytes of a peer's turn. Default: one block. */
  readonly turnBytes?: number;
  /** Concurrent turns; more only if that fills the link better. Default: unbounded. */
  readonly slots?: number;
  /** Uniform in [0, 1): chooses the next peer. Default: first come, first served. */
  readonly random?: () => number;
}

export const DEFAULT_MAX_QUEUED = 128;
export const DEFAULT_BLOCK_BYTES = 128 * 1024;

interface PeerQueue<Peer> {
  readonly peer: Peer;
  readonly requests: UploadRequest[];
  /** Sent bytes of the first request. */
  sent: number;
  /** Maximum size of its next block, and the time of the last one. */
  blockBytes: number;
  handedAtMs: number;
  /** Remaining bytes of its turn. */
  credit: number;
  writable: boolean;
  /** Since when it does not accept its block; undefined before, and while it is writable. */
  heldSinceMs: number | undefined;
}

/** A block that is accepted within this time costs more to prepare than to send: the next may be twice as large. */
const QUICK_MS = 25;
/** A peer that accepts nothing for this long loses its slot to others. */
const SLOW_AFTER_MS = 1000;
/** Stalled peers that hold a block in memory, at most. */
const MAX_HELD = 128;

/**
 * Decides which peer to serve next, fairly by bytes: deficit round robin (Shreedhar and Varghese, 1995) over the
 * writable peers with requests. Every turn has the same size, however small the requests. With slots, few turns run at
 * a time, so that a new piece is soon complete somewhere; the order is random for each server ({@link
 * RandomRoundRobin}).
 *
 * A peer that got a block is not writable until the caller says so, so that at most one block is in flight to each
 * peer, and memory is bounded by the number of peers. A turn that is not used up by then continues.
 */
export class UploadScheduler<Peer> {
  readonly #maxQueued: number;
  #blockBytes: number;
  #maxBlockBytes: number;
  /** Blocks in a turn. */
  readonly #turnBlocks: number;
  readonly #slots: UploadSlots;
  readonly #queues = new Map<Peer, PeerQueue<Peer>>();
  /** Servable peers whose turn is running: first in, first out. */
  readonly #inTurn = new Set<PeerQueue<Peer>>();
  /** Servable peers that wait for a turn. */
  readonly #inLine: RandomRoundRobin<PeerQueue<Peer>>;
  /** Peers whose turn takes a slot. */
  readonly #holders = new Set<PeerQueue<Peer>>();
  /** Peers with an unaccepted block, in the order in which they got it. */
  readonly #held = new Set<PeerQueue<Peer>>();

  constructor({
    maxQueued = DEFAULT_MAX_QUEUED,
    blockBytes = DEFAULT_BLOCK_BYTES,
    maxBlockBytes = blockBytes,
    turnBytes = blockBytes,
    slots = Infinity,
    random = () => 0,
  }: UploadSchedulerOptions = {}) {
    if (!(maxQueued >= 1)) throw new RangeError(`maxQueued is ${maxQueued}; it must be at least 1`);
    if (!(blockBytes >= 1)) throw new RangeError(`blockBytes is ${blockBytes}; it must be at least 1`);
    this.#maxQueued = maxQueued;
    if (!(turnBytes >= blockBytes)) throw new RangeError(`turnBytes is ${turnBytes}; it must be a block at least`);
    this.#blockBytes = blockBytes;
    this.#maxBlockBytes = maxBlockBytes;
    this.#turnBlocks = turnBytes / blockBytes;
    this.#slots = new UploadSlots(slots);
    this.#inLine = new RandomRoundRobin(random);
  }

  /**
   * Changes the block size, and with it the turn: under a rate limit, blocks are small, so that every peer has a turn
   * before the source looks stalled.
   */
  setBlockBytes(blockBytes: number, maxBlockBytes = blockBytes): void {
    if (!(blockBytes >= 1)) throw new RangeError(`blockBytes is ${blockBytes}; it must be at least 1`);
    this.#blockBytes = blockBytes;
    this.#maxBlockBytes = maxBlockBytes;
    for (const queue of this.#queues.values()) queue.blockBytes = blockBytes;
    for (const queue of [...this.#inTurn]) {
      this.#stepOut(queue);
      this.#stepIn(queue);
    }
  }

  /** Adds a writable peer. @throws Error if it is already there */
  add(peer: Peer): void {
    if (this.#queues.has(peer)) throw new Error('The peer was added before');
    this.#queues.set(peer, {
      ...{ peer, requests: [], sent: 0, credit: 0, writable: true },
      ...{ blockBytes: this.#blockBytes, handedAtMs: 0, heldSinceMs: undefined },
    });
  }

  /** Removes a peer and its requests. */
  remove(peer: Peer): void {
    const queue = this.#queues.get(peer);
    if (queue === undefined) return;
    this.#queues.delete(peer);
    this.#holders.delete(queue);
    this.#held.delete(queue);
    this.#inTurn.delete(queue);
    this.#inLine.forget(queue);
  }

  /** Number of waiting requests of a peer, including the current one. */
  queued(peer: Peer): number {
    return this.#queues.get(peer)?.requests.length ?? 0;
  }

  /**
   * Queues a request. Returns false if the queue is full, or the peer is unknown.
   * @throws RangeError if `length` is not positive
   */
  enqueue(peer: Peer, request: UploadRequest): boolean {
    if (!(request.length > 0)) throw new RangeError(`A request for ${request.length} bytes`);
    const queue = this.#queues.get(peer);
    if (queue === undefined || queue.requests.length >= this.#maxQueued) return false;
    queue.requests.push(request);
    if (queue.requests.length === 1) this.#stepIn(queue);
    return true;
  }

  /** Cancels a request. Returns whether any of it was still to be sent. */
  cancel(peer: Peer, request: UploadRequest): boolean {
    const { channel, piece, offset, length } = request;
    const queue = this.#queues.get(peer);
    const index = queue?.requests.findIndex(
      (other) =>
        other.channel === channel && other.piece === piece && other.offset === offset && other.length === length,
    );
    if (queue === undefined || index === undefined || index < 0) return false;
    this.#drop(queue, index);
    return true;
  }

  /** Cancels all requests of one channel. Returns their number. */
  cancelChannel(peer: Peer, channel: number): number {
    const queue = this.#queues.get(peer);
    if (queue === undefined) return 0;
    const before = queue.requests.length;
    for (let index = before - 1; index >= 0; index--) {
      if (queue.requests[index]?.channel === channel) this.#drop(queue, index);
    }
    return before - queue.requests.length;
  }

  /** Sets whether a peer can accept another block. If it accepted the last one quickly, the next may be larger. */
  setWritable(peer: Peer, writable: boolean, nowMs = Infinity): void {
    const queue = this.#queues.get(peer);
    if (queue === undefined || queue.writable === writable) return;
    queue.writable = writable;
    const factor = nowMs - queue.handedAtMs <= QUICK_MS ? 2 : 0.5;
    queue.blockBytes = Math.max(this.#blockBytes, Math.min(factor * queue.blockBytes, this.#maxBlockBytes));
    queue.heldSinceMs = undefined;
    this.#held.delete(queue);
    if (writable) this.#stepIn(queue);
    else this.#stepOut(queue);
  }

  /** The next block to send, to a peer that is not writable afterwards; undefined if there is none. */
  next(nowMs = 0): UploadBlock<Peer> | undefined {
    const queue = this.#takeTurn();
    const request = queue?.requests[0];
    if (queue === undefined || request === undefined) return undefined;
    const { peer } = queue;
    const { channel, piece } = request;
    const offset = request.offset + queue.sent;
    const length = Math.min(queue.blockBytes, queue.credit, request.length - queue.sent);
    queue.handedAtMs = nowMs;
    queue.writable = false;
    this.#held.add(queue);
    queue.credit -= length;
    queue.sent += length;
    this.#slots.onSent(length);
    if (queue.sent === request.length) this.#drop(queue, 0);
    this.#endTurnWithoutCredit(queue);
    return { peer, channel, piece, offset, length };
  }

  /**
   * Reviews the number of concurrent turns; call it several times a second, and then {@link next}. A peer that accepts
   * nothing loses its slot to waiting ones. Returns the longest-stalled peers beyond the bound, which the caller must
   * disconnect.
   */
  review(nowMs: number): Peer[] {
    const isWaited = this.#inLine.size > 0 && this.#inTurn.size === 0;
    this.#slots.review(nowMs, isWaited);
    const cutOff: Peer[] = [];
    for (const queue of this.#held) {
      queue.heldSinceMs ??= nowMs;
      if (!isWaited || nowMs - queue.heldSinceMs < SLOW_AFTER_MS) continue;
      this.#holders.delete(queue);
      queue.credit = 0;
      if (this.#held.size - cutOff.length > MAX_HELD) cutOff.push(queue.peer);
    }
    return cutOff;
  }

  /** Removes the next peer from its set, with credit for at least one block. */
  #takeTurn(): PeerQueue<Peer> | undefined {
    for (const queue of this.#inTurn) {
      this.#inTurn.delete(queue);
      return queue;
    }
    if (this.#holders.size >= this.#slots.count) return undefined;
    const next = this.#inLine.take();
    if (next === undefined) return undefined;
    next.credit += this.#turnBlocks * this.#blockBytes;
    this.#holders.add(next);
    return next;
  }

  #endTurnWithoutCredit(queue: PeerQueue<Peer>): void {
    if (queue.requests.length === 0 || queue.credit < this.#blockLength(queue)) this.#holders.delete(queue);
  }

  /** The minimum credit of a turn. */
  #blockLength({ requests: [first], sent }: PeerQueue<Peer>): number {
    return Math.min(this.#blockBytes, (first?.length ?? 0) - sent);
  }

  #stepIn(queue: PeerQueue<Peer>): void {
    if (!queue.writable || queue.requests.length === 0) return;
    if (queue.credit >= this.#blockLength(queue)) this.#inTurn.add(queue);
    else this.#inLine.add(queue);
  }

  #stepOut(queue: PeerQueue<Peer>): void {
    this.#inTurn.delete(queue);
    this.#inLine.delete(queue);
  }

  /** Drops a request. The next one may exceed the rest of the peer's turn. */
  #drop(queue: PeerQueue<Peer>, index: number): void {
    queue.requests.splice(index, 1);
    if (index === 0) queue.sent = 0;
    if (queue.requests.length === 0) {
      queue.credit = 0;
      this.#holders.delete(queue);
      this.#stepOut(queue);
    } else if (this.#inTurn.delete(queue)) {
      this.#stepIn(queue);
    }
  }
}
