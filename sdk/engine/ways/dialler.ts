import type { Endpoint, Source } from '../../protocol/index.js';
import type { PeerTransport } from '../transport/transport.js';
import type { Cancel, Clock } from '../util/clock.js';
import { dialAddresses } from './dial-addresses.js';
import type { DialReport } from './dial-findings.js';
import { DialGuard } from './dial-guard.js';
import type { DialRules } from './dial-rules.js';
import { Race, type RaceCallbacks } from './race.js';

/** Host names whose addresses are remembered, so that a restarted device is dialled again soon. */
const MAX_REMEMBERED_NAMES = 1000;

/** Time for resolving host names. */
const RESOLVE_TIMEOUT_MS = 5000;

export interface DiallerContext {
  readonly transport: Pick<PeerTransport, 'dial'>;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly rules: DialRules;
  /** Called with the result of each dial. */
  readonly report?: ((report: DialReport) => void) | undefined;
}

export type DialCallbacks = Omit<RaceCallbacks, 'onSettled'>;

/** Dials devices at all of their addresses, as the dial guard allows it. */
export class Dialler {
  readonly guard: DialGuard;
  readonly #context: DiallerContext;
  /** The races in progress, oldest first. */
  readonly #races = new Set<Race>();
  readonly #remembered = new Map<string, readonly Endpoint[]>();

  constructor(context: DiallerContext) {
    this.#context = context;
    this.guard = new DialGuard(context.random);
  }

  /** Dials a device. No call comes before this returns. Returns a function that gives up. */
  dial(source: Source, callbacks: DialCallbacks): Cancel {
    const found = dialAddresses(source, this.#context.rules);
    let race: Race | undefined;
    let isOver = false;
    const start = (addresses: readonly Endpoint[]) => {
      if (!isOver) race = this.#race(source, addresses, callbacks);
    };
    if (found instanceof Promise) {
      const cancel = this.#context.clock.after(RESOLVE_TIMEOUT_MS, () => start([]));
      void found.then((addresses) => {
        cancel();
        this.#remember(source.deviceId, addresses);
        if (!race) start(addresses);
      });
    } else if (found.length > 0) start(found);
    else this.#context.clock.after(0, () => start(found));
    return () => {
      isOver = true;
      race?.destroy();
    };
  }

  /** The tracker announced a peer, for the first time or again. */
  announced(source: Source): void {
    const { deviceId, userId, addresses = [source] } = source;
    for (const { host, port } of [...addresses, ...(this.#remembered.get(deviceId) ?? [])])
      this.guard.announced({ userId, host, port });
  }

  /** Dials what may be dialled now; called several times a second. */
  tick(nowMs: number): void {
    for (const race of this.#races) race.tick(nowMs);
  }

  /** Forgets old failures; called about every second. */
  review(nowMs: number): void {
    this.#sweep();
    this.guard.review(nowMs);
  }

  #race(source: Source, addresses: readonly Endpoint[], { onWon, onLost }: DialCallbacks): Race {
    const { transport, clock, report } = this.#context;
    const { deviceId, userId } = source;
    const race = new Race(
      userId,
      addresses,
      {
        ...{ clock, guard: this.guard },
        dial: (address, reader) => transport.dial({ deviceId, ...address }, reader),
        report: ({ host, port }, fault) => {
          const isOpen = source.reach === 'open' && host === source.host && port === source.port;
          report?.({ userId, host, isOpen, fault });
        },
      },
      {
        onWon,
        onLost,
        onSettled: () => void clock.after(0, () => this.#stepAll()),
      },
    );
    this.#races.add(race);
    race.step();
    this.#sweep();
    return race;
  }

  #stepAll(): void {
    for (const race of this.#races) race.step();
    this.#sweep();
  }

  #sweep(): void {
    for (const race of this.#races) if (race.isOver) this.#races.delete(race);
  }

  #remember(deviceId: string, addresses: readonly Endpoint[]): void {
    this.#remembered.delete(deviceId);
    this.#remembered.set(deviceId, addresses);
    const [oldest] = this.#remembered.keys();
    if (oldest !== undefined && this.#remembered.size > MAX_REMEMBERED_NAMES) this.#remembered.delete(oldest);
  }
}
