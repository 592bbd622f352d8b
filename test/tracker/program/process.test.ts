import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Program, SHOAL_TRACKER } from '../../e2e/support/processes.js';
import { RawClient } from '../raw-client.js';

describe('the process of shoal-tracker', () => {
  let folder: string;
  const programs: Program[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-process-'));
  });
  afterEach(async () => {
    await Promise.all(programs.splice(0).map((program) => program.kill()));
    rmSync(folder, { recursive: true, force: true });
  });

  function start(...args: string[]): Program {
    const program = new Program(SHOAL_TRACKER, args, { env: { XDG_DATA_HOME: folder } });
    programs.push(program);
    return program;
  }

  async function serve(...args: string[]): Promise<{ program: Program; url: string }> {
    const program = start('--listen', '127.0.0.1:0', '--data', join(folder, 'data'), ...args);
    for (let line = 0; line < 5; line++) await program.line();
    return { program, url: await program.line() };
  }

  it('tells how it is used, and its version, on standard output', async () => {
    const help = start('--help');
    assert.match(await help.line(), /^Usage: shoal-tracker/);
    const version = start('--version');
    assert.match(await version.line(), /^\d+\.\d+\.\d+/);
    for (const program of [help, version]) {
      assert.equal(await program.exited, 0);
      assert.equal(program.stderr, '');
    }
  });

  it('ends every connection in order when it is told to stop, and says nothing when it shall be silent', async () => {
    const { program, url } = await serve('--log-level', 'silent');
    const client = await RawClient.open(url);
    await client.signUp('ann');
    assert.equal(await program.stop(), 0);
    assert.equal((await client.closed)[0], 1001);
    assert.equal(program.stderr, '');
  });

  it('logs neither passwords nor tokens', async () => {
    const { program, url } = await serve('--log-level', 'debug');
    const client = await RawClient.open(url);
    await client.hello();
    const password = 'a password to look for';
    await client.call('createUser', { userId: 'ann', password });
    const { token } = await client.call('login', { userId: 'ann', password, device: client.prove() });
    await client.outcome('login', { userId: 'bob', password, device: client.prove() });
    client.close();
    await program.stop();
    assert.match(program.stderr, /"msg":"connected"/);
    for (const secret of [password, token]) assert.equal(program.stderr.includes(secret), false);
  });

  it('outlives a crowd that signs up before the first one signs in', async () => {
    const first = await serve('--log-level', 'silent');
    const ann = await RawClient.open(first.url);
    await ann.signUp('ann');
    await first.program.stop();

    const { program, url } = await serve('--log-level', 'silent');
    const client = await RawClient.open(url);
    await client.hello();
    const crowd = Array.from({ length: 128 }, (_, index) =>
      client.outcome('createUser', { userId: `user${index}`, password: 'x' }),
    );
    assert.equal(
      await client.outcome('login', { userId: 'ann', password: 'pw', device: client.prove() }),
      'RATE_LIMITED',
    );
    assert.equal(
      (await Promise.all(crowd)).every((outcome) => outcome === 'ok'),
      true,
    );
    await client.logIn('ann');
    client.close();
    assert.equal(await program.stop(), 0);
  });
});
