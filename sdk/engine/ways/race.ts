import type { Endpoint } from '../../protocol/index.js';
import type { DialledReader, PeerStream } from '../transport/transport.js';
import type { Cancel, Clock } from '../util/clock.js';
import { Candidate } from './candidate.js';
import { SILENCE } from './dial-findings.js';
import type { DialGuard, DialOutcome, DialTarget } from './dial-guard.js';

/** The next address is dialled after this time, or once all dialled ones have failed. */
const NEXT_ADDRESS_MS = 250;
/** Time for all addresses together. */
const RACE_TIMEOUT_MS = 10_000;
/** A race without a dial under way that would wait longer for the next one fails, so that other peers can be tried. */
const PATIENCE_MS = 2000;

export interface RaceContext {
  readonly clock: Clock;
  readonly guard: DialGuard;
  dial(address: Endpoint, reader: DialledReader): PeerStream;
  /** Called with the result of each dial that this race did not give up: why it failed, or undefined. */
  report?(address: Endpoint, fault: string | undefined): void;
}

/** The first stream that connected. */
export interface RaceWinner {
  readonly candidate: Candidate;
  readonly address: Endpoint;
  /** Its connection has ended. Must be called once. */
  ended(outcome: DialOutcome): void;
}

export interface RaceCallbacks {
  onWon(winner: RaceWinner): void;
  /** No address answers. This is the last call. */
  onLost(reason: string): void;
  /** A dial succeeded or failed, so that another race may dial. */
  onSettled(): void;
}

interface Attempt {
  readonly target: DialTarget;
  readonly candidate: Candidate;
}

/**
 * Dials the addresses of one device, one after the other, and all of them go on. The first finished handshake wins, and the others are
 * destroyed. Each dial counts in the dial guard.
 */
export class Race {
  readonly #context: RaceContext;
  readonly #callbacks: RaceCallbacks;
  readonly #userId: string;
  readonly #attempts = new Set<Attempt>();
  readonly #cancelTimeout: Cancel;
  /** The addresses that are not dialled yet. */
  #left: Endpoint[];
  #cancelNext: Cancel | undefined;
  #startedMs = 0;
  /** Since when no dial is under way. */
  #idleSinceMs: number;
  #reason = 'it has no address that may be dialled';
  #isOver = false;

  constructor(userId: string, addresses: readonly Endpoint[], context: RaceContext, callbacks: RaceCallbacks) {
    this.#userId = userId;
    this.#left = [...addresses];
    this.#context = context;
    this.#callbacks = callbacks;
    this.#idleSinceMs = context.clock.nowMs();
    this.#cancelTimeout = context.clock.after(RACE_TIMEOUT_MS, () => this.#lose(SILENCE, 'failed'));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Dials what may be dialled now. */
  step(): void {
    const nowMs = this.#context.clock.nowMs();
    while (!this.#isOver && this.#left.length > 0) {
      const restMs = this.#attempts.size > 0 ? this.#startedMs + NEXT_ADDRESS_MS - nowMs : 0;
      if (restMs > 0) {
        this.#cancelNext ??= this.#context.clock.after(restMs, () => {
          this.#cancelNext = undefined;
          this.step();
        });
        return;
      }
      const next = this.#left.findIndex((address) => this.#context.guard.tryDial(this.#targetOf(address), nowMs));
      if (next < 0) return;
      for (const address of this.#left.splice(next, 1)) this.#dial(address, nowMs);
    }
    if (this.#left.length === 0 && this.#attempts.size === 0) this.#lose(this.#reason, 'failed');
  }

  /** Loses if the next dial would have to wait too long; called several times a second. */
  tick(nowMs: number): void {
    this.step();
    if (this.#isOver || this.#attempts.size > 0) return;
    const barredMs = this.#left.map((address) => this.#context.guard.barredMs(this.#targetOf(address), nowMs));
    if (nowMs - this.#idleSinceMs + Math.min(...barredMs) >= PATIENCE_MS)
      this.#lose('it is not to be dialled again so soon', 'unused');
  }

  /** Ends without a call. */
  destroy(): void {
    this.#end('unused');
  }

  #targetOf({ host, port }: Endpoint): DialTarget {
    return { userId: this.#userId, host, port };
  }

  #dial(address: Endpoint, nowMs: number): void {
    this.#startedMs = nowMs;
    const target = this.#targetOf(address);
    const candidate = new Candidate((reader) => this.#context.dial(address, reader), {
      onConnected: () => this.#won(attempt),
      onFailed: (_candidate, reason) => this.#failed(attempt, reason),
    });
    const attempt: Attempt = { target, candidate };
    this.#attempts.add(attempt);
  }

  #won({ target, candidate }: Attempt): void {
    if (this.#isOver) return;
    const { guard, clock } = this.#context;
    for (const attempt of this.#attempts) if (attempt.candidate === candidate) this.#attempts.delete(attempt);
    guard.settled(target);
    this.#report(target, undefined);
    this.#end('unused');
    const ended = (outcome: DialOutcome) => guard.ended(target, outcome, clock.nowMs());
    this.#callbacks.onWon({ candidate, address: { host: target.host, port: target.port }, ended });
    this.#callbacks.onSettled();
  }

  #failed(attempt: Attempt, reason: string): void {
    if (this.#isOver) return;
    const { guard, clock } = this.#context;
    this.#attempts.delete(attempt);
    this.#reason = reason;
    this.#idleSinceMs = clock.nowMs();
    this.#report(attempt.target, reason);
    guard.settled(attempt.target);
    guard.ended(attempt.target, 'failed', this.#idleSinceMs);
    this.step();
    this.#callbacks.onSettled();
  }

  #lose(reason: string, outcome: DialOutcome): void {
    if (this.#isOver) return;
    this.#end(outcome);
    this.#callbacks.onLost(reason);
  }

  #report({ host, port }: DialTarget, fault: string | undefined): void {
    this.#context.report?.({ host, port }, fault);
  }

  /** @param outcome of the dials under way */
  #end(outcome: DialOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelTimeout();
    this.#cancelNext?.();
    const { guard, clock } = this.#context;
    for (const { target, candidate } of this.#attempts) {
      candidate.drop();
      if (outcome === 'failed') this.#report(target, SILENCE);
      guard.settled(target);
      guard.ended(target, outcome, clock.nowMs());
    }
    if (this.#attempts.size > 0) this.#callbacks.onSettled();
    this.#attempts.clear();
    this.#left = [];
  }
}
