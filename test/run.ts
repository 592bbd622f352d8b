/**
 * Runs all tests in lanes, side by side: most tests wait most of the time. The editor's lane runs alone, after the others: a
 * window needs both cores. `npm test` runs all lanes; names of lanes (`node --import tsx test/run.ts inside processes`) run
 * those. Each line is printed with its lane's name before it.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The folders of `test/` in each lane; a folder that is not here is `inside`'s. */
const LANES = {
  editor: ['editor'],
  processes: ['e2e', 'packaging', 'tracker', 'extension'],
  inside: [],
} as const satisfies Record<string, readonly string[]>;

type Lane = keyof typeof LANES;

const NAMES = Object.keys(LANES).filter(isLane);

function isLane(name: string): name is Lane {
  return Object.hasOwn(LANES, name);
}

function laneOf(file: string): Lane {
  const [folder = ''] = file.split('/');
  return NAMES.find((name) => LANES[name].some((one) => one === folder)) ?? 'inside';
}

function testFiles(): string[] {
  return readdirSync('test', { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.test.ts'))
    .toSorted();
}

interface Result {
  readonly passed: number;
  readonly failed: number;
  readonly good: boolean;
}

function run(lane: Lane, files: readonly string[]): Promise<Result> {
  const mocha = spawn(process.execPath, [join('node_modules', 'mocha', 'bin', 'mocha.js'), ...files], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' },
  });
  const counts = { passing: 0, failing: 0 };
  createInterface({ input: mocha.stdout }).on('line', (line) => {
    console.log(`${lane.padEnd(9)} ${line}`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
    const [, count, word] = /^\s+(\d+) (passing|failing)/.exec(line.replace(/\u001b\[\d+m/g, '')) ?? [];
    if (word === 'passing' || word === 'failing') counts[word] += Number(count);
  });
  return new Promise((resolve, reject) => {
    mocha.once('error', reject);
    mocha.once('close', (code) => resolve({ passed: counts.passing, failed: counts.failing, good: code === 0 }));
  });
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !isLane(name));
if (unknown.length > 0) throw new Error(`There is no lane ${unknown.join(', ')}: give ${NAMES.join(', ')}.`);
const lanes = asked.length > 0 ? asked.filter(isLane) : NAMES;
const files = testFiles();
const runAll = (some: readonly Lane[]) =>
  Promise.all(
    some.map((lane) =>
      run(
        lane,
        files.filter((file) => laneOf(file) === lane).map((file) => `test/${file}`),
      ),
    ),
  );
const results = [
  ...(await runAll(lanes.filter((lane) => lane !== 'editor'))),
  ...(await runAll(lanes.filter((lane) => lane === 'editor'))),
];
const sum = (of: (result: Result) => number) => results.reduce((total, result) => total + of(result), 0);
console.log(`${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed)} failed`);
if (!results.every(({ good }) => good)) process.exitCode = 1;
