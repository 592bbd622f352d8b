import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Host, runLine } from '../swarm/network.js';

/** A network: 254 addresses of IPv4, or a /64 of IPv6. */
export interface Subnet {
  readonly isSix: boolean;
  address(number: number): string;
}

export function subnet4(prefix: string): Subnet {
  return { isSix: false, address: (number) => `${prefix}.${number}` };
}

export function subnet6(prefix: string): Subnet {
  return { isSix: true, address: (number) => `${prefix}::${number.toString(16)}` };
}

/** A network namespace that has a device in a network. */
export interface Plug {
  readonly namespace: string;
  readonly device: string;
}

/** Gives the device of a plug, which is connected already, an address, and sends everything else to the gateway. */
export async function configure(
  { namespace, device }: Plug,
  net: Subnet,
  number: number,
  gateway?: number,
): Promise<string> {
  const address = net.address(number);
  const length = net.isSix ? '64' : '24';
  // Without the search for duplicates, an address of IPv6 can be used at once.
  await runLine(`ip -n ${namespace} address add ${address}/${length} dev ${device}${net.isSix ? ' nodad' : ''}`);
  await runLine(`ip -n ${namespace} link set ${device} up`);
  if (gateway !== undefined)
    await runLine(`ip -n ${namespace} ${net.isSix ? '-6 ' : ''}route add default via ${net.address(gateway)}`);
  return address;
}

export async function addNamespace(name: string): Promise<void> {
  await runLine(`ip netns add ${name}`);
  await runLine(`ip -n ${name} link set lo up`);
}

export function within(namespace: string): string[] {
  return ['nsenter', `--net=/run/netns/${namespace}`];
}

/** A router in a namespace of its own, whose device `wan` leads out, and the network behind it. */
export class Router {
  readonly name: string;
  readonly #net: Subnet;
  #members = 1;

  private constructor(name: string, net: Subnet) {
    this.name = name;
    this.#net = net;
  }

  /** @param name a namespace */
  static async open(name: string, net: Subnet): Promise<Router> {
    await runLine(`ip -n ${name} link add lan type bridge`);
    await configure({ namespace: name, device: 'lan' }, net, 1);
    const forwarding = net.isSix ? 'net.ipv6.conf.all.forwarding' : 'net.ipv4.ip_forward';
    await runLine([...within(name), 'sysctl', '-qw', `${forwarding}=1`].join(' '));
    return new Router(name, net);
  }

  /** @param rules for `nft` */
  async filter(rules: string): Promise<void> {
    const path = join(await mkdtemp(join(tmpdir(), 'shoal-router-')), 'rules');
    await writeFile(path, rules);
    await runLine([...within(this.name), 'nft', '-f', path].join(' '));
  }

  async host(name: string): Promise<Host> {
    await addNamespace(name);
    const address = await this.join({ namespace: name, device: 'eth0' });
    return { name, address, within: within(name) };
  }

  /** Connects a device, and returns its address. */
  async join(plug: Plug): Promise<string> {
    const number = ++this.#members;
    await runLine(`ip -n ${this.name} link add p${number} type veth peer name ${plug.device} netns ${plug.namespace}`);
    await runLine(`ip -n ${this.name} link set p${number} master lan up`);
    return configure(plug, this.#net, number, 1);
  }
}
