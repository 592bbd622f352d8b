import { randomBytes } from 'node:crypto';
import { nameKey, ShoalError, type TrackerEvent, type TrackerEventName } from '@shoal/sdk/protocol';
import type { WebSocket } from 'ws';
import type { Holding } from '../swarm/swarm.js';
import { addressKey } from './address.js';
import type { Deliveries } from './deliveries.js';
import type { Guest } from './door.js';
import { Inbox } from './inbox.js';
import type { TrackerLimits } from './limits.js';
import { Line } from './line.js';
import { messageText } from './message-text.js';
import { messageOf, type Notice } from './notice.js';
import { Outbox } from './outbox.js';
import { TokenBucket } from './token-bucket.js';
import type { UnreadTotal } from './unread.js';

/** Who is signed in on a connection. */
export interface SignedIn {
  readonly userId: string;
  readonly deviceId: string;
  readonly token: string;
}

/** How far a client has come: it connects, says hello, and signs in; signing out leads back. */
type State = { readonly name: 'new' } | { readonly name: 'greeted' } | ({ readonly name: 'signedIn' } & SignedIn);

/** What connections share, and how one is counted. */
export interface ConnectionParts {
  readonly id: string;
  readonly limits: TrackerLimits;
  readonly deliveries: Deliveries;
  readonly unread: UnreadTotal;
  readonly guest: Pick<Guest, 'stage'>;
}

/** Pings in a row that may stay unanswered: what is on its way to a slow reader comes before them. */
const MISSED_PINGS = 2;

/** Passwords that one connection may have in line before no more is read of it. */
const MAX_PASSWORDS = 32;

/** One client's WebSocket, and what the tracker knows about who is at the other end. */
export class Connection {
  readonly address: string;
  /** Unique among the connections of this tracker. */
  readonly id: string;
  /** What the client signs to prove its device key: of this connection only. */
  readonly challenge = randomBytes(32).toString('base64url');
  readonly watched = new Map<string, Holding>();
  readonly inbox: Inbox;
  /** Requests that wait for a password to be hashed. */
  readonly passwords = new Line(MAX_PASSWORDS);
  readonly outbox: Outbox;
  readonly #socket: WebSocket;
  readonly #limits: TrackerLimits;
  readonly #guest: Pick<Guest, 'stage'>;
  readonly #requests: TokenBucket;
  #state: State = { name: 'new' };
  #owner: string;
  #signInTimer: NodeJS.Timeout | undefined;
  #pingsMissed = 0;
  #isClosed = false;
  /** Bytes that came from someone who has not signed in. */
  #strangerBytes = 0;

  constructor(socket: WebSocket, address: string, { id, limits, deliveries, unread, guest }: ConnectionParts) {
    this.id = id;
    this.address = address;
    this.#socket = socket;
    this.#limits = limits;
    this.#guest = guest;
    this.#owner = `address ${addressKey(address)}`;
    this.#requests = new TokenBucket(limits.requestsPerSecond, limits.requestBurst, Date.now());
    this.inbox = new Inbox(socket);
    this.outbox = new Outbox(socket, deliveries, unread, limits.strangerUnreadBytes);
    socket.on('pong', () => this.seen());
    this.#awaitSignIn();
  }

  /** Whose turn it is when this connection is served: its user's, or its address's while nobody has signed in. */
  get owner(): string {
    return this.#owner;
  }

  /** Signed in, or not. */
  get session(): SignedIn | undefined {
    return this.#state.name === 'signedIn' ? this.#state : undefined;
  }

  /** @throws ShoalError `NOT_LOGGED_IN` */
  requireSession(): SignedIn {
    if (this.#state.name === 'signedIn') return this.#state;
    throw new ShoalError('NOT_LOGGED_IN', 'You are not signed in: sign in first.');
  }

  /** Whether `hello` has been said. */
  get greeted(): boolean {
    return this.#state.name !== 'new';
  }

  /** new -> greeted */
  greet(accepts: readonly string[] = []): void {
    if (this.#state.name !== 'new') return;
    this.#state = { name: 'greeted' };
    this.#guest.stage = 'greeted';
    this.outbox.accepts = new Set(accepts);
  }

  /** greeted -> signedIn */
  signIn(session: SignedIn): void {
    clearTimeout(this.#signInTimer);
    this.#state = { name: 'signedIn', ...session };
    this.#owner = `user ${nameKey(session.userId)}`;
    this.#guest.stage = 'known';
    this.outbox.maxUnreadBytes = this.#limits.unreadBytes;
  }

  /** signedIn -> greeted */
  signOut(): void {
    this.#state = { name: 'greeted' };
    this.#owner = `address ${addressKey(this.address)}`;
    this.#guest.stage = 'greeted';
    this.#strangerBytes = 0;
    this.outbox.maxUnreadBytes = this.#limits.strangerUnreadBytes;
    this.watched.clear();
    this.#awaitSignIn();
  }

  /** Bytes came; nobody who has not signed in has much to say. */
  received(bytes: number): void {
    if (this.#state.name === 'signedIn' || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#strangerBytes += bytes;
    if (this.#strangerBytes > this.#limits.strangerBytes) this.terminate();
  }

  /** Whether one more request may be answered now. */
  admitRequest(nowMs: number): boolean {
    return this.#requests.take(nowMs);
  }

  /** Someone is there. */
  seen(): void {
    this.#pingsMissed = 0;
  }

  tell(notice: Notice): void {
    this.outbox.tell(notice);
  }

  /** Tells at once what does not wait for its turn. */
  notify<E extends TrackerEventName>(method: E, params: TrackerEvent<E>): void {
    this.outbox.send(messageOf(method, params));
  }

  /** Sends an answer, as a client takes it (`messageText`). */
  send(message: object): void {
    this.outbox.send(messageText(message));
  }

  /** Asks whether the other end is there; when it has not answered for some time, it is not. */
  ping(): void {
    if (this.#pingsMissed > MISSED_PINGS) {
      this.#socket.terminate();
      return;
    }
    this.#pingsMissed++;
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
    this.inbox.clear();
    this.outbox.close();
  }

  #awaitSignIn(): void {
    clearTimeout(this.#signInTimer);
    if (this.#isClosed) return;
    this.#signInTimer = setTimeout(() => this.close(1008, 'nobody signed in'), this.#limits.signInTimeoutMs);
    this.#signInTimer.unref();
  }
}
