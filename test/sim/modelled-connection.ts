import { OutstandingRequests } from '../../sdk/engine/peers/outstanding-requests.js';
import type { ModelledPeer } from './modelled-peer.js';

/** The one channel that matters here. */
export const CHANNEL = 1;

/** A requester's connection to a server: what is on its way on it, and whether it is still wanted. */
export class ModelledConnection {
  readonly requester: ModelledPeer;
  readonly server: ModelledPeer;
  /** How long a message takes, either way. */
  readonly latencyMs: number;
  readonly #pending = new OutstandingRequests();
  #receiving: number | undefined;
  isOpen = true;
  /** Where in the order of events the server told what it has: what it tells of pieces before that is no news. */
  openOrder = Infinity;

  constructor(requester: ModelledPeer, server: ModelledPeer) {
    this.requester = requester;
    this.server = server;
    this.latencyMs = requester.line.latencyMs + server.line.latencyMs;
  }

  onRequested(piece: number): void {
    this.#pending.add(CHANNEL, piece);
  }

  /** A request is taken back; whether the server is to hear of it. */
  onCancelled(piece: number): boolean {
    if (this.#receiving !== piece) return this.#pending.cancel(CHANNEL, piece);
    this.#receiving = undefined;
    return true;
  }

  /** The head of an answer arrives; whether it is wanted. */
  onAnswer(piece: number): boolean {
    const isAgain = this.#receiving === piece;
    this.#receiving = this.#pending.answerBegins(CHANNEL, piece) || isAgain ? piece : undefined;
    return this.#receiving === piece;
  }

  /** Whether a piece is being received, and still wanted. */
  isReceiving(piece: number): boolean {
    return this.#receiving === piece;
  }

  /** The piece that is being received is all there. */
  onPieceEnd(): void {
    this.#receiving = undefined;
  }
}
