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
  /** Bytes sent to one peer at a time at most. Default 128 KiB. */
  readonly blockBytes?: number;
}

export const DEFAULT_MAX_QUEUED = 128;
export const DEFAULT_BLOCK_BYTES = 128 * 1024;

interface PeerQueue<Peer> {
  readonly peer: Peer;
  readonly requests: UploadRequest[];
  /** Bytes of the first request that were handed out. */
  sent: number;
  /** Bytes that the peer may still have in its turn. */
  credit: number;
  writable: boolean;
}

/**
 * Decides whom to serve next, fairly by bytes: deficit round robin (Shreedhar and Varghese, 1995) over the peers that
 * can be written to and wait for something. Everyone's turn is worth one full block, however small its requests are.
 *
 * A peer that got a block is not writable until the caller says so again, so that there is one block in flight to a
 * peer at most, and memory is bounded by the number of peers. A turn that is not used up by then goes on.
 */
export class UploadScheduler<Peer> {
  readonly #maxQueued: number;
  #blockBytes: number;
  readonly #queues = new Map<Peer, PeerQueue<Peer>>();
  /** Servable peers whose turn goes on: first in, first out. */
  readonly #inTurn = new Set<PeerQueue<Peer>>();
  /** Servable peers who wait for a turn: first in, first out. */
  readonly #inLine = new Set<PeerQueue<Peer>>();

  constructor({ maxQueued = DEFAULT_MAX_QUEUED, blockBytes = DEFAULT_BLOCK_BYTES }: UploadSchedulerOptions = {}) {
    if (!(maxQueued >= 1)) throw new RangeError(`maxQueued is ${maxQueued}; it must be at least 1`);
    if (!(blockBytes >= 1)) throw new RangeError(`blockBytes is ${blockBytes}; it must be at least 1`);
    this.#maxQueued = maxQueued;
    this.#blockBytes = blockBytes;
  }

  /**
   * From now on another block, and so another turn: under a rate limit small ones, so that a turn comes to everyone
   * before it looks as if nothing came any more.
   */
  setBlockBytes(blockBytes: number): void {
    if (!(blockBytes >= 1)) throw new RangeError(`blockBytes is ${blockBytes}; it must be at least 1`);
    this.#blockBytes = blockBytes;
    for (const queue of [...this.#inTurn]) {
      this.#stepOut(queue);
      this.#stepIn(queue);
    }
  }

  /** A peer came; it can be written to. @throws Error when it is there already. */
  add(peer: Peer): void {
    if (this.#queues.has(peer)) throw new Error('The peer was added before');
    this.#queues.set(peer, { peer, requests: [], sent: 0, credit: 0, writable: true });
  }

  /** A peer left. Its requests are forgotten. */
  remove(peer: Peer): void {
    const queue = this.#queues.get(peer);
    if (queue === undefined) return;
    this.#queues.delete(peer);
    this.#stepOut(queue);
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

  /** Whether a peer can take another block now. */
  setWritable(peer: Peer, writable: boolean): void {
    const queue = this.#queues.get(peer);
    if (queue === undefined || queue.writable === writable) return;
    queue.writable = writable;
    if (writable) this.#stepIn(queue);
    else this.#stepOut(queue);
  }

  /** The next block to send, to a peer that is not writable from then on; undefined when there is nothing to do. */
  next(): UploadBlock<Peer> | undefined {
    const queue = this.#takeTurn();
    const request = queue?.requests[0];
    if (queue === undefined || request === undefined) return undefined;
    const { peer } = queue;
    const { channel, piece } = request;
    const offset = request.offset + queue.sent;
    const length = this.#blockLength(queue);
    queue.writable = false;
    queue.credit -= length;
    queue.sent += length;
    if (queue.sent === request.length) this.#drop(queue, 0);
    return { peer, channel, piece, offset, length };
  }

  /** Takes the peer that is to be served out of its set, with credit for its next block at least. */
  #takeTurn(): PeerQueue<Peer> | undefined {
    for (const queue of this.#inTurn) {
      this.#inTurn.delete(queue);
      return queue;
    }
    for (const queue of this.#inLine) {
      this.#inLine.delete(queue);
      queue.credit += this.#blockBytes;
      return queue;
    }
    return undefined;
  }

  #blockLength({ requests: [first], sent }: PeerQueue<Peer>): number {
    return Math.min(this.#blockBytes, (first?.length ?? 0) - sent);
  }

  #stepIn(queue: PeerQueue<Peer>): void {
    if (!queue.writable || queue.requests.length === 0) return;
    const turn = queue.credit >= this.#blockLength(queue) ? this.#inTurn : this.#inLine;
    turn.add(queue);
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
      this.#stepOut(queue);
    } else if (this.#inTurn.delete(queue)) {
      this.#stepIn(queue);
    }
  }
}
