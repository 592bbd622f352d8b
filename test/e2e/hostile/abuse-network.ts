import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Internet } from '../reach/internet.js';
import { type Host, runLine } from '../swarm/network.js';
import { CountedHost, SYN } from './counted-host.js';
import { forbiddenHosts, namesOf } from './forbidden.js';

/** Where the liar is: the computer of this process. It also has the other address. */
export const LIAR = '21.0.0.200';
export const ALSO_LIAR = '21.0.0.201';

/** Where devices of the liar say that they serve; nobody does. */
export const PEER_PORT = 9100;

/** What IPv6 there is; all hosts but the one behind a router have some. */
const SIX = '2a00:1:';
const PRIVATE = '10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16, 198.18.0.0/15';
const NOBODY = '0.0.0.0/8, 240.0.0.0/4';

/** Honest hosts, and victims that count. Whatever has no other way goes to the victim, so that it counts each packet to a wrong address. */
export interface AbuseNetwork {
  readonly tracker: Host;
  /** A member behind a router. */
  readonly alice: Host;
  readonly bob: Host;
  readonly carol: Host;
  /** A public computer that has no part in anything, with addresses of both families. */
  readonly victim: CountedHost<'private' | 'six' | 'lowPorts' | 'byTracker' | 'byMembers' | 'byCarol'>;
  readonly victimAt: string;
  /** A computer in Alice's network. */
  readonly neighbour: CountedHost<'arrived'>;
  /** Connections of the honest hosts to themselves. */
  readonly loopbacks: readonly CountedHost<'loopback'>[];
  /** Connections to the liar: from Alice's network to where it waits for calls, and from Bob. */
  readonly liar: CountedHost<'byAlice' | 'byBob'>;
  /** Addresses where nobody must be sent. */
  readonly forbidden: readonly string[];
  /** Names for some of them. */
  readonly names: readonly string[];
}

export async function openNetwork(folder: string): Promise<AbuseNetwork> {
  const internet = await Internet.open();
  const { tracker } = internet;
  const home = await internet.home('router', 'preserving');
  const [alice, printer] = [await home.host('alice'), await home.host('printer')];
  const [victim, bob, carol] = [
    await internet.host('victim', 'open'),
    await internet.host('bob', 'open'),
    await internet.host('carol', 'open'),
  ];
  for (const line of [
    ...[LIAR, ALSO_LIAR].map((address) => `ip address add ${address}/24 dev internet`),
    ...['tracker', 'bob', 'carol', 'router'].map((name) => `ip -n ${name} route add default via ${victim.address}`),
    ...(existsSync('/proc/net/if_inet6') ? sixOf([tracker, bob, carol, victim]) : []),
  ])
    await runLine(line);
  const forbidden = forbiddenHosts(printer.address);
  const { names, lines } = namesOf(['127.0.0.1', '169.254.169.254', printer.address, '::1']);
  const hosts = join(folder, 'hosts');
  writeFileSync(hosts, `127.0.0.1 localhost\n${lines}`);
  await runLine(`mount --bind ${hosts} /etc/hosts`);
  const toVictim = `ip daddr ${victim.address} ${SYN}`;
  return {
    ...{ tracker, alice, bob, carol, forbidden, names },
    victim: new CountedHost(victim.within, {
      private: { at: 'in', match: `iifname "eth0" ip daddr { ${PRIVATE}, ${NOBODY} }` },
      six: {
        at: 'in',
        match: `iifname "eth0" meta l4proto { tcp, udp } ip6 daddr != { ${SIX}:/64, fe80::/10, ff00::/8 }`,
      },
      lowPorts: { at: 'in', match: 'iifname "eth0" tcp dport { 1-442, 444-1023 }' },
      byTracker: { at: 'in', match: `ip saddr ${tracker.address} ${toVictim}` },
      byMembers: { at: 'in', match: `ip saddr != { ${tracker.address}, ${carol.address}, ${LIAR} } ${toVictim}` },
      byCarol: { at: 'in', match: `ip saddr ${carol.address} ${toVictim}` },
    }),
    victimAt: victim.address,
    neighbour: new CountedHost(printer.within, {
      arrived: {
        at: 'in',
        match: 'iifname "eth0" meta l4proto { tcp, udp } ip daddr != { 224.0.0.0/4, 255.255.255.255 }',
      },
    }),
    loopbacks: [tracker, alice, bob, carol].map(
      ({ within }) => new CountedHost(within, { loopback: { at: 'out', match: `oifname "lo" ${SYN}` } }),
    ),
    liar: new CountedHost([], {
      byAlice: {
        at: 'in',
        match: `ip saddr != { ${tracker.address}, ${bob.address}, ${carol.address} } ip daddr ${LIAR} tcp dport != ${PEER_PORT} ${SYN}`,
      },
      byBob: { at: 'in', match: `ip saddr ${bob.address} ip daddr ${LIAR} ${SYN}` },
    }),
  };
}

/** Gives hosts addresses of IPv6, and a way to all others through the last host. */
function sixOf(hosts: readonly Host[]): string[] {
  const gateway = `${SIX}:${hosts.length}`;
  return hosts.flatMap(({ name }, index) => [
    `ip -n ${name} -6 address add ${SIX}:${index + 1}/64 dev eth0 nodad`,
    ...(index + 1 < hosts.length ? [`ip -n ${name} -6 route replace default via ${gateway}`] : []),
  ]);
}
