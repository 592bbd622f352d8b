import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Results, readResults } from './results.js';

/** The longest silence of a group: more than the longest time limit of a test. */
const MAX_SILENCE_MS = 330_000;

/** The longest silence of a command beside others: a linter prints nothing until it has read everything. */
const MAX_COMMAND_SILENCE_MS = 900_000;

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
  try {
    const path = join(folder, 'results.json');
    const mocha = join('node_modules', 'mocha', 'bin', 'mocha.js');
    const args = [
      mocha,
      '--no-color',
      '--reporter',
      './test/runner/reporter.ts',
      ...files.map((file) => `test/${file}`),
    ];
    const { end, hang, ...run } = await runProcess(process.execPath, args, {
      env: { SHOAL_TEST_RESULTS: path },
      maxSilenceMs: MAX_SILENCE_MS,
    });
    const results = readResults(path);
    const hasFailed = Object.values(results ?? {}).some(({ failed }) => failed.length > 0);
    const problem =
      hang ??
      (results === undefined || (end !== 0 && !hasFailed)
        ? `Mocha ended ${results === undefined ? 'early, ' : ''}with ${end}`
        : undefined);
    return { ...run, results: results ?? {}, ...(problem !== undefined && { problem }) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a command that succeeds if it exits with 0. Always settles, like `runGroup`. */
export async function runCommand(command: string, args: readonly string[]): Promise<Omit<GroupRun, 'results'>> {
  const { end, hang, ...run } = await runProcess(command, args, { maxSilenceMs: MAX_COMMAND_SILENCE_MS });
  const problem = hang ?? (end === 0 ? undefined : `it ended with ${end}`);
  return { ...run, ...(problem !== undefined && { problem }) };
}

interface ProcessRun {
  readonly seconds: number;
  readonly output: string;
  /** The exit code, or the signal that ended it. */
  readonly end: number | NodeJS.Signals | null;
  /** Why the process was killed. */
  readonly hang: string | undefined;
}

async function runProcess(
  command: string,
  args: readonly string[],
  { env = {}, maxSilenceMs }: { env?: NodeJS.ProcessEnv; maxSilenceMs: number },
): Promise<ProcessRun> {
  const startMs = performance.now();
  const output: Buffer[] = [];
  const child = spawn(command, args, {
    detached: true, // a process group of its own, so that one signal reaches its children
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env, NO_COLOR: '1', FORCE_COLOR: undefined },
  });
  const { hang, code } = await untilEnded(child, output, maxSilenceMs);
  const seconds = (performance.now() - startMs) / 1000;
  return { seconds, output: Buffer.concat(output).toString(), end: code ?? child.signalCode, hang };
}

/** Process groups that run now; whoever ends this process ends them. */
const running = new Set<ChildProcess>();

export function killAll(): void {
  for (const child of running) kill(child);
}

interface End {
  readonly code: number | null;
  /** Why the process was killed. */
  readonly hang: string | undefined;
}

async function untilEnded(child: ChildProcess, output: Buffer[], maxSilenceMs: number): Promise<End> {
  running.add(child);
  let hang: string | undefined;
  let silence: NodeJS.Timeout | undefined;
  const describeAndKill = async (what: string) => {
    hang = what;
    output.push(Buffer.from(`\n${what}\n${await describeProcesses(child)}\n`));
    kill(child);
    for (const stream of [child.stdout, child.stderr]) stream?.destroy(); // a process outside the group may hold them
  };
  const onOutput = (chunk?: Buffer) => {
    if (chunk) output.push(chunk);
    clearTimeout(silence);
    if (hang === undefined)
      silence = setTimeout(() => void describeAndKill(`No output for ${maxSilenceMs / 1000} s`), maxSilenceMs);
  };
  child.stdout?.on('data', onOutput);
  child.stderr?.on('data', onOutput);
  onOutput();
  let afterExit: NodeJS.Timeout | undefined;
  child.once('exit', () => {
    if (hang !== undefined) return;
    afterExit = setTimeout(() => void describeAndKill('It ended, a process that it started did not'), END_MS);
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { code, hang };
  } finally {
    clearTimeout(silence);
    clearTimeout(afterExit);
    running.delete(child);
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
