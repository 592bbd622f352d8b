import type { Source } from '../../protocol/index.js';
import type { ConnectMode } from '../network-messages.js';
import type { PeerPath } from '../progress.js';
import type { MeetingTransport, PeerStream, StreamReader } from '../transport/transport.js';
import type { Cancel, Clock } from '../util/clock.js';
import { Candidate } from './candidate.js';
import { isNear } from './dial-addresses.js';
import type { DialOutcome } from './dial-guard.js';
import type { Dialler } from './dialler.js';
import { nextStep, WAYS, type Way, type WayState } from './ladder.js';
import type { Meetings } from './meetings.js';
import type { Punches } from './punches.js';
import { type Circumstances, type Failures, type NoWay, whyNoWay, whyThisWay } from './why.js';

export interface SearchContext {
  readonly clock: Clock;
  readonly dialler: Dialler;
  readonly meetings: Meetings;
  readonly punches: Pick<Punches, 'works' | 'read'>;
  /** Undefined if the transport has no meetings. */
  readonly transport: MeetingTransport | undefined;
}

/** What to look for: a stream to a device, by the allowed ways. */
export interface SearchOrder {
  readonly source: Source;
  /** A group of both devices. */
  readonly groupId: string;
  readonly connect: ConnectMode;
}

/** A stream to a device that has proved its id. */
export interface FoundRoute {
  readonly path: Exclude<PeerPath, 'none'>;
  /** One sentence that says why it is this way. */
  readonly why: string;
  /** Starts reading. Must be called at once. */
  bind(reader: StreamReader): PeerStream;
  /** The connection has ended. Must be called once. */
  ended(outcome: DialOutcome): void;
}

export interface SearchCallbacks {
  onFound(route: FoundRoute): void;
  /** No way leads there. `reason` is for the log. */
  onFailed(reason: string, noWay: NoWay): void;
}

/** One search for a stream to a device. The ladder says which ways to try; the first stream wins, and the others are given up. */
export class RouteSearch {
  readonly #order: SearchOrder;
  readonly #context: SearchContext;
  readonly #callbacks: SearchCallbacks;
  readonly #states: Record<Way, WayState> = {
    ...{ direct: 'untried', back: 'untried', punch: 'untried', relay: 'untried' },
  };
  readonly #failures: Failures = {};
  readonly #giveUp = new Set<Cancel>();
  readonly #sinceMs: number;
  #cancelAgain: Cancel | undefined;
  #isOver = false;

  /** No call comes before this returns. */
  constructor(order: SearchOrder, context: SearchContext, callbacks: SearchCallbacks) {
    this.#order = order;
    this.#context = context;
    this.#callbacks = callbacks;
    this.#sinceMs = context.clock.nowMs();
    if (!context.punches.works) this.#states.punch = 'failed';
    this.#step();
  }

  /** The tracker announced the device, so that it is back: what failed for want of the tracker is tried once more. */
  announced(): void {
    for (const way of WAYS) {
      if (this.#states[way] !== 'failed' || this.#failures[way]?.code !== 'DISCONNECTED') continue;
      this.#states[way] = 'untried';
      delete this.#failures[way];
    }
    this.#step();
  }

  /** Ends without a call. */
  destroy(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelAgain?.();
    for (const giveUp of [...this.#giveUp]) giveUp();
  }

  get #circumstances(): Circumstances {
    return { connect: this.#order.connect, meets: this.#meets, failures: this.#failures };
  }

  get #meets(): boolean {
    return this.#order.source.meets === true && this.#context.transport !== undefined;
  }

  #step(): void {
    if (this.#isOver) return;
    const { connect, source } = this.#order;
    const { start, againMs, isOver } = nextStep({
      ...{ connect, meets: this.#meets, isBehind: source.reach === 'behind', states: this.#states },
      elapsedMs: this.#context.clock.nowMs() - this.#sinceMs,
    });
    this.#cancelAgain?.();
    this.#cancelAgain = undefined;
    if (isOver) {
      this.#fail();
      return;
    }
    for (const way of start) {
      this.#states[way] = 'trying';
      if (way === 'direct') this.#dial();
      else this.#meet(way);
    }
    if (againMs === undefined) return;
    const restMs = this.#sinceMs + againMs - this.#context.clock.nowMs();
    this.#cancelAgain = this.#context.clock.after(Math.max(1, restMs), () => this.#step());
  }

  #dial(): void {
    const giveUp = this.#context.dialler.dial(this.#order.source, {
      onWon: ({ candidate, address, ended }) =>
        this.#found(isNear(address.host) ? 'lan' : 'direct', { candidate, ended }),
      onLost: (message) => this.#lost('direct', { message }),
    });
    this.#giveUp.add(giveUp);
  }

  #meet(way: Exclude<Way, 'direct'>, isRepeated = false): void {
    const { meetings, punches, transport } = this.#context;
    if (!transport) return;
    const { groupId, source } = this.#order;
    const { deviceId, userId } = source;
    let candidate: Candidate | undefined;
    let named = (_meeting: string): void => {};
    const callbacks = {
      onConnected: (connected: Candidate) => {
        this.#giveUp.delete(giveUp);
        asked.came();
        this.#found(way === 'punch' ? 'punched' : way, { candidate: connected, ended: () => {} });
      },
      onFailed: (_candidate: Candidate, message: string) => fail(message),
    };
    const fail = (message: string) => {
      if (way === 'punch' && !isRepeated && punches.works) {
        giveUp();
        this.#meet('punch', true); // from another port
        return;
      }
      asked.failed();
      giveUp();
      this.#lost(way, { message });
    };
    const asked = meetings.ask(
      { groupId, deviceId, by: way },
      {
        onAsked: () => {
          if (way !== 'back') return;
          candidate = new Candidate((reader) => {
            const stream = transport.await(deviceId, reader);
            named = (meeting) => stream.named(meeting);
            return stream;
          }, callbacks);
        },
        onArranged: (meeting, place) => {
          if (way === 'back') named(meeting);
          else if (!candidate && place)
            candidate = new Candidate(
              (reader) =>
                way === 'relay'
                  ? transport.relay(place, deviceId, reader)
                  : punches.read({ meeting, place, deviceId, userId }, reader),
              callbacks,
            );
          else if (!candidate) fail('the tracker names no place to meet');
        },
        onRefused: (code, message) => {
          giveUp();
          this.#lost(way, { code, message });
        },
      },
    );
    const giveUp = () => {
      this.#giveUp.delete(giveUp);
      candidate?.drop();
      asked.giveUp();
    };
    this.#giveUp.add(giveUp);
  }

  #found(
    path: FoundRoute['path'],
    { candidate, ended }: { readonly candidate: Candidate; readonly ended: FoundRoute['ended'] },
  ): void {
    if (this.#isOver) {
      candidate.drop();
      ended('unused');
      return;
    }
    this.destroy();
    const why = whyThisWay(path, this.#circumstances);
    this.#callbacks.onFound({ path, why, ended, bind: (reader) => candidate.bind(reader) });
  }

  #lost(way: Way, failure: NonNullable<Failures[Way]>): void {
    this.#states[way] = 'failed';
    this.#failures[way] = failure;
    this.#step();
  }

  #fail(): void {
    if (this.#isOver) return;
    this.destroy();
    const { direct, back, punch, relay } = this.#failures;
    const reason = direct?.message ?? back?.message ?? punch?.message ?? relay?.message ?? 'no way leads to it';
    this.#context.clock.after(0, () => this.#callbacks.onFailed(reason, whyNoWay(this.#circumstances)));
  }
}
