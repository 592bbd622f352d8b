import { inspect, parseArgs } from 'node:util';
import { addToCorpus } from './corpus.js';
import { FuzzFailure, fuzz } from './run.js';
import { TARGETS } from './targets/index.js';
import { Watchdog } from './watchdog.js';

/** The decoders under many hostile inputs; mocha gives them a few thousand, this as many as one likes. */

const HELP = `npm run fuzz -- [--decoder NAME[,NAME]] [--runs N] [--seed N]
Gives each decoder (all, unless named) N hostile inputs (1000000): valid messages with changed bits, ends, ranges, lengths and
structure, cut into chunks at random. One that a decoder does not bear is made as small as it can be, printed, and kept in
test/corpus/. The same seed makes the same inputs.

Decoders:
${Object.entries(TARGETS)
  .map(([name, { what }]) => `  ${name.padEnd(16)} ${what}`)
  .join('\n')}
`;

const { values } = parseArgs({
  options: {
    decoder: { type: 'string', default: Object.keys(TARGETS).join() },
    runs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else for (const name of values.decoder.split(',')) await fuzzOne(name, Number(values.runs), Number(values.seed));

async function fuzzOne(name: string, runs: number, seed: number): Promise<void> {
  const chosen = TARGETS[name];
  if (!chosen) throw new Error(`there is no decoder ${name}: see --help`);
  await using watchdog = new Watchdog();
  const target = await chosen.open();
  try {
    const report = await fuzz(target, runs, seed, watchdog.next);
    const { seconds, slowestMs, largestBuffer, peakGrowth, heldGrowth } = report;
    process.stdout.write(
      `${name.padEnd(16)} ${runs} runs, ${seconds.toFixed(1)} s, ${Math.round(runs / seconds)} runs/s; slowest ${slowestMs.toFixed(1)} ms; ` +
        `largest buffer ${kib(largestBuffer)}; heap grew by ${mib(peakGrowth)} at most, ${mib(heldGrowth)} held; seed ${seed}\n`,
    );
  } catch (error) {
    process.exitCode = 1;
    const input = error instanceof FuzzFailure ? error.input : undefined;
    const kept = input ? `\nkept as ${addToCorpus(name, input)}` : '';
    process.stderr.write(`${name}: ${inspect(error)}${kept}\n`);
  } finally {
    watchdog.rest();
    await target.close?.();
  }
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
