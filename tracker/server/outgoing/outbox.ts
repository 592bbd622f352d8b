import type { WebSocket } from 'ws';
import { TokenBucket } from '../budgets/token-bucket.js';
import type { Deliveries } from './deliveries.js';
import { type Accepts, mergedMessage, messageOf, type Notice } from './notice.js';
import type { UnreadTotal } from './unread.js';

/** Bytes in the socket beyond which events wait here, where later ones replace earlier ones. */
const AHEAD_BYTES = 64 * 1024;

/** Bytes of waiting events for one client. Beyond it, the client gets `missed`. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** Groups that `missed` names one by one. Beyond it, it covers all groups. */
const MAX_MISSED_GROUPS = 64;

/** Messages with events for one client: average and burst. Beyond it, events wait and are merged. */
const EVENTS = { perSecond: 20, burst: 100 };

/** The same for clients of 0.1, for which only events about files can be merged. */
const SINGLE_EVENTS = { perSecond: 500, burst: 1000 };

/** Delay of the next message after too many. */
const MERGE_MS = 100;

/** Events and bytes in one message. */
const MAX_MERGED = 256;
const MAX_MERGED_BYTES = 256 * 1024;

/**
 * The outgoing messages of one client. Answers are sent at once; the tracker reads no more requests of a client that
 * does not read them (`room`). Events are sent while the client keeps up. Otherwise they wait, and the latest event
 * about a subject replaces earlier ones. If too many wait, they are dropped, and `missed` names their groups.
 */
export class Outbox {
  readonly #socket: WebSocket;
  readonly #deliveries: Deliveries;
  readonly #total: UnreadTotal;
  #accepts: Accepts = new Set();
  #tokens: TokenBucket;
  #unreadBytes = 0;
  #maxUnreadBytes: number;
  #roomWaiters: (() => void)[] = [];
  readonly #waiting = new Map<string, Notice>();
  #waitingBytes = 0;
  #nextKey = 1;
  /** Groups with dropped events; null: any group. */
  #missed: Set<string> | null = new Set();
  #merges = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket, deliveries: Deliveries, total: UnreadTotal, maxUnreadBytes: number) {
    this.#socket = socket;
    this.#deliveries = deliveries;
    this.#total = total;
    this.#maxUnreadBytes = maxUnreadBytes;
    this.#tokens = new TokenBucket(SINGLE_EVENTS.perSecond, SINGLE_EVENTS.burst, performance.now());
  }

  /** What the client understands. */
  set accepts(accepts: Accepts) {
    const { perSecond, burst } = accepts.has('sourcesChanged') ? EVENTS : SINGLE_EVENTS;
    this.#accepts = accepts;
    this.#tokens = new TokenBucket(perSecond, burst, performance.now());
  }

  /** Unread bytes beyond which `room` waits. */
  set maxUnreadBytes(bytes: number) {
    this.#maxUnreadBytes = bytes;
    this.#onTaken();
  }

  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  /** Resolves when the client has read enough, or is gone. */
  room(): Promise<void> | undefined {
    if (this.#unreadBytes <= this.#maxUnreadBytes || !this.#isOpen) return undefined;
    return new Promise((resolve) => this.#roomWaiters.push(resolve));
  }

  /** Sends an answer, after the events before it. */
  send(text: string): void {
    this.flush();
    this.#write(text);
  }

  /** Queues an event, in the terms that the client understands. */
  tell(told: Notice): void {
    const notice = told.as(this.#accepts);
    if (!notice || !this.#isOpen || this.#isMissed(notice.groupId)) return;
    const key = notice.subject ?? `${this.#nextKey++}`;
    this.#drop(key); // at the end, because events in between may be about the same files
    this.#waiting.set(key, notice);
    this.#waitingBytes += notice.text.length;
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.#miss();
    this.#deliveries.add(this);
  }

  /** Events about a group (null: any group) did not arrive here. The client hears `missed`; one that does not know it starts again. */
  miss(groupId: string | null): void {
    if (!this.#isOpen) return;
    if (!this.#accepts.has('missed')) {
      this.cutOff();
      return;
    }
    if (groupId === null) this.#missed = null;
    else this.#missed?.add(groupId);
    this.#deliveries.add(this);
  }

  /** Sends waiting events as far as the client keeps up. */
  flush(): void {
    while (this.#hasWaiting && this.#isOpen && this.#unreadBytes <= AHEAD_BYTES) {
      if (!this.#tokens.take(performance.now())) {
        this.#merges = true;
        this.#timer ??= setTimeout(() => {
          this.#timer = undefined;
          this.#deliveries.add(this);
        }, MERGE_MS).unref();
        return;
      }
      this.#write(this.#nextMessage());
    }
    if (!this.#hasWaiting) this.#merges = false;
  }

  /** Cleans up after the socket closed. */
  close(): void {
    clearTimeout(this.#timer);
    this.#waiting.clear();
    this.#waitingBytes = 0;
    this.#missed = new Set();
    const left = this.#unreadBytes;
    this.#unreadBytes = 0;
    this.#total.taken(this, left);
    for (const resolve of this.#roomWaiters.splice(0)) resolve();
  }

  cutOff(): void {
    this.#socket.terminate();
    this.close();
  }

  get #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  get #hasWaiting(): boolean {
    return this.#waiting.size > 0 || this.#missed === null || this.#missed.size > 0;
  }

  #write(text: string): void {
    if (!this.#isOpen) return;
    const bytes = Buffer.byteLength(text);
    this.#unreadBytes += bytes;
    this.#socket.send(text, () => {
      if (this.#unreadBytes === 0) return; // it is closed, and no longer counted
      this.#unreadBytes -= bytes;
      this.#total.taken(this, bytes);
      this.#onTaken();
    });
    this.#total.add(this, bytes);
  }

  #onTaken(): void {
    if (this.#unreadBytes <= this.#maxUnreadBytes) for (const resolve of this.#roomWaiters.splice(0)) resolve();
    if (this.#hasWaiting && this.#unreadBytes <= AHEAD_BYTES) this.#deliveries.add(this);
  }

  #isMissed(groupId: string | undefined): boolean {
    return this.#missed === null || (groupId !== undefined && this.#missed.has(groupId));
  }

  /** Drops all waiting events. A client that does not accept `missed` is disconnected, and starts again. */
  #miss(): void {
    if (!this.#accepts.has('missed')) {
      this.cutOff();
      return;
    }
    for (const { groupId } of this.#waiting.values()) if (groupId !== undefined) this.#missed?.add(groupId);
    if (this.#missed && this.#missed.size > MAX_MISSED_GROUPS) this.#missed = null;
    this.#waiting.clear();
    this.#waitingBytes = 0;
  }

  #drop(key: string): void {
    const notice = this.#waiting.get(key);
    if (!notice) return;
    this.#waiting.delete(key);
    this.#waitingBytes -= notice.text.length;
  }

  #nextMessage(): string {
    if (this.#missed === null) {
      this.#missed = new Set();
      return messageOf('missed', { groupId: null });
    }
    for (const groupId of this.#missed) {
      this.#missed.delete(groupId);
      return messageOf('missed', { groupId });
    }
    const notices = this.#takeNotices();
    const [first] = notices;
    if (!first?.kind || notices.length === 1) return first?.text ?? '';
    return mergedMessage(first.kind, notices);
  }

  /** The next event, and after too many messages the following ones that can share a message with it. */
  #takeNotices(): Notice[] {
    const taken: Notice[] = [];
    let bytes = 0;
    for (const [key, notice] of this.#waiting) {
      const [first] = taken;
      if (first && !(this.#merges && this.#fits(first, notice))) break;
      bytes += notice.text.length;
      if (first && (taken.length >= MAX_MERGED || bytes > MAX_MERGED_BYTES)) break;
      taken.push(notice);
      this.#drop(key);
    }
    return taken;
  }

  #fits({ kind, groupId }: Notice, next: Notice): boolean {
    if (kind === undefined || next.kind !== kind) return false;
    if (kind === 'sources') return this.#accepts.has('sourcesChanged');
    return next.groupId === groupId && (kind !== 'updated' || this.#accepts.has('filesUpdated'));
  }
}
