import { parseArgs } from 'node:util';
import { LosingDatabase, type Loss } from '../../e2e/tracker/losing-database.js';
import { startRedisCluster } from '../../support/redis-cluster.js';
import { opened, rounds, spread, sum } from './rounds.js';

/** Loses the primary of a PostgreSQL with a synchronous standby, again and again, and checks every answer of the tracker. */

const HELP = `npm run bench -- tracker standby [--times N] [--nodes N] [--notice SECONDS] [--hang]
Starts a PostgreSQL with a synchronous standby, a Redis Cluster, and N nodes (2) of one tracker whose store names both servers. Eight
devices at each node share one file after the other. Then, N times (10): kills all processes of the primary (kill -9), or stops them where they are (--hang), promotes the
standby after some time (3 s, until an operator or a program has noticed), and makes the lost server the new standby. Prints seconds from
the loss until the standby was promoted, each device had a write acknowledged again, and each node was ready; and how many acknowledged writes
are lost, and how many were refused as unchanged and made all the same. PostgreSQL does not wait for the disk.
`;

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '10' },
    nodes: { type: 'string', default: '2' },
    notice: { type: 'string', default: '3' },
    hang: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else await bench(Number(values.times), Number(values.nodes));

async function bench(times: number, count: number): Promise<void> {
  const redis = await startRedisCluster();
  let scene: LosingDatabase | undefined;
  try {
    const losing = await opened(`${count} nodes`, () => LosingDatabase.open(redis.urls, count));
    scene = losing;
    const how = values.hang ? 'hang' : 'kill';
    const all = await rounds(times, () => losing.lose(how, Number(values.notice) * 1000), describe);
    process.stdout.write(`${summary(all)}\n`);
  } finally {
    await scene?.close();
    await redis.stop();
  }
}

function describe(loss: Loss): string {
  const { promotedSeconds, writesBackSeconds, readySeconds, acknowledged, unconfirmed, refused } = loss;
  const times = `promoted after ${promotedSeconds.toFixed(2)} s, writes back after ${writesBackSeconds.toFixed(2)} s, ready after ${readySeconds.toFixed(2)} s`;
  const wrong = [
    ...loss.lost.map((name) => `LOST ${name}`),
    ...loss.made.map((name) => `MADE ${name}`),
    ...loss.unexpected,
  ];
  const found = wrong.length > 0 ? wrong.join(', ') : 'none lost';
  return `${times}; ${acknowledged} writes acknowledged, ${unconfirmed} unconfirmed, ${refused} refused: ${found}`;
}

function summary(all: readonly Loss[]): string {
  return [
    `${all.length} losses: promoted ${spread(all, (one) => one.promotedSeconds)}`,
    `writes back ${spread(all, (one) => one.writesBackSeconds)}`,
    `nodes ready ${spread(all, (one) => one.readySeconds)}`,
    `${sum(all, (one) => one.lost.length)} of ${sum(all, (one) => one.acknowledged)} acknowledged writes lost`,
    `${sum(all, (one) => one.made.length)} of ${sum(all, (one) => one.refused)} refused writes made all the same`,
    `${sum(all, (one) => one.unconfirmed)} unconfirmed`,
  ].join('; ');
}
