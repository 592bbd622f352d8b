import { OutstandingRequests } from '../../sdk/engine/peers/outstanding-requests.js';
import type { ModelledPeer } from './modelled-peer.js';

/** The only channel of a modelled connection. */
export const CHANNEL = 1;

/** A requester's connection to a server: tracks the requests in flight, and which of them are still wanted. */
export class ModelledConnection {
  readonly requester: ModelledPeer;
  readonly server: ModelledPeer;
  /** Latency of a message in either direction. */
  readonly latencyMs: number;
  readonly #pending = new OutstandingRequests();
  #receiving: number | undefined;
  isOpen = true;
  /** The position in the order of events at which the server sent its bitfield: earlier HAVE messages are redundant. */
  openOrder = Infinity;

  constructor(requester: ModelledPeer, server: ModelledPeer) {
    this.requester = requester;
    this.server = server;
    this.latencyMs = requester.line.latencyMs + server.line.latencyMs;
  }

  onRequested(piece: number): void {
    this.#pending.add(CHANNEL, piece);
  }

  /** Cancels a request. Returns whether the server must be informed. */
  onCancelled(piece: number): boolean {
    if (this.#receiving !== piece) return this.#pending.cancel(CHANNEL, piece);
    this.#receiving = undefined;
    return true;
  }

  /** An answer begins. Returns whether it is wanted. */
  onAnswer(piece: number): boolean {
    const isAgain = this.#receiving === piece;
    this.#receiving = this.#pending.answerBegins(CHANNEL, piece) || isAgain ? piece : undefined;
    return this.#receiving === piece;
  }

  /** Whether a piece is being received and still wanted. */
  isReceiving(piece: number): boolean {
    return this.#receiving === piece;
  }

  /** The piece that is being received is complete. */
  onPieceEnd(): void {
    this.#receiving = undefined;
  }
}
