import { parseArgs } from 'node:util';
import { KillingPrimaries, type PrimaryKilled } from '../../e2e/tracker/killing-primaries.js';
import { opened, rounds, spread, sum } from './rounds.js';

/** Kills primaries of the Redis Cluster of a tracker, and measures how soon lists and events are right again at every node. */

const HELP = `npm run bench -- tracker primary [--times N] [--nodes N] [--timeout MS]
Starts a PostgreSQL, a Redis Cluster of three primaries and three replicas (cluster-node-timeout 5000 ms, or --timeout), and N nodes (3) of
one tracker, each with four users. Each node sends five events a second to all of them. Then, N times (9): kills the primary of the next shard
(kill -9), lets one device share a file in twelve groups, or end that, and starts the killed server again, as a replica. Prints seconds from the loss
until every node listed the right sources of all files, and until an event of each node arrived at all users and none was lost any more; how many events did
not arrive everywhere; and how many users lost one and were not told to ask again.
`;

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '9' },
    nodes: { type: 'string', default: '3' },
    timeout: { type: 'string', default: '5000' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else await bench(Number(values.times), Number(values.nodes), Number(values.timeout));

async function bench(times: number, count: number, timeoutMs: number): Promise<void> {
  const scene = await opened(`${count} nodes`, () => KillingPrimaries.open(count, timeoutMs));
  try {
    const all = await rounds(times, () => scene.kill(), describe);
    process.stdout.write(`${summary(all)}\n`);
  } finally {
    await scene.close();
  }
}

function describe({ listsRightSeconds, eventsRightSeconds, incomplete, untold, refused }: PrimaryKilled): string {
  const times = `lists right after ${listsRightSeconds.toFixed(2)} s, events right after ${eventsRightSeconds.toFixed(2)} s`;
  const answers = refused.length > 0 ? `; refused: ${[...new Set(refused)].join(', ')} (${refused.length})` : '';
  return `${times}; ${incomplete} events did not arrive everywhere, ${untold} users not told${answers}`;
}

function summary(all: readonly PrimaryKilled[]): string {
  return [
    `${all.length} primaries killed: lists right ${spread(all, (one) => one.listsRightSeconds)}`,
    `events right ${spread(all, (one) => one.eventsRightSeconds)}`,
    `${sum(all, (one) => one.incomplete)} events did not arrive everywhere`,
    `${sum(all, (one) => one.untold)} users not told`,
  ].join('; ');
}
