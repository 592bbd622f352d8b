import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultDataDir, readInvocation } from '../../../tracker/program/options.js';
import { availableDrivers } from '../../../tracker/store/sqlite/drivers.js';
import { Program, SHOAL_TRACKER } from '../../e2e/support/processes.js';
import { hasCode } from '../../support/has-code.js';

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

  it('starts like the original, prints what to give to others, and stops in order', async () => {
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

  it('warns if its own line has the fingerprint of another tracker', async () => {
    const info = join(folder, 'info.txt');
    const warning = /"level":40.*"line":1.*has another fingerprint than ([0-9a-f]{64})/;
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

  for (const [what, argsIn, code] of [
    ['a list of trackers that is not there', (at: string) => [join(at, 'missing.txt'), '1'], 'PATH_NOT_FOUND'],
    ['a line without a port', (at: string) => [join(at, 'bad.txt'), '1'], 'TRACKER_INVALID'],
    ['a line that the list does not have', (at: string) => [join(at, 'info.txt'), '3'], 'TRACKER_INVALID'],
    ['a line that is no number', (at: string) => [join(at, 'info.txt'), 'x'], 'USAGE'],
    ['a list without a line', (at: string) => [join(at, 'info.txt')], 'USAGE'],
    ['one argument too many', (at: string) => [join(at, 'info.txt'), '1', 'more'], 'USAGE'],
    ['an unknown option', () => ['--nosuch'], 'USAGE'],
    ['an address without a port', () => ['--listen', 'nowhere'], 'USAGE'],
    ['an unknown level', () => ['--log-level', 'loud'], 'USAGE'],
    ['an unknown format', () => ['--log-format', 'xml'], 'USAGE'],
    ['a swarm of another kind', () => ['--swarm', 'http://ann:secret@127.0.0.1'], 'USAGE'],
    [
      'a swarm that nobody has',
      (at: string) => [
        '--swarm',
        'redis://ann:secret@127.0.0.1:1',
        '--data',
        join(at, 'data'),
        '--listen',
        '127.0.0.1:0',
      ],
      'SWARM_UNREACHABLE',
    ],
    ['two addresses', (at: string) => [join(at, 'info.txt'), '1', '--listen', '127.0.0.1:0'], 'USAGE'],
    ["a newer tracker's data", (at: string) => ['--listen', '127.0.0.1:0', '--data', at], 'DATA_DIR_NEWER'],
    ['data in a file', (at: string) => ['--listen', '127.0.0.1:0', '--data', join(at, 'info.txt')], 'DATA_DIR_INVALID'],
  ] as const) {
    it(`says in one line what is wrong with ${what}, and exits with 2`, async () => {
      const [driver] = await availableDrivers();
      const newer = driver?.open(join(folder, 'tracker.db'));
      newer?.exec('PRAGMA user_version = 99');
      newer?.close();
      writeFileSync(join(folder, 'bad.txt'), 'no port here\n');
      const program = start(...argsIn(folder));
      assert.equal(await program.exited, 2);
      assert.match(program.stderr, new RegExp(`^error ${code}: [^\n]+\n$`));
      assert.doesNotMatch(program.stderr, /secret/);
    });
  }

  it('reads its options', () => {
    const env = { XDG_DATA_HOME: '/data' };
    const invocation = readInvocation([], env);
    assert.deepEqual(invocation.kind === 'run' && invocation.listen, '[::]:6970');
    for (const [text, expected] of [
      ['off', 0],
      ['0', 0],
      ['500K', 500_000],
      ['8M', 8_000_000],
    ] as const) {
      const asked = readInvocation(['--relay', text], env);
      assert.equal(asked.kind === 'run' && asked.relayBytesPerSecond, expected);
    }
    for (const text of ['fast', '1K', '-1'])
      assert.throws(() => readInvocation([`--relay=${text}`], env), /USAGE|at least/);
    const announced = readInvocation(['--announce', 'node.example:6970'], env);
    assert.equal(announced.kind === 'run' && announced.announce, 'node.example:6970');
    for (const text of ['node.example', '0.0.0.0:6970', 'node.example:80'])
      assert.throws(() => readInvocation(['--announce', text], env), hasCode('USAGE'));
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
