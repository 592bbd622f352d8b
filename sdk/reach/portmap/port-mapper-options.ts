import type { MappingState } from './mapping-state.js';
import type { RouterPorts } from './probing.js';
import type { MapperClock } from './router/clock.js';
import type { MappedBy, Route } from './router/router.js';

/** How a mapper reaches its router. */
export interface MapperNetwork {
  findRoute(signal: AbortSignal): Promise<Route>;
  readonly ports: RouterPorts;
}

export interface PortMapperOptions {
  /** Called after each change of `state`. */
  readonly onChange: (state: MappingState) => void;
  /** Takes details for developers. */
  readonly log: { debug(message: string): void };
  /** Default: the system's clock, with timers that keep no process alive. */
  readonly clock?: MapperClock;
  /** Numbers in [0, 1). Default: `Math.random`. */
  readonly random?: () => number;
  /** Which protocols may be used. Default: all. */
  readonly protocols?: readonly MappedBy[];
  /**
   * 12 secret bytes of this device, by which a PCP router recognises it. With the same ones after a restart, it takes over a mapping that
   * a crash left behind. Default: random.
   */
  readonly nonce?: Uint8Array;
  /** Default: the system's default route, and the routers' well-known ports. */
  readonly network?: MapperNetwork;
}
