import { type MapperClock, within } from './router/clock.js';
import { requirePublic } from './router/public-address.js';
import type { Granted, Ports, Router } from './router/router.js';

/** A short lease is not renewed more often than this, whatever a router grants. */
const SHORTEST_RENEWAL_MS = 30_000;
/** How long a deletion may take. */
const DELETE_MS = 1500;

/**
 * One mapping at one router, from before it is asked for until it is deleted. The internal and the external port are kept apart: a renewal
 * names both.
 */
export class Lease {
  readonly router: Router;
  readonly #clock: MapperClock;
  #ports: Ports;
  #granted: Granted | undefined;
  #sinceMs = 0;

  constructor(router: Router, ports: Ports, clock: MapperClock) {
    this.router = router;
    this.#ports = ports;
    this.#clock = clock;
  }

  /** What the router has granted; undefined before its first answer. */
  get granted(): Granted | undefined {
    return this.#granted;
  }

  /** Time until the renewal, at half of the lifetime. */
  get renewalInMs(): number {
    const half = Math.max(SHORTEST_RENEWAL_MS, (this.#granted?.lifetimeMs ?? 0) / 2);
    return Math.max(0, this.#sinceMs + half - this.#clock.nowMs());
  }

  /** Maps the port, or renews the mapping. @throws PortMapError, also if the external address is not public; the signal's reason */
  async map(signal: AbortSignal): Promise<Granted> {
    const sinceMs = this.#clock.nowMs();
    const granted = await this.router.map(this.#ports, signal);
    this.#ports = { ...this.#ports, externalPort: granted.port };
    requirePublic(granted.host);
    this.#granted = granted;
    this.#sinceMs = sinceMs;
    return granted;
  }

  /** Whether the router still has the mapping. @throws PortMapError; the signal's reason */
  async isHeld(signal: AbortSignal): Promise<boolean> {
    return this.#granted !== undefined && (await this.router.check(this.#ports, this.#granted, signal)) === 'held';
  }

  /** Deletes the mapping. It takes a bounded time; afterwards a mapping that the router did not delete ends with its lifetime. */
  async delete(): Promise<void> {
    await within(this.#clock, DELETE_MS, (signal) => this.router.unmap(this.#ports, signal));
  }
}
