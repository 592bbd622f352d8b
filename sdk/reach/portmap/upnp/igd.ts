import { PortMapError } from '../router/port-map-error.js';
import type { Conversation } from '../router/router.js';
import { httpRequest } from './bounded-http.js';
import type { Service } from './soap.js';
import { addressAtResponder } from './ssdp.js';
import { scanXml } from './xml.js';

/** The services that map ports, of both versions of the Internet Gateway Device, in the order in which they are tried. */
const MAPPING_SERVICES = ['WANIPConnection:2', 'WANIPConnection:1', 'WANPPPConnection:1'].map(
  (name) => `urn:schemas-upnp-org:service:${name}`,
);
/** What is read of one description. A router has about ten services. */
const MAX_SERVICES = 64;
/** Connections of one router that are tried: a router may have one by cable and one by modem. */
const MAX_CONNECTIONS = 4;

/** A description's services, as they stand there. */
export interface Description {
  readonly urlBase: string | undefined;
  readonly services: readonly { readonly type: string; readonly controlUrl: string }[];
}

/** Reads a router's description. Anything but a description has no services. */
export function parseDescription(xml: string): Description {
  const services: { type: string; controlUrl: string }[] = [];
  let urlBase: string | undefined;
  let inside: { type: string; controlUrl: string } | undefined;
  let text = '';
  for (const token of scanXml(xml)) {
    if (token.kind === 'text') text = token.text.trim();
    else if (token.kind === 'open') {
      text = '';
      if (token.name === 'service') inside = { type: '', controlUrl: '' };
    } else {
      if (token.name === 'URLBase') urlBase ??= text;
      else if (token.name === 'serviceType' && inside) inside.type = text;
      else if (token.name === 'controlURL' && inside) inside.controlUrl = text;
      else if (token.name === 'service' && inside) {
        if (services.push(inside) >= MAX_SERVICES) break;
        inside = undefined;
      }
      text = '';
    }
  }
  return { urlBase: urlBase || undefined, services };
}

/**
 * Fetches a router's description, and returns the services that map ports. A service whose address leads elsewhere is left out.
 * @throws PortMapError `malformed` if there is none
 */
export async function mappingServices(
  conversation: Conversation,
  location: URL,
  signal: AbortSignal,
): Promise<Service[]> {
  const { status, body } = await httpRequest(conversation, { url: location, method: 'GET' }, signal);
  const { urlBase, services } = status === 200 ? parseDescription(body) : { urlBase: undefined, services: [] };
  const responder = location.hostname;
  const base = urlBase === undefined ? location : addressAtResponder(urlBase, responder, conversation.route);
  const usable = MAPPING_SERVICES.flatMap((wanted) =>
    services
      .filter(({ type }) => type === wanted)
      .flatMap(({ type, controlUrl }) => {
        const control = base && addressAtResponder(controlUrl, responder, conversation.route, base);
        return control ? [{ type, control }] : [];
      }),
  );
  if (usable.length === 0)
    throw new PortMapError(
      'malformed',
      `${location.host} answers as a UPnP router, but has no service that maps ports.`,
    );
  return usable.slice(0, MAX_CONNECTIONS);
}
