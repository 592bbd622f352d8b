import { endianness } from 'node:os';

/** The file in which Linux lists its IPv4 routes. Other systems have none. */
export const LINUX_ROUTES_FILE = '/proc/net/route';

/** Flags of a route that is in use and leads through a gateway. */
const UP_THROUGH_GATEWAY = 0x3;

/** An IPv4 route that leads through a gateway. */
export interface GatewayRoute {
  /** The gateway's IPv4 address. */
  readonly gateway: string;
  /** Whether it leads to all networks that have no route of their own. */
  readonly isDefault: boolean;
  /** Of several routes to a network, the one with the lowest metric is used. */
  readonly metric: number;
}

/**
 * Parses Linux's table of IPv4 routes. Lines that are no usable routes through a gateway are left out.
 * @param isLittleEndian whether the least significant byte of an address comes first, as in this processor by default
 */
export function parseLinuxRoutes(table: string, isLittleEndian = endianness() === 'LE'): GatewayRoute[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, destination, gateway = '', flags = '', , , metric = '', mask] = line.split('\t');
      const isUsable = (Number.parseInt(flags, 16) & UP_THROUGH_GATEWAY) === UP_THROUGH_GATEWAY;
      if (!isUsable || !/^[\dA-F]{8}$/i.test(gateway)) return [];
      const bytes = Buffer.from(gateway, 'hex');
      return {
        gateway: (isLittleEndian ? bytes.reverse() : bytes).join('.'),
        isDefault: destination === '00000000' && mask === '00000000',
        metric: Number(metric),
      };
    });
}
