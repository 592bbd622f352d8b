import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { costOf, idleCpu, type RequestCost } from './load/costs-of.js';
import { type Groups, groupName } from './load/fill.js';
import { announceAll, type Member } from './load/members.js';
import { OPERATIONS, type Operation, sharing, signInAgain } from './load/operations.js';
import { TrackerScene } from './load/scene.js';
import { swarmCosts } from './load/swarm-costs.js';
import { table } from './load/table.js';

/** Measures what grows with a tracker: the cost of requests by the number of groups, of members of a group, and of holders of a content. */

const HELP = `npm run bench -- tracker growth [--store sqlite|postgres] [--groups LIST] [--members LIST] [--seconds N] [--json]
A node with a swarm in memory, and a database (sqlite) with groups of ten members and ten files, as many as each number of LIST
(100,1000,10000,100000) says; then with one group more that has as many members as each number of LIST (10,100,1000,10000), of whom ten are
online. Four members ask one kind of request after the other for N seconds (1.5), each one request at a time. Prints for each kind and
size the median time of an answer, the 99th percentile, and the CPU of the node and of PostgreSQL, in microseconds. "changeGroup" changes a setting,
and all members hear of it. Then what counting and drawing sources takes in memory, by the number of
devices that have a content.
`;

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'sqlite' },
    groups: { type: 'string', default: '100,1000,10000,100000' },
    members: { type: 'string', default: '10,100,1000,10000' },
    seconds: { type: 'string', default: '1.5' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const USERS = 10_000;
const PAGE = 20;
const ONLINE = 20;
const ASKING = 4;
const HOLDERS = [10, 1000, 100_000];

type Costs = Readonly<Record<string, RequestCost>>;
interface Sized {
  readonly size: number;
  readonly costs: Costs;
}

if (values.help) process.stdout.write(HELP);
else await bench(values.store === 'postgres' ? 'postgres' : 'sqlite', Number(values.seconds));

async function bench(store: 'sqlite' | 'postgres', seconds: number): Promise<void> {
  const scene = await TrackerScene.open({ store, nodes: 0 });
  try {
    const byGroups: Sized[] = [];
    const byMembers: Sized[] = [];
    let from = 0;
    for (const size of sizesOf(values.groups)) {
      const groups: Groups = { prefix: 'lab', from, to: size, members: 10, files: 10, users: USERS };
      await scene.fill(groups, from === 0 ? ONLINE : undefined);
      from = size;
      byGroups.push({ size, costs: await measure(scene, { ...groups, from: 0 }, seconds, ofGroups(size)) });
    }
    for (const size of sizesOf(values.members)) {
      const groups: Groups = { prefix: `large${size}`, from: 0, to: 1, members: size, files: 10, users: size };
      await scene.fill(groups, Math.min(size, ONLINE));
      byMembers.push({ size, costs: await measure(scene, groups, seconds, ofMembers) });
    }
    const swarm = await swarmCosts(HOLDERS);
    const load = loadavg().map((one) => Number(one.toFixed(1)));
    if (values.json) {
      process.stdout.write(`${JSON.stringify({ node: process.version, load, store, byGroups, byMembers, swarm })}\n`);
      return;
    }
    process.stdout.write(
      [
        `${store}; each: p50 ms / p99 ms / µs of CPU${store === 'postgres' ? ' of the node + of PostgreSQL' : ''}`,
        describe('groups of ten', byGroups),
        describe('members of one group', byMembers),
        table(
          ['µs in memory, by holders', ...HOLDERS.map(String)],
          Object.entries(swarm).map(([name, us]) => [name, ...us.map((one) => one.toFixed(1))]),
        ),
        `Node ${process.version}; load ${load.join(', ')}\n`,
      ].join('\n'),
    );
  } finally {
    await scene.close();
  }
}

function sizesOf(list: string): number[] {
  return list.split(',').map(Number);
}

type Extra = (members: readonly Member[]) => Record<string, Operation>;

function ofGroups(count: number): Extra {
  return () => ({
    listAllGroups: ({ client, groups, turns }) =>
      client.ask('listGroups', { limit: PAGE, after: groupName(groups, (turns * 7919) % count) }),
  });
}

/** Each change is another one, and its members hear of it. */
function ofMembers([owner]: readonly Member[]): Record<string, Operation> {
  return {
    changeGroup: ({ groupId }) => {
      if (!owner) throw new Error('nobody is online');
      return owner.client.ask('changeGroup', { groupId, keepDays: 1 + (owner.turns++ % 90) });
    },
  };
}

async function measure(scene: TrackerScene, groups: Groups, seconds: number, extra: Extra): Promise<Costs> {
  await scene.startNodes();
  try {
    const online = await scene.signIn(groups, 0, Math.min(ONLINE, (groups.to - groups.from) * groups.members));
    await announceAll(online);
    const members = online.slice(0, ASKING);
    const { shareFile, stopShare } = sharing(new Map());
    const { meet: _, ...operations } = OPERATIONS;
    const all: Record<string, Operation> = {
      signIn: (member) => signInAgain(scene.urls[0] ?? '', member),
      ...{ ...operations, ...extra(online), shareFile, stopShare },
    };
    const idle = await idleCpu(scene, 1);
    const costs: Record<string, RequestCost> = {};
    for (const [name, operation] of Object.entries(all))
      costs[name] = await costOf(scene, operation, { members, seconds, idle });
    return costs;
  } finally {
    await scene.stopNodes();
  }
}

function describe(what: string, sized: readonly Sized[]): string {
  const names = Object.keys(sized[0]?.costs ?? {});
  const rows = names.map((name) => [
    name,
    ...sized.map(({ costs }) => {
      const cost = costs[name];
      if (!cost) return '';
      const postgres = cost.cpuUs.postgres > 0 ? `+${cost.cpuUs.postgres.toFixed(0)}` : '';
      return `${cost.p50Ms.toFixed(2)} / ${cost.p99Ms.toFixed(1)} / ${cost.cpuUs.node.toFixed(0)}${postgres}`;
    }),
  ]);
  return table([what, ...sized.map(({ size }) => `${size}`)], rows);
}
