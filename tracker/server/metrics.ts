import type { MeetingWay, ReachVerdict } from '@shoal/sdk/protocol';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Store } from '../store/store.js';
import type { Swarm } from '../swarm/swarm.js';

/** Figures that are read when somebody asks for them. */
export interface LiveFigures {
  readonly connections: () => number;
  readonly relaySessions: () => number;
  readonly relayPlaces: () => number;
  readonly meetingsOpen: () => number;
}

/** To count rows takes longer the more there are: beyond so many, they are counted once in this time. */
const MANY_ROWS = 10_000;
const COUNTED_EVERY_MS = 60_000;

/** The metrics of a tracker, for Prometheus. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Counter<'method' | 'outcome'>;
  readonly #durations: Histogram<'method'>;
  readonly #checks: Counter<'verdict'>;
  readonly #meetings: Counter<'way' | 'outcome'>;
  readonly #relayedBytes: Counter;
  readonly #relayPlaces: Counter<'outcome'>;
  readonly #punches: Counter<'outcome'>;

  constructor(store: Store, swarm: Swarm, figures: LiveFigures) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#requests = new Counter({
      name: 'shoal_requests_total',
      help: 'Requests answered, by method and outcome (ok or an error code)',
      labelNames: ['method', 'outcome'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'shoal_request_seconds',
      help: 'Time from a request to its answer',
      labelNames: ['method'],
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
      registers,
    });
    this.#checks = new Counter({
      name: 'shoal_reach_checks_total',
      help: 'Addresses of devices dialled, by what was found there',
      labelNames: ['verdict'],
      registers,
    });
    this.#meetings = new Counter({
      name: 'shoal_meetings_total',
      help: 'Requests to meet, by way and outcome (ok or an error code)',
      labelNames: ['way', 'outcome'],
      registers,
    });
    this.#relayedBytes = new Counter({
      name: 'shoal_relayed_bytes_total',
      help: 'Bytes relayed, in both directions together',
      registers,
    });
    this.#relayPlaces = new Counter({
      name: 'shoal_relay_meetings_total',
      help: 'Meetings at the relay, by whether both ends came (met) or not (missed)',
      labelNames: ['outcome'],
      registers,
    });
    this.#punches = new Counter({
      name: 'shoal_punch_meetings_total',
      help: 'Meetings of devices that dial one another at once, by whether both showed a port (met) or not (missed)',
      labelNames: ['outcome'],
      registers,
    });
    gauge('shoal_connections', 'Clients connected', async () => figures.connections());
    gauge('shoal_relay_sessions', 'Connections that are relayed now', async () => figures.relaySessions());
    gauge('shoal_relay_places', 'Connections that are relayed, or awaited by the relay', async () =>
      figures.relayPlaces(),
    );
    gauge('shoal_meetings_open', 'Meetings that were arranged and have not taken place yet', async () =>
      figures.meetingsOpen(),
    );
    gauge('shoal_devices_online', 'Devices signed in', async () => (await swarm.counts()).devices);
    gauge('shoal_sources', 'Contents held by devices online', async () => (await swarm.counts()).sources);
    const counts = countsOf(store);
    gauge('shoal_users', 'Accounts', async () => (await counts()).users);
    gauge('shoal_groups', 'Groups', async () => (await counts()).groups);
    gauge('shoal_files', 'Files shared in groups', async () => (await counts()).files);
    gauge('shoal_versions', 'Versions of these files', async () => (await counts()).versions);

    function gauge(name: string, help: string, read: () => Promise<number>): void {
      const made: Gauge = new Gauge({ name, help, registers, collect: async () => made.set(await read()) });
    }
  }

  /** Starts the clock of a request. Call the result with its outcome at the end. */
  startRequest(method: string): (outcome: string) => void {
    const stop = this.#durations.startTimer({ method });
    return (outcome) => {
      stop();
      this.#requests.inc({ method, outcome });
    };
  }

  /** Counts the verdict on an address. */
  checked(verdict: ReachVerdict): void {
    this.#checks.inc({ verdict });
  }

  /** Counts a request to meet. */
  meetingAsked(way: MeetingWay, outcome: string): void {
    this.#meetings.inc({ way, outcome });
  }

  /** Counts relayed bytes. */
  relayed(bytes: number): void {
    this.#relayedBytes.inc(bytes);
  }

  /** Counts a meeting at the relay. */
  relayMet(haveMet: boolean): void {
    this.#relayPlaces.inc({ outcome: haveMet ? 'met' : 'missed' });
  }

  /** Counts a meeting of two devices that dial one another at the same time. */
  punchMet(haveMet: boolean): void {
    this.#punches.inc({ outcome: haveMet ? 'met' : 'missed' });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

/** Reads the counts of a store. Simultaneous reads share one. */
function countsOf(store: Pick<Store, 'counts'>): () => ReturnType<Store['counts']> {
  let last: ReturnType<Store['counts']> | undefined;
  const forget = (reading: typeof last) => {
    if (last === reading) last = undefined;
  };
  return () => {
    if (last) return last;
    const reading = store.counts();
    last = reading;
    reading.then(
      ({ users, groups, files }) => {
        if (users + groups + files < MANY_ROWS) forget(reading);
        else setTimeout(forget, COUNTED_EVERY_MS, reading).unref();
      },
      () => forget(reading),
    );
    return reading;
  };
}
