import { backOffMs } from '../../program/index.js';
import type { ErrorCode, MeetingWay } from '../../protocol/index.js';
import { Allowance } from '../../transfer/index.js';
import type { TrackerPlace } from '../network-messages.js';
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
  /** @param place the relay, or where to show a port */
  onArranged(meeting: string, place: TrackerPlace | undefined): void;
  /** There is no meeting. This is the last call. */
  onRefused(code: ErrorCode, message: string): void;
}

/** Meetings at a time, from the request to the connection. The tracker bounds them, too. */
const MEETINGS_AT_ONCE = 4;
/** Requests in total. The tracker allows 30 a minute. */
const REQUESTS = { perSecond: 0.3, burst: 12 };
const MAX_WAITING = 256;
/** A request that would wait longer fails. */
const MAX_WAIT_MS = 20_000;
/** Time from the request to the connection. */
const MEETING_TIMEOUT_MS = 10_000;
/** Back-off for a device that did not come by this way: many others may be waited for. */
const FIRST_WAIT_MS = 5000;
const LAST_WAIT_MS = 300_000;
const MAX_FAILURES = 1000;
const TOO_MANY = 'Too many other peers are asked to meet.';

interface Meeting {
  readonly wish: MeetingWish;
  readonly callbacks: MeetingCallbacks;
  cancelTimeout: Cancel;
}

interface Failure {
  readonly count: number;
  /** It is not asked for again until then, and fails in the same way. */
  readonly untilMs: number;
  readonly code: ErrorCode;
  readonly message: string;
}

/** A meeting that was asked for. Each method ends it. */
export interface AskedMeeting {
  /** The peer came. */
  came(): void;
  /** The peer came, but no stream came about. */
  failed(): void;
  /** It is no longer wanted. */
  giveUp(): void;
}

/** The meetings that this device asks for, few at a time. */
export class Meetings {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #ask: (request: number, wish: MeetingWish) => void;
  readonly #requests: Allowance;
  readonly #underWay = new Map<number, Meeting>();
  readonly #waiting = new Map<number, Meeting>();
  /** The last failures by device and way, oldest first. */
  readonly #failures = new Map<string, Failure>();
  #next = 1;
  #cancelNext: Cancel | undefined;

  /**
   * @param random uniform in [0, 1)
   * @param ask asks the tracker; `arranged` or `refused` must follow
   */
  constructor(clock: Clock, random: () => number, ask: (request: number, wish: MeetingWish) => void) {
    this.#clock = clock;
    this.#random = random;
    this.#ask = ask;
    this.#requests = new Allowance(REQUESTS, clock.nowMs());
  }

  /** Asks for a meeting, as soon as there are few enough. No call comes before this returns. */
  ask(wish: MeetingWish, callbacks: MeetingCallbacks): AskedMeeting {
    const request = this.#next++;
    const cancelTimeout = this.#clock.after(MAX_WAIT_MS, () => this.#refuse(request, 'RATE_LIMITED', TOO_MANY));
    this.#waiting.set(request, { wish, callbacks, cancelTimeout });
    this.#clock.after(0, () => this.#askNext());
    return {
      came: () => {
        this.#failures.delete(keyOf(wish));
        this.#end(request);
      },
      failed: () => {
        this.#fail(wish, 'PEER_UNREACHABLE', 'It came, but no connection came about.');
        this.#end(request);
      },
      giveUp: () => this.#end(request),
    };
  }

  /** The tracker announced a device, for the first time or again: it may have come back, so that it may be asked at once. */
  announced(deviceId: string): void {
    const latestMs = this.#clock.nowMs();
    for (const by of ['back', 'punch', 'relay'] as const) {
      const failure = this.#failures.get(keyOf({ deviceId, by }));
      if (failure && failure.untilMs > latestMs)
        this.#failures.set(keyOf({ deviceId, by }), { ...failure, untilMs: latestMs });
    }
  }

  /** Forgets all failures: the network is another one. */
  forgetFailures(): void {
    this.#failures.clear();
  }

  /** The tracker arranged a meeting. */
  arranged(request: number, meeting: string, place: TrackerPlace | undefined): void {
    this.#underWay.get(request)?.callbacks.onArranged(meeting, place);
  }

  /** The tracker did not arrange a meeting. */
  refused(request: number, code: ErrorCode, message: string): void {
    const meeting = this.#underWay.get(request);
    if (!meeting) return;
    this.#fail(meeting.wish, code, message);
    this.#end(request);
    meeting.callbacks.onRefused(code, message);
  }

  #askNext(): void {
    const nowMs = this.#clock.nowMs();
    for (const [request, meeting] of this.#waiting) {
      const failure = this.#failures.get(keyOf(meeting.wish));
      if (failure && failure.untilMs > nowMs) this.#refuse(request, failure.code, failure.message);
      else if (this.#underWay.size < MEETINGS_AT_ONCE && this.#requests.trySpend(1, nowMs))
        this.#begin(request, meeting);
    }
    for (const request of this.#waiting.keys()) {
      if (this.#waiting.size <= MAX_WAITING) break;
      this.#refuse(request, 'RATE_LIMITED', TOO_MANY);
    }
    if (this.#waiting.size === 0 || this.#underWay.size >= MEETINGS_AT_ONCE) return;
    this.#cancelNext?.();
    this.#cancelNext = this.#clock.after(1000 / REQUESTS.perSecond, () => this.#askNext());
  }

  #begin(request: number, meeting: Meeting): void {
    this.#waiting.delete(request);
    meeting.cancelTimeout();
    this.#underWay.set(request, meeting);
    const onTimeout = () => this.refused(request, 'TIMEOUT', 'It did not come.');
    meeting.cancelTimeout = this.#clock.after(MEETING_TIMEOUT_MS, onTimeout);
    meeting.callbacks.onAsked();
    this.#ask(request, meeting.wish);
  }

  #refuse(request: number, code: ErrorCode, message: string): void {
    const meeting = this.#waiting.get(request);
    if (!meeting) return;
    this.#end(request);
    meeting.callbacks.onRefused(code, message);
  }

  #fail(wish: MeetingWish, code: ErrorCode, message: string): void {
    if (code === 'DISCONNECTED') return; // the tracker is away, which says nothing about the device
    const key = keyOf(wish);
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    const untilMs = this.#clock.nowMs() + backOffMs(count - 1, FIRST_WAIT_MS, LAST_WAIT_MS, this.#random);
    this.#failures.delete(key);
    this.#failures.set(key, { count, untilMs, code, message });
    const [oldest] = this.#failures.keys();
    if (oldest !== undefined && this.#failures.size > MAX_FAILURES) this.#failures.delete(oldest);
  }

  #end(request: number): void {
    const meeting = this.#waiting.get(request) ?? this.#underWay.get(request);
    meeting?.cancelTimeout();
    this.#waiting.delete(request);
    this.#underWay.delete(request);
    if (this.#waiting.size > 0) this.#clock.after(0, () => this.#askNext());
  }
}

function keyOf({ deviceId, by }: Pick<MeetingWish, 'deviceId' | 'by'>): string {
  return `${by} ${deviceId}`;
}
