import { onAbort } from '../../program/index.js';
import { NAT_PMP_PORT } from './pcp/nat-pmp.js';
import { NatPmpRouter } from './pcp/nat-pmp-router.js';
import { PcpRouter } from './pcp/pcp-router.js';
import { within } from './router/clock.js';
import { PortMapError } from './router/port-map-error.js';
import type { Conversation, MappedBy, Router } from './router/router.js';
import { IgdRouter } from './upnp/igd-router.js';
import { SSDP_GROUP, type SsdpTarget } from './upnp/ssdp.js';

/** Where routers listen. */
export interface RouterPorts {
  /** UDP, for PCP and NAT-PMP. */
  readonly mapping: number;
  readonly ssdp: SsdpTarget;
}

/** Time for all routers that answer the search by UPnP together. Each of them may take long, and some may be forged. */
const UPNP_PROBE_MS = 10_000;

export const ROUTER_PORTS: RouterPorts = { mapping: NAT_PMP_PORT, ssdp: SSDP_GROUP };

/** A router that answered, or why a protocol has none. */
export type Probed = { readonly router: Router } | { readonly error: PortMapError };

/**
 * Asks by all protocols at once who maps ports, and yields each answer as it comes. Nothing changes at the router: who takes the first
 * one leaves nothing behind of the others. Leaving the iteration ends the other questions.
 * @throws the signal's reason
 */
export async function* probeRouters(
  protocols: readonly MappedBy[],
  conversation: Conversation,
  ports: RouterPorts,
  nonce: Uint8Array,
  signal: AbortSignal,
): AsyncGenerator<Probed> {
  signal.throwIfAborted();
  const stop = new AbortController();
  const leave = onAbort(signal, () => stop.abort(signal.reason));
  const probes: Readonly<Record<MappedBy, () => Promise<Router>>> = {
    pcp: () => PcpRouter.probe(conversation, ports.mapping, nonce, stop.signal),
    'nat-pmp': () => NatPmpRouter.probe(conversation, ports.mapping, stop.signal),
    upnp: () =>
      within(
        conversation.clock,
        UPNP_PROBE_MS,
        (limit) => IgdRouter.probe(conversation, ports.ssdp, limit),
        stop.signal,
      ),
  };
  const pending = new Set<Promise<Probed>>();
  for (const protocol of protocols) {
    const probe: Promise<Probed> = probes[protocol]()
      .then(
        (router) => ({ router }),
        (error: unknown) => ({ error: asPortMapError(error) }),
      )
      .finally(() => pending.delete(probe));
    pending.add(probe);
  }
  try {
    while (pending.size > 0) {
      const probed = await Promise.race(pending);
      signal.throwIfAborted();
      yield probed;
    }
  } finally {
    leave();
    stop.abort();
  }
}

/** Any failure as one of this room: a router must not be able to end the program by an error that nobody thought of. */
export function asPortMapError(error: unknown): PortMapError {
  if (error instanceof PortMapError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new PortMapError('no-answer', `The router could not be asked: ${text}.`, { cause: error });
}
