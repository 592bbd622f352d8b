import type { Endpoint } from '../../protocol/index.js';
import type { PunchPort, PunchTry } from '../transport/transport.js';
import type { Cancel, Clock } from '../util/clock.js';
import type { DialGuard, DialTarget } from './dial-guard.js';
import type { DialRules } from './dial-rules.js';

/** Time until the tracker has seen both devices. */
const SHOWN_WITHIN_MS = 4000;
/** Time from the first try to the connection. */
const TRIES_MS = 3000;
/** Time between a refused try and the next one: a router refuses what it sees before its own device dials. */
const AGAIN_MS = 50;
const AGAIN_SPREAD_MS = 100;

export interface PunchContext {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly guard: DialGuard;
  readonly rules: Pick<DialRules, 'mayDial'>;
}

export interface PunchOrder {
  /** The user of the other device. */
  readonly userId: string;
  /** Shows a port to the tracker. */
  readonly show: (onLost: (reason: string) => void) => PunchPort;
  /** Begins one try from that port. No call comes before this returns. */
  readonly dial: (port: PunchPort, address: Endpoint, attempt: PunchTry) => Cancel;
  /** No connection came about. This is the last call. */
  readonly onFailed: (reason: string) => void;
  /** The meeting is over, or its stream proved. Called once. */
  readonly onOver: () => void;
}

/**
 * One meeting at which two devices dial one another at the same time: shows a port to the tracker, waits until the tracker tells where the
 * other device is, and dials it until both connections are one.
 */
export class Punch {
  readonly #context: PunchContext;
  readonly #order: PunchOrder;
  readonly #port: PunchPort;
  #state: 'shown' | 'dialling' | 'connected' | 'over' = 'shown';
  #target: DialTarget | undefined;
  /** Ends what is awaited or tried now. */
  #cancelStep: Cancel = () => {};
  #cancelTimeout: Cancel;

  /** No call comes before this returns. */
  constructor(context: PunchContext, order: PunchOrder) {
    this.#context = context;
    this.#order = order;
    this.#port = order.show((reason) => {
      if (this.#state === 'shown') this.#fail(`the tracker did not look at a port of this device: ${reason}`);
    });
    this.#cancelTimeout = context.clock.after(SHOWN_WITHIN_MS, () => this.#fail('the other device did not come'));
  }

  /** The tracker has seen both devices: the other one is at this address. */
  go(address: Endpoint, afterMs: number): void {
    if (this.#state !== 'shown') return;
    this.#state = 'dialling';
    const { clock, guard, rules } = this.#context;
    this.#cancelTimeout();
    const target = { userId: this.#order.userId, ...address };
    if (!rules.mayDial(address) || !guard.tryDial(target, clock.nowMs())) {
      this.#fail('this device does not dial where the tracker sees the other one');
      return;
    }
    this.#target = target;
    this.#cancelTimeout = clock.after(afterMs + TRIES_MS, () => this.#fail('the routers let nothing through'));
    this.#cancelStep = clock.after(afterMs, () => this.#try(address));
  }

  /** The other device has proved its id. */
  proved(): void {
    this.#settle('worked');
    this.#end();
  }

  /** The connection ended. Unless the other device had proved its id, the dial counts as failed. */
  lost(): void {
    this.#settle('failed');
    this.close();
  }

  /** Gives up, and destroys what is under way. No call follows. */
  close(): void {
    const cancel = this.#cancelStep;
    this.#end();
    cancel();
  }

  #try(address: Endpoint): void {
    const { clock, random } = this.#context;
    this.#cancelStep = this.#order.dial(this.#port, address, {
      onOpen: () => {
        if (this.#state !== 'dialling') return;
        this.#state = 'connected';
        this.#cancelTimeout();
        this.#port.close();
      },
      onFailed: (reason, kind) => {
        if (this.#state !== 'dialling') return;
        if (kind !== 'refused') this.#fail(reason);
        else this.#cancelStep = clock.after(AGAIN_MS + AGAIN_SPREAD_MS * random(), () => this.#try(address));
      },
    });
  }

  #fail(reason: string): void {
    if (this.#state === 'over') return;
    this.lost();
    this.#order.onFailed(reason);
  }

  #settle(outcome: 'worked' | 'failed' | 'unused'): void {
    const target = this.#target;
    this.#target = undefined;
    if (!target) return;
    const { guard, clock } = this.#context;
    guard.settled(target);
    guard.ended(target, outcome, clock.nowMs());
  }

  #end(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#settle('unused');
    this.#cancelTimeout();
    this.#cancelStep = () => {};
    this.#port.close();
    this.#order.onOver();
  }
}
