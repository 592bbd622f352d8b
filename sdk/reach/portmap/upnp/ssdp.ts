import { createSocket } from 'node:dgram';
import { Readable } from 'node:stream';
import { onAbort } from '../../../program/index.js';
import { reasonOf } from '../router/clock.js';
import type { Conversation, Route } from '../router/router.js';

/** The search for UPnP routers (SSDP): one question by multicast, answers by unicast. */

export interface SsdpTarget {
  readonly address: string;
  readonly port: number;
}

/** Where routers listen. The search is sent to the gateway as well, because some networks do not pass multicast on. */
export const SSDP_GROUP: SsdpTarget = { address: '239.255.255.250', port: 1900 };

const WANTED = [1, 2].map((version) => `urn:schemas-upnp-org:device:InternetGatewayDevice:${version}`);
/** Seconds within which routers answer, at a time that they choose. */
const MX_SECONDS = 1;
/** Packets get lost: everything is sent twice. */
const SEND_AT_MS = [0, 1000];
const SEARCH_MS = 3000;
const MULTICAST_HOPS = 2;

/** What is read of answers; a router's is a tenth of that. */
const MAX_ANSWER_BYTES = 4096;
const MAX_ADDRESS_CHARACTERS = 1024;
/** Different routers of one search. */
const MAX_FOUND = 8;

/** A router that answered the search. */
export interface Found {
  /** The address of its description, at the responder itself. */
  readonly location: URL;
}

export function encodeSearch(searchTarget: string, { address, port }: SsdpTarget): Buffer {
  const lines = [
    'M-SEARCH * HTTP/1.1',
    `HOST: ${address}:${port}`,
    'MAN: "ssdp:discover"',
    `MX: ${MX_SECONDS}`,
    `ST: ${searchTarget}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}

/** The location in an answer to a search, as it stands there; undefined if the packet is no such answer. */
export function decodeSearchAnswer(bytes: Buffer): string | undefined {
  if (bytes.length > MAX_ANSWER_BYTES) return undefined;
  const [status = '', ...headers] = bytes.toString('latin1').split('\r\n');
  if (!/^HTTP\/1\.[01] 200\b/i.test(status)) return undefined;
  for (const header of headers) {
    const colon = header.indexOf(':');
    if (colon > 0 && header.slice(0, colon).trim().toLowerCase() === 'location') return header.slice(colon + 1).trim();
  }
  return undefined;
}

/**
 * An address that a router named, if it leads to the router itself: `http`, and the literal address of the responder, which must be a
 * neighbour. Anything else could make this computer send requests to other services.
 */
export function addressAtResponder(named: string, responder: string, route: Route, base?: URL): URL | undefined {
  if (named === '' || named.length > MAX_ADDRESS_CHARACTERS || !route.isNeighbour(responder)) return undefined;
  if (!URL.canParse(named, base?.href)) return undefined;
  const url = new URL(named, base);
  const isPlain = url.protocol === 'http:' && url.username === '' && url.password === '';
  return isPlain && url.hostname === responder ? url : undefined;
}

/**
 * Searches for routers. The iteration yields each as it answers, and ends after three seconds; leaving it early ends the search.
 * @throws the signal's reason
 * @param group where the search is sent to besides the gateway
 */
export function searchRouters(
  { route, clock }: Conversation,
  group: SsdpTarget,
  signal: AbortSignal,
): AsyncIterable<Found> {
  signal.throwIfAborted();
  const seen = new Set<string>();
  const socket = createSocket('udp4');
  const cancels: (() => void)[] = [];
  const found = new Readable({
    objectMode: true,
    highWaterMark: MAX_FOUND + 1, // the end needs a place, too
    read: () => {},
    destroy: (error, done) => {
      leave();
      for (const cancel of cancels) cancel();
      socket.close();
      done(error);
    },
  });
  const leave = onAbort(signal, () => found.destroy(reasonOf(signal)));
  found.on('error', () => {}); // the iteration throws it
  let isOver = false;
  const end = () => {
    if (!isOver && !found.destroyed) found.push(null);
    isOver = true;
  };
  const sendAll = () => {
    for (const target of [group, { address: route.gateway, port: group.port }])
      for (const wanted of WANTED) socket.send(encodeSearch(wanted, target), target.port, target.address, () => {});
  };
  socket.on('error', end); // the network is gone: nobody answers
  socket.on('message', (bytes, from) => {
    const location = addressAtResponder(decodeSearchAnswer(bytes) ?? '', from.address, route);
    if (isOver || found.destroyed || !location || seen.size >= MAX_FOUND || seen.has(location.href)) return;
    seen.add(location.href);
    found.push({ location } satisfies Found);
  });
  socket.unref();
  socket.bind({ address: route.localAddress, port: 0, exclusive: true }, () => {
    if (found.destroyed) return;
    try {
      socket.setMulticastTTL(MULTICAST_HOPS);
      socket.setMulticastInterface(route.localAddress);
    } catch {
      return end(); // the address is gone
    }
    for (const atMs of SEND_AT_MS.slice(1)) cancels.push(clock.after(atMs, sendAll));
    sendAll();
  });
  cancels.push(clock.after(SEARCH_MS, end));
  return found as AsyncIterable<Found>;
}
