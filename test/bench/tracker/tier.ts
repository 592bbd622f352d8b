import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { BOUNDS, COSTS } from '../../sim/tier/costs.js';
import { limitOf } from '../../sim/tier/limits.js';
import { observe } from '../../sim/tier/observe.js';
import { PUBLISHED } from '../../sim/tier/published.js';
import { sizeTier, type Tier } from '../../sim/tier/size.js';
import { BUSY_HOUR } from '../../sim/tier/workload.js';
import { plotCurves } from '../plot.js';

/** Simulates a tracker with many nodes, from what its parts were measured to cost. */

const HELP = `npm run bench -- tracker tier [--seconds N] [--seed N] [--told-once] [--svg FILE]
Draws N seconds (20) of a busy hour for 1,000 to 10,000,000 peers that are online, and prints the servers that they need, and what
reaches its limit first. Costs are the measured ones in test/sim/tier/costs.ts; what members do is assumed (test/sim/tier/workload.ts).
--told-once simulates what the tracker does not do: to publish an event for a group once, and not once for each channel of its members.
`;

const PEERS = [1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6, 3e6, 1e7];

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    'told-once': { type: 'boolean', default: false },
    svg: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else simulate();

function simulate(): void {
  const draws = { seconds: Number(values.seconds), seed: Number(values.seed), isToldOnce: values['told-once'] };
  process.stdout.write(`In an hour a device does: ${JSON.stringify(BUSY_HOUR)}\n\n`);
  row(
    ['peers', 'groups', 'nodes', 'Redis primaries', 'PostgreSQL cores', 'requests/s', 'writes/s', 'events/s'].concat([
      'Gbit/s',
      'relayed Gbit/s',
      'GB in Redis',
      'events of other nodes',
      's after a death',
      'at a limit',
    ]),
  );
  row(Array.from({ length: 14 }, () => '---:'));
  const tiers = PEERS.map((peers) => {
    const tier = sizeTier(observe(peers, BUSY_HOUR, COSTS, draws), BUSY_HOUR.contents, COSTS, BOUNDS);
    print(tier);
    return tier;
  });
  process.stdout.write('\nPublished by others:\n');
  for (const { system, figure } of PUBLISHED) process.stdout.write(`- ${system}: ${figure}\n`);
  if (values.svg !== undefined) draw(values.svg, tiers);
}

function print(tier: Tier): void {
  const { peers, groups, nodes, primaries, postgresCores, requestsPerSecond, writesPerSecond, deliveredPerSecond } =
    tier;
  row([
    ...[peers, groups, nodes, primaries, postgresCores].map(whole),
    ...[requestsPerSecond, writesPerSecond, deliveredPerSecond].map(whole),
    ...[(tier.bytesPerSecond * 8) / 1e9, (tier.relayedBytesPerSecond * 8) / 1e9, tier.redisBytes / 1e9].map(short),
    `${Math.round(tier.busShare * 100)} %`,
    short(tier.deathSeconds),
    limitOf(tier, BOUNDS) ?? '',
  ]);
}

function draw(path: string, tiers: readonly Tier[]): void {
  const curve = (name: string, y: (tier: Tier) => number) => ({
    name,
    points: tiers.map((tier) => ({ x: tier.peers, y: y(tier) })).filter((point) => point.y > 0 && point.y < Infinity),
  });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    plotCurves({
      title: 'Servers for a busy hour, simulated',
      xLabel: 'peers online',
      yLabel: 'number',
      curves: [
        curve('nodes', ({ nodes }) => nodes),
        curve('Redis primaries', ({ primaries }) => primaries),
        curve('PostgreSQL cores', ({ postgresCores }) => postgresCores),
        curve('PostgreSQL writes/s', ({ writesPerSecond }) => writesPerSecond),
        curve('line, Gbit/s', ({ bytesPerSecond }) => (bytesPerSecond * 8) / 1e9),
        curve('relayed, Gbit/s', ({ relayedBytesPerSecond }) => (relayedBytesPerSecond * 8) / 1e9),
      ],
    }),
  );
}

function row(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}

function whole(value: number): string {
  return value === Infinity ? 'none enough' : Math.round(value).toLocaleString('en');
}

function short(value: number): string {
  return value >= 100 ? whole(value) : value.toPrecision(2);
}
