import { RandomRoundRobin } from './random-round-robin.js';
import { UploadSlots } from './upload-slots.js';

/** What a peer asks for: `length` bytes from `offset` in a piece, of the content that `channel` stands for with it. */
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
  /** Requests that wait for one peer at most. Default 128. */
  readonly maxQueued?: number;
  /** Bytes sent to one peer at a time. Default 128 KiB. */
  readonly blockBytes?: number;
  /** Bytes sent at a time to a peer that takes them quickly, at most. Default: the same. */
  readonly maxBlockBytes?: number;
  /** Bytes that a peer's turn is worth. Default: one block. */
  readonly turnBytes?: number;
  /** Turns that go on at the same time; more only where that fills the line better. Default: no bound. */
  readonly slots?: number;
  /** Uniform in [0, 1): draws who is next. Default: first come, first served. */
  readonly random?: () => number;
}

export const DEFAULT_MAX_QUEUED = 128;
export const DEFAULT_BLOCK_BYTES = 128 * 1024;

interface PeerQueue<Peer> {
  readonly peer: Peer;
  readonly requests: UploadRequest[];
  /** Bytes of the first request that were handed out. */
  sent: number;
  /** How large its next block may be, and when it got the last one. */
  blockBytes: number;
  handedAtMs: number;
  /** Bytes that the peer may still have in its turn. */
  credit: number;
  writable: boolean;
  /** When it was first seen not to take its block; undefined before, and when it can be written to. */
  heldSinceMs: number | undefined;
}

/** A block that is taken within so long costs more to hand out than to send: the next may be twice as large. */
const QUICK_MS = 25;
/** A peer that takes nothing for so long is too slow to keep a slot from others. */
const SLOW_AFTER_MS = 1000;
/** Peers with a block that they do not take, at most: what they hold is memory. */
const MAX_HELD = 128;

/**
 * Decides whom to serve next, fairly by bytes: deficit round robin (Shreedhar and Varghese, 1995) over the peers that
 * can be written to and wait for something. Everyone's turn is worth the same, however small its requests are. With slots,
 * few turns go on at a time, so that a new piece is soon whole somewhere; with a lot, each server has an order of its own
 * ({@link RandomRoundRobin}).
 *
 * A peer that got a block is not writable until the caller says so again, so that there is one block in flight to a
 * peer at most, and memory is bounded by the number of peers. A turn that is not used up by then goes on.
 */
export class UploadScheduler<Peer> {
  readonly #maxQueued: number;
  #blockBytes: number;
  #maxBlockBytes: number;
  /** How many blocks a turn is worth. */
  readonly #turnBlocks: number;
  readonly #slots: UploadSlots;
  readonly #queues = new Map<Peer, PeerQueue<Peer>>();
  /** Servable peers whose turn goes on: first in, first out. */
  readonly #inTurn = new Set<PeerQueue<Peer>>();
  /** Servable peers who wait for a turn. */
  readonly #inLine: RandomRoundRobin<PeerQueue<Peer>>;
  /** Peers whose turn takes a slot. */
  readonly #holders = new Set<PeerQueue<Peer>>();
  /** Peers with a block that they did not take yet, in the order in which they got it. */
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
   * From now on another block, and so another turn: under a rate limit small ones, so that a turn comes to everyone
   * before it looks as if nothing came any more.
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

  /** A peer came; it can be written to. @throws Error when it is there already. */
  add(peer: Peer): void {
    if (this.#queues.has(peer)) throw new Error('The peer was added before');
    this.#queues.set(peer, {
      ...{ peer, requests: [], sent: 0, credit: 0, writable: true },
      ...{ blockBytes: this.#blockBytes, handedAtMs: 0, heldSinceMs: undefined },
    });
  }

  /** A peer left. Its requests are forgotten. */
  remove(peer: Peer): void {
    const queue = this.#queues.get(peer);
    if (queue === undefined) return;
    this.#queues.delete(peer);
    this.#holders.delete(queue);
    this.#held.delete(queue);
    this.#inTurn.delete(queue);
    this.#inLine.forget(queue);
  }

  /** How many requests of a peer wait, the one being served included. */
  queued(peer: Peer): number {
    return this.#queues.get(peer)?.requests.length ?? 0;
  }

  /**
   * A peer asks for something. False when its queue is full, or when it is not there (any more).
   * @throws RangeError when `length` is not positive: there is nothing to send.
   */
  enqueue(peer: Peer, request: UploadRequest): boolean {
    if (!(request.length > 0)) throw new RangeError(`A request for ${request.length} bytes`);
    const queue = this.#queues.get(peer);
    if (queue === undefined || queue.requests.length >= this.#maxQueued) return false;
    queue.requests.push(request);
    if (queue.requests.length === 1) this.#stepIn(queue);
    return true;
  }

  /** A peer no longer wants something. Says whether any of it was still to be sent. */
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

  /** A peer no longer wants anything of one channel. Returns how many of its requests that ended. */
  cancelChannel(peer: Peer, channel: number): number {
    const queue = this.#queues.get(peer);
    if (queue === undefined) return 0;
    const before = queue.requests.length;
    for (let index = before - 1; index >= 0; index--) {
      if (queue.requests[index]?.channel === channel) this.#drop(queue, index);
    }
    return before - queue.requests.length;
  }

  /** Whether a peer can take another block now. When it took the last one quickly, the next may be larger. */
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

  /** The next block to send, to a peer that is not writable from then on; undefined when there is nothing to do. */
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
   * Reviews how many turns go on at a time; to be called some times a second, and then {@link next}. Who takes nothing loses
   * its slot where others wait. Returns those who are to be cut off: too many hold a block, and these have for longest.
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

  /** Takes the peer that is to be served out of its set, with credit for its next block at least. */
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

  /** The least that a turn must be good for. */
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

  /** Drops a request. What comes next may be larger than what is left of the peer's turn. */
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
