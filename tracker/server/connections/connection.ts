import { randomBytes } from 'node:crypto';
import {
  type Endpoint,
  nameKey,
  type OPTIONAL_EVENTS,
  ShoalError,
  type TrackerEvent,
  type TrackerEventName,
} from '@shoal/sdk/protocol';
import type { WebSocket } from 'ws';
import type { Viewer } from '../../reach/source-view.js';
import type { Holding } from '../../swarm/swarm.js';
import { addressKey } from '../budgets/address.js';
import type { TrackerLimits } from '../budgets/limits.js';
import { TokenBucket } from '../budgets/token-bucket.js';
import type { Deliveries } from '../outgoing/deliveries.js';
import { messageText } from '../outgoing/message-text.js';
import { type Accepts, messageOf, type Notice } from '../outgoing/notice.js';
import { Outbox } from '../outgoing/outbox.js';
import type { UnreadTotal } from '../outgoing/unread.js';
import type { Guest } from './door.js';
import { Inbox } from './inbox.js';
import { Line } from './line.js';

/** The signed-in user and device of a connection. */
export interface SignedIn {
  readonly userId: string;
  readonly deviceId: string;
  readonly token: string;
}

/** The state of a client: it connects, says hello, and signs in. Signing out leads back. */
type State = { readonly name: 'new' } | { readonly name: 'greeted' } | ({ readonly name: 'signedIn' } & SignedIn);

/** What connections share, and the identity of one. */
export interface ConnectionParts {
  readonly id: string;
  /** The port from which the client connected. */
  readonly port: number;
  /** The address and port of this tracker at which the client connected. */
  readonly local: Endpoint;
  readonly limits: TrackerLimits;
  readonly deliveries: Deliveries;
  readonly unread: UnreadTotal;
  readonly guest: Pick<Guest, 'stage'>;
}

/** Unanswered pings in a row: a slow reader has to read earlier data first. */
const MISSED_PINGS = 2;

/** Waiting passwords of one connection. Beyond it, the tracker stops reading from it. */
const MAX_PASSWORDS = 32;

/** The WebSocket of one client, and its state. */
export class Connection {
  readonly address: string;
  /** The port from which the client connected. */
  readonly port: number;
  /** The address and port of this tracker at which the client connected. */
  readonly local: Endpoint;
  /** Unique among the connections of this tracker. */
  readonly id: string;
  /** The challenge for the device key, unique to this connection. */
  readonly challenge = randomBytes(32).toString('base64url');
  readonly watched = new Map<string, Holding>();
  readonly inbox: Inbox;
  /** Requests that wait for a password hash. */
  readonly passwords = new Line(MAX_PASSWORDS);
  readonly outbox: Outbox;
  readonly #socket: WebSocket;
  readonly #limits: TrackerLimits;
  readonly #guest: Pick<Guest, 'stage'>;
  readonly #requests: TokenBucket;
  #state: State = { name: 'new' };
  #owner: string;
  #accepts: Accepts = new Set();
  #signInTimer: NodeJS.Timeout | undefined;
  #pingsMissed = 0;
  #pingedAtMs: number | undefined;
  #roundTripMs: number | undefined;
  #isClosed = false;
  /** Bytes received before sign-in. */
  #strangerBytes = 0;

  constructor(
    socket: WebSocket,
    address: string,
    { id, port, local, limits, deliveries, unread, guest }: ConnectionParts,
  ) {
    this.id = id;
    this.port = port;
    this.local = local;
    this.address = address;
    this.#socket = socket;
    this.#limits = limits;
    this.#guest = guest;
    this.#owner = `address ${addressKey(address)}`;
    this.#requests = new TokenBucket(limits.requestsPerSecond, limits.requestBurst, performance.now());
    this.inbox = new Inbox(socket);
    this.outbox = new Outbox(socket, deliveries, unread, limits.strangerUnreadBytes);
    socket.on('pong', () => this.#onPong());
    this.#awaitSignIn();
  }

  /** The key for fair scheduling: the user, or the address before sign-in. */
  get owner(): string {
    return this.#owner;
  }

  /** The signed-in user, or undefined. */
  get session(): SignedIn | undefined {
    return this.#state.name === 'signedIn' ? this.#state : undefined;
  }

  /** @throws ShoalError `NOT_LOGGED_IN` */
  requireSession(): SignedIn {
    if (this.#state.name === 'signedIn') return this.#state;
    throw new ShoalError('NOT_LOGGED_IN', 'You are not signed in: sign in first.');
  }

  /** Whether the client has said hello. */
  get greeted(): boolean {
    return this.#state.name !== 'new';
  }

  /** new -> greeted */
  greet(accepts: readonly string[] = []): void {
    if (this.#state.name !== 'new') return;
    this.#state = { name: 'greeted' };
    this.#guest.stage = 'greeted';
    this.#accepts = new Set(accepts);
    this.outbox.accepts = this.#accepts;
  }

  /** Whether the client knows an event that version 0.1 did not have. */
  accepts(event: (typeof OPTIONAL_EVENTS)[number]): boolean {
    return this.#accepts.has(event);
  }

  /** Time for a message to the client and back, in milliseconds; undefined before the first answered ping. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** Who is told of sources here. */
  get viewer(): Viewer {
    return { seen: this.address, knowsReach: this.accepts('reach') };
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

  /** Counts received bytes; a connection before sign-in has little to send. */
  received(bytes: number): void {
    if (this.#state.name === 'signedIn' || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#strangerBytes += bytes;
    if (this.#strangerBytes > this.#limits.strangerBytes) this.terminate();
  }

  /** Whether the rate limit allows one more request now. */
  admitRequest(nowMs: number): boolean {
    return this.#requests.take(nowMs);
  }

  /** Notes that the client is alive. */
  seen(): void {
    this.#pingsMissed = 0;
  }

  tell(notice: Notice): void {
    this.outbox.tell(notice);
  }

  /** Sends an event at once, outside the queue. */
  notify<E extends TrackerEventName>(method: E, params: TrackerEvent<E>): void {
    this.outbox.send(messageOf(method, params));
  }

  /** Sends an answer that fits into a message (`messageText`). */
  send(message: object): void {
    this.outbox.send(messageText(message));
  }

  /** Sends a ping, or ends a connection that has not answered for some time. */
  ping(): void {
    if (this.#pingsMissed > MISSED_PINGS) {
      this.#socket.terminate();
      return;
    }
    this.#pingsMissed++;
    this.#pingedAtMs = this.#pingedAtMs === undefined ? performance.now() : undefined; // an answer to the first of two is none to the second
    this.#socket.ping();
  }

  close(code: number, reason: string): void {
    clearTimeout(this.#signInTimer);
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  /** Whether the socket is closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Cleans up after the socket closed. */
  closed(): void {
    this.#isClosed = true;
    clearTimeout(this.#signInTimer);
    this.inbox.clear();
    this.outbox.close();
  }

  #onPong(): void {
    if (this.#pingedAtMs !== undefined) this.#roundTripMs = performance.now() - this.#pingedAtMs;
    this.#pingedAtMs = undefined;
    this.seen();
  }

  #awaitSignIn(): void {
    clearTimeout(this.#signInTimer);
    if (this.#isClosed) return;
    this.#signInTimer = setTimeout(() => this.close(1008, 'nobody signed in'), this.#limits.signInTimeoutMs);
    this.#signInTimer.unref();
  }
}
