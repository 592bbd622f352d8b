import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PREPARE } from '../swarm/namespaces.js';
import { type Host, runLine } from '../swarm/network.js';

/** How a home or an office is connected. */
export const LINES = {
  open: 'a computer with a public address',
  preserving: 'a router that keeps ports, and lets nobody in',
  independent: 'a router that maps a port to the same other port for all destinations, and lets nobody in',
  symmetric: 'a router that maps each connection to a random port, and lets nobody in',
  web: 'a firewall that lets out connections to port 443 and to the tracker only',
} as const;
export type Line = keyof typeof LINES;

/** Public addresses here: in a range that no rule takes for reserved. */
const PUBLIC = '21.0.0';

/** Hosts on one public network, alone or behind routers. It must be created inside new namespaces, which remove it when they end. */
export class Internet {
  readonly tracker: Host;
  #publicHosts = 1;
  #homes = 0;

  private constructor(tracker: Host) {
    this.tracker = tracker;
  }

  static async open(): Promise<Internet> {
    for (const command of [...PREPARE, 'ip link add internet type bridge', 'ip link set internet up'])
      await runLine(command);
    const internet = new Internet({ name: 'tracker', address: `${PUBLIC}.1`, within: within('tracker') });
    await addNamespace('tracker');
    await internet.#connect('tracker', 'eth0', internet.tracker.address);
    return internet;
  }

  /** A host on a line of its own; behind a router, each line has its own router. */
  async host(name: string, line: Line): Promise<Host> {
    if (line !== 'open') return (await this.home(`${name}r`, line)).host(name);
    const address = `${PUBLIC}.${++this.#publicHosts}`;
    await addNamespace(name);
    await this.#connect(name, 'eth0', address);
    return { name, address, within: within(name) };
  }

  /** A router, and as many hosts behind it as are asked for. */
  async home(router: string, line: Exclude<Line, 'open'>): Promise<Home> {
    await addNamespace(router);
    await this.#connect(router, 'wan', `${PUBLIC}.${++this.#publicHosts}`);
    const home = new Home(router, `192.168.${++this.#homes}`);
    await home.open(rulesOf(line, `${PUBLIC}.${this.#publicHosts}`, this.tracker.address));
    return home;
  }

  async #connect(namespace: string, device: string, address: string): Promise<void> {
    const port = `i-${namespace}`;
    await runLine(`ip link add ${port} type veth peer name ${device} netns ${namespace}`);
    await runLine(`ip link set ${port} master internet up`);
    await runLine(`ip -n ${namespace} address add ${address}/24 dev ${device}`);
    await runLine(`ip -n ${namespace} link set ${device} up`);
  }
}

/** A router and its private network. */
class Home {
  readonly #router: string;
  readonly #net: string;
  #hosts = 1;

  constructor(router: string, net: string) {
    this.#router = router;
    this.#net = net;
  }

  async open(rules: string): Promise<void> {
    const router = this.#router;
    await runLine(`ip -n ${router} link add lan type bridge`);
    await runLine(`ip -n ${router} address add ${this.#net}.1/24 dev lan`);
    await runLine(`ip -n ${router} link set lan up`);
    await runLine(`nsenter --net=/run/netns/${router} sysctl -qw net.ipv4.ip_forward=1`);
    const path = join(await mkdtemp(join(tmpdir(), 'shoal-router-')), 'rules');
    await writeFile(path, rules);
    await runLine(`nsenter --net=/run/netns/${router} nft -f ${path}`);
  }

  async host(name: string): Promise<Host> {
    const address = `${this.#net}.${++this.#hosts}`;
    await addNamespace(name);
    await runLine(`ip -n ${this.#router} link add p${this.#hosts} type veth peer name eth0 netns ${name}`);
    await runLine(`ip -n ${this.#router} link set p${this.#hosts} master lan up`);
    await runLine(`ip -n ${name} address add ${address}/24 dev eth0`);
    await runLine(`ip -n ${name} link set eth0 up`);
    await runLine(`ip -n ${name} route add default via ${this.#net}.1`);
    return { name, address, within: within(name) };
  }
}

/** The rules of a router, for `nft`. */
function rulesOf(line: Exclude<Line, 'open'>, wan: string, tracker: string): string {
  const independent = `snat ip to ${wan} : jhash ip saddr . tcp sport mod 20000 seed 7 offset 40000`;
  const mapping = {
    preserving: 'masquerade',
    independent: `meta l4proto tcp ${independent}`,
    symmetric: 'meta l4proto tcp masquerade random',
    web: 'masquerade',
  }[line];
  const out = line === 'web' ? [`ip daddr ${tracker} accept`, 'tcp dport 443 accept'] : ['accept'];
  return [
    'table ip mapping {',
    `  chain out { type nat hook postrouting priority 100; oifname "wan" ${mapping}; }`,
    '}',
    'table inet filter {',
    '  chain through {',
    '    type filter hook forward priority 0; policy drop;',
    '    ct state established,related accept',
    '    iifname "lan" oifname "lan" accept',
    ...out.map((rule) => `    iifname "lan" oifname "wan" ${rule}`),
    '  }',
    '  chain in { type filter hook input priority 0; policy accept; iifname "wan" ct state new drop; }',
    '}',
    '',
  ].join('\n');
}

function within(namespace: string): string[] {
  return ['nsenter', `--net=/run/netns/${namespace}`];
}

async function addNamespace(name: string): Promise<void> {
  await runLine(`ip netns add ${name}`);
  await runLine(`ip -n ${name} link set lo up`);
}
