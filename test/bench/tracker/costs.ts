import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { costOf, idleCpu, type RequestCost } from './load/costs-of.js';
import { type EventCost, eventCost, LISTENERS } from './load/event-costs.js';
import type { Groups } from './load/fill.js';
import { announceAll, type Member } from './load/members.js';
import { mixed } from './load/mix.js';
import { OPERATIONS, type Operation, sharing, signInAgain } from './load/operations.js';
import type { CpuSeconds } from './load/processes.js';
import { redisBytes } from './load/redis-memory.js';
import { ALONE, TrackerScene } from './load/scene.js';
import { table } from './load/table.js';

/** Measures what requests and events cost a tracker of one, two and three nodes. */

const HELP = `npm run bench -- tracker costs [--nodes LIST] [--seconds N] [--json]
For each of LIST (alone,1,2,3): a node with SQLite and memory (alone), or so many nodes on one PostgreSQL and a Redis Cluster of three
primaries and three replicas, all on this computer. 60 members in groups of ten are online, at the nodes in turns, and ask one kind of
request after the other for N seconds (3), each of them one request at a time. Prints for each kind: requests a second, the time of an
answer, and the CPU-seconds of a million requests (microseconds each) of nodes, PostgreSQL and Redis; bytes of messages; writing
transactions and bytes of PostgreSQL's log. "shareFile" and "stopShare" are batches of one file in SQL; all members of the group hear of
them. "mix" is what members do who fetch files. Then the events: one member announces, 400 others watch. PostgreSQL does not wait for the
disk. --json prints one line of JSON for programs.
`;

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: 'alone,1,2,3' },
    seconds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** A thousand groups, of which some are online. */
const GROUPS: Groups = { prefix: 'lab', from: 0, to: 1000, members: 10, files: 20, users: 10_000 };
const ONLINE = 60;

interface Measured {
  readonly nodes: string;
  readonly idle: CpuSeconds;
  readonly requests: Readonly<Record<string, RequestCost>>;
  readonly event: EventCost;
  readonly redisBytes?: { readonly device: number; readonly content: number };
}

if (values.help) process.stdout.write(HELP);
else {
  const all: Measured[] = [];
  for (const nodes of values.nodes.split(',')) {
    const measured = await measure(nodes, Number(values.seconds));
    all.push(measured);
    if (!values.json) process.stdout.write(`${describe(measured)}\n`);
  }
  const load = loadavg().map((one) => Number(one.toFixed(1)));
  if (values.json) process.stdout.write(`${JSON.stringify({ node: process.version, load, all })}\n`);
  else process.stdout.write(`Node ${process.version}; load ${load.join(', ')}\n`);
}

async function measure(nodes: string, seconds: number): Promise<Measured> {
  const scene = await TrackerScene.open(nodes === 'alone' ? ALONE : { store: 'postgres', nodes: Number(nodes) });
  try {
    await scene.fill(GROUPS, ONLINE);
    await scene.fill(LISTENERS, LISTENERS.members);
    await scene.startNodes();
    const members = await scene.signIn(GROUPS, 0, ONLINE);
    await announceAll(members);
    const idle = await idleCpu(scene, seconds);
    const names = new Map<Member, string[]>();
    const { shareFile, stopShare } = sharing(names);
    const operations: Record<string, Operation> = {
      signIn: (member) => signInAgain(scene.urls[member.turns % scene.urls.length] ?? '', member),
      ...OPERATIONS,
      shareFile,
    };
    const requests: Record<string, RequestCost> = {};
    for (const [name, operation] of Object.entries(operations))
      requests[name] = await costOf(scene, operation, { members, seconds, idle });
    requests.stopShare = await costOf(scene, stopShare, { members, seconds, idle });
    requests.mix = await costOf(scene, mixed(), { members, seconds: seconds * 2, idle });
    const listeners = await scene.signIn(LISTENERS, 0, LISTENERS.members);
    await announceAll(listeners);
    const event = await eventCost(scene, listeners, seconds);
    const { redis } = scene;
    return { nodes, idle, requests, event, ...(redis && { redisBytes: await redisBytes(redis) }) };
  } finally {
    await scene.close();
  }
}

function describe({ nodes, idle, requests, event, redisBytes: bytes }: Measured): string {
  const title = nodes === 'alone' ? 'one node, SQLite and memory' : `${nodes} nodes, PostgreSQL and Redis Cluster`;
  const rows = Object.entries(requests).map(([name, cost]) => [
    ...[name, cost.perSecond.toFixed(0), cost.p50Ms.toFixed(1), cost.p99Ms.toFixed(1)],
    ...[cost.cpuUs.node, cost.cpuUs.postgres, cost.cpuUs.redis].map((us) => us.toFixed(0)),
    ...[cost.bytesFromClient.toFixed(0), cost.bytesToClient.toFixed(0)],
    ...[cost.writes.toFixed(2), cost.logBytes.toFixed(0)],
  ]);
  const head = ['request', 'a second', 'p50 ms', 'p99 ms', 'node µs', 'PostgreSQL µs', 'Redis µs'];
  const lines = [
    `${title}; idle processes take ${percent(idle.node)} % of a core (nodes), ${percent(idle.postgres)} (PostgreSQL), ${percent(idle.redis)} (Redis)`,
    table([...head, 'bytes in', 'out', 'writes', 'log bytes'], rows),
    `an event to ${event.listeners} who watch: ${event.deliveredUs.toFixed(1)} µs of a node for each of them, ${event.bytes.toFixed(0)} bytes; ` +
      `${event.passedOnUs.toFixed(1)} µs of each other node that it reaches; ${event.redisUs.toFixed(1)} µs of Redis`,
  ];
  if (bytes)
    lines.push(
      `in Redis, a device takes ${bytes.device.toFixed(0)} bytes, each of its contents ${bytes.content.toFixed(0)}`,
    );
  return lines.join('\n');
}

function percent(part: number): string {
  return (part * 100).toFixed(1);
}
