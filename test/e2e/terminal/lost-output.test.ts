import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { SHOAL, SHOAL_TRACKER, Stage } from '../support/processes.js';

describe('output that cannot be written', () => {
  let stage: Stage;
  let trackerInfo: string;
  const started: ChildProcess[] = [];

  before(async () => {
    stage = await Stage.open();
    trackerInfo = await stage.trackerInfo(await stage.startTracker());
  });
  after(async () => {
    for (const child of started) child.kill('SIGKILL');
    await stage.close();
  });

  interface Ending {
    readonly code: number | null;
    readonly stderr: string;
  }

  /** Runs a program with `stdout` as its standard output; undefined: a pipe without a reader. */
  async function end(script: string, args: readonly string[], stdout: number | undefined, input = ''): Promise<Ending> {
    const child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', stdout ?? 'pipe', 'pipe'] });
    started.push(child);
    child.stdout?.destroy();
    child.stdin?.on('error', () => {}); // the program may end before it reads
    child.stdin?.end(input);
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stderr };
  }

  /** The ways in which the programs write output. */
  const cases: [what: string, script: string, args: () => string[], input: string, alsoPiped?: true][] = [
    ['shoal --help', SHOAL, () => ['--help'], '', true],
    ['shoal --version', SHOAL, () => ['--version'], ''],
    ['shoal inspect', SHOAL, () => ['inspect', trackerInfo], ''],
    ['a script', SHOAL, () => ['127.0.0.1:0', trackerInfo, '--data', stage.path('peer')], 'help\nhelp quit\n', true],
    ['shoal-tracker --help', SHOAL_TRACKER, () => ['--help'], ''],
    ['shoal-tracker --version', SHOAL_TRACKER, () => ['--version'], ''],
    [
      'the start of shoal-tracker',
      SHOAL_TRACKER,
      () => ['--listen', '127.0.0.1:0', '--data', stage.path('other'), '--log-level', 'silent'],
      '',
      true,
    ],
  ];

  for (const [what, script, args, input, alsoPiped] of cases) {
    it(`is no success, and told once: ${what} to a full disk`, async function () {
      if (!existsSync('/dev/full')) this.skip(); // `/dev/full` is always full, and exists on Linux only
      const full = openSync('/dev/full', 'w');
      try {
        const { code, stderr } = await end(script, args(), full, input);
        assert.ok(code !== null && code > 0, `exit code ${code}`);
        const errors = stderr.split('\n').filter((line) => line.startsWith('error '));
        assert.equal(errors.length, 1, stderr);
        assert.match(errors[0] ?? '', /^error NO_SPACE: Standard output cannot be written/);
        assert.doesNotMatch(stderr, /\n {4}at /);
      } finally {
        closeSync(full);
      }
    });

    if (!alsoPiped) continue;
    it(`is no success, and not told of when the reader went away: ${what}`, async () => {
      const { code, stderr } = await end(script, args(), undefined, input);
      assert.ok(code !== null && code > 0, `exit code ${code}`);
      assert.doesNotMatch(stderr, /^error |EPIPE/m);
    });
  }
});
