import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { PeerClient } from '../../../sdk/cli/client.js';
import { type NoticeKind, quietly } from '../../../sdk/cli/display.js';
import { isInFlight } from '../../../sdk/cli/download-text.js';
import { announce } from '../../../sdk/cli/notices.js';
import { PlainDisplay } from '../../../sdk/cli/plain-display.js';
import { runScript } from '../../../sdk/cli/script.js';
import { Shell } from '../../../sdk/cli/shell.js';
import { type Download, type LoginResult, type ShareResult, ShoalError } from '../../../sdk/index.js';
import { FakeDownload, FakeFolder, fakeClient, file, group } from './fake-client.js';

interface SessionOptions {
  readonly exitAtEnd?: boolean;
  readonly debug?: boolean;
  readonly quiet?: boolean;
  readonly timeLimitMs?: number;
}

/** A script session whose input stays open until it is ended. */
class ScriptSession {
  readonly input = new PassThrough();
  readonly #stdout = new PassThrough({ encoding: 'utf8', highWaterMark: 2 ** 20 });
  readonly #stderr = new PassThrough({ encoding: 'utf8', highWaterMark: 2 ** 20 });
  readonly #stop = new AbortController();
  readonly shell: Shell;
  readonly ended: Promise<void>;

  constructor(
    client: PeerClient,
    { exitAtEnd = true, debug = false, quiet = false, timeLimitMs }: SessionOptions = {},
  ) {
    const plain = new PlainDisplay(this.#stdout, this.#stderr, debug);
    const display = quiet ? quietly(plain) : plain;
    this.shell = new Shell({ client, display, quoting: 'posix', timeLimitMs });
    const show = (text: string, kind: NoticeKind) => display.notice(text, kind);
    announce({ client, quoting: 'posix', show, isReported: (download) => this.shell.reports(download) });
    const { input, shell } = this;
    this.ended = runScript({ client, shell, display, input, exitAtEnd, stop: this.#stop.signal });
  }

  /** Writes a line and waits until something is answered. */
  async say(line: string): Promise<string> {
    this.input.write(`${line}\n`);
    for (;;) {
      const answer = this.output();
      if (answer !== '') return answer;
      await delay(1);
    }
  }

  output(): string {
    return String(this.#stdout.read() ?? '');
  }

  notices(): string {
    return String(this.#stderr.read() ?? '');
  }

  stop(): void {
    this.#stop.abort();
  }
}

/** What a whole script writes to standard output. */
async function outputOf(client: PeerClient, script: string): Promise<{ output: string; failed: boolean }> {
  const session = new ScriptSession(client);
  session.input.end(script);
  await session.ended;
  return { output: session.output(), failed: session.shell.failed };
}

const LOGIN: LoginResult = {
  userId: 'alice',
  sessionToken: 't',
  restored: [],
  lost: [],
  checking: [],
  unavailable: [],
};
const share = (fileName: string) => ({
  groupId: 'lab',
  fileName,
  path: `/${fileName}`,
  manifestId: 'ab',
  sizeBytes: 1,
});
const downloading = (...downloads: Download[]) => fakeClient({ downloads: () => downloads });

describe('a script of commands', () => {
  const cases: [what: string, client: PeerClient, script: string, output: string][] = [
    ['create_user', fakeClient(), 'create_user alice pw', 'user alice created\n'],
    ['login', fakeClient({ login: () => Promise.resolve(LOGIN) }), 'login alice pw', 'logged in as alice\n'],
    [
      'login with shares and downloads',
      fakeClient({
        login: () =>
          Promise.resolve({
            ...LOGIN,
            restored: [share('a'), share('b')],
            lost: [{ ...share('report.pdf'), reason: 'changed' }],
          }),
        downloads: () => [new FakeDownload('lab', 'x')],
      }),
      'login alice pw',
      'logged in as alice; 2 shares restored, 1 lost: report.pdf (changed); 1 download going on\n',
    ],
    [
      'login with only a lost share',
      fakeClient({ login: () => Promise.resolve({ ...LOGIN, lost: [{ ...share('x'), reason: 'gone' }] }) }),
      'login alice pw',
      'logged in as alice; 1 share lost: x (gone)\n',
    ],
    [
      'change_password',
      fakeClient({
        changePassword: (current, next) =>
          current === 'a b' && next === "it's"
            ? Promise.resolve()
            : Promise.reject(new ShoalError('WRONG_PASSWORD', 'No.')),
      }),
      'change_password "a b" it\'s\nchange_password ab it\'s\nchange_password ab',
      [
        'password changed; other sessions have ended',
        'error WRONG_PASSWORD: No.',
        'error USAGE: Too few words. Write: change_password <passwd> <new_passwd>',
        '',
      ].join('\n'),
    ],
    ['logout', fakeClient({ logout: () => Promise.resolve() }), 'logout', 'logged out\n'],
    [
      'create_group',
      fakeClient({ createGroup: (id) => Promise.resolve(group(id, 'owner', 'alice')) }),
      'create_group "the lab"',
      'group the lab created; you own it\n',
    ],
    [
      'join_group',
      fakeClient({ joinGroup: (id) => Promise.resolve(group(id, 'requested', 'bob')) }),
      'join_group lab',
      'requested to join lab; its owner bob decides\n',
    ],
    [
      'leave_group by a member',
      fakeClient({ leaveGroup: () => Promise.resolve({ dissolved: false, newOwnerId: null }) }),
      'leave_group lab',
      'left lab\n',
    ],
    [
      'leave_group by the owner',
      fakeClient({ leaveGroup: () => Promise.resolve({ dissolved: false, newOwnerId: 'bob' }) }),
      'leave_group lab',
      'left lab; bob owns it now\n',
    ],
    [
      'leave_group by the last',
      fakeClient({ leaveGroup: () => Promise.resolve({ dissolved: true, newOwnerId: null }) }),
      'leave_group lab',
      'left lab; you were its last member, so the group is dissolved\n',
    ],
    [
      'list_groups',
      fakeClient({
        listGroups: () => Promise.resolve([group('lab', 'owner', 'alice', 3), group('chess', 'none', 'bob')]),
      }),
      'list_groups',
      '2 groups\nlab\towner\towned by alice\t3 members\nchess\tnone\towned by bob\t1 member\n',
    ],
    ['an empty list', fakeClient({ listGroups: () => Promise.resolve([]) }), 'list_groups', '0 groups\n'],
    [
      'list_members',
      fakeClient({ listMembers: () => Promise.resolve([{ userId: 'bob', owner: true, sinceMs: 0 }]) }),
      'list_members lab',
      '1 member\nbob\towner\tsince 1970-01-01 00:00 UTC\n',
    ],
    [
      'list_requests',
      fakeClient({ listRequests: () => Promise.resolve([{ userId: 'carol', requestedAtMs: 60_000 }]) }),
      'list_requests lab',
      '1 request\ncarol\tsince 1970-01-01 00:01 UTC\n',
    ],
    [
      'accept_request, reject_request and remove_member',
      fakeClient({
        acceptRequest: () => Promise.resolve(),
        rejectRequest: () => Promise.resolve(),
        removeMember: () => Promise.resolve(),
      }),
      'accept_request lab bob\nreject_request lab carol\nremove_member lab dan',
      'bob is a member of lab now\nrequest of carol to join lab rejected\ndan removed from lab\n',
    ],
    [
      'list_files',
      fakeClient({ listFiles: () => Promise.resolve([file('payload.bin', 2 ** 28)]) }),
      'list_files lab',
      '1 file\n256 MiB\t1 complete source\t2 sharers online\tshared by bob\tpayload.bin\n',
    ],
    [
      'upload_file',
      fakeClient({
        shareFile: (): Promise<ShareResult> =>
          Promise.resolve({ ...file('payload.bin', 2 ** 28), pieceHashString: '', fileDigest: 'cafe' }),
      }),
      'upload_file payload.bin lab',
      'shared payload.bin (256 MiB) in lab; SHA-1 cafe\n',
    ],
    [
      'stop_share',
      fakeClient({ stopShare: () => Promise.resolve() }),
      'stop_share lab x',
      'stopped sharing x in lab\n',
    ],
    [
      'download_file',
      fakeClient({ downloadFile: (groupId, fileName) => new FakeDownload(groupId, fileName) }),
      'download_file lab payload.bin /there',
      'downloading payload.bin (100 MiB) from lab to /there/payload.bin\n',
    ],
    [
      'show_downloads',
      downloading(
        new FakeDownload('lab', 'a'),
        new FakeDownload('lab', 'b', { name: 'complete', path: '/there/b' }),
        new FakeDownload('lab', 'c', { name: 'paused' }),
        new FakeDownload('lab', 'd', { name: 'failed', error: new ShoalError('NO_SPACE', 'The disk is full.') }),
        new FakeDownload('lab', 'e', { name: 'waiting' }),
        new FakeDownload('lab', 'f', { name: 'verifying' }),
      ),
      'show_downloads',
      [
        '6 downloads',
        '[D] [lab] a 42% 118 MB/s eta 3s',
        '[C] [lab] b 100 MiB /there/b',
        '[P] [lab] c 42%',
        '[F] [lab] d NO_SPACE: The disk is full.',
        '[D] [lab] e 42% waiting for a source',
        '[D] [lab] f 42% verifying',
        '',
      ].join('\n'),
    ],
    ['wait_downloads without any', fakeClient(), 'wait_downloads', '0 complete, 0 failed\n'],
    [
      'wait_downloads beside a paused one',
      downloading(
        new FakeDownload('lab', 'a', { name: 'complete', path: '/a' }),
        new FakeDownload('lab', 'b', { name: 'paused' }),
      ),
      'wait_downloads',
      '1 complete, 0 failed, 1 paused\n',
    ],
    [
      'pause_download, resume_download and cancel_download',
      downloading(new FakeDownload('lab', 'a')),
      'pause_download LAB a\nresume_download lab a\ncancel_download lab a\ncancel_download lab a',
      [
        'paused a from lab at 42%',
        'resumed a from lab at 42%',
        'cancelled a from lab; its partial file is removed',
        'error DOWNLOAD_NOT_FOUND: No download of a from lab is unfinished: it is cancelled.',
        '',
      ].join('\n'),
    ],
    [
      'help on a command',
      fakeClient(),
      'help quit',
      'quit  exit; unfinished downloads resume at the next login (also exit)\n',
    ],
    ['comments and empty lines', fakeClient(), '# hello\n\n   \n  # there\ncreate_user a b', 'user a created\n'],
    [
      'a file from Windows',
      fakeClient(),
      '\ufeffcreate_user a b\r\nhelp quit\r\n',
      'user a created\nquit  exit; unfinished downloads resume at the next login (also exit)\n',
    ],
    ['too few words', fakeClient(), 'join_group', 'error USAGE: Too few words. Write: join_group <group_id>\n'],
    [
      'too many words',
      fakeClient(),
      'join_group my lab',
      'error USAGE: Too many words. Write: join_group <group_id>; put a name with spaces in quotes\n',
    ],
    [
      'words that are empty',
      fakeClient({ shareFolder: () => Promise.reject(new Error('shared')) }),
      'create_user "" pw\ncreate_user ann ""\nupload_folder "" lab',
      [
        'error USAGE: <user_id> is empty. Write: create_user <user_id> <passwd>',
        'error USAGE: <passwd> is empty. Write: create_user <user_id> <passwd>',
        'error USAGE: <folderpath> is empty. Write: upload_folder <folderpath> <group_id>',
        '',
      ].join('\n'),
    ],
    [
      'a password left out',
      fakeClient(),
      'login alice',
      'error USAGE: Too few words. Write: login <user_id> <passwd>\n',
    ],
    [
      'an unknown command',
      fakeClient(),
      'lst_groups',
      'error UNKNOWN_COMMAND: There is no command lst_groups: did you mean list_groups?\n',
    ],
    [
      'nonsense',
      fakeClient(),
      'frobnicate',
      'error UNKNOWN_COMMAND: There is no command frobnicate: help lists them.\n',
    ],
    [
      'an open quote',
      fakeClient(),
      'join_group "lab',
      'error USAGE: The quote " is not closed: write another one at the end of the name.\n',
    ],
    ['a refusal', fakeClient(), 'list_groups', 'error NOT_LOGGED_IN: You are not signed in: sign in first.\n'],
    [
      'an unexpected error',
      fakeClient({ listGroups: () => Promise.reject(new TypeError('on\ntwo lines')) }),
      'list_groups',
      'error INTERNAL: on\ufffdtwo lines\n',
    ],
    [
      'names that would be taken for errors or drive a terminal',
      fakeClient({
        listGroups: () =>
          Promise.resolve([group('error USAGE: x', 'none', '\x1b[2J'), group('\nerror USAGE: y\tz', 'none', 'b')]),
      }),
      'list_groups',
      '2 groups\n error USAGE: x\tnone\towned by \ufffd[2J\t1 member\n\ufffderror USAGE: y\ufffdz\tnone\towned by b\t1 member\n',
    ],
  ];

  for (const [what, client, script, expected] of cases) {
    it(`answers ${what}`, async () => {
      const { output, failed } = await outputOf(client, script);
      assert.equal(output, expected);
      assert.equal(failed, /^error /m.test(expected) || client.downloads().some(isInFlight));
    });
  }

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

  it('replaces what is there when it is told to, wherever that stands on the line', async () => {
    const asked: unknown[] = [];
    const client = fakeClient({
      downloadFile: (_group, name, path, options) => {
        asked.push([name, path, options]);
        return new FakeDownload('lab', name);
      },
      downloadFolder: (_group, name, path, options) => {
        asked.push([name, path, options]);
        return new FakeFolder();
      },
    });
    await outputOf(client, 'download_file lab x /there\ndownload_file --overwrite lab x /there');
    const { output } = await outputOf(client, 'download_folder lab tree /there/ --overwrite\nlist_files --overwrite');
    assert.match(output, /error USAGE|error NOT_LOGGED_IN/);
    assert.deepEqual(asked, [
      ['x', '/there', { overwrite: false }],
      ['x', '/there', { overwrite: true }],
      ['tree', '/there/', { overwrite: true }],
    ]);
    const there = new FakeDownload('lab', 'x');
    there.started = Promise.reject(new ShoalError('DESTINATION_EXISTS', '/there is there already.'));
    const refused = await outputOf(fakeClient({ downloadFile: () => there }), 'download_file lab x /there');
    assert.match(refused.output, /^error DESTINATION_EXISTS: \/there is there already\. .*--overwrite/);
  });

  it('takes a missing folder for no file', async () => {
    const home = mkdtempSync(join(tmpdir(), 'shoal-home-'));
    const before = process.env.HOME;
    process.env.HOME = home;
    try {
      const client = fakeClient({ downloadFile: (_group, name) => new FakeDownload('lab', name) });
      const answerOf = async (place: string) => (await outputOf(client, `download_file lab notes.txt ${place}`)).output;
      for (const place of ['~/Downloads', '~/stuff', join(home, 'stuff'), '/nowhere/Downloads'])
        assert.match(await answerOf(place), /^error DESTINATION_NOT_FOUND: There is no folder .*create it first/);
      mkdirSync(join(home, 'stuff'));
      for (const place of ['~/stuff', '~/Downloads/', '~/copy.txt', '/nowhere/copy'])
        assert.match(await answerOf(place), /^downloading notes\.txt/);
    } finally {
      process.env.HOME = before;
      rmSync(home, { recursive: true });
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

  it('waits until no download is in flight', async () => {
    const download = new FakeDownload('lab', 'a');
    const client = downloading(download);
    const session = new ScriptSession(client);
    session.input.write('wait_downloads\nshow_downloads\n');
    await delay(10);
    assert.equal(session.output(), '');
    download.state = { name: 'complete', path: '/there/a' };
    client.emit('downloadChanged', download);
    session.input.end();
    await session.ended;
    assert.equal(session.output(), '1 complete, 0 failed\n1 download\n[C] [lab] a 100 MiB /there/a\n');
  });

  it('tells by its exit code that a download failed, though waiting did not', async () => {
    const failing = new FakeDownload('lab', 'a', { name: 'failed', error: new ShoalError('NO_SPACE', 'Full.') });
    const { output, failed } = await outputOf(downloading(failing), 'wait_downloads');
    assert.equal(output, '0 complete, 1 failed\n');
    assert.equal(failed, true);
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
          return Promise.resolve({ ...file('a', 1), pieceHashString: '', fileDigest: 'cafe' });
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

  it('answers at once while hundreds of downloads go on', async () => {
    const all = Array.from({ length: 300 }, (_, index) => new FakeDownload('lab', `f${index}`, { name: 'waiting' }));
    const begun: FakeDownload[] = [];
    const client = fakeClient({
      downloads: () => begun,
      downloadFile: () => {
        const next = all[begun.length];
        assert.ok(next);
        begun.push(next);
        client.emit('downloadChanged', next);
        return next;
      },
    });
    const session = new ScriptSession(client);
    session.input.write(all.map(({ fileName }) => `download_file lab ${fileName} /there\n`).join(''));
    session.input.end('show_downloads\nquit\n');
    await session.ended;
    const lines = session.output().trimEnd().split('\n');
    assert.equal(lines.length, 300 + 1 + 300 + 1);
    assert.ok(session.notices().split('\n').length < 10);
  });

  it('tells a download that cannot begin once, as the error', async () => {
    const download = new FakeDownload('lab', 'x');
    const client = fakeClient({ downloadFile: () => download });
    download.started = Promise.reject(new ShoalError('DESTINATION_NOT_FOUND', 'There is no folder /x.'));
    const { output } = await outputOf(client, 'download_file lab x /x/');
    assert.equal(output, 'error DESTINATION_NOT_FOUND: There is no folder /x.\n');
  });

  it('does not wait for a download that waits for its turn', async () => {
    const download = new FakeDownload('lab', 'x', { name: 'queued' });
    download.started = new Promise(() => {});
    const client = fakeClient({ downloadFile: () => download, downloads: () => [download] });
    const { output } = await outputOf(client, 'download_file lab x /there\nshow_downloads');
    assert.equal(
      output,
      'queued x from lab: it starts when another download ends\n1 download\n[Q] [lab] x 42% waiting for its turn\n',
    );
    const paused = new FakeDownload('lab', 'y', { name: 'paused' });
    paused.resume = () => {
      paused.state = { name: 'queued' };
    };
    const resumed = await outputOf(fakeClient({ downloads: () => [paused] }), 'resume_download lab y');
    assert.equal(resumed.output, 'queued y from lab: it starts when another download ends\n');
  });

  it('pauses a download that is stopped before it began, and keeps what is there', async () => {
    const download = new FakeDownload('lab', 'x', { name: 'starting' });
    const paused = new Promise<void>((_resolve, reject) => {
      download.pause = () => {
        download.state = { name: 'paused' };
        reject(new ShoalError('ABORTED', 'The download of x is paused.'));
        return Promise.resolve();
      };
    });
    download.started = paused;
    const session = new ScriptSession(fakeClient({ downloadFile: () => download }));
    session.input.write('download_file lab x /there\n');
    await delay(10);
    session.stop();
    await session.ended;
    assert.match(session.output(), /^error ABORTED: Stopped: x is paused\. Continue with resume_download/);
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

  it('says of a folder that waits for its turn that it does, and lists it as one', async () => {
    const folder = new FakeFolder({ name: 'queued' });
    const client = fakeClient({ downloadFolder: () => folder, folderDownloads: () => [folder] });
    const { output } = await outputOf(client, 'download_folder lab photos /there\nshow_downloads');
    assert.deepEqual(output.trimEnd().split('\n'), [
      'queued photos/ from lab: it starts when another download ends',
      '1 download',
      '[Q] [lab] photos/ 25% waiting for its turn',
    ]);
  });

  it('fetches folders, and lists, pauses and resumes them like files', async () => {
    const folder = new FakeFolder();
    const asked: unknown[] = [];
    const client = fakeClient({
      downloadFolder: (...words) => {
        asked.push(words);
        return folder;
      },
      folderDownloads: () => [folder],
    });
    const script = [
      'download_folder lab photos /there',
      'show_downloads',
      'pause_download lab photos/',
      'resume_download lab Photos',
      'cancel_download lab photos',
      'cancel_download lab photos',
    ];
    const { output } = await outputOf(client, script.join('\n'));
    assert.deepEqual(asked, [['lab', 'photos', '/there', { overwrite: false }]]);
    assert.deepEqual(output.trimEnd().split('\n'), [
      'downloading folder photos (10 files, 2 KiB) from lab to /there/photos',
      '1 download',
      '[D] [lab] photos/ 25% 1.00 MB/s eta 2s',
      'paused photos/ from lab at 25%',
      'resumed photos/ from lab at 25%',
      'cancelled photos/ from lab; complete files stay, partial files are removed',
      'error DOWNLOAD_NOT_FOUND: No download of photos from lab is unfinished: it is cancelled.',
    ]);
  });
});

async function untilSaid(session: ScriptSession, text: RegExp): Promise<void> {
  while (!text.test(session.notices())) await delay(1);
}
