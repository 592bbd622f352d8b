import { parseArgs } from 'node:util';
import * as z from 'zod';
import { whyNoNamespaces } from '../e2e/swarm/namespaces.js';
import { boundSeconds, runSwarms, SWARM_OPTIONS, type SwarmOptions, type SwarmRun } from '../e2e/swarm/swarm.js';
import { median } from './median.js';

/** Runs real programs on shaped links, and measures how close a swarm comes to the lower bound of any scheme. */

const HELP = `npm run bench -- swarm [--peers N] [--rate MBIT] [--size MIB] [--runs N]
One seeder and N downloaders (8), each in a network namespace of its own with a link of MBIT (50) Mbit/s each way, fetch a file
of MIB (64) at once, RUNS times (3). Prints when each is done, from the command to "complete and verified", and how many times
the lower bound of Kumar and Ross the last one takes: max(F/u_s, F/d_min, N*F/(u_s + sum of u_i)). F is the file's own bytes, and the
rates are the raw ones of the links: what TCP, TLS and frames add (about 5 %) counts against the swarm.
Linux; needs root, or user namespaces that anybody may make, and ip, tc, unshare and nsenter. Leaves nothing behind.
`;

const CANNOT_BEGIN = 2;
const INTERRUPTED = 130;

const { values } = parseArgs({
  options: {
    peers: { type: 'string', default: '8' },
    rate: { type: 'string', default: '50' },
    size: { type: 'string', default: '64' },
    runs: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else {
  const { peers, rate, size, runs } = values;
  const options = { peers: Number(peers), megabits: Number(rate), sizeMib: Number(size), runs: Number(runs) };
  process.exitCode = await bench(options);
}

/** @returns the exit code */
async function bench(asked: SwarmOptions): Promise<number> {
  const { data: options, error } = SWARM_OPTIONS.safeParse(asked);
  const why = error ? `See --help: ${z.prettifyError(error)}` : await whyNoNamespaces();
  if (!options || why !== undefined) {
    process.stderr.write(`${why}\n`);
    return CANNOT_BEGIN;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
  const bound = boundSeconds(options);
  const ratios: number[] = [];
  const onRun = (run: SwarmRun) => {
    ratios.push(Math.max(...run.doneSeconds) / bound);
    process.stdout.write(`run ${ratios.length}: ${describe(run, bound)}\n`);
  };
  try {
    await runSwarms(options, onRun, stop.signal);
  } catch (failure) {
    if (!stop.signal.aborted) throw failure;
    return INTERRUPTED;
  }
  process.stdout.write(
    `${options.peers} peers, ${options.megabits} Mbit/s, ${options.sizeMib} MiB, Node ${process.version}: the last one took ` +
      `${median(ratios).toFixed(3)} times the bound of ${bound.toFixed(2)} s (median of ${options.runs})\n`,
  );
  return 0;
}

function describe({ doneSeconds, seederCopies }: SwarmRun, bound: number): string {
  const each = doneSeconds.map((seconds, index) => `peer${index + 1} ${seconds.toFixed(2)} s`).join(', ');
  const ratio = (Math.max(...doneSeconds) / bound).toFixed(3);
  return `${each}; the last ${ratio} times the bound; the seeder's link carried ${seederCopies.toFixed(2)} copies`;
}
