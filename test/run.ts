/**
 * Runs all tests, in groups of files with a process each (`test/runner/groups.ts`), several side by side: most tests wait most of the
 * time. `npm run check` is one of these processes, for it uses one core most of the time. `npm test` runs all groups. Names of groups
 * run those, and `--without NAME` leaves one out.
 *
 * Files with a failed test run a second time at the end, alone on the computer. A file that fails again fails the run. One that passes
 * then is named in the closing lines: its test depends on the speed of the computer, which is a fault of the test.
 */
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { prepareEditor } from './editor/support/install.js';
import { GROUP_NAMES, type Group, groupFiles } from './runner/groups.js';
import type { Results } from './runner/results.js';
import { killAll, runCommand, runGroup } from './runner/run-group.js';

/** A test waits for timers, disks and other processes for more than half of its time. */
const SIDE_BY_SIDE = availableParallelism() + 2;

/** A window of an editor and its peers use about one core. */
const EDITORS_SIDE_BY_SIDE = 2;

/** The name of `npm run check` among the groups. */
const CHECK = 'check';

/** More failed files than these are no accident of the computer's speed, and do not run again. */
const MAX_SECOND_TRIES = 8;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    without: { type: 'string', multiple: true, default: [] },
    jobs: { type: 'string', default: String(SIDE_BY_SIDE) },
  },
});
const names = [CHECK, ...GROUP_NAMES];
const unknown = [...positionals, ...values.without].filter((name) => !names.includes(name));
if (unknown.length > 0) throw new Error(`There is no group ${unknown.join(', ')}: give ${names.join(', ')}.`);
const isWanted = (name: string) =>
  (positionals.length === 0 || positionals.includes(name)) && !values.without.includes(name);

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
).filter(({ name }) => isWanted(name));

const all: Results = {};
const timings: string[] = [];
let checkProblem: string | undefined;

async function check(): Promise<void> {
  const { seconds, output, problem } = await runCommand('npm', ['run', CHECK, '--silent']);
  console.log(`\n== ${CHECK}${output.trim() === '' ? '' : `\n${output}`}`);
  timings.push(`${CHECK} ${Math.round(seconds)} s`);
  checkProblem = problem;
}

/** Runs files, prints what they print, and notes their results. */
async function run({ name, files }: Group): Promise<void> {
  const { results, seconds, output, problem } = await runGroup(files);
  console.log(`\n== ${name}${output}`);
  if (problem !== undefined) console.log(`== ${name}: ${problem}`);
  timings.push(`${name} ${Math.round(seconds)} s`);
  Object.assign(all, results);
  // The process came to its end early, or mocha skipped a suite with `bail` after a failure in another file.
  const missing = files.filter((file) => !(file in results));
  for (const file of missing) all[file] = { passed: 0, failed: [problem ?? 'did not run'] };
  if (problem !== undefined && missing.length === 0) {
    const [first = name] = files;
    all[first] = { passed: all[first]?.passed ?? 0, failed: [...(all[first]?.failed ?? []), problem] };
  }
}

/** Runs tasks in their order, so many at once. */
async function runSideBySide(queue: (() => Promise<void>)[], atOnce: number): Promise<void> {
  const next = async (): Promise<void> => {
    const task = queue.shift();
    if (!task) return;
    await task();
    await next();
  };
  await Promise.all(Array.from({ length: atOnce }, next));
}

const tasksOf = (some: Group[]) => some.map((group) => () => run(group));

const failedFiles = () => Object.entries(all).flatMap(([file, { failed }]) => (failed.length > 0 ? [file] : []));

const last = groups.filter(({ runsLast }) => runsLast);
const prepared = last.length > 0 ? prepareEditor() : undefined;
const others = tasksOf(groups.filter(({ runsLast }) => !runsLast));
if (isWanted(CHECK)) others.unshift(check);
await runSideBySide(others, Number(values.jobs));
await prepared;
const apart = last.flatMap(({ files }) => files.map((file) => ({ name: file, files: [file], runsLast: true })));
await runSideBySide(tasksOf(apart), Math.min(EDITORS_SIDE_BY_SIDE, Number(values.jobs)));

const first = failedFiles().map((file) => ({ file, titles: all[file]?.failed ?? [] }));
if (first.length <= MAX_SECOND_TRIES)
  for (const { file } of first) await run({ name: `second try of ${file}`, files: [file], runsLast: true });

const failed = new Set(failedFiles());
console.log(`\n${timings.join(', ')}`);
for (const { file, titles } of first)
  for (const title of titles)
    console.log(`${failed.has(file) ? 'Failed' : 'Passed on the second try only'}: ${file}: ${title}`);
const sum = (of: (result: Results[string]) => number) => Object.values(all).reduce((total, one) => total + of(one), 0);
if (checkProblem !== undefined) console.log(`Failed: npm run ${CHECK}: ${checkProblem}`);
const failures = sum((one) => one.failed.length) + (checkProblem === undefined ? 0 : 1);
console.log(`${sum(({ passed }) => passed)} passed, ${failures} failed`);
if (failures > 0 || timings.length === 0) process.exitCode = 1;
