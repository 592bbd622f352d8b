import { isIPv4 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';

/** An address of an interface, as the system tells it. */
export function info(address: string): NetworkInterfaceInfo {
  const common = { address, mac: '02:00:00:00:00:01', internal: false, cidr: `${address}/64`, netmask: '' };
  return isIPv4(address) ? { ...common, family: 'IPv4' } : { ...common, family: 'IPv6', scopeid: 0 };
}
