import { isIP, isIPv4 } from 'node:net';
import { type Endpoint, isLoopbackAddress, isPrivateAddress, type Source } from '../../protocol/index.js';
import type { DialRules } from './dial-rules.js';

/** The most addresses that one dial tries: a host name may stand for any number. */
const MAX_DIALLED = 8;

/**
 * The addresses of a peer that may be dialled, in the order in which they are: those of the own network and global IPv6 addresses first,
 * otherwise as the tracker ordered them. At once if none is a host name.
 */
export function dialAddresses(source: Source, rules: DialRules): readonly Endpoint[] | Promise<readonly Endpoint[]> {
  const announced: readonly Endpoint[] = source.addresses ?? [source];
  if (announced.every(({ host }) => isIP(host) !== 0)) return inOrder(announced, rules);
  return Promise.all(announced.map((address) => resolved(address, rules))).then((all) => inOrder(all.flat(), rules));
}

/** Whether an address is one of the own network, or of this computer. */
export function isNear(host: string): boolean {
  return isPrivateAddress(host) || isLoopbackAddress(host);
}

/** Where a source is, to tell one state from another: two values are equal if these are the same addresses. */
export function addressesOf({ host, port, addresses = [] }: Source): string {
  return JSON.stringify([{ host, port }, ...addresses].map((one) => `${one.port} ${one.host}`).sort());
}

async function resolved({ host, port }: Endpoint, rules: DialRules): Promise<Endpoint[]> {
  if (isIP(host) !== 0) return [{ host, port }];
  try {
    return (await rules.resolve(host)).map((address) => ({ host: address, port }));
  } catch {
    return []; // the device may be reached at its other addresses
  }
}

function inOrder(addresses: readonly Endpoint[], rules: DialRules): Endpoint[] {
  const allowed = new Map<string, Endpoint>();
  for (const { host, port } of addresses)
    if (rules.mayDial({ host, port })) allowed.set(`${host} ${port}`, { host, port });
  const rank = ({ host }: Endpoint) => (isNear(host) || !isIPv4(host) ? 0 : 1);
  return [...allowed.values()].sort((a, b) => rank(a) - rank(b)).slice(0, MAX_DIALLED);
}
