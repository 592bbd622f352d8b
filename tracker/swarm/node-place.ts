import { type Endpoint, endpointFault, formatEndpoint, parseEndpoint, ShoalError } from '@shoal/sdk/protocol';

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
