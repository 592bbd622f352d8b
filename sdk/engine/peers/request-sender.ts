import { MAX_OUTSTANDING_REQUESTS, type Manifest, pieceLength, type RequesterFrame } from '../../protocol/index.js';
import { OutstandingRequests } from './outstanding-requests.js';

export interface RequestSenderContext {
  send(frame: RequesterFrame): void;
  /** The file of an open channel. */
  manifestOf(channel: number): Manifest | undefined;
  /** Discards a piece that is being received. Returns false if it is not being received. */
  drop(channel: number, piece: number): boolean;
  /** Unanswered blocks of the connection that were requested one by one. */
  blocksOwed(): number;
}

export interface RequestedPiece {
  readonly channel: number;
  readonly piece: number;
}

/** The requests of one session. Requests beyond the peer's limit wait here. */
export class RequestSender {
  readonly #context: RequestSenderContext;
  readonly #outstanding = new OutstandingRequests();
  readonly #backlog: RequestedPiece[] = [];

  constructor(context: RequestSenderContext) {
    this.#context = context;
  }

  /** Whether the peer accepts another request now. */
  get hasRoom(): boolean {
    return this.#outstanding.size + this.#context.blocksOwed() < MAX_OUTSTANDING_REQUESTS;
  }

  request(channel: number, piece: number): void {
    if (this.hasRoom) this.#requestNow(channel, piece);
    else this.#backlog.push({ channel, piece });
  }

  cancel(channel: number, piece: number): void {
    const manifest = this.#context.manifestOf(channel);
    if (!manifest) return;
    const waiting = this.#backlog.findIndex((one) => one.channel === channel && one.piece === piece);
    if (waiting >= 0) {
      this.#backlog.splice(waiting, 1);
      return;
    }
    if (!this.#context.drop(channel, piece) && !this.#outstanding.cancel(channel, piece)) return;
    this.#context.send({ type: 'cancel', channel, piece, offset: 0, length: pieceLength(manifest, piece) });
  }

  /** Requests a block of a piece: its first one, or the one after the channel's last block. */
  requestBlock(channel: number, piece: number, offset: number, length: number): void {
    if (!this.#context.manifestOf(channel)) return;
    if (offset === 0) this.#outstanding.add(channel, piece);
    this.#context.send({ type: 'request', channel, piece, offset, length });
  }

  /** Cancels one requested block; {@link cancel} cancels the piece. */
  cancelBlock(channel: number, piece: number, offset: number, length: number): void {
    this.#context.send({ type: 'cancel', channel, piece, offset, length });
  }

  /** An answer begins, which makes room for the next request. Returns whether the piece is still wanted. */
  answerBegins(channel: number, piece: number): boolean {
    const isWanted = this.#outstanding.answerBegins(channel, piece);
    const next = this.#backlog.shift();
    if (next) this.#requestNow(next.channel, next.piece);
    return isWanted;
  }

  /** Whether no request is unanswered. */
  get isIdle(): boolean {
    return this.#outstanding.size === 0 && this.#backlog.length === 0;
  }

  /** Removes the requests that were not sent yet. */
  takeBacklog(): RequestedPiece[] {
    return this.#backlog.splice(0);
  }

  /** Removes all requests. Returns those that are still wanted. */
  takeAll(): RequestedPiece[] {
    return [...this.#outstanding.takeAll(), ...this.takeBacklog()];
  }

  /** Cancels the requests of a closed channel. */
  forget(channel: number): void {
    this.#outstanding.cancelChannel(channel);
  }

  #requestNow(channel: number, piece: number): void {
    const manifest = this.#context.manifestOf(channel);
    if (!manifest) return;
    this.#outstanding.add(channel, piece);
    this.#context.send({ type: 'request', channel, piece, offset: 0, length: pieceLength(manifest, piece) });
  }
}
