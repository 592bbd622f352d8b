/**
 * Runs all tests, in groups of files with a process each (`test/runner/groups.ts`), several side by side: most tests wait most of the
 * time. `npm test` runs all groups. Names of groups run those, and `--without NAME` leaves one out.
 *
 * Files with a failed test run a second time at the end, alone on the computer. A file that fails again fails the run. One that passes
 * then is named in the closing lines: its test depends on the speed of the computer, which is a fault of the test.
 */
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { GROUP_NAMES, type Group, groupFiles } from './runner/groups.js';
import type { Results } from './runner/results.js';
import { killAll, runGroup } from './runner/run-group.js';

/** A test waits for timers, disks and other processes for about a third of its time. */
const SIDE_BY_SIDE = availableParallelism() + 1;

/** More failed files than these are no accident of the computer's speed, and do not run again. */
const MAX_SECOND_TRIES = 8;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    without: { type: 'string', multiple: true, default: [] },
    jobs: { type: 'string', default: String(SIDE_BY_SIDE) },
  },
});
const unknown = [...positionals, ...values.without].filter((name) => !GROUP_NAMES.includes(name));
if (unknown.length > 0) throw new Error(`There is no group ${unknown.join(', ')}: give ${GROUP_NAMES.join(', ')}.`);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    killAll();
    process.exit(1);
  });

const groups = groupFiles(
  readdirSync('test', { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.test.ts'))
    .toSorted(),
).filter(({ name }) => (positionals.length === 0 || positionals.includes(name)) && !values.without.includes(name));

const all: Results = {};
const timings: string[] = [];

/** Runs files, prints what they print, and notes their results. */
async function run({ name, files }: Group): Promise<void> {
  const { results, seconds, output, problem } = await runGroup(files);
  console.log(`\n== ${name}${output}`);
  if (problem !== undefined) console.log(`== ${name}: ${problem}`);
  timings.push(`${name} ${Math.round(seconds)} s`);
  Object.assign(all, results);
  // A file without a test that ran is one that the process never came to.
  const missing = problem === undefined ? [] : files.filter((file) => !(file in results));
  for (const file of missing) all[file] = { passed: 0, failed: [problem ?? ''] };
  if (problem !== undefined && missing.length === 0) {
    const [first = name] = files;
    all[first] = { passed: all[first]?.passed ?? 0, failed: [...(all[first]?.failed ?? []), problem] };
  }
}

async function runSideBySide(queue: Group[]): Promise<void> {
  const next = async (): Promise<void> => {
    const group = queue.shift();
    if (!group) return;
    await run(group);
    await next();
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, next));
}

const failedFiles = () => Object.entries(all).flatMap(([file, { failed }]) => (failed.length > 0 ? [file] : []));

await runSideBySide(groups.filter(({ runsAlone }) => !runsAlone));
for (const group of groups.filter(({ runsAlone }) => runsAlone)) await run(group);

const first = failedFiles().map((file) => ({ file, titles: all[file]?.failed ?? [] }));
if (first.length <= MAX_SECOND_TRIES)
  for (const { file } of first) await run({ name: `second try of ${file}`, files: [file], runsAlone: true });

const failed = new Set(failedFiles());
console.log(`\n${timings.join(', ')}`);
for (const { file, titles } of first)
  for (const title of titles)
    console.log(`${failed.has(file) ? 'Failed' : 'Passed on the second try only'}: ${file}: ${title}`);
const sum = (of: (result: Results[string]) => number) => Object.values(all).reduce((total, one) => total + of(one), 0);
console.log(`${sum(({ passed }) => passed)} passed, ${sum((one) => one.failed.length)} failed`);
if (failed.size > 0 || Object.keys(all).length === 0) process.exitCode = 1;
