import { randomBytes } from 'node:crypto';
import { backOffMs } from '../../program/index.js';
import { externalPorts } from './external-port.js';
import { findRoute, systemNetwork } from './gateway.js';
import { Lease } from './lease.js';
import { DEAD, isSameState, type MappingState, noMapping, OFF } from './mapping-state.js';
import { NONCE_BYTES } from './pcp/pcp.js';
import type { MapperNetwork, PortMapperOptions } from './port-mapper-options.js';
import { asPortMapError, probeRouters, ROUTER_PORTS } from './probing.js';
import { BACKGROUND_CLOCK, type MapperClock, pause, within } from './router/clock.js';
import { type PortMapError, weightiest } from './router/port-map-error.js';
import type { Conversation, MappedBy, Router } from './router/router.js';

/** Time between two looks whether the router still has the mapping. */
const CHECK_EVERY_MS = 300_000;
/** How long a mapping may take to show that it survived a change of the network. */
const SETTLE_MS = 5000;
/** Waits after a failure: doubled each time. */
const FIRST_RETRY_MS = 60_000;
const LAST_RETRY_MS = 1_800_000;

const ALL_PROTOCOLS: readonly MappedBy[] = ['pcp', 'nat-pmp', 'upnp'];

/**
 * Has the router pass connections to one TCP port on to this computer, by PCP, NAT-PMP or UPnP, and keeps it so: it renews the mapping,
 * notices when the router has lost it, and tries again after failures. A failure is a state, never an exception.
 */
export class PortMapper {
  readonly #options: PortMapperOptions;
  readonly #clock: MapperClock;
  readonly #nonce: Uint8Array;
  readonly #network: MapperNetwork;
  #state: MappingState = OFF;
  #internalPort: number | undefined;
  /** The external port that was granted last: it is asked for again. */
  #lastPort: number | undefined;
  /** What the router may have for this computer, from before the request on. */
  #lease: Lease | undefined;
  /** Whether the lease must be deleted, whatever the router says of it. */
  #isLeaseBad = false;
  /** Whether the mapping was made anew because nobody reached it from outside. */
  #isSecondTry = false;
  #hasGivenUp = false;
  #isClosed = false;
  #stop = new AbortController();
  #work: Promise<void> = Promise.resolve();

  constructor(options: PortMapperOptions) {
    const { clock = BACKGROUND_CLOCK, nonce = randomBytes(NONCE_BYTES), network } = options;
    if (nonce.length !== NONCE_BYTES) throw new RangeError(`the nonce has ${nonce.length} bytes, not ${NONCE_BYTES}`);
    this.#options = options;
    this.#clock = clock;
    this.#nonce = nonce;
    this.#network = network ?? {
      findRoute: (signal) => findRoute(systemNetwork(clock), signal),
      ports: ROUTER_PORTS,
    };
  }

  get state(): MappingState {
    return this.#state;
  }

  /** Starts to map a TCP port on which this computer listens. A mapping of another port is deleted first. */
  start(internalPort: number): void {
    if (internalPort !== this.#internalPort) {
      this.#lastPort = undefined;
      this.#isLeaseBad = true;
    }
    this.#internalPort = internalPort;
    this.#beginAnew();
  }

  /** The network may have changed. A mapping that the same router still has is kept; otherwise the port is mapped anew. */
  networkChanged(): void {
    if (this.#internalPort !== undefined) this.#beginAnew();
  }

  /**
   * The mapping was tried from outside, and nobody got through: it is deleted and made anew. After a second failure there is none until
   * `networkChanged` or `start`.
   */
  failed(): void {
    if (this.#state.kind !== 'mapped') return;
    this.#isLeaseBad = true;
    this.#hasGivenUp = this.#isSecondTry;
    this.#isSecondTry = true;
    this.#set(this.#hasGivenUp ? DEAD : { kind: 'asking' });
    this.#begin();
  }

  /** The mapping was tried from outside, and works. */
  confirmed(): void {
    if (this.#state.kind === 'mapped') this.#isSecondTry = false;
  }

  /** Deletes the mapping, and ends. It takes less than two seconds. */
  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isLeaseBad = true;
      this.#hasGivenUp = true;
      this.#begin();
      this.#isClosed = true;
      this.#state = OFF;
    }
    await this.#work;
  }

  #beginAnew(): void {
    this.#isSecondTry = false;
    this.#hasGivenUp = false;
    this.#begin();
  }

  /** Ends the work under way, and begins again with what is wanted now. */
  #begin(): void {
    if (this.#isClosed) return;
    this.#stop.abort();
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.#work = this.#work
      .then(() => (signal.aborted ? undefined : this.#run(signal)))
      .catch((error: unknown) => {
        if (!signal.aborted) this.#set(noMapping(this.#noted(error)));
      });
  }

  async #run(signal: AbortSignal): Promise<void> {
    if (this.#isLeaseBad || !(await this.#survives(signal))) await this.#deleteLease();
    signal.throwIfAborted();
    if (this.#hasGivenUp || this.#internalPort === undefined) return;
    const internalPort = this.#internalPort;
    for (let failures = 0; ; ) {
      if (this.#lease || (await this.#ask(internalPort, failures === 0, signal))) {
        failures = 0;
        await this.#keep(signal);
      } else {
        await pause(this.#clock, backOffMs(failures++, FIRST_RETRY_MS, LAST_RETRY_MS), signal);
      }
    }
  }

  /** Searches a router and maps the port. @returns false if there is no mapping; the state says why */
  async #ask(internalPort: number, isFirst: boolean, signal: AbortSignal): Promise<boolean> {
    if (isFirst) this.#set({ kind: 'asking' });
    const faults: PortMapError[] = [];
    try {
      const route = await this.#network.findRoute(signal);
      const { protocols = ALL_PROTOCOLS, random = Math.random } = this.#options;
      const conversation: Conversation = { route, clock: this.#clock, random };
      for await (const probed of probeRouters(protocols, conversation, this.#network.ports, this.#nonce, signal)) {
        const error = 'error' in probed ? probed.error : await this.#mapAt(probed.router, internalPort, signal);
        if (!error) return true;
        faults.push(this.#noted(error));
      }
    } catch (error) {
      signal.throwIfAborted();
      faults.push(this.#noted(error));
    }
    this.#set(noMapping(weightiest(faults)));
    return false;
  }

  /** Maps the port at a router, at the first external port that is free there. @returns why it failed */
  async #mapAt(router: Router, internalPort: number, signal: AbortSignal): Promise<PortMapError | undefined> {
    let error: PortMapError | undefined;
    for (const externalPort of externalPorts(internalPort, router.route.localAddress, this.#lastPort)) {
      this.#lease = new Lease(router, { internalPort, externalPort }, this.#clock);
      try {
        await this.#mapLease(this.#lease, signal);
        return undefined;
      } catch (thrown) {
        signal.throwIfAborted();
        error = asPortMapError(thrown);
        await this.#deleteLease();
        if (error.fault !== 'conflict') break;
      }
    }
    return error;
  }

  /** Watches and renews the mapping until it cannot be kept. */
  async #keep(signal: AbortSignal): Promise<void> {
    for (let lease = this.#lease; lease; lease = this.#lease) {
      await pause(this.#clock, Math.min(CHECK_EVERY_MS, lease.renewalInMs), signal);
      try {
        if (lease.renewalInMs === 0 || !(await lease.isHeld(signal))) await this.#mapLease(lease, signal);
      } catch (error) {
        signal.throwIfAborted();
        this.#noted(error);
        await this.#deleteLease();
      }
    }
  }

  async #mapLease(lease: Lease, signal: AbortSignal): Promise<void> {
    const { host, port } = await lease.map(signal);
    this.#lastPort = port;
    this.#set({ kind: 'mapped', by: lease.router.by, host, port });
  }

  /** Whether the mapping is still right after a change of the network: the same way leads to the same router, which still has it. */
  async #survives(signal: AbortSignal): Promise<boolean> {
    const lease = this.#lease;
    if (!lease?.granted) return false;
    try {
      return await within(
        this.#clock,
        SETTLE_MS,
        async (limit) => {
          const { gateway, localAddress } = await this.#network.findRoute(limit);
          const { route } = lease.router;
          return gateway === route.gateway && localAddress === route.localAddress && (await lease.isHeld(limit));
        },
        signal,
      );
    } catch {
      signal.throwIfAborted();
      return false; // whatever it was: the port is mapped anew
    }
  }

  /** Deletes what the router may have. */
  async #deleteLease(): Promise<void> {
    const lease = this.#lease;
    this.#lease = undefined;
    this.#isLeaseBad = false;
    try {
      await lease?.delete();
    } catch (error) {
      this.#noted(error); // the mapping ends with its lifetime
    }
  }

  #set(state: MappingState): void {
    if (this.#isClosed || isSameState(state, this.#state)) return;
    this.#state = state;
    try {
      this.#options.onChange(state);
    } catch (error) {
      this.#noted(error);
    }
  }

  #noted(error: unknown): PortMapError {
    const fault = asPortMapError(error);
    this.#options.log.debug(`port mapping: ${fault.message}`);
    return fault;
  }
}
