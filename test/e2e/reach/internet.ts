import { existsSync } from 'node:fs';
import { hasMapping, startMapping } from '../swarm/mapping-router.js';
import { PREPARE } from '../swarm/namespaces.js';
import { type Host, runLine } from '../swarm/network.js';
import type { RouterTools } from '../swarm/router-tools.js';
import { addNamespace, configure, type Plug, Router, subnet4, subnet6, within } from './routers.js';
import { closed, translating } from './rules.js';

/** How a home or an office is connected. Those with `6` have IPv6 only, and the others IPv4 only. */
export const LINES = {
  open: 'a computer with a public address',
  mapping: 'a router that opens ports on request, and keeps ports',
  preserving: 'a router that keeps ports, and lets nobody in',
  independent: 'a router that maps a port to the same other port for all destinations, and lets nobody in',
  cgnat: 'a router that keeps ports, behind a router of the provider that is independent',
  symmetric: 'a router that maps each connection to a random port, and lets nobody in',
  web: 'a firewall that lets out connections to port 443 and to the tracker only',
  open6: 'a computer with a public IPv6 address',
  firewall6: 'a firewall in front of public IPv6 addresses that lets nobody in',
} as const;
export type Line = keyof typeof LINES;

export function isSix(line: Line): boolean {
  return line === 'open6' || line === 'firewall6';
}

/** Whether this system has IPv6. */
export function hasSix(): boolean {
  return existsSync('/proc/net/if_inet6');
}

/** Public addresses here: in ranges that no rule takes for reserved. */
const PUBLIC = subnet4('21.0.0');
const PUBLIC_6 = subnet6('2a00:21:0:0');
/** What passes IPv6 on between networks. */
const CORE = 0xffff;

/** Where a router can be plugged in. */
interface Uplink {
  join(plug: Plug): Promise<string>;
}

/** Hosts on one public network, alone or behind routers. It must be created inside new namespaces, which remove it when they end. */
export class Internet {
  /** Its address is that of IPv4; `tracker6` has the one of IPv6. */
  readonly tracker: Host;
  readonly tracker6 = PUBLIC_6.address(1);
  readonly #tools: RouterTools | undefined;
  readonly #mapping: { readonly name: string; readonly within: readonly string[] }[] = [];
  #publicHosts = 1;
  #networks = 0;

  private constructor(tracker: Host, tools: RouterTools | undefined) {
    this.tracker = tracker;
    this.#tools = tools;
  }

  /** @param tools what a router needs that opens ports */
  static async open(tools?: RouterTools): Promise<Internet> {
    for (const command of [...PREPARE, 'ip link add internet type bridge', 'ip link set internet up'])
      await runLine(command);
    const tracker = { name: 'tracker', address: PUBLIC.address(1), within: within('tracker') };
    const internet = new Internet(tracker, tools);
    await addNamespace('tracker');
    const plug = { namespace: 'tracker', device: 'eth0' };
    await connect(plug);
    await configure(plug, PUBLIC, 1);
    if (!hasSix()) return internet;
    await runLine('sysctl -qw net.ipv6.conf.all.forwarding=1');
    await runLine(`ip address add ${PUBLIC_6.address(CORE)}/64 dev internet nodad`);
    await configure(plug, PUBLIC_6, 1, CORE);
    return internet;
  }

  /** A host on a line of its own; behind a router, each line has its own router. */
  async host(name: string, line: Line): Promise<Host> {
    if (line !== 'open' && line !== 'open6') return (await this.home(`${name}r`, line)).host(name);
    await addNamespace(name);
    const address = await this.join({ namespace: name, device: 'eth0' }, line === 'open6');
    return { name, address, within: within(name) };
  }

  /**
   * A router, and as many hosts behind it as are asked for.
   * @param carrier the router of the provider, on a line that has one. Default: one of its own
   */
  async home(name: string, line: Exclude<Line, 'open' | 'open6'>, carrier?: Router): Promise<Router> {
    if (line === 'firewall6') return this.#home6(name);
    const uplink: Uplink = line === 'cgnat' ? (carrier ?? (await this.carrier(`${name}c`))) : this;
    await addNamespace(name);
    const wan = await uplink.join({ namespace: name, device: 'wan' });
    const router = await Router.open(name, subnet4(`192.168.${++this.#networks}`));
    if (line === 'mapping') await this.#letMap(name);
    else if (line === 'web')
      await router.filter(
        translating('preserving', wan, [`ip daddr ${this.tracker.address} accept`, 'tcp dport 443 accept']),
      );
    else await router.filter(translating(line === 'cgnat' ? 'preserving' : line, wan));
    return router;
  }

  /** The router of a provider, behind which homes have no public address. */
  async carrier(name: string): Promise<Router> {
    await addNamespace(name);
    const wan = await this.join({ namespace: name, device: 'wan' });
    const router = await Router.open(name, subnet4(`100.64.${++this.#networks}`));
    await router.filter(translating('independent', wan));
    return router;
  }

  /** Connects a device to the public network, and returns its address. */
  async join(plug: Plug, six = false): Promise<string> {
    await connect(plug);
    const number = ++this.#publicHosts;
    return six ? configure(plug, PUBLIC_6, number, CORE) : configure(plug, PUBLIC, number);
  }

  /** Whether a router still passes a port on that it opened. */
  hasMapping(): boolean {
    const tools = this.#tools;
    return tools !== undefined && this.#mapping.some((place) => hasMapping(place, tools));
  }

  async #home6(name: string): Promise<Router> {
    await addNamespace(name);
    const wan = await this.join({ namespace: name, device: 'wan' }, true);
    const prefix = `2a00:21:0:${(++this.#networks).toString(16)}`;
    const router = await Router.open(name, subnet6(prefix));
    await runLine(`ip -6 route add ${prefix}::/64 via ${wan}`);
    await router.filter(closed());
    return router;
  }

  async #letMap(name: string): Promise<void> {
    if (!this.#tools) throw new Error('a router that opens ports needs miniupnpd');
    const place = { name, within: within(name) };
    this.#mapping.push(place);
    await startMapping(place, this.#tools);
  }
}

async function connect({ namespace, device }: Plug): Promise<void> {
  const port = `i-${namespace}`;
  await runLine(`ip link add ${port} type veth peer name ${device} netns ${namespace}`);
  await runLine(`ip link set ${port} master internet up`);
}
