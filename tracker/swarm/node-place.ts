import { shuffled } from '@shoal/sdk/program';
import {
  type Endpoint,
  endpointFault,
  formatEndpoint,
  MAX_TRACKER_NODES,
  parseEndpoint,
  ShoalError,
} from '@shoal/sdk/protocol';
import type { Swarm } from './swarm.js';

/**
 * Parses where clients dial a node: `HOST:PORT`, an IP address or a name. Clients refuse what this refuses.
 * @throws ShoalError `INVALID_ARGUMENT`
 */
export function parseNodePlace(place: string | Endpoint): Endpoint {
  const parsed = parseEndpoint(place);
  const fault = endpointFault(parsed, true);
  if (fault === undefined) return parsed;
  const shown = formatEndpoint(parsed.host, parsed.port);
  throw new ShoalError(
    'INVALID_ARGUMENT',
    `Clients do not dial a tracker that announces ${shown}: it ${fault}. Announce the address at which clients reach this node.`,
  );
}

/** The nodes that a client is told, drawn from all, so that clients spread over them. */
export function drawNodes(swarm: Pick<Swarm, 'nodes'>): Endpoint[] {
  return shuffled(swarm.nodes(), Math.random).slice(0, MAX_TRACKER_NODES);
}
