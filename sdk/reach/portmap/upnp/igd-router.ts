import { PortMapError, weightiest } from '../router/port-map-error.js';
import { requirePublic } from '../router/public-address.js';
import {
  type Conversation,
  type Granted,
  LEASE_SECONDS,
  lifetimeMs,
  type Ports,
  type Router,
} from '../router/router.js';
import { mappingServices } from './igd.js';
import { callAction, type Service, SoapFault } from './soap.js';
import { type SsdpTarget, searchRouters } from './ssdp.js';

/** What the router shows its user. */
const DESCRIPTION = 'Shoal';

/** Error codes of WANIPConnection. */
const NO_SUCH_ENTRY = 714;
const CONFLICTS: readonly number[] = [718, 729];
const ONLY_PERMANENT_LEASES = 725;

/** An entry in the router's table. */
interface Entry {
  readonly client: string;
  readonly port: number;
  readonly leaseSeconds: number;
}

/** A router that speaks UPnP, as an Internet Gateway Device of version 1 or 2. */
export class IgdRouter implements Router {
  readonly by = 'upnp';
  readonly #conversation: Conversation;
  readonly #service: Service;
  #leaseSeconds = LEASE_SECONDS;
  /** The external port of the entry that the router has accepted. */
  #acceptedPort: number | undefined;

  private constructor(conversation: Conversation, service: Service) {
    this.#conversation = conversation;
    this.#service = service;
  }

  /** Finds a router with a public address, without changing anything there. */
  static async probe(conversation: Conversation, group: SsdpTarget, signal: AbortSignal): Promise<IgdRouter> {
    const faults: PortMapError[] = [];
    for await (const { location } of searchRouters(conversation, group, signal)) {
      try {
        return await IgdRouter.#open(conversation, location, signal);
      } catch (error) {
        if (!(error instanceof PortMapError)) throw error;
        faults.push(error);
      }
    }
    signal.throwIfAborted();
    throw weightiest(faults) ?? new PortMapError('no-answer', 'No router answers the search by UPnP.');
  }

  static async #open(conversation: Conversation, location: URL, signal: AbortSignal): Promise<IgdRouter> {
    const faults: PortMapError[] = [];
    for (const service of await mappingServices(conversation, location, signal)) {
      const router = new IgdRouter(conversation, service);
      try {
        await router.#publicAddress(signal);
        return router;
      } catch (error) {
        if (!(error instanceof PortMapError)) throw error;
        faults.push(error);
      }
    }
    throw weightiest(faults) ?? new PortMapError('malformed', `${location.host} has no connection.`);
  }

  get route() {
    return this.#conversation.route;
  }

  async map(ports: Ports, signal: AbortSignal): Promise<Granted> {
    const host = await this.#publicAddress(signal);
    await this.#add(ports, signal);
    const entry = await this.#entryAt(ports, signal);
    if (entry && entry !== 'none' && !this.#isOwn(entry, ports)) throw conflict(ports);
    // Some routers make every mapping a permanent one, whatever is asked.
    const granted = entry && entry !== 'none' ? entry.leaseSeconds : this.#leaseSeconds;
    const lifetime = granted === 0 || this.#leaseSeconds === 0 ? Number.POSITIVE_INFINITY : lifetimeMs(granted);
    return { host, port: ports.externalPort, lifetimeMs: lifetime };
  }

  async check(ports: Ports, granted: Granted, signal: AbortSignal): Promise<'held' | 'lost'> {
    if ((await this.#externalAddress(signal)) !== granted.host) return 'lost';
    const entry = await this.#entryAt(ports, signal);
    return entry === 'none' || (entry && !this.#isOwn(entry, ports)) ? 'lost' : 'held';
  }

  async unmap(ports: Ports, signal: AbortSignal): Promise<void> {
    const entry = await this.#entryAt(ports, signal);
    const isOwn = entry ? entry !== 'none' && this.#isOwn(entry, ports) : this.#acceptedPort === ports.externalPort;
    if (isOwn) await this.#delete(ports, signal);
  }

  /** Adds the mapping, with a lease if the router has leases. */
  async #add(ports: Ports, signal: AbortSignal): Promise<void> {
    try {
      await this.#addOnce(ports, signal);
    } catch (error) {
      if (!(error instanceof SoapFault)) throw error;
      if (error.code === ONLY_PERMANENT_LEASES && this.#leaseSeconds !== 0) {
        this.#leaseSeconds = 0;
        return this.#add(ports, signal);
      }
      if (!CONFLICTS.includes(error.code)) throw error;
      await this.#replaceOwn(ports, signal);
    }
  }

  /** Some routers refuse to renew what they have: the own entry is deleted first. An entry of another computer is left alone. */
  async #replaceOwn(ports: Ports, signal: AbortSignal): Promise<void> {
    const entry = await this.#entryAt(ports, signal);
    if (!entry || entry === 'none' || !this.#isOwn(entry, ports)) throw conflict(ports);
    await this.#delete(ports, signal);
    try {
      await this.#addOnce(ports, signal);
    } catch (error) {
      throw error instanceof SoapFault && CONFLICTS.includes(error.code) ? conflict(ports) : error;
    }
  }

  async #addOnce({ internalPort, externalPort }: Ports, signal: AbortSignal): Promise<void> {
    await this.#call(
      'AddPortMapping',
      {
        NewRemoteHost: '',
        NewExternalPort: externalPort,
        NewProtocol: 'TCP',
        NewInternalPort: internalPort,
        NewInternalClient: this.route.localAddress,
        NewEnabled: 1,
        NewPortMappingDescription: DESCRIPTION,
        NewLeaseDuration: this.#leaseSeconds,
      },
      signal,
    );
    this.#acceptedPort = externalPort;
  }

  async #delete({ externalPort }: Ports, signal: AbortSignal): Promise<void> {
    try {
      await this.#call('DeletePortMapping', keyOf(externalPort), signal);
    } catch (error) {
      if (!(error instanceof SoapFault && error.code === NO_SUCH_ENTRY)) throw error;
    }
  }

  /** The entry at an external port; undefined if the router cannot tell. */
  async #entryAt({ externalPort }: Ports, signal: AbortSignal): Promise<Entry | 'none' | undefined> {
    try {
      const value = await this.#call('GetSpecificPortMappingEntry', keyOf(externalPort), signal);
      const lease = value('NewLeaseDuration');
      const entry = {
        client: value('NewInternalClient'),
        port: Number(value('NewInternalPort')),
        leaseSeconds: /^\d{1,10}$/.test(lease) ? Number(lease) : this.#leaseSeconds,
      };
      return entry.client !== '' && entry.port > 0 ? entry : undefined;
    } catch (error) {
      if (error instanceof SoapFault) return error.code === NO_SUCH_ENTRY ? 'none' : undefined;
      throw error;
    }
  }

  #isOwn(entry: Entry, { internalPort }: Ports): boolean {
    return entry.client === this.route.localAddress && entry.port === internalPort;
  }

  async #publicAddress(signal: AbortSignal): Promise<string> {
    const address = await this.#externalAddress(signal);
    if (address === '' || address === '0.0.0.0')
      throw new PortMapError('refused', 'The router is not connected to the Internet, as it says by UPnP.');
    requirePublic(address);
    return address;
  }

  async #externalAddress(signal: AbortSignal): Promise<string> {
    const value = await this.#call('GetExternalIPAddress', {}, signal);
    return value('NewExternalIPAddress');
  }

  #call(action: string, values: Readonly<Record<string, string | number>>, signal: AbortSignal) {
    return callAction(this.#conversation, this.#service, action, values, signal);
  }
}

function keyOf(externalPort: number) {
  return { NewRemoteHost: '', NewExternalPort: externalPort, NewProtocol: 'TCP' };
}

function conflict({ externalPort }: Ports): PortMapError {
  return new PortMapError('conflict', `The router uses the port ${externalPort} for another computer.`);
}
