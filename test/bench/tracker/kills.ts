import { parseArgs } from 'node:util';
import { type Killed, KillingNodes } from '../../e2e/tracker/killing-nodes.js';
import { PostgresServer } from '../../support/postgres/postgres-server.js';
import { startRedisCluster } from '../../support/redis-cluster.js';
import { opened, rounds, spread, sum } from './rounds.js';

/** Kills nodes of a tracker (`kill -9`) under a small load, and measures how soon its clients are right again. */

const HELP = `npm run bench -- tracker kills [--times N] [--nodes N]
Starts a PostgreSQL, a Redis Cluster of three primaries and three replicas, and N nodes (3) of one tracker, each with two clients
that each change a setting up to 50 times a second; one of them downloads from another. Kills the node with the most clients N times (10), and starts
it again. Prints for each kill: seconds until all its clients were signed in elsewhere, and until the other nodes listed the right
sources; whether the transfer stopped; and how many acknowledged changes were lost. PostgreSQL does not wait for the disk.
`;

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '10' },
    nodes: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else await bench(Number(values.times), Number(values.nodes));

async function bench(times: number, count: number): Promise<void> {
  const [postgres, redis] = await Promise.all([PostgresServer.start(), startRedisCluster()]);
  let scene: KillingNodes | undefined;
  try {
    await postgres.run('postgres', 'CREATE DATABASE shoal');
    const shared = { store: postgres.url('shoal'), swarm: redis.urls };
    const killing = await opened(`${count} nodes`, () => KillingNodes.open(shared, count));
    scene = killing;
    const all = await rounds(times, () => killing.kill(), describe);
    process.stdout.write(`${summary(all)}\n`);
  } finally {
    await scene?.close();
    await Promise.all([postgres.stop(), redis.stop()]);
  }
}

function describe({ clients, elsewhereSeconds, listsRightSeconds, isStopped, acknowledged, lost }: Killed): string {
  const times = `elsewhere after ${elsewhereSeconds.toFixed(2)} s, lists right after ${listsRightSeconds.toFixed(2)} s`;
  const transfer = isStopped ? 'the transfer STOPPED' : 'the transfer went on';
  return `${clients} clients ${times}; ${transfer}; ${acknowledged} changes acknowledged, ${lost} lost`;
}

function summary(all: readonly Killed[]): string {
  return [
    `${all.length} kills of ${sum(all, (one) => one.clients)} clients: elsewhere ${spread(all, (one) => one.elsewhereSeconds)}`,
    `lists right ${spread(all, (one) => one.listsRightSeconds)}`,
    `${sum(all, (one) => (one.isStopped ? 1 : 0))} transfers stopped`,
    `${sum(all, (one) => one.lost)} of ${sum(all, (one) => one.acknowledged)} acknowledged changes lost`,
  ].join('; ');
}
