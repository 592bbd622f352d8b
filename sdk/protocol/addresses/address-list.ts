import { BlockList, isIP } from 'node:net';

type Subnet = readonly [net: string, prefix: number];

/** Subnets. IPv4 addresses are looked up here: trackers do it for each source that they name, and `BlockList` makes an object each time. */
export class AddressList {
  readonly #four: readonly { readonly net: number; readonly size: number }[];
  /** An IPv4-mapped address counts as the IPv4 address. */
  readonly #six = new BlockList();

  constructor(four: readonly Subnet[], six: readonly Subnet[]) {
    this.#four = four.map(([net, prefix]) => ({ net: numberOf(net), size: 2 ** (32 - prefix) }));
    for (const [net, prefix] of four) this.#six.addSubnet(net, prefix, 'ipv4');
    for (const [net, prefix] of six) this.#six.addSubnet(net, prefix, 'ipv6');
  }

  /** Whether an IP address is in one of them; false for anything else. */
  has(address: string): boolean {
    const family = isIP(address);
    if (family !== 4) return family === 6 && this.#six.check(address, 'ipv6');
    const number = numberOf(address);
    return this.#four.some(({ net, size }) => number >= net && number < net + size);
  }
}

const [ZERO, DOT] = [0x30, 0x2e];

/** Without objects: this is called for each source that is named to somebody. */
function numberOf(address: string): number {
  let [number, part] = [0, 0];
  for (let at = 0; at < address.length; at++) {
    const code = address.charCodeAt(at);
    if (code === DOT) [number, part] = [number * 256 + part, 0];
    else part = part * 10 + code - ZERO;
  }
  return number * 256 + part;
}
