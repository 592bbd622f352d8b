import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Endpoint, endpointFault, isPrivateAddress } from '../../protocol/index.js';

/** Which addresses of peers this device dials. Others announce them, so that they may name anything. */
export interface DialRules {
  /** The IP addresses of a host name. Rejects if it has none. */
  resolve(host: string): Promise<readonly string[]>;
  /** Whether an IP address may be dialled. */
  mayDial(address: Endpoint): boolean;
}

/** What the rules depend on, asked at each dial. */
export interface OwnNetwork {
  /** Whether loopback addresses are allowed. */
  isLoopback(): boolean;
  /** The port at which this device listens; undefined before it does. */
  ownPort(): number | undefined;
  /** The IP addresses of this computer. Default: those of its network interfaces. */
  ownHosts?(): readonly string[];
}

/**
 * The rules of a device in a network: no address that {@link endpointFault} excludes, none of this device itself, and a private one only
 * if this computer has a private address, too.
 */
export function dialRules({ isLoopback, ownPort, ownHosts = interfaceHosts }: OwnNetwork): DialRules {
  return {
    resolve: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
    mayDial: (address) => {
      const { host, port } = address;
      if (isIP(host) === 0 || endpointFault(address, isLoopback()) !== undefined) return false;
      if (port === ownPort() && ownHosts().includes(host)) return false;
      return !isPrivateAddress(host) || ownHosts().some(isPrivateAddress);
    },
  };
}

function interfaceHosts(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address));
}
