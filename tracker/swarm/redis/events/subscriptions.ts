import type { Redis } from 'ioredis';
import type { Calls } from '../cluster/calls.js';
import { slotOf } from '../cluster/keys.js';
import { Line } from './line.js';

/** A wait for a subscription ends after this time: if the cluster is away, this node serves what it knows. */
const PATIENCE_MS = 2000;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2000;
const LOOK_EVERY_MS = 2000;

export interface SubscriptionsParts {
  readonly calls: Calls;
  /** A connection of its own to one server of the cluster (`host:port`), not connected yet. */
  readonly open: (server: string) => Redis;
  readonly onEvent: (channel: number, text: string) => void;
  /** Events of these channels may have been lost. */
  readonly onGap: (channels: readonly number[]) => void;
  /** Called when this node does not listen to all that it wants, before it tries again. */
  readonly onTrouble: (what: string, error?: unknown) => void;
}

interface Wanted {
  /** How many want it. */
  count: number;
  /** Where it is subscribed to. */
  line: Line | undefined;
  /** The number of the latest event; undefined before the first look. */
  last: number | undefined;
  readonly waiters: (() => void)[];
}

/**
 * The channels to which this node listens. Each primary gets one connection of its own, because client libraries hide when they lost a
 * subscription and restored it. Numbers of events show what was lost.
 */
export class Subscriptions {
  readonly #parts: SubscriptionsParts;
  readonly #wanted = new Map<number, Wanted>();
  readonly #lines = new Map<string, Line>();
  #settling: Promise<void> | undefined;
  #isDirty = false;
  /** Why the latest subscription failed. */
  #failure: unknown;
  #retryMs = FIRST_RETRY_MS;
  #retry: NodeJS.Timeout | undefined;
  readonly #look: NodeJS.Timeout;
  #isClosed = false;

  constructor(parts: SubscriptionsParts) {
    this.#parts = parts;
    this.#look = setInterval(() => this.#lookAtLines(), LOOK_EVERY_MS).unref();
  }

  /** Listens to a channel. Resolves when it does, or when the cluster does not answer. */
  want(channel: number): Promise<void> {
    const wanted = this.#wanted.get(channel) ?? { count: 0, line: undefined, last: undefined, waiters: [] };
    wanted.count++;
    this.#wanted.set(channel, wanted);
    if (wanted.line) return Promise.resolve();
    this.#settle();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, PATIENCE_MS).unref();
      wanted.waiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** One less wants a channel. */
  unwant(channel: number): void {
    const wanted = this.#wanted.get(channel);
    if (!wanted || --wanted.count > 0) return;
    this.#wanted.delete(channel);
    wanted.line?.leave(channel);
    for (const done of wanted.waiters) done();
  }

  /** Compares the numbers of the latest events with those of the cluster. */
  async verify(): Promise<void> {
    await this.#compare([...this.#wanted].flatMap(([channel, { line }]) => (line ? [channel] : [])));
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#look);
    clearTimeout(this.#retry);
    for (const line of this.#lines.values()) line.close();
    for (const { waiters } of this.#wanted.values()) for (const done of waiters) done();
    this.#wanted.clear();
  }

  /** Subscribes to what is wanted, where it belongs now. */
  #settle(): void {
    this.#isDirty = true;
    if (this.#isClosed) return;
    this.#settling ??= this.#work().finally(() => {
      this.#settling = undefined;
      if (this.#isDirty) this.#settle(); // wanted after the last look
    });
  }

  async #work(): Promise<void> {
    clearTimeout(this.#retry);
    while (this.#isDirty && !this.#isClosed) {
      this.#isDirty = false;
      const missing = [...this.#wanted].filter(
        ([channel, { line }]) => line === undefined || line.server !== this.#serverOf(channel),
      );
      const done = await Promise.all(missing.map(([channel, wanted]) => this.#subscribe(channel, wanted)));
      const fresh = missing.flatMap(([channel], index) => (done[index] ? [channel] : []));
      await this.#compare(fresh).catch(() => {
        for (const channel of fresh) this.#release(channel); // it is subscribed to anew, and compared then
      });
      const isWhole = [...this.#wanted.values()].every(({ line }) => line !== undefined);
      if (isWhole) this.#retryMs = FIRST_RETRY_MS;
      else if (!this.#isDirty) this.#later();
    }
  }

  #later(): void {
    clearTimeout(this.#retry);
    this.#parts.onTrouble('events of other nodes do not arrive', this.#failure);
    this.#parts.calls.cluster.refreshSlotsCache();
    this.#retry = setTimeout(() => this.#settle(), this.#retryMs).unref();
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
  }

  #serverOf(channel: number): string | undefined {
    const { cluster, keys } = this.#parts.calls;
    return cluster.slots[slotOf(keys.channel(channel))]?.[0];
  }

  async #subscribe(channel: number, wanted: Wanted): Promise<boolean> {
    const server = this.#serverOf(channel);
    if (server === undefined) return false;
    const line = this.#lineTo(server);
    try {
      await line.enter(channel);
    } catch (error) {
      this.#failure = error;
      return false;
    }
    if (this.#wanted.get(channel) !== wanted) {
      line.leave(channel);
      return false;
    }
    wanted.line?.leave(channel);
    wanted.line = line;
    return true;
  }

  #lineTo(server: string): Line {
    const known = this.#lines.get(server);
    if (known) return known;
    const line = new Line(server, this.#parts.open(server), this.#parts.calls.keys, {
      onMessage: (channel, text) => this.#receive(channel, text),
      onEnd: (channels) => {
        this.#lines.delete(server);
        for (const channel of channels) this.#release(channel);
        if (channels.length > 0 && !this.#isClosed) this.#later();
      },
    });
    this.#lines.set(server, line);
    return line;
  }

  #release(channel: number): void {
    const wanted = this.#wanted.get(channel);
    if (wanted) wanted.line = undefined;
  }

  #receive(channel: number, text: string): void {
    const wanted = this.#wanted.get(channel);
    const [, digits = '', event = ''] = /^(\d{1,16}) (.*)$/s.exec(text) ?? [];
    if (!wanted || digits === '') return;
    const number = Number(digits);
    const isGap = wanted.last !== undefined && number !== wanted.last + 1;
    wanted.last = number;
    if (event !== '') this.#parts.onEvent(channel, event);
    if (isGap) this.#parts.onGap([channel]);
  }

  /** Everything that the cluster published before it stated its numbers has arrived when the lines have answered after that. */
  async #compare(channels: readonly number[]): Promise<void> {
    const { calls } = this.#parts;
    const before = channels.map((one) => this.#wanted.get(one)?.last);
    const numbers = await Promise.all(
      channels.map((one) => calls.ask((cluster) => cluster.get(calls.keys.sequence(one)))),
    );
    const lines = new Set(channels.flatMap((one) => this.#wanted.get(one)?.line ?? []));
    await Promise.all([...lines].map((line) => line.ping()));
    const gaps: number[] = [];
    for (const [index, channel] of channels.entries()) {
      const wanted = this.#wanted.get(channel);
      if (!wanted?.line) continue;
      const number = Number(numbers[index] ?? 0);
      const { last } = wanted;
      // A smaller number than before: the cluster lost its numbers.
      const isGap = last !== undefined && (last < number || number < (before[index] ?? 0));
      if (isGap) gaps.push(channel);
      if (last === undefined || isGap) wanted.last = number;
      for (const done of wanted.waiters.splice(0)) done();
    }
    if (gaps.length > 0) this.#parts.onGap(gaps);
  }

  /** Ends connections that do not answer, and follows channels that moved to another server. */
  #lookAtLines(): void {
    for (const line of this.#lines.values()) {
      if (line.isIdle) line.close();
      else line.ping().catch(() => line.close());
    }
    const isMoved = [...this.#wanted].some(([channel, { line }]) => line && line.server !== this.#serverOf(channel));
    if (isMoved) this.#settle();
  }
}
