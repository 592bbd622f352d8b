import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultDataDir, readInvocation } from '../../../tracker/program/options.js';
import { availableDrivers } from '../../../tracker/store/sqlite/drivers.js';
import { Program, SHOAL_TRACKER } from '../../e2e/support/processes.js';

describe('the program shoal-tracker', () => {
  let folder: string;
  const programs: Program[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-program-'));
    writeFileSync(join(folder, 'info.txt'), '# trackers\n127.0.0.1 0\n127.0.0.1 1\n');
  });
  afterEach(async () => {
    await Promise.all(programs.splice(0).map((program) => program.kill()));
    rmSync(folder, { recursive: true, force: true });
  });

  function start(...args: string[]): Program {
    const program = new Program(SHOAL_TRACKER, args);
    programs.push(program);
    return program;
  }

  it('starts as the original does, tells what to give to others, and stops in order', async () => {
    const tracker = start(join(folder, 'info.txt'), '1', '--data', join(folder, 'data'));
    const lines = [];
    for (let line = 0; line < 6; line++) lines.push(await tracker.line());
    const [, , , infoLine = '', , url = ''] = lines;
    const [host, port, fingerprint] = infoLine.split(' ');
    assert.match(lines[0] ?? '', /^shoal-tracker listens at wss:\/\/127\.0\.0\.1:\d+$/);
    assert.equal(url, `wss://${host}:${port}#${fingerprint}`);

    const second = start('--listen', '127.0.0.1:0', '--data', join(folder, 'data'));
    assert.equal(await second.exited, 2);
    assert.match(second.stderr, /^error DATA_DIR_IN_USE: [^\n]+\n$/);
    const third = start('--listen', `127.0.0.1:${port}`, '--data', join(folder, 'other'));
    assert.equal(await third.exited, 2);
    assert.match(third.stderr, /^error LISTEN_FAILED: [^\n]+\n$/);

    assert.equal(await tracker.stop(), 0);
    assert.match(tracker.stderr, /"msg":"stopped"/);
  });

  it('warns where its own line names the fingerprint of another', async () => {
    const info = join(folder, 'info.txt');
    const warning = /"level":40.*"line":1.*names another fingerprint than ([0-9a-f]{64})/;
    writeFileSync(info, `127.0.0.1 0 ${'ab'.repeat(32)}\n`);
    const first = start(info, '1', '--data', join(folder, 'data'));
    await first.warns(warning);
    const [, own = ''] = warning.exec(first.stderr) ?? [];
    assert.equal(await first.stop(), 0);
    writeFileSync(info, `127.0.0.1 0 ${own.toUpperCase()}\n`);
    const second = start(info, '1', '--data', join(folder, 'data'), '--log-format', 'text');
    await second.line();
    assert.equal(await second.stop(), 0);
    assert.doesNotMatch(second.stderr, /another fingerprint/);
    assert.match(second.stderr, /^\S+ \S+ info {2}listening {2}host=127\.0\.0\.1 {2}port=\d+ {2}fingerprint=/);
  });

  it('says in one line what is wrong, and exits with 2', async () => {
    const [driver] = await availableDrivers();
    const newer = driver?.open(join(folder, 'tracker.db'));
    newer?.exec('PRAGMA user_version = 99');
    newer?.close();
    const info = join(folder, 'info.txt');
    writeFileSync(join(folder, 'bad.txt'), 'no port here\n');
    for (const [args, code] of [
      [[join(folder, 'missing.txt'), '1'], 'PATH_NOT_FOUND'],
      [[join(folder, 'bad.txt'), '1'], 'TRACKER_INVALID'],
      [[info, '3'], 'TRACKER_INVALID'],
      [[info, 'x'], 'USAGE'],
      [[info], 'USAGE'],
      [[info, '1', 'more'], 'USAGE'],
      [['--nosuch'], 'USAGE'],
      [['--listen', 'nowhere'], 'USAGE'],
      [['--log-level', 'loud'], 'USAGE'],
      [['--log-format', 'xml'], 'USAGE'],
      [[info, '1', '--listen', '127.0.0.1:0'], 'USAGE'],
      [['--listen', '127.0.0.1:0', '--data', folder], 'DATA_DIR_NEWER'],
      [['--listen', '127.0.0.1:0', '--data', info], 'DATA_DIR_INVALID'],
    ] as const) {
      const program = start(...args);
      assert.equal(await program.exited, 2, args.join(' '));
      assert.match(program.stderr, new RegExp(`^error ${code}: [^\\n]+\\n$`), args.join(' '));
    }
  });

  it('reads its options', () => {
    const env = { XDG_DATA_HOME: '/data' };
    const invocation = readInvocation([], env);
    assert.deepEqual(invocation.kind === 'run' && invocation.listen, '0.0.0.0:6970');
    for (const [flag, expected] of [
      ['--help', /Usage: shoal-tracker/],
      ['--version', /^\d+\.\d+\.\d+/],
    ] as const) {
      const printed = readInvocation([flag], env);
      assert.match(printed.kind === 'print' ? printed.text : '', expected);
    }
    assert.equal(defaultDataDir(env, 'linux'), join('/data', 'shoal-tracker'));
    assert.match(defaultDataDir({ LOCALAPPDATA: 'C:\\local' }, 'win32'), /local.shoal-tracker$/);
    assert.match(defaultDataDir({}, 'darwin'), /Application Support.shoal-tracker$/);
  });
});
