import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { run } from '../../support/run.js';
import { GREETING, HOST_PORT, type Order, REPORT } from './mapping-messages.js';
import { PREPARE } from './namespaces.js';
import type { RouterTools } from './router-tools.js';

/**
 * The first process of the namespaces, and a computer on the Internet: it makes a router with miniupnpd and a computer behind it, lets that
 * one map its port by each protocol, and dials it. The addresses are public ones, because miniupnpd maps nothing at others.
 */

const OUTSIDE = '21.0.0.10';
const ROUTER = '21.0.0.1';
const CONFIG_FILE = '/run/upnpd.conf';
const RULES_FILE = '/run/rules.nft';
const IN_ROUTER = ['nsenter', '--net=/run/netns/router'];
const IN_HOST = ['nsenter', '--net=/run/netns/host'];

const LINKS = [
  ...PREPARE,
  'ip netns add router',
  'ip netns add host',
  'ip link set lo up',
  'ip link add internet type veth peer name wan netns router',
  `ip address add ${OUTSIDE}/24 dev internet`,
  'ip link set internet up',
  ...[
    `ip address add ${ROUTER}/24 dev wan`,
    'ip link set wan up',
    'ip link set lo up',
    'ip link add lan type veth peer name eth0 netns host',
    'ip address add 10.1.0.1/24 dev lan',
    'ip link set lan up',
  ].map((line) => [...IN_ROUTER, line].join(' ')),
  ...[
    'ip link set lo up',
    'ip address add 10.1.0.2/24 dev eth0',
    'ip link set eth0 up',
    'ip route add default via 10.1.0.1',
  ].map((line) => [...IN_HOST, line].join(' ')),
];

/** Nothing comes in from outside, but for what miniupnpd lets through. */
const RULES = `table inet filter {
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "lan" oifname "wan" accept
    jump miniupnpd
  }
  chain miniupnpd { }
  chain prerouting { type nat hook prerouting priority -100; policy accept; jump prerouting_miniupnpd; }
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    jump postrouting_miniupnpd
    oifname "wan" masquerade
  }
  chain prerouting_miniupnpd { }
  chain postrouting_miniupnpd { }
}
`;

const CONFIG = `ext_ifname=wan
listening_ip=lan
enable_natpmp=yes
enable_upnp=yes
secure_mode=yes
http_port=5000
uuid=00000000-1111-2222-3333-444455556666
min_lifetime=120
max_lifetime=86400
allow 1024-65535 0.0.0.0/0 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
`;

async function startRouter({ nft, miniupnpd }: RouterTools): Promise<void> {
  for (const line of LINKS) {
    const [command = '', ...args] = line.split(' ');
    await run(command, args, { seconds: 20 });
  }
  writeFileSync(RULES_FILE, RULES);
  writeFileSync(CONFIG_FILE, CONFIG);
  const [command = '', ...within] = IN_ROUTER;
  await run(command, [...within, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward'], { seconds: 20 });
  await run(command, [...within, nft, '-f', RULES_FILE], { seconds: 20 });
  const daemon = spawn(command, [...within, miniupnpd, '-d', '-f', CONFIG_FILE, '-P', '/run/upnpd.pid'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  await new Promise<void>((resolve, reject) => {
    daemon.stderr.on('data', (chunk) => {
      log = (log + String(chunk)).slice(-4000);
      if (log.includes('Listening for NAT-PMP')) resolve();
    });
    daemon.once('error', reject);
    daemon.once('exit', () => reject(new Error(`miniupnpd ended: ${log}`)));
  });
}

async function startHost(): Promise<ChildProcess> {
  const [execPath = '', ...within] = IN_HOST;
  const host = fork(fileURLToPath(new URL('mapping-host.ts', import.meta.url)), {
    execPath,
    execArgv: [...within, process.execPath, '--import', 'tsx'],
  });
  await once(host, 'message');
  return host;
}

/** What a computer on the Internet receives at the mapped port. */
async function dial(): Promise<string> {
  return text(connect(HOST_PORT, ROUTER));
}

/** The router's table, as the firewall has it. */
function rules({ nft }: RouterTools): string {
  const [command = '', ...within] = IN_ROUTER;
  return execFileSync(command, [...within, nft, 'list', 'chain', 'inet', 'filter', 'prerouting_miniupnpd'], {
    encoding: 'utf8',
  });
}

const end = () => process.exit(1); // the parent is gone
process.once('disconnect', end);
const tools = JSON.parse(process.argv[2] ?? '') as RouterTools;
process.env.LD_LIBRARY_PATH = tools.libraries;
await startRouter(tools);
const host = await startHost();
const tell = async (order: Order): Promise<unknown> => {
  host.send(order);
  return (await once(host, 'message'))[0] as unknown;
};
const orders: readonly Order[] = [['pcp'], ['nat-pmp'], ['upnp'], ['pcp', 'nat-pmp', 'upnp']];
for (const protocols of orders) {
  const state = await tell(protocols);
  assert.match(rules(tools), /dnat/, JSON.stringify(state));
  process.send?.(REPORT.parse({ protocols, state, isReached: (await dial()) === GREETING }));
  await tell([]);
  assert.doesNotMatch(rules(tools), /dnat/, `${protocols.join()} left a mapping behind`);
}
host.disconnect();
process.off('disconnect', end);
process.disconnect(); // messages sent before still arrive
process.exit(); // which ends miniupnpd, too
