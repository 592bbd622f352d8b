import { randomBytes } from 'node:crypto';
import { ShoalError, type TrackerEvent, type TrackerEventName } from '@shoal/sdk/protocol';
import type { WebSocket } from 'ws';
import type { Holding } from '../swarm/swarm.js';
import type { TrackerLimits } from './limits.js';
import { messageText } from './message-text.js';
import { TokenBucket } from './token-bucket.js';

/** Who is signed in on a connection. */
export interface SignedIn {
  readonly userId: string;
  readonly deviceId: string;
  readonly token: string;
}

/** How far a client has come: it connects, says hello, and signs in; signing out leads back. */
type State = { readonly name: 'new' } | { readonly name: 'greeted' } | ({ readonly name: 'signedIn' } & SignedIn);

/** One client's WebSocket, and what the tracker knows about who is at the other end. */
export class Connection {
  readonly address: string;
  /** What the client signs to prove its device key: of this connection only. */
  readonly challenge = randomBytes(32).toString('base64url');
  readonly watched = new Map<string, Holding>();
  readonly #socket: WebSocket;
  readonly #limits: TrackerLimits;
  readonly #requests: TokenBucket;
  #state: State = { name: 'new' };
  #signInTimer: NodeJS.Timeout | undefined;
  #alive = true;
  #isClosed = false;

  constructor(socket: WebSocket, address: string, limits: TrackerLimits) {
    this.address = address;
    this.#socket = socket;
    this.#limits = limits;
    this.#requests = new TokenBucket(limits.requestsPerSecond, limits.requestBurst, Date.now());
    socket.on('pong', () => {
      this.#alive = true;
    });
    this.#awaitSignIn();
  }

  /** Signed in, or not. */
  get session(): SignedIn | undefined {
    return this.#state.name === 'signedIn' ? this.#state : undefined;
  }

  /** @throws ShoalError `NOT_LOGGED_IN` */
  requireSession(): SignedIn {
    if (this.#state.name === 'signedIn') return this.#state;
    throw new ShoalError('NOT_LOGGED_IN', 'You are not logged in: log in first.');
  }

  /** Whether `hello` has been said. */
  get greeted(): boolean {
    return this.#state.name !== 'new';
  }

  /** new -> greeted */
  greet(): void {
    if (this.#state.name === 'new') this.#state = { name: 'greeted' };
  }

  /** greeted -> signedIn */
  signIn(session: SignedIn): void {
    clearTimeout(this.#signInTimer);
    this.#state = { name: 'signedIn', ...session };
  }

  /** signedIn -> greeted */
  signOut(): void {
    this.#state = { name: 'greeted' };
    this.watched.clear();
    this.#awaitSignIn();
  }

  /** Whether one more request may be answered now. */
  admitRequest(nowMs: number): boolean {
    return this.#requests.take(nowMs);
  }

  notify<E extends TrackerEventName>(method: E, params: TrackerEvent<E>): void {
    this.send({ jsonrpc: '2.0', method, params });
  }

  /** Sends a message that a client takes (`messageText`); a client that leaves too much unread is cut off. */
  send(message: object): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(messageText(message));
    if (this.#socket.bufferedAmount > this.#limits.unreadBytes) this.#socket.terminate();
  }

  /** Asks whether the other end is there; when it has not answered the last time, it is not. */
  ping(): void {
    if (!this.#alive) {
      this.#socket.terminate();
      return;
    }
    this.#alive = false;
    this.#socket.ping();
  }

  close(code: number, reason: string): void {
    clearTimeout(this.#signInTimer);
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  /** Whether the socket is gone. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The socket is gone. */
  closed(): void {
    this.#isClosed = true;
    clearTimeout(this.#signInTimer);
  }

  #awaitSignIn(): void {
    clearTimeout(this.#signInTimer);
    if (this.#isClosed) return;
    this.#signInTimer = setTimeout(() => this.close(1008, 'nobody signed in'), this.#limits.signInTimeoutMs);
    this.#signInTimer.unref();
  }
}
