import { parseArgs } from 'node:util';
import { PIECE_BYTES } from '../../sdk/protocol/index.js';
import { costOfHostage, drawHostage } from './hostage.js';
import { runHostile } from './hostile.js';
import { SCENARIOS } from './scenarios.js';
import { kindOf, runSwarm, type SwarmResult } from './swarm.js';
import type { Policy } from './world.js';

/** Runs simulated swarms of the shipped code, without sockets or clocks. A seed always gives the same result. */

const PLAIN: Partial<Policy> = { spread: false, slots: Infinity, turnBytes: 128 * 1024 };

const HELP = `npm run sim -- [--scenario NAME] [--peers N] [--size MIB] [--seed N] [--slots N] [--sources N] [--plain] [--modelled]
npm run sim -- --scenario hostile [--runs N] [--seed N]
npm run sim -- --scenario hostage [--runs N] [--seed N]

Runs a swarm of N downloaders and prints when they are done, next to the lower bound of Kumar and Ross.
--slots and --sources try other numbers of uploads at a time and of connections to sources than those that ship;
--plain does without the seeder's spreading of the first copy and without upload slots.
Up to 16 peers have the connections that ship. More have a model of them, as has every swarm with one of these options
or with --modelled.

Scenarios:
${Object.entries(SCENARIOS)
  .map(
    ([name, { says, defaults }]) => `  ${name.padEnd(10)} ${says} (${defaults.peers} peers, ${defaults.sizeMib} MiB)`,
  )
  .join('\n')}
  hostile    tiny downloads from an honest source among some that corrupt, lie, stall, vanish or break the protocol (10000 runs)
  hostage    downloads from one honest source among some that hold what they are asked for: what that costs (10000 runs)
`;

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: 'equal' },
    peers: { type: 'string' },
    size: { type: 'string' },
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '10000' },
    slots: { type: 'string' },
    sources: { type: 'string' },
    modelled: { type: 'boolean', default: false },
    plain: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else if (values.scenario === 'hostile') simulateHostile(Number(values.runs), Number(values.seed));
else if (values.scenario === 'hostage') simulateHostage(Number(values.runs), Number(values.seed));
else await simulate(values.scenario);

async function simulate(name: string): Promise<void> {
  const scenario = SCENARIOS[name];
  if (!scenario) throw new Error(`There is no scenario ${name}: see npm run sim -- --help`);
  const peers = Number(values.peers ?? scenario.defaults.peers);
  const sizeMib = Number(values.size ?? scenario.defaults.sizeMib);
  const seed = Number(values.seed);
  const plan = scenario.plan({ peers, pieceCount: Math.ceil((sizeMib * 2 ** 20) / PIECE_BYTES), seed });
  const startedMs = performance.now();
  const { slots, sources: maxSources } = values;
  const policy: Partial<Policy> = {
    ...(slots && { slots: Number(slots) }),
    ...(maxSources && { maxSources: Number(maxSources) }),
    ...(values.plain && PLAIN),
  };
  const asked = Object.keys(policy).length > 0 ? { ...plan, policy } : plan;
  const kind = values.modelled ? 'modelled' : kindOf(asked);
  const result = await runSwarm(asked, kind);
  process.stdout.write(`${name}, ${kind}: ${peers} peers, ${sizeMib} MiB, seed ${seed}: ${describe(result)}`);
  process.stdout.write(`took ${((performance.now() - startedMs) / 1000).toFixed(1)} s for ${result.events} events\n`);
  if (result.unfinished > 0) process.exitCode = 1;
}

function simulateHostile(runs: number, seed: number): void {
  const startedMs = performance.now();
  const failed: number[] = [];
  let banned = 0;
  for (let run = seed; run < seed + runs; run++) {
    const result = runHostile(run);
    banned += result.banned;
    if (!result.isComplete || result.wrongPieces > 0 || result.honestBanned > 0) failed.push(run);
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  process.stdout.write(
    `hostile: ${runs} runs, ${banned} sources banned, ${failed.length} failed (seeds: ${failed.slice(0, 10).join(', ') || 'none'}); took ${seconds} s\n`,
  );
  if (failed.length > 0) process.exitCode = 1;
}

function simulateHostage(runs: number, seed: number): void {
  const costs: { readonly run: number; readonly ms: number }[] = [];
  for (let run = seed; run < seed + runs; run++) costs.push({ run, ms: costOfHostage(drawHostage(run)) });
  costs.sort((one, other) => one.ms - other.ms);
  const at = (share: number) => `${((costs[Math.floor((costs.length - 1) * share)]?.ms ?? NaN) / 1000).toFixed(1)} s`;
  const worst = costs.slice(-5).map(({ run }) => run);
  process.stdout.write(
    `hostage: ${runs} runs; lost in the median ${at(0.5)}, in nine of ten ${at(0.9)}, at most ${at(1)} (seeds ${worst.join(', ')})\n`,
  );
  if (costs.at(-1)?.ms === Infinity) process.exitCode = 1;
}

function describe(result: SwarmResult): string {
  const { doneMs, lastMs, boundMs, unfinished, seederCopies, waste } = result;
  const seconds = (ms: number | undefined) => ((ms ?? NaN) / 1000).toFixed(2);
  return `
  done after: first ${seconds(doneMs[0])} s, median ${seconds(doneMs[doneMs.length >> 1])} s, last ${seconds(doneMs.at(-1))} s
  the last at ${seconds(lastMs)} s; no swarm before ${seconds(boundMs)} s; ratio ${(lastMs / boundMs).toFixed(3)}
  unfinished ${unfinished}; seeder sent ${seederCopies.toFixed(2)} copies; in vain ${(waste * 100).toFixed(1)} %
`;
}
