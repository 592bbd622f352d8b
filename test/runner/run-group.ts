import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Results, readResults } from './results.js';

/** The longest silence of a group: more than the longest time limit of a test. */
const MAX_SILENCE_MS = 330_000;

/** Time for the children of mocha to end after it. */
const END_MS = 30_000;

export interface GroupRun {
  readonly results: Results;
  readonly seconds: number;
  readonly output: string;
  /** What went wrong beside the tests: a hang, a crash, a process left behind. */
  readonly problem?: string;
}

/** Runs test files in one mocha process. Always settles: a process that hangs is described and killed. */
export async function runGroup(files: readonly string[]): Promise<GroupRun> {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-results-'));
  const startMs = performance.now();
  const output: Buffer[] = [];
  try {
    const path = join(folder, 'results.json');
    const mocha = spawn(
      process.execPath,
      [
        ...[join('node_modules', 'mocha', 'bin', 'mocha.js'), '--no-color', '--reporter', './test/runner/reporter.ts'],
        ...files.map((file) => `test/${file}`),
      ],
      {
        detached: true, // a process group of its own, so that one signal reaches its children
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, SHOAL_TEST_RESULTS: path, NO_COLOR: '1', FORCE_COLOR: undefined },
      },
    );
    const { hang, code } = await untilEnded(mocha, output);
    const results = readResults(path);
    const hasFailed = Object.values(results ?? {}).some(({ failed }) => failed.length > 0);
    const problem =
      hang ??
      (results === undefined || (code !== 0 && !hasFailed)
        ? `Mocha ended ${results === undefined ? 'early, ' : ''}with ${code ?? mocha.signalCode}`
        : undefined);
    return {
      results: results ?? {},
      seconds: (performance.now() - startMs) / 1000,
      output: Buffer.concat(output).toString(),
      ...(problem !== undefined && { problem }),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Process groups that run now; whoever ends this process ends them. */
const running = new Set<ChildProcess>();

export function killAll(): void {
  for (const mocha of running) kill(mocha);
}

interface End {
  readonly code: number | null;
  /** Why the process was killed. */
  readonly hang: string | undefined;
}

async function untilEnded(mocha: ChildProcess, output: Buffer[]): Promise<End> {
  running.add(mocha);
  let hang: string | undefined;
  let silence: NodeJS.Timeout | undefined;
  const describeAndKill = async (what: string) => {
    hang = what;
    output.push(Buffer.from(`\n${what}\n${await describeProcesses(mocha)}\n`));
    kill(mocha);
    for (const stream of [mocha.stdout, mocha.stderr]) stream?.destroy(); // a process outside the group may hold them
  };
  const onOutput = (chunk?: Buffer) => {
    if (chunk) output.push(chunk);
    clearTimeout(silence);
    if (hang === undefined)
      silence = setTimeout(() => void describeAndKill(`No output for ${MAX_SILENCE_MS / 1000} s`), MAX_SILENCE_MS);
  };
  mocha.stdout?.on('data', onOutput);
  mocha.stderr?.on('data', onOutput);
  onOutput();
  let afterExit: NodeJS.Timeout | undefined;
  mocha.once('exit', () => {
    if (hang !== undefined) return;
    afterExit = setTimeout(() => void describeAndKill('Mocha ended, a process that a test started did not'), END_MS);
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      mocha.once('error', reject);
      mocha.once('close', resolve);
    });
    return { code, hang };
  } finally {
    clearTimeout(silence);
    clearTimeout(afterExit);
    running.delete(mocha);
  }
}

function kill({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group has ended.
  }
}

/** The processes of the group, where `ps` exists. */
async function describeProcesses({ pid }: ChildProcess): Promise<string> {
  try {
    const columns = 'pid,ppid,pgid,stat,wchan:24,etime,args';
    const { stdout } = await promisify(execFile)('ps', ['-eo', columns, '--sort', 'pid']);
    const [head = '', ...lines] = stdout.split('\n');
    return [head, ...lines.filter((line) => line.split(/\s+/).includes(String(pid)))].join('\n');
  } catch {
    return '';
  }
}
