import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { GREETING, HOST_PORT, type Order, REPORT } from './mapping-messages.js';
import { hasMapping, startMapping } from './mapping-router.js';
import { PREPARE } from './namespaces.js';
import { runLine } from './network.js';
import type { RouterTools } from './router-tools.js';

/**
 * The first process of the namespaces, and a computer on the Internet: it makes a router with miniupnpd and a computer behind it, lets that
 * one map its port by each protocol, and dials it. The addresses are public ones, because miniupnpd maps nothing at others.
 */

const OUTSIDE = '21.0.0.10';
const ROUTER = '21.0.0.1';
const IN_ROUTER = ['nsenter', '--net=/run/netns/router'];
const ROUTER_PLACE = { name: 'router', within: IN_ROUTER };
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

async function startRouter(tools: RouterTools): Promise<void> {
  for (const line of LINKS) await runLine(line);
  await startMapping(ROUTER_PLACE, tools);
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

const end = () => process.exit(1); // the parent is gone
process.once('disconnect', end);
const tools = JSON.parse(process.argv[2] ?? '') as RouterTools;
await startRouter(tools);
const host = await startHost();
const tell = async (order: Order): Promise<unknown> => {
  host.send(order);
  return (await once(host, 'message'))[0] as unknown;
};
const orders: readonly Order[] = [['pcp'], ['nat-pmp'], ['upnp'], ['pcp', 'nat-pmp', 'upnp']];
for (const protocols of orders) {
  const state = await tell(protocols);
  assert.ok(hasMapping(ROUTER_PLACE, tools), JSON.stringify(state));
  process.send?.(REPORT.parse({ protocols, state, isReached: (await dial()) === GREETING }));
  await tell([]);
  assert.ok(!hasMapping(ROUTER_PLACE, tools), `${protocols.join()} left a mapping behind`);
}
host.disconnect();
process.off('disconnect', end);
process.disconnect(); // messages sent before still arrive
process.exit(); // which ends miniupnpd, too
