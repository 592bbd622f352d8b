import type { ErrorCode, MeetingWay } from '../../protocol/index.js';
import type { RelayPlace } from '../messages.js';
import type { Cancel, Clock } from '../util/clock.js';

/** What to ask the tracker for: a meeting with a device. */
export interface MeetingWish {
  readonly groupId: string;
  readonly deviceId: string;
  readonly by: MeetingWay;
}

export interface MeetingCallbacks {
  /** The tracker is asked now: the peer may come from now on. */
  onAsked(): void;
  onArranged(meeting: string, relay: RelayPlace | undefined): void;
  /** There is no meeting. This is the last call. */
  onRefused(code: ErrorCode, message: string): void;
}

/** Meetings at a time, from the request to the connection. The tracker bounds them, too. */
const MEETINGS_AT_ONCE = 4;
const MAX_WAITING = 256;
/** Time from the request to the connection. */
const MEETING_TIMEOUT_MS = 10_000;

interface Meeting {
  readonly wish: MeetingWish;
  readonly callbacks: MeetingCallbacks;
  cancelTimeout: Cancel;
}

/** The meetings that this device asks for, few at a time. */
export class Meetings {
  readonly #clock: Clock;
  readonly #ask: (request: number, wish: MeetingWish) => void;
  readonly #underWay = new Map<number, Meeting>();
  readonly #waiting = new Map<number, Meeting>();
  #next = 1;

  /** @param ask asks the tracker; `arranged` or `refused` must follow */
  constructor(clock: Clock, ask: (request: number, wish: MeetingWish) => void) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** Asks for a meeting, as soon as there are few enough. Returns a function that ends it: it has come about, or is no longer wanted. */
  ask(wish: MeetingWish, callbacks: MeetingCallbacks): Cancel {
    const request = this.#next++;
    this.#waiting.set(request, { wish, callbacks, cancelTimeout: () => {} });
    this.#clock.after(0, () => this.#askNext());
    return () => this.#end(request);
  }

  /** The tracker arranged a meeting. */
  arranged(request: number, meeting: string, relay: RelayPlace | undefined): void {
    this.#underWay.get(request)?.callbacks.onArranged(meeting, relay);
  }

  /** The tracker did not arrange a meeting. */
  refused(request: number, code: ErrorCode, message: string): void {
    const meeting = this.#underWay.get(request);
    this.#end(request);
    meeting?.callbacks.onRefused(code, message);
  }

  #askNext(): void {
    for (const [request, meeting] of this.#waiting) {
      if (this.#underWay.size >= MEETINGS_AT_ONCE) break;
      this.#waiting.delete(request);
      this.#underWay.set(request, meeting);
      const onTimeout = () => this.refused(request, 'TIMEOUT', 'It did not come.');
      meeting.cancelTimeout = this.#clock.after(MEETING_TIMEOUT_MS, onTimeout);
      meeting.callbacks.onAsked();
      this.#ask(request, meeting.wish);
    }
    while (this.#waiting.size > MAX_WAITING) {
      const [oldest] = this.#waiting;
      if (!oldest) return;
      const [request, { callbacks }] = oldest;
      this.#waiting.delete(request);
      callbacks.onRefused('RATE_LIMITED', 'Too many other peers are asked to meet.');
    }
  }

  #end(request: number): void {
    this.#waiting.delete(request);
    const meeting = this.#underWay.get(request);
    if (!meeting) return;
    meeting.cancelTimeout();
    this.#underWay.delete(request);
    this.#clock.after(0, () => this.#askNext());
  }
}
