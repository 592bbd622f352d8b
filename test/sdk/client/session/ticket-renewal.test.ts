import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { GroupTickets } from '../../../../sdk/client/session/group-tickets.js';
import type { Session } from '../../../../sdk/client/session/session.js';
import { TicketRenewal } from '../../../../sdk/client/session/ticket-renewal.js';
import { ShoalError } from '../../../../sdk/protocol/index.js';

const MINUTE_MS = 60_000;

/** Time that goes on as told: the timers that a keeper sets, in order, and the clock that it looks at. */
class Clock {
  nowMs = 1_000_000;
  readonly #timers = new Map<object, { atMs: number; run: () => void }>();
  readonly #real = { setTimeout, clearTimeout, now: Date.now, performanceNow: performance.now };

  constructor() {
    const set = (run: () => void, delayMs: number) => {
      const timer = { unref: () => timer };
      // As Node does: what is too long for it fires at once.
      this.#timers.set(timer, { atMs: this.nowMs + (delayMs > 2 ** 31 - 1 ? 1 : delayMs), run });
      return timer;
    };
    Object.assign(globalThis, { setTimeout: set, clearTimeout: (timer: object) => this.#timers.delete(timer) });
    Date.now = () => this.nowMs;
    performance.now = () => this.nowMs;
  }

  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    for (;;) {
      await setImmediate();
      const [next] = [...this.#timers].sort(([, a], [, b]) => a.atMs - b.atMs);
      if (!next || next[1].atMs > endMs) break;
      this.#timers.delete(next[0]);
      this.nowMs = Math.max(this.nowMs, next[1].atMs);
      next[1].run();
    }
    this.nowMs = endMs;
  }

  restore(): void {
    const { now, performanceNow, ...timers } = this.#real;
    Object.assign(globalThis, timers);
    Date.now = now;
    performance.now = performanceNow;
  }
}

describe('TicketRenewal', () => {
  let clock: Clock;
  let calls: number;
  let tickets: string[];
  beforeEach(() => {
    clock = new Clock();
    calls = 0;
    tickets = [];
  });
  afterEach(() => clock.restore());

  /** A keeper whose tracker answers as told. */
  function keeperOf(answer: () => { expiresAtMs: number }): TicketRenewal {
    const session = {
      call: async () => ({ ...answer(), ticket: `ticket ${++calls}`, epoch: 0 }),
      engine: { send: ({ ticket }: { ticket: string }) => tickets.push(ticket) },
      online: { clock: { nowMs: () => clock.nowMs, set: () => {} } },
      logger: { debug: () => {} },
    };
    const source = new GroupTickets(session as unknown as Session);
    return new TicketRenewal({ ...session, tickets: source } as unknown as Session);
  }

  it('renews a ticket at half its life', async () => {
    const keeper = keeperOf(() => ({ expiresAtMs: clock.nowMs + 5 * MINUTE_MS }));
    await keeper.acquire('lab');
    await clock.pass(10 * MINUTE_MS);
    assert.equal(calls, 5);
    keeper.release('lab');
    await clock.pass(10 * MINUTE_MS);
    assert.equal(calls, 5);
  });

  for (const [what, expiresAtMs] of [
    ['expire at once', () => clock.nowMs],
    ['expired long ago', () => 0],
    ['hold for ever', () => Number.MAX_SAFE_INTEGER],
    ['hold for three weeks', () => clock.nowMs + 3 * 7 * 1440 * MINUTE_MS],
  ] as const) {
    it(`does not ask a tracker all the time whose tickets ${what}, nor for ever for none`, async () => {
      const keeper = keeperOf(() => ({ expiresAtMs: expiresAtMs() }));
      await keeper.acquire('lab');
      await clock.pass(10 * MINUTE_MS);
      assert.ok(calls >= 4 && calls <= 61, `${calls} calls`);
      keeper.close();
    });
  }

  it('has no ticket renewed for every peer that refuses it, but a newer one for the first at once, and for the last in time', async () => {
    const keeper = keeperOf(() => ({ expiresAtMs: clock.nowMs + 5 * MINUTE_MS }));
    await keeper.acquire('lab');
    keeper.renew('lab');
    await clock.pass(1);
    assert.equal(tickets.length, 2);
    for (let refusal = 0; refusal < 10 * 480; refusal++) {
      keeper.renew('lab');
      await clock.pass(1000 / 480);
    }
    assert.ok(calls <= 6, `${calls} calls in ten seconds`);
    const before = calls;
    keeper.renew('lab');
    await clock.pass(11_000);
    assert.ok(calls > before);
    keeper.close();
  });

  it('asks a tracker later each time that gives none', async () => {
    let fails = false;
    const keeper = keeperOf(() => {
      if (!fails) return { expiresAtMs: clock.nowMs + 5 * MINUTE_MS };
      calls++;
      throw new ShoalError('INTERNAL', 'broken');
    });
    await keeper.acquire('lab');
    fails = true;
    for (let second = 0; second < 600; second++) {
      keeper.renew('lab');
      await clock.pass(1000);
    }
    assert.ok(calls <= 60, `${calls} calls in ten minutes`);
    fails = false;
    await clock.pass(31_000);
    assert.ok(tickets.length > 1);
    keeper.close();
  });

  it('fetches once more where a newer one is asked for while one is under way', async () => {
    const keeper = keeperOf(() => ({ expiresAtMs: clock.nowMs + 5 * MINUTE_MS }));
    const acquired = keeper.acquire('lab');
    keeper.renew('lab');
    await acquired;
    await clock.pass(1000);
    assert.equal(calls, 2);
    keeper.close();
  });
});
