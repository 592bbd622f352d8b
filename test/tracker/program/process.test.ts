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

  it('prints its usage and its version on standard output', async () => {
    const help = start('--help');
    assert.match(await help.line(), /^Usage: shoal-tracker/);
    const version = start('--version');
    assert.match(await version.line(), /^\d+\.\d+\.\d+/);
    for (const program of [help, version]) {
      assert.equal(await program.exited, 0);
      assert.equal(program.stderr, '');
    }
  });

  it('ends every connection in order when it is stopped, and prints nothing at the level silent', async () => {
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

  it('accepts sign-ins while a crowd signs up', async () => {
    const { program, url } = await serve('--log-level', 'silent');
    const ann = await RawClient.open(url);
    await ann.signUp('ann');
    await ann.call('logout', {});
    const clients = await Promise.all(Array.from({ length: 4 }, () => RawClient.open(url)));
    let signedUp = 0;
    const crowd = clients.flatMap((client, index) => {
      const hello = client.hello();
      return Array.from({ length: 5 }, async (_, user) => {
        await hello;
        await client.call('createUser', { userId: `user ${index} ${user}`, password: 'x' });
        signedUp++;
      });
    });
    await Promise.race(crowd);
    await ann.logIn('ann');
    assert.ok(signedUp < 20, 'who signs in comes first');
    await Promise.all(crowd);
    for (const client of [ann, ...clients]) client.close();
    assert.equal(await program.stop(), 0);
  });
});
