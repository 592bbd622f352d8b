import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Store } from '../store/store.js';
import type { Swarm } from '../swarm/swarm.js';

/** The metrics of a tracker, for Prometheus. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Counter<'method' | 'outcome'>;
  readonly #durations: Histogram<'method'>;

  constructor(store: Store, swarm: Swarm, countConnections: () => number) {
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
    gauge('shoal_connections', 'Clients connected', async () => countConnections());
    gauge('shoal_devices_online', 'Devices signed in', async () => (await swarm.counts()).devices);
    gauge('shoal_sources', 'Contents held by devices online', async () => (await swarm.counts()).sources);
    gauge('shoal_users', 'Accounts', async () => (await store.counts()).users);
    gauge('shoal_groups', 'Groups', async () => (await store.counts()).groups);
    gauge('shoal_files', 'Files shared in groups', async () => (await store.counts()).files);
    gauge('shoal_versions', 'Versions of these files', async () => (await store.counts()).versions);

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

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
