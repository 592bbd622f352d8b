import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { ShoalError } from '../../../sdk/index.js';
import { FakeDownload, FakeFolder, fakeClient, file } from './fake-client.js';
import { downloading, LOGIN, outputOf, ScriptSession, untilSaid } from './script-session.js';

describe('a script of commands', () => {
  it('takes a password as it stands, and tries what version 0.1 made of it when that is wrong', async () => {
    const tried: string[] = [];
    const client = fakeClient({
      createUser: (_userId, password) => {
        tried.push(password);
        return Promise.resolve();
      },
      login: (_userId, password) => {
        tried.push(password);
        return password === 'ab' ? Promise.resolve(LOGIN) : Promise.reject(new ShoalError('WRONG_PASSWORD', 'No.'));
      },
    });
    const script = 'create_user alice a\\b\nlogin alice a\\b\nlogin alice "a\\b"\nlogin alice c\\d\n';
    const { output } = await outputOf(client, script);
    assert.deepEqual(tried, ['a\\b', 'a\\b', 'ab', 'a\\b', 'c\\d', 'cd']);
    assert.deepEqual(output.trimEnd().split('\n'), [
      'user alice created',
      'logged in as alice',
      'error WRONG_PASSWORD: No.',
      'error WRONG_PASSWORD: No.',
    ]);
  });

  it('tells in its help how words and passwords are written', async () => {
    const { output } = await outputOf(fakeClient(), 'help login\nhelp upload_file\nhelp list_groups');
    const [login, upload, groups] = output.split('\n');
    assert.match(login ?? '', /quotes.*backslash.*password is used literally/);
    assert.match(upload ?? '', /quotes.*backslash/);
    assert.doesNotMatch(upload ?? '', /password/);
    assert.doesNotMatch(groups ?? '', /quotes/);
  });

  it('helps with all commands, a line each', async () => {
    const { output } = await outputOf(fakeClient(), 'help');
    const lines = output.trimEnd().split('\n');
    assert.equal(lines[0], `${lines.length - 1} commands`);
    assert.ok(lines.includes('join_group <group_id>\task to join a group; its owner decides'));
  });

  it('is answered line by line, while the input stays open', async () => {
    const session = new ScriptSession(fakeClient());
    assert.equal(await session.say('create_user a b'), 'user a created\n');
    assert.equal(await session.say('create_user c d'), 'user c created\n');
    assert.equal(await session.say('quit'), 'bye\n');
    await session.ended;
  });

  it('begins each command when the one before it is over', async () => {
    const order: string[] = [];
    const client = fakeClient({
      createUser: async (userId) => {
        order.push(`begin ${userId}`);
        await delay(userId === 'slow' ? 20 : 0);
        order.push(`end ${userId}`);
      },
    });
    const { output } = await outputOf(client, 'create_user slow x\ncreate_user fast x\n');
    assert.deepEqual(order, ['begin slow', 'end slow', 'begin fast', 'end fast']);
    assert.equal(output, 'user slow created\nuser fast created\n');
  });

  it('leaves at quit or exit, whatever follows', async () => {
    for (const word of ['quit', 'exit']) {
      const { output, failed } = await outputOf(fakeClient(), `${word}\nlist_groups\n`);
      assert.equal(output, 'bye\n');
      assert.equal(failed, false);
    }
  });

  it('says at quit, and at the end of its input, what goes on later, and that it is not done', async () => {
    const file = new FakeDownload('lab', 'a');
    const folder = new FakeFolder();
    const served = { groupId: 'lab', fileName: 'x', manifestId: 'ab', sizeBytes: 2 };
    const uploads = () => [{ ...served, userId: 'bob', deviceId: 'd', bytes: 1, bytesPerSecond: 1 }];
    const cases: [ReturnType<typeof fakeClient>, string, boolean][] = [
      [fakeClient(), '', false],
      [downloading(new FakeDownload('lab', 'a', { name: 'paused' })), '', false],
      [downloading(file), '1 download unfinished, resuming at the next login', true],
      [
        fakeClient({ downloads: () => [file], folderDownloads: () => [folder] }),
        '1 download and 1 folder unfinished, resuming at the next login',
        true,
      ],
      [fakeClient({ folderDownloads: () => [folder] }), '1 folder unfinished, resuming at the next login', true],
      [fakeClient({ uploads }), '1 upload unfinished, continuing when this device is back', false],
    ];
    for (const [client, left, isUndone] of cases) {
      const { output, failed } = await outputOf(client, 'quit');
      assert.equal(output, left ? `bye; ${left}\n` : 'bye\n');
      assert.equal(failed, isUndone);
      const session = new ScriptSession(client, { quiet: true });
      session.input.end('');
      await session.ended;
      assert.equal(session.notices(), left ? `end of input, exiting: ${left}\n` : '');
      assert.equal(session.shell.failed, isUndone);
    }
  });

  it('stays after the end of its input until it is stopped, when not told otherwise', async () => {
    const session = new ScriptSession(fakeClient(), { exitAtEnd: false });
    session.input.end('create_user a b\n');
    const first = await Promise.race([session.ended.then(() => 'ended'), delay(30, 'stays')]);
    assert.equal(first, 'stays');
    assert.equal(session.output(), 'user a created\n');
    assert.match(session.notices(), /serving until stopped/);
    session.stop();
    await session.ended;
    assert.equal(session.shell.failed, false);
  });

  it('ends with a code when its session ends while it serves, or has ended before', async () => {
    for (const [reason, code] of [
      ['replaced', 'DEVICE_REPLACED'],
      ['expired', 'NOT_LOGGED_IN'],
    ] as const) {
      for (const isEarly of [true, false]) {
        const client = fakeClient();
        const session = new ScriptSession(client, { exitAtEnd: false });
        if (isEarly) client.emit('sessionEnded', { reason });
        session.input.end();
        if (!isEarly) {
          await untilSaid(session, /serving until stopped/);
          client.emit('sessionEnded', { reason });
        }
        await session.ended;
        assert.equal(session.shell.failed, true);
        assert.match(session.output(), new RegExp(`^error ${code}: `));
      }
    }
  });

  it('stops the command under way when it is stopped', async () => {
    const session = new ScriptSession(downloading(new FakeDownload('lab', 'a')));
    session.input.write('wait_downloads\nshow_downloads\n');
    await delay(10);
    session.stop();
    await session.ended;
    assert.equal(session.output(), 'error ABORTED: Stopped waiting: 1 download still running.\n');
  });

  it('ends a command that takes longer than it may, and goes on with the next', async () => {
    const session = new ScriptSession(downloading(new FakeDownload('lab', 'a')), { timeLimitMs: 20 });
    session.input.end('wait_downloads\nshow_downloads\n');
    await session.ended;
    assert.deepEqual(session.output().split('\n').slice(0, 2), [
      'error TIMEOUT: Not done within 0.02 s (--timeout). Stopped waiting: 1 download still running.',
      '1 download',
    ]);
    assert.equal(session.shell.failed, true);
  });

  it('does so with commands that take no notice, or have nothing to say on it', async () => {
    const client = fakeClient({
      login: () => new Promise(() => {}),
      listGroups: ({ signal } = {}) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
        }),
      leaveGroup: () => Promise.reject(new ShoalError('GROUP_NOT_FOUND', 'No.')),
    });
    const session = new ScriptSession(client, { timeLimitMs: 20 });
    session.input.end('login alice pw\nlist_groups\nleave_group x\nhelp quit\n');
    await session.ended;
    assert.deepEqual(session.output().split('\n').slice(0, 3), [
      'error TIMEOUT: Not done within 0.02 s (--timeout).',
      'error TIMEOUT: Not done within 0.02 s (--timeout).',
      'error GROUP_NOT_FOUND: No.',
    ]);
  });

  it('tells results and errors only, where it is quiet', async () => {
    const done = new FakeDownload('lab', 'done', { name: 'complete', path: '/there/done' });
    const failed = new FakeDownload('lab', 'x', { name: 'failed', error: new ShoalError('NO_SPACE', 'Full.') });
    for (const quiet of [false, true]) {
      const client = fakeClient({
        shareFile: (_path, _group, { onProgress } = {}) => {
          onProgress?.(1, 2);
          client.emit('downloadChanged', done);
          client.emit('downloadChanged', failed);
          return Promise.resolve({ ...file('a', 1), outcome: 'shared', pieceHashString: '', fileDigest: 'cafe' });
        },
      });
      const session = new ScriptSession(client, { quiet });
      session.input.end('upload_file a lab\nlist_groups\n');
      await session.ended;
      assert.match(session.output(), /^shared a .*\nerror NOT_LOGGED_IN: .*\n$/);
      const trouble = 'download of x from lab failed: NO_SPACE: Full.\n';
      const news = 'hashing a 50%\ndone from lab is complete: /there/done (100 MiB)\n';
      assert.equal(session.notices(), quiet ? trouble : `${news}${trouble}`);
    }
  });

  it('shows stack traces on standard error when asked to debug', async () => {
    const session = new ScriptSession(fakeClient({ listGroups: () => Promise.reject(new TypeError('broken')) }), {
      debug: true,
    });
    session.input.end('list_groups\n');
    await session.ended;
    assert.equal(session.output(), 'error INTERNAL: broken\n');
    assert.match(session.notices(), /caused by TypeError: broken\n {4}at /);
  });
});
