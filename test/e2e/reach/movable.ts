import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import * as z from 'zod';
import type { Stage } from '../support/processes.js';
import { type Host, runLine } from '../swarm/network.js';
import type { Internet, Line } from './internet.js';

/** Addresses that no host of the lab has from the beginning. */
const FRESH = { public: '21.0.0', first: 200 };

const ADDRESSES = z.array(z.object({ addr_info: z.array(z.object({ family: z.string(), local: z.string() })) }));
const COUNTS = z.array(z.object({ stats64: z.object({ rx: z.object({ bytes: z.number() }) }) }));

/**
 * What a router does that keeps no connection which it did not see begin: the packets of others pass neither way, and nobody is told.
 * Routers that guess continue such connections, which is the lesser fault.
 */
const STRICT = `
table ip mapping {
  chain out { type nat hook postrouting priority 100; oifname "wan" masquerade; }
}
table inet filter {
  chain through {
    type filter hook forward priority 0; policy drop;
    ct state invalid drop
    ct state established,related accept
    iifname "lan" accept
  }
  chain in { type filter hook input priority 0; policy accept; iifname "wan" ct state { new, invalid } drop; }
}
`;

/** A host of the lab, to which something may happen. It must run inside the namespaces of an `Internet`. */
export class Movable {
  static #fresh = FRESH.first;
  readonly host: Host;
  readonly #stage: Stage;
  /** The namespace of its router; undefined if it has none. */
  readonly #router: string | undefined;

  private constructor(host: Host, stage: Stage, router: string | undefined) {
    this.host = host;
    this.#stage = stage;
    this.#router = router;
  }

  static async open(internet: Internet, stage: Stage, name: string, line: Line): Promise<Movable> {
    if (line === 'open' || line === 'open6') return new Movable(await internet.host(name, line), stage, undefined);
    const router = `${name}r`;
    const home = await internet.home(router, line);
    return new Movable(await home.host(name), stage, router);
  }

  /** Bytes that have arrived at it, with all headers. */
  get receivedBytes(): number {
    const told = execFileSync('ip', ['-n', this.host.name, '-s', '-j', 'link', 'show', 'eth0'], { encoding: 'utf8' });
    return COUNTS.parse(JSON.parse(told))[0]?.stats64.rx.bytes ?? 0;
  }

  /** Another address in place of the former one. Returns it. */
  async getOtherAddress(): Promise<string> {
    return replaceAddress(this.host.name, 'eth0');
  }

  /** A second interface, besides the first one. Returns its address. */
  async getSecondNetwork(): Promise<string> {
    const address = `10.8.0.${Movable.#fresh++}`;
    for (const command of [
      'link add tun0 type veth peer name tun1',
      `address add ${address}/24 dev tun0`,
      'link set tun1 up',
      'link set tun0 up',
    ])
      await runLine(`ip -n ${this.host.name} ${command}`);
    return address;
  }

  /** Its cable is out, or its radio off. */
  async setDown(): Promise<void> {
    await runLine(`ip -n ${this.host.name} link set eth0 down`);
  }

  async setUp(): Promise<void> {
    await runLine(`ip -n ${this.host.name} link set eth0 up`);
    const { address } = this.host;
    if (this.#router !== undefined)
      await runLine(`ip -n ${this.host.name} route replace default via ${address.replace(/\d+$/, '1')}`);
  }

  /** The line behind its router is dead, of which the computer itself sees nothing. */
  async setLineDown(): Promise<void> {
    await runLine(`ip -n ${this.#router} link set wan down`);
  }

  async setLineUp(): Promise<void> {
    await runLine(`ip -n ${this.#router} link set wan up`);
  }

  /** Its router keeps no connection that it did not see begin. */
  async makeRouterStrict(): Promise<void> {
    const path = this.#stage.path(`${this.#router}.rules`);
    await writeFile(path, STRICT);
    await this.#inRouter('sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0');
    await this.#inRouter('nft flush ruleset');
    await this.#inRouter(`nft -f ${path}`);
  }

  /** Its router forgets every connection, and gets another address. */
  async rebootRouter(): Promise<void> {
    await this.setLineDown();
    await this.#inRouter('nft flush ruleset');
    await this.#inRouter('conntrack -F');
    await replaceAddress(this.#router ?? '', 'wan');
    await this.makeRouterStrict();
    await this.setLineUp();
  }

  #inRouter(command: string): Promise<void> {
    return runLine(`nsenter --net=/run/netns/${this.#router} ${command}`);
  }

  static freshAddress(): string {
    return `${FRESH.public}.${Movable.#fresh++}`;
  }
}

async function replaceAddress(namespace: string, device: string): Promise<string> {
  const told = execFileSync('ip', ['-n', namespace, '-j', 'address', 'show', 'dev', device], { encoding: 'utf8' });
  const infos = ADDRESSES.parse(JSON.parse(told)).flatMap(({ addr_info: all }) => all);
  const former = infos.find(({ family }) => family === 'inet')?.local ?? '';
  const isPublic = former.startsWith(FRESH.public);
  const address = isPublic ? Movable.freshAddress() : former.replace(/\d+$/, '77');
  await runLine(`ip -n ${namespace} address del ${former}/24 dev ${device}`);
  await runLine(`ip -n ${namespace} address add ${address}/24 dev ${device}`);
  if (!isPublic) await runLine(`ip -n ${namespace} route replace default via ${address.replace(/\d+$/, '1')}`);
  return address;
}
