import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { DeviceAddress, DeviceProof, Endpoint } from '../../protocol/index.js';
import { announcedAddresses, type Interfaces, interfaceAddresses, systemInterfaces } from '../../reach/index.js';
import type { ReachMapping } from '../api/reach.js';
import { isAnyAddress } from '../tracker/reach.js';
import type { Online } from '../tracker/tracker-meeting.js';

/** Resolves a host name to IP addresses; rejects if there are none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

const bySystem: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

export interface OwnAddressesOptions {
  /** The address that pieces are served at. */
  readonly listening: Endpoint;
  /** The address that the user wants peers to dial; an unspecified host stands for the one that the tracker sees. */
  readonly advertised: Endpoint | undefined;
  readonly interfaces?: () => Interfaces;
  readonly resolve?: Resolve;
}

/** Where this device is, as far as it knows that itself. */
export class OwnAddresses {
  readonly listening: Endpoint;
  readonly advertised: Endpoint | undefined;
  /** What a router forwards to this device. */
  mapping: ReachMapping | undefined;
  readonly #interfaces: () => Interfaces;
  readonly #resolve: Resolve;
  #configured: readonly Endpoint[] = [];

  constructor({ listening, advertised, interfaces = systemInterfaces, resolve = bySystem }: OwnAddressesOptions) {
    this.listening = listening;
    this.advertised = advertised;
    this.#interfaces = interfaces;
    this.#resolve = resolve;
    if (advertised && isIP(advertised.host) !== 0 && !isAnyAddress(advertised.host)) this.#configured = [advertised];
  }

  /** The interfaces of the computer as they are now. */
  interfaces(): Interfaces {
    return this.#interfaces();
  }

  /**
   * Resolves the name that the user advertises, since peers get addresses only. @throws the resolver's errors; the
   * former addresses stay
   */
  async resolveName(): Promise<void> {
    if (!this.advertised || isIP(this.advertised.host) !== 0) return;
    const { host, port } = this.advertised;
    this.#configured = (await this.#resolve(host)).map((address) => ({ host: address, port }));
  }

  /** The endpoint for trackers of version 0.1, and the port at the address that the tracker sees. */
  endpoint(): NonNullable<DeviceProof['endpoint']> {
    const { host, port } = this.advertised ?? this.listening;
    return isAnyAddress(host) ? { port } : { host, port };
  }

  /** The addresses to announce, in order. */
  list({ localAddress, isLoopback }: Pick<Online, 'localAddress' | 'isLoopback'>): DeviceAddress[] {
    return announcedAddresses({
      configured: this.#configured,
      mapped: this.mapping && { host: this.mapping.host, port: this.mapping.port },
      own: this.#own(localAddress, isLoopback),
      port: this.listening.port,
      loopback: isLoopback,
    });
  }

  /** Who listens at one address and advertises another wants to be reached there only. */
  #own(route: string, loopback: boolean): readonly string[] {
    const { host } = this.listening;
    if (!isAnyAddress(host)) return this.advertised ? [] : [host];
    return interfaceAddresses(this.#interfaces(), { route, loopback, onlyV4: host === '0.0.0.0' });
  }
}
