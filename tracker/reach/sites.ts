import { isLoopbackAddress, isPrivateAddress, nameKey } from '@shoal/sdk/protocol';
import { addressKey } from '../server/budgets/address.js';

/** Users at one address of the tracker's own network from which on it is taken for a proxy's. */
const MAX_USERS_AT_ONE_ADDRESS = 3;

/** Addresses whose users are counted. */
const MAX_COUNTED_ADDRESSES = 1000;

export interface SitesParts {
  /** The gateways of this computer; undefined if they are not known. */
  readonly gateways: () => ReadonlySet<string> | undefined;
  /** Called once for each address at which everybody seems to be. */
  readonly onProxy: (address: string) => void;
}

/**
 * Which devices are in the same network, by the addresses at which the tracker sees them. Behind a proxy, or in a container
 * without the network of its computer, a tracker sees everybody at one address, which then says nothing.
 */
export class Sites {
  readonly #parts: SitesParts;
  /** Keys of users by address, at most one more than the bound. */
  readonly #users = new Map<string, Set<string>>();
  readonly #proxies = new Set<string>();

  constructor(parts: SitesParts) {
    this.#parts = parts;
  }

  /** Counts a user at an address. */
  note(seen: string, userId: string): void {
    if (!isInside(seen) || this.#proxies.has(seen)) return;
    const users = this.#users.get(seen) ?? new Set<string>();
    this.#users.delete(seen);
    this.#users.set(seen, users.add(nameKey(userId)));
    const [oldest] = this.#users.keys();
    if (this.#users.size > MAX_COUNTED_ADDRESSES && oldest !== undefined) this.#users.delete(oldest);
    if (users.size <= MAX_USERS_AT_ONE_ADDRESS || !this.#mayBeProxy(seen)) return;
    this.#users.delete(seen);
    this.#proxies.add(seen);
    this.#parts.onProxy(seen);
  }

  /** Whether everybody seems to be at this address. */
  isProxy(seen: string): boolean {
    return this.#proxies.has(seen);
  }

  /**
   * Whether two devices are in one network: the tracker sees both at one address (IPv6: in one /64), or both inside
   * its own network.
   */
  isOne(seen: string, other: string): boolean {
    if (this.#proxies.has(seen) || this.#proxies.has(other)) return false;
    return addressKey(seen) === addressKey(other) || (isInside(seen) && isInside(other));
  }

  #mayBeProxy(seen: string): boolean {
    if (isLoopbackAddress(seen)) return true;
    return this.#parts.gateways()?.has(seen) ?? true;
  }
}

/** Whether the tracker sees somebody inside its own network, or on its own computer. */
export function isInside(address: string): boolean {
  return isLoopbackAddress(address) || isPrivateAddress(address);
}
