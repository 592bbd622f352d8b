import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { residentMib } from '../../e2e/faults/slow-loris.js';
import { run } from '../../support/run.js';
import { drawn, seeded } from '../../support/seeded.js';
import { bareTlsMemory, difference, type Held } from './load/bare-tls.js';
import type { Groups } from './load/fill.js';
import { openLoop } from './load/loops.js';
import { announceAll, type Member } from './load/members.js';
import { mixed } from './load/mix.js';
import { ALONE, TrackerScene } from './load/scene.js';
import { table } from './load/table.js';

/** Measures a node with thousands of clients: what each of them takes, and how many requests it answers in time. */

const HELP = `npm run bench -- tracker crowd [--clients N] [--rates LIST] [--seconds N] [--profile FOLDER] [--json]
N clients (10000), in groups of ten, connect to a node with SQLite and memory, and stay idle: prints the memory of each, as the second half of them
adds it, beyond that of as many TLS connections in a server that has nothing besides, and what a content takes that a device has. Then the node is confined to one core, and
the clients to another one. Members who are drawn at random ask what members ask who fetch files, at each rate of LIST
(1000,2000,3000,4000,5000 a second) for N seconds (8), whatever the answers take: prints when they were answered, and the CPU of the node.
Needs as many open files as clients (ulimit -n), in each of both processes. --profile takes a CPU profile of the node.
`;

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '10000' },
    rates: { type: 'string', default: '1000,2000,3000,4000,5000' },
    seconds: { type: 'string', default: '8' },
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const NODE_CORE = 0;
const OWN_CORE = 1;
const GROUP_MEMBERS = 10;

interface Rate {
  readonly asked: number;
  readonly answered: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly nodeCpu: number;
}

if (values.help) process.stdout.write(HELP);
else await bench(Number(values.clients), values.rates.split(',').map(Number), Number(values.seconds));

async function bench(clients: number, rates: readonly number[], seconds: number): Promise<void> {
  const bare = await bareTlsMemory(clients);
  const flags = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];
  const groups: Groups = {
    ...{ prefix: 'lab', from: 0, to: clients / GROUP_MEMBERS, members: GROUP_MEMBERS, files: 20, users: clients },
  };
  const scene = await TrackerScene.open({ ...ALONE, flags });
  try {
    await scene.fill(groups, clients);
    await scene.startNodes();
    const half = clients / 2;
    const first = await scene.signIn(groups, 0, half);
    const before = await memory(scene);
    const others = await scene.signIn(groups, half, clients);
    const idle = await memory(scene);
    await announceAll(first);
    const announced = await memory(scene);
    await announceAll(others);
    const client = difference(before, idle, half);
    const content = difference(announced, await memory(scene), half * groups.files);
    const members = [...first, ...others];
    await pin(process.pid, OWN_CORE);
    await pin(scene.nodes[0]?.pid ?? 0, NODE_CORE);
    const at: Rate[] = [];
    for (const rate of rates) at.push(await ask(scene, members, rate, seconds));
    const load = loadavg().map((one) => Number(one.toFixed(1)));
    if (values.json)
      process.stdout.write(
        `${JSON.stringify({ node: process.version, load, clients, bare, client, content, rates: at })}\n`,
      );
    else process.stdout.write(describe({ clients, bare, client, content, rates: at }, load));
  } finally {
    await scene.close();
  }
}

/** From now on, a process runs on one core only. */
function pin(pid: number, core: number): Promise<void> {
  return run('taskset', ['--all-tasks', '--cpu-list', '--pid', `${core}`, `${pid}`]);
}

async function memory({ nodes: [node] }: TrackerScene): Promise<Held> {
  if (!node) throw new Error('no node');
  const { heapUsed, external } = await node.memory();
  return { resident: residentMib(node.pid) * 2 ** 20, heap: heapUsed + external };
}

async function ask(scene: TrackerScene, members: readonly Member[], perSecond: number, seconds: number): Promise<Rate> {
  const operation = mixed();
  const random = seeded(perSecond);
  const one = async () => {
    const member = members[drawn(random, members.length)];
    if (member) await operation(member);
  };
  const [{ latencies, failed, seconds: took }, cpu] = await scene.cpuOf(() => openLoop(perSecond, seconds, one));
  return {
    ...{ asked: perSecond, answered: latencies.count / took, failed, nodeCpu: cpu.node / took },
    ...{ p50Ms: latencies.at(0.5), p99Ms: latencies.at(0.99), p999Ms: latencies.at(0.999) },
  };
}

function describe(
  {
    clients,
    bare,
    client,
    content,
    rates,
  }: Record<'bare' | 'client' | 'content', Held> & { clients: number; rates: readonly Rate[] },
  load: readonly number[],
): string {
  const kib = (bytes: number) => (bytes / 1024).toFixed(1);
  const rows = rates.map((one) => [
    ...[`${one.asked}`, one.answered.toFixed(0), `${one.failed}`],
    ...[one.p50Ms.toFixed(1), one.p99Ms.toFixed(1), one.p999Ms.toFixed(1), (one.nodeCpu * 100).toFixed(0)],
    ((one.nodeCpu / one.answered) * 1e6).toFixed(0),
  ]);
  return [
    `${clients} idle clients: ${kib(client.resident)} KiB each, ${kib(client.resident - bare.resident)} beyond TLS alone (${kib(bare.resident)}); ` +
      `heap and buffers ${kib(client.heap)}, beyond TLS ${kib(client.heap - bare.heap)}`,
    `a content that a device has: ${content.resident.toFixed(0)} bytes`,
    table(['asked a second', 'answered', 'failed', 'p50 ms', 'p99 ms', 'p99.9 ms', 'node CPU %', 'µs each'], rows),
    `Node ${process.version}; load ${load.join(', ')}\n`,
  ].join('\n');
}
