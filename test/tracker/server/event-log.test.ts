import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { startTracker, type Tracker, type TrackerOptions } from '../../../tracker/index.js';
import { RawClient } from '../raw-client.js';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly [fact: string]: unknown;
}

describe('the log of user actions', () => {
  let folder: string;
  let tracker: Tracker | undefined;
  let text: string;
  const clients: RawClient[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-events-'));
    text = '';
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await tracker?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(limits: TrackerOptions['limits'] = {}, level = 'info'): Promise<string> {
    const write = (line: string) => {
      text += line;
    };
    const logger = pino({ level }, { write });
    tracker = await startTracker({ dataDir: join(folder, 'data'), logger, limits });
    return tracker.url;
  }

  async function connect(url: string): Promise<RawClient> {
    const client = await RawClient.open(url);
    clients.push(client);
    await client.hello();
    return client;
  }

  /** The logged user actions, without the fields of every line. */
  function events(): Record<string, unknown>[] {
    const lines = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
    return lines
      .filter(({ address }) => address !== undefined)
      .map(({ level, time: _time, pid: _pid, hostname: _hostname, ...facts }) => {
        assert.equal(level, 30);
        return facts;
      });
  }

  it('has sign-ins, failures, accounts and groups, each with the address, and no password or token', async () => {
    const url = await start();
    const [ann, bob] = [await connect(url), await connect(url)];
    const [secret, typo] = ['a secret of ann', 'a password typed as the name'];
    await ann.call('createUser', { userId: 'ann', password: secret });
    await bob.call('createUser', { userId: 'bob', password: 'pw' });
    const { token } = await ann.call('login', { userId: 'ANN', password: secret, device: ann.prove() });
    const device = bob.prove();
    await bob.outcome('login', { userId: 'Ann', password: 'guess', device });
    await bob.outcome('login', { userId: typo, password: 'guess', device });
    await bob.outcome('createUser', { userId: 'ann', password: 'pw' });
    await bob.outcome('resume', { token: 'bm9uZQ', device });
    await bob.call('login', { userId: 'bob', password: 'pw', device });
    await ann.call('createGroup', { groupId: 'lab' });
    await ann.call('changeGroup', { groupId: 'lab', keepDays: 5 });
    await ann.call('removeFiles', { groupId: 'lab', fileNames: ['none'] });
    await bob.call('joinGroup', { groupId: 'LAB' });
    await ann.call('acceptRequest', { groupId: 'lab', userId: 'bob' });
    await ann.call('removeMember', { groupId: 'lab', userId: 'bob' });
    await ann.call('leaveGroup', { groupId: 'lab' });
    await ann.call('changePassword', { password: secret, newPassword: `${secret} 2` });
    await bob.call('listGroups', {});
    await bob.call('logout', {});
    const again = await connect(url);
    const { deviceId } = await again.call('resume', { token, device: again.prove() });
    const address = '127.0.0.1';
    const by = (userId: string) => ({ userId, address });
    assert.deepEqual(events(), [
      { msg: 'account created', ...by('ann') },
      { msg: 'account created', ...by('bob') },
      { msg: 'signed in', ...by('ann'), deviceId: ann.identity.id },
      { msg: 'sign-in refused', ...by('ann'), code: 'WRONG_PASSWORD' },
      { msg: 'sign-in refused', address, code: 'WRONG_PASSWORD', isKnownUser: false },
      { msg: 'account refused', ...by('ann'), code: 'USER_EXISTS' },
      { msg: 'sign-in by a session refused', address, code: 'NOT_LOGGED_IN' },
      { msg: 'signed in', ...by('bob'), deviceId: bob.identity.id },
      { msg: 'group created', ...by('ann'), groupId: 'lab' },
      {
        ...{ msg: 'settings of a group changed', ...by('ann'), groupId: 'lab' },
        ...{ publishers: 'author', keepVersions: 10, keepDays: 5 },
      },
      { msg: 'files removed from a group', ...by('ann'), groupId: 'lab', removed: 0 },
      { msg: 'asked to join a group', ...by('bob'), groupId: 'lab' },
      { msg: 'request to join accepted', ...by('ann'), groupId: 'lab', member: 'bob' },
      { msg: 'member removed', ...by('ann'), groupId: 'lab', member: 'bob' },
      { msg: 'group dissolved', ...by('ann'), groupId: 'lab' },
      { msg: 'password changed', ...by('ann') },
      { msg: 'signed out', ...by('bob') },
      { msg: 'signed in again, by its session', ...by('ann'), deviceId },
    ]);
    for (const hidden of [secret, typo, token]) assert.equal(text.includes(hidden), false);
  });

  it('has a bounded number of lines per address, and counts the others', async () => {
    const url = await start({ logLinesPerAddress: { atOnce: 3, perHour: 3600 * 2 } });
    const client = await connect(url);
    const device = client.prove();
    for (let nth = 0; nth < 10; nth++) await client.outcome('resume', { token: 'bm9uZQ', device });
    const told = () => events().length;
    const atOnce = told();
    assert.ok(atOnce >= 3 && atOnce < 10);
    while (told() === atOnce) {
      await sleep(100); // the budget refills two per second, and a connection has its own bound
      await client.outcome('resume', { token: 'bm9uZQ', device });
    }
    const left = events().map((event) => Number(event.leftOut ?? 0));
    assert.ok((left.at(-1) ?? 0) > 0);
  });

  it('is empty at a higher level', async () => {
    const client = await connect(await start({}, 'warn'));
    await client.signUp('ann');
    assert.equal(text, '');
  });
});
