import type { Endpoint } from '../../protocol/index.js';
import type { ConnectMode, NetworkCommand, TrackerPlace } from '../network-messages.js';
import type { MeetingTransport, ServedCall } from '../transport/transport.js';
import type { Cancel, Clock } from '../util/clock.js';
import type { DialGuard } from './dial-guard.js';
import type { DialRules } from './dial-rules.js';
import type { Punches } from './punches.js';

/** A member asks this device to meet. */
export type Call = Omit<NetworkCommand & { type: 'called' }, 'type'>;

/** Calls that are answered at a time; others are ignored. */
const CALLS_AT_ONCE = 16;
/** The next address is dialled after this time. Each is dialled once. */
const NEXT_ADDRESS_MS = 250;
const CALL_TIMEOUT_MS = 10_000;

export interface AnsweredCallsContext {
  readonly clock: Clock;
  readonly guard: DialGuard;
  readonly rules: DialRules;
  readonly punches: Pick<Punches, 'serve'>;
  /** Undefined if the transport has no meetings. */
  readonly transport: MeetingTransport | undefined;
  /** The ways that the user allows. */
  connect(): ConnectMode;
  log(message: string): void;
}

/**
 * Answers members that ask this device to meet: dials them or the relay, and serves them on that connection. No address that a member
 * announces is tried twice, so that nobody can direct many connections to it.
 */
export class AnsweredCalls {
  readonly #context: AnsweredCallsContext;
  /** The meetings that are being answered. */
  readonly #answers = new Map<string, Cancel>();

  constructor(context: AnsweredCallsContext) {
    this.#context = context;
  }

  answer(call: Call): void {
    const { transport, rules } = this.#context;
    const connect = this.#context.connect();
    const isAllowed = connect === 'auto' || (connect === 'relay') === (call.relay !== undefined);
    if (!transport || !isAllowed || this.#answers.has(call.meeting)) return;
    if (this.#answers.size >= CALLS_AT_ONCE) {
      this.#context.log(`device ${call.deviceId.slice(0, 12)} calls while ${CALLS_AT_ONCE} others do: ignored`);
      return;
    }
    if (call.relay) this.#answerByRelay(call, call.relay, transport);
    else if (call.observer) this.#answerByPunch(call, call.observer);
    else this.#answerDirectly(call, call.addresses.filter(rules.mayDial), transport);
  }

  /** Gives up everything. */
  close(): void {
    for (const end of [...this.#answers.values()]) end();
  }

  #answerByRelay({ meeting, deviceId }: Call, relay: TrackerPlace, transport: MeetingTransport): void {
    const cancel = transport.serve({
      deviceId,
      address: { host: relay.host, port: relay.port },
      preamble: { kind: 'relay', token: relay.token, side: 'source' },
      onServed: () => this.#end(meeting),
      onFailed: (reason) => {
        this.#context.log(`device ${deviceId.slice(0, 12)} called to a relay: ${reason}`);
        this.#end(meeting);
      },
    });
    this.#begin(meeting, [cancel]);
  }

  #answerByPunch({ meeting, deviceId, userId }: Call, place: TrackerPlace): void {
    const cancel = this.#context.punches.serve(
      { meeting, place, deviceId, userId },
      {
        onServed: () => this.#end(meeting),
        onFailed: (reason) => {
          this.#context.log(`device ${deviceId.slice(0, 12)} called, to dial at the same time: ${reason}`);
          this.#end(meeting);
        },
      },
    );
    this.#begin(meeting, [cancel]);
  }

  #answerDirectly(call: Call, addresses: readonly Endpoint[], transport: MeetingTransport): void {
    const { clock } = this.#context;
    let left = addresses.length;
    const cancels: Cancel[] = [];
    for (const [index, address] of addresses.entries()) {
      const onFailed = () => {
        left--;
        if (left === 0) this.#end(call.meeting);
      };
      const dial = () => {
        const cancel = this.#dial(call, address, transport, onFailed);
        if (cancel) cancels.push(cancel);
        else onFailed();
      };
      cancels.push(clock.after(index * NEXT_ADDRESS_MS, dial));
    }
    if (left > 0) this.#begin(call.meeting, cancels);
  }

  /** Dials one address, if the dial guard allows it. */
  #dial(
    { meeting, deviceId, userId }: Call,
    address: Endpoint,
    transport: MeetingTransport,
    onFailed: () => void,
  ): Cancel | undefined {
    const { clock, guard, log } = this.#context;
    const target = { userId, host: address.host, port: address.port };
    if (!guard.tryDial(target, clock.nowMs())) return undefined;
    let isOver = false;
    const settle = (outcome: 'worked' | 'failed' | 'unused') => {
      if (isOver) return;
      isOver = true;
      guard.settled(target);
      guard.ended(target, outcome, clock.nowMs());
    };
    const call: ServedCall = {
      ...{ address, deviceId },
      preamble: { kind: 'back', token: meeting, side: 'source' },
      onServed: () => {
        settle('worked');
        this.#end(meeting);
      },
      onFailed: (reason) => {
        if (isOver) return;
        settle('failed');
        log(`device ${deviceId.slice(0, 12)} called, and does not answer at ${address.host}: ${reason}`);
        onFailed();
      },
    };
    const cancel = transport.serve(call);
    return () => {
      settle('unused');
      cancel();
    };
  }

  #begin(meeting: string, cancels: readonly Cancel[]): void {
    const { clock } = this.#context;
    const cancelTimeout = clock.after(CALL_TIMEOUT_MS, () => this.#end(meeting));
    this.#answers.set(meeting, () => {
      cancelTimeout();
      this.#answers.delete(meeting);
      for (const cancel of cancels) cancel();
    });
  }

  /** Gives up the dials of a meeting that are still under way. */
  #end(meeting: string): void {
    this.#answers.get(meeting)?.();
  }
}
