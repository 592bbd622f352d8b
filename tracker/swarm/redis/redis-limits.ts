import { nameKey } from '@shoal/sdk/protocol';
import * as z from 'zod';
import {
  countersOf,
  type Guess,
  type GuessCounter,
  Guesses,
  type GuessLimits,
  type GuessRank,
} from '../../accounts/guesses.js';
import { FORGET_AFTER_MS, tooManyGuesses } from '../../accounts/login-throttle.js';
import { KeyedBuckets } from '../../server/budgets/keyed-buckets.js';
import type { Rate } from '../../server/budgets/limits.js';
import type { SharedLimits } from '../shared-limits.js';
import type { Calls } from './cluster/calls.js';
import { COUNT_FAILURE, TAKE_SLOT, TAKE_TOKENS } from './cluster/scripts.js';
import type { LiveNodes } from './records/live-nodes.js';

const counted = z.tuple([z.number(), z.number()]);

export interface RedisLimitsParts {
  readonly calls: Calls;
  readonly node: string;
  readonly nodes: Pick<LiveNodes, 'isAlive'>;
}

/** Limits that hold at all nodes. While the cluster is away, each node limits what it sees itself. */
export class RedisLimits implements SharedLimits {
  readonly guesses: GuessLimits;
  readonly #parts: RedisLimitsParts;
  readonly #ownBuckets = new KeyedBuckets(() => performance.now());

  constructor(parts: RedisLimitsParts) {
    this.#parts = parts;
    this.guesses = new SharedGuesses(parts.calls);
  }

  take(key: string, rate: Rate, amount: number): Promise<number> {
    const { calls } = this.#parts;
    const args = [amount, rate.atOnce, rate.perHour].map(String);
    return calls.orElse(
      async () => z.number().parse(await calls.run(TAKE_TOKENS, [calls.keys.limit(key)], args)),
      () => this.#ownBuckets.take(key, rate, amount),
    );
  }

  takeSlot(key: string, holder: string, slots: number, ms: number): Promise<boolean> {
    const { calls } = this.#parts;
    const args = [holder, `${slots}`, `${ms}`];
    return calls.orElse(
      async () => (await calls.run(TAKE_SLOT, [calls.keys.limit(key)], args)) === 1,
      () => true, // the node counts what it sees itself
    );
  }

  freeSlot(key: string, holder: string): Promise<void> {
    const { calls } = this.#parts;
    return calls.orElse(
      async () => void (await calls.ask((cluster) => cluster.zrem(calls.keys.limit(key), holder))),
      () => {}, // its time ends
    );
  }

  devicesElsewhere(userId: string, exceptDeviceId: string): Promise<number> {
    const { calls } = this.#parts;
    return calls.orElse(
      () => this.#countDevices(calls.keys.userDevices(nameKey(userId)), exceptDeviceId),
      () => 0,
    );
  }

  async #countDevices(key: string, exceptDeviceId: string): Promise<number> {
    const { calls, node, nodes } = this.#parts;
    let count = 0;
    for (const [deviceId, at] of Object.entries(await calls.ask((cluster) => cluster.hgetall(key)))) {
      if (at === node || deviceId === exceptDeviceId) continue;
      if (await nodes.isAlive(at)) count++;
      else await calls.ask((cluster) => cluster.hdel(key, deviceId)); // a lost node left it
    }
    return count;
  }
}

/** Counts guesses at all nodes, and at this one for the time when the cluster is away. */
class SharedGuesses implements GuessLimits {
  readonly #calls: Calls;
  readonly #own = new Guesses();

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  async check(guess: Guess, nowMs: number): Promise<GuessRank> {
    const own = this.#own.check(guess, nowMs);
    return this.#calls.orElse(
      async () => {
        const counters = countersOf(guess);
        const all = await Promise.all(counters.map((counter) => this.#count(counter, '0')));
        for (const [, waitMs] of all) if (waitMs > 0) throw tooManyGuesses(waitMs);
        return counters.some(({ isDoubtful }, index) => isDoubtful && (all[index]?.[0] ?? 0) > 0) ? 'doubtful' : own;
      },
      () => own,
    );
  }

  async failed(guess: Guess, nowMs: number): Promise<void> {
    this.#own.failed(guess, nowMs);
    await this.#calls.orElse(
      async () => void (await Promise.all(countersOf(guess).map((counter) => this.#count(counter, '1')))),
      () => {},
    );
  }

  async succeeded(guess: Guess): Promise<void> {
    this.#own.succeeded(guess);
    const [{ key }] = countersOf(guess);
    await this.#calls.orElse(
      async () => void (await this.#calls.ask((cluster) => cluster.del(this.#calls.keys.limit(key)))),
      () => {},
    );
  }

  async #count({ key, limits }: GuessCounter, failures: '0' | '1'): Promise<z.infer<typeof counted>> {
    const { free, firstWaitMs, longestWaitMs } = limits;
    const args = [failures, ...[free, firstWaitMs, longestWaitMs, FORGET_AFTER_MS].map(String)];
    return counted.parse(await this.#calls.run(COUNT_FAILURE, [this.#calls.keys.limit(key)], args));
  }
}
