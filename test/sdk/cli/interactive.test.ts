import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PeerClient } from '../../../sdk/cli/client.js';
import { type InteractiveOptions, runInteractive } from '../../../sdk/cli/interactive.js';
import type { JobControl } from '../../../sdk/cli/terminal/job-control.js';
import { ShoalError } from '../../../sdk/index.js';
import { FakeDownload, fakeClient, file, group } from './fake-client.js';
import { FakeTerminal } from './terminal/fake-terminal.js';

const CTRL_C = '\x03';
const CTRL_D = '\x04';
const LEFT = '\x1b[D';
const UP = '\x1b[A';
const TAB = '\t';

describe('at a terminal', () => {
  let dataDir: string;
  let terminal: FakeTerminal;
  let stop: AbortController;
  let ended: Promise<boolean>;
  /** Draws progress, as time does for a user. */
  let tick = () => {};

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'shoal-terminal-'));
    terminal = new FakeTerminal();
  });
  afterEach(async () => {
    stop.abort();
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function open(client: PeerClient, { color = false, ...more }: Partial<InteractiveOptions> = {}): Promise<void> {
    stop = new AbortController();
    const { input, output } = terminal;
    const common = { quoting: 'posix', color, debug: false, dataDir, greeting: 'hello', stop: stop.signal } as const;
    const repeat = (act: () => void) => {
      tick = act;
      return () => {
        tick = () => {};
      };
    };
    ended = runInteractive({ client, input, output, repeat, ...common, ...more });
    while (terminal.screen().length < 2) await delay(1);
  }

  const history = () => readFileSync(join(dataDir, 'history'), 'utf8').trimEnd().split('\n');

  it('greets, prompts, and answers', async () => {
    await open(fakeClient({ createGroup: (id) => Promise.resolve(group(id, 'owner', 'alice')) }));
    assert.deepEqual(terminal.screen(), ['* hello', 'shoal>']);
    await terminal.type('create_group lab\r');
    assert.deepEqual(terminal.screen(), [
      '* hello',
      'shoal> create_group lab',
      'group lab created; you own it',
      'shoal>',
    ]);
    await terminal.type('lst_groups\r');
    await terminal.type('\r');
    assert.deepEqual(terminal.screen().slice(3), [
      'shoal> lst_groups',
      'error UNKNOWN_COMMAND: There is no command lst_groups: did y',
      'ou mean list_groups?',
      'shoal>',
      'shoal>',
    ]);
  });

  it('shows lists in columns', async () => {
    const groups = [group('the lab', 'owner', 'alice', 3), group('chess', 'none', 'bob')];
    await open(fakeClient({ listGroups: () => Promise.resolve(groups) }));
    await terminal.type('list_groups\r');
    assert.deepEqual(terminal.screen().slice(2, 5), [
      '2 groups',
      '  the lab  owner  owned by alice  3 members',
      '  chess    none   owned by bob    1 member',
    ]);
  });

  it('shows who is signed in', async () => {
    await open(fakeClient({ userId: 'alice' }));
    assert.equal(terminal.typed(), 'shoal alice> |');
  });

  it('writes notices above what is being typed, and leaves the cursor where it is', async () => {
    const client = fakeClient();
    await open(client);
    await terminal.type(`join_grop${LEFT}`);
    client.emit('joinRequested', { groupId: 'lab', userId: 'eve\x1b[2J', requestedAtMs: 0 });
    assert.deepEqual(terminal.screen().slice(1), [
      '* eve\ufffd[2J asks to join lab: accept_request lab eve\ufffd[2J',
      'shoal> join_grop',
    ]);
    assert.equal(terminal.typed(), 'shoal> join_gro|p');
    await terminal.type('u');
    assert.equal(terminal.typed(), 'shoal> join_grou|p');
  });

  it('does so when what is typed takes several rows', async () => {
    const client = fakeClient();
    await open(client);
    const long = `join_group ${'x'.repeat(100)}`;
    await terminal.type(long);
    client.emit('connected', { resumed: false });
    await terminal.type('y');
    assert.deepEqual(terminal.screen().slice(1), [
      '* the tracker is back',
      `shoal> join_group ${'x'.repeat(42)}`,
      `${'x'.repeat(58)}y`,
    ]);
  });

  it('draws progress above the prompt, and takes it away at the end', async () => {
    const download = new FakeDownload('lab', 'payload.bin');
    download.progress = {
      ...download.progress,
      sources: [
        { deviceId: 'd', userId: 'bob', state: 'ready', bytes: 1, pieces: 84, bytesPerSecond: 1, path: 'direct' },
      ],
    };
    terminal = new FakeTerminal(100);
    const client = fakeClient({ downloads: () => [download] });
    await open(client);
    await terminal.type('list');
    tick();
    const bar = 'payload.bin  ████████░░░░░░░░░░░░  42% 118 MB/s eta 3s  1 source: bob 84';
    assert.deepEqual(terminal.screen(), ['* hello', bar, 'shoal> list']);
    await terminal.type(`_groups${LEFT}`);
    download.progress = { ...download.progress, doneBytes: 50 * 2 ** 20 };
    tick();
    assert.deepEqual(terminal.screen(), [
      '* hello',
      bar.replace('████████░░', '██████████').replace('42%', '50%'),
      'shoal> list_groups',
    ]);
    assert.equal(terminal.typed(), 'shoal> list_group|s');
    await terminal.type('\r');
    assert.deepEqual(terminal.screen().slice(0, 3), [
      '* hello',
      'shoal> list_groups',
      'error NOT_LOGGED_IN: You are not signed in: sign in first.',
    ]);
    tick();
    assert.match(terminal.screen()[3] ?? '', /^payload\.bin {2}█.*50%/);
    download.state = { name: 'complete', path: '/there/payload.bin' };
    client.emit('downloadChanged', download);
    tick();
    assert.deepEqual(terminal.screen().slice(3), [
      '* payload.bin from lab is complete: /there/payload.bin (100 MiB)',
      'shoal>',
    ]);
  });

  it('cuts progress to the width of the terminal', async () => {
    const download = new FakeDownload('lab', `${'研究'.repeat(40)}.bin`);
    await open(fakeClient({ downloads: () => [download] }));
    tick();
    assert.equal(terminal.screen().length, 3);
    assert.match(terminal.screen()[1] ?? '', /… +█+░+ {2}42% 118 MB\/s/);
  });

  it('shows how far hashing is, and stops it at Ctrl-C', async () => {
    const client = fakeClient({
      shareFile: (_path, _groupId, options = {}) =>
        new Promise((_resolve, reject) => {
          options.onProgress?.(10, 100);
          options.signal?.addEventListener('abort', () => reject(new ShoalError('ABORTED', 'Stopped, as asked.')));
        }),
    });
    await open(client);
    await terminal.type('upload_file big.bin lab\r');
    assert.deepEqual(terminal.screen().slice(2), ['hashing big.bin 10%']);
    await terminal.type(CTRL_C);
    assert.deepEqual(terminal.screen().slice(1), [
      'shoal> upload_file big.bin lab',
      'error ABORTED: Stopped, as asked.',
      'shoal>',
    ]);
  });

  it('runs what is typed ahead when the command under way is over', async () => {
    let finish = () => {};
    const client = fakeClient({
      createUser: () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    });
    await open(client);
    await terminal.type('create_user a b\r');
    await terminal.type('help quit\rhel');
    finish();
    await delay(10);
    const lines = terminal.screen();
    assert.ok(lines.includes('user a created'));
    assert.ok(lines.some((line) => line.startsWith('quit  exit')));
    assert.equal(terminal.typed(), 'shoal> hel|');
  });

  it('asks for a password left out, and shows and remembers it nowhere', async () => {
    const created: string[] = [];
    const client = fakeClient({
      createUser: (userId, password) => {
        created.push(`${userId} ${password}`);
        return Promise.resolve();
      },
    });
    await open(client);
    await terminal.type('create_user alice\r');
    assert.equal(terminal.typed(), 'Password: |');
    await terminal.type('s3cret');
    client.emit('connected', { resumed: false });
    assert.equal(terminal.typed(), 'Password: |');
    await terminal.type('\r');
    assert.equal(terminal.typed(), 'Again: |');
    await terminal.type('s3cret\r');
    await terminal.type('create_user bob s3cret\r');
    await terminal.type('creat_user bob s3cret\r');
    assert.deepEqual(created, ['alice s3cret', 'bob s3cret']);
    assert.deepEqual(terminal.screen().slice(1, 6), [
      'shoal> create_user alice',
      '* the tracker is back',
      'Password:',
      'Again:',
      'user alice created',
    ]);
    await terminal.type('quit\r');
    await ended;
    assert.deepEqual(history(), ['create_user alice', 'create_user bob', 'quit']);
  });

  it('refuses two passwords that differ, and gives up at Ctrl-C', async () => {
    await open(fakeClient());
    await terminal.type('create_user alice\r');
    await terminal.type('one\r');
    await terminal.type('two\r');
    assert.equal(terminal.screen().at(-2), 'error INVALID_ARGUMENT: The two passwords differ: try again.');
    await terminal.type('login alice\r');
    await terminal.type(`one${CTRL_C}`);
    assert.deepEqual(terminal.screen().slice(-3), ['Password:', 'error ABORTED: Stopped, as asked.', 'shoal>']);
    await terminal.type('x');
    assert.equal(terminal.typed(), 'shoal> x|');
  });

  it('helps with the commands in groups', async () => {
    await open(fakeClient());
    await terminal.type('help\r');
    const lines = terminal.screen().map((line) => line.trim());
    const titles = lines.filter((line) => /^[A-Z][a-z ]+:$/.test(line));
    assert.deepEqual(titles, [
      'Accounts:',
      'Groups:',
      'Files and sharing:',
      'Versions:',
      'Downloads:',
      'Limits:',
      'Connections:',
      'This program:',
    ]);
    assert.match(lines[lines.indexOf('Groups:') + 1] ?? '', /^create_group <group_id> {2,}create a gr/);
  });

  it('changes a password that is typed out of sight', async () => {
    const changed: string[] = [];
    const changePassword = (current: string, next: string) => {
      changed.push(`${current} ${next}`);
      return Promise.resolve();
    };
    await open(fakeClient({ changePassword }));
    await terminal.type('change_password\r');
    assert.equal(terminal.typed(), 'Current password: |');
    await terminal.type('0ld\r');
    assert.equal(terminal.typed(), 'New password: |');
    await terminal.type('n3w\r');
    await terminal.type('n3w\r');
    await terminal.type('change_password 0ld\r');
    await terminal.type('n3w\r');
    await terminal.type('other\r');
    assert.deepEqual(changed, ['0ld n3w']);
    assert.deepEqual(terminal.screen().slice(1), [
      ...['shoal> change_password', 'Current password:', 'New password:', 'Again:'],
      'password changed; other sessions have ended',
      ...['shoal> change_password 0ld', 'New password:', 'Again:'],
      'error INVALID_ARGUMENT: The two passwords differ: try again.',
      'shoal>',
    ]);
    await terminal.type('quit\r');
    await ended;
    assert.deepEqual(history(), ['change_password', 'quit']);
  });

  it('keeps a history from one session to the next', async () => {
    writeFileSync(join(dataDir, 'history'), 'help login\nhelp quit\n');
    await open(fakeClient());
    await terminal.type(UP);
    assert.equal(terminal.typed(), 'shoal> help quit|');
    await terminal.type(UP);
    assert.equal(terminal.typed(), 'shoal> help login|');
    await terminal.type('\r');
    await terminal.type(CTRL_D);
    await ended;
    assert.deepEqual(history(), ['help quit', 'help login']);
  });

  it('completes commands, groups and files', async () => {
    const client = fakeClient({
      listGroups: () => Promise.resolve([group('the lab', 'member', 'bob'), group('chess', 'none', 'bob')]),
      listFiles: () => Promise.resolve([file('payload.bin', 1), file('payment.pdf', 1)]),
    });
    await open(client);
    await terminal.type(`list_f${TAB}`);
    assert.equal(terminal.typed(), 'shoal> list_files |');
    await terminal.type(`th${TAB}`);
    assert.equal(terminal.typed(), 'shoal> list_files "the lab" |');
    await terminal.type(CTRL_C);
    await terminal.type(`download_file "the lab" p${TAB}`);
    assert.equal(terminal.typed(), 'shoal> download_file "the lab" pay|');
    await terminal.type(TAB);
    await terminal.type(TAB);
    assert.ok(terminal.screen().some((line) => /payload\.bin +payment\.pdf/.test(line)));
    assert.equal(terminal.typed(), 'shoal> download_file "the lab" pay|');
  });

  it('completes nothing where the tracker does not answer', async () => {
    await open(fakeClient());
    await terminal.type(`list_files ${TAB}`);
    await terminal.type(TAB);
    await terminal.type('x');
    assert.deepEqual(terminal.screen(), ['* hello', 'shoal> list_files x']);
  });

  it('leaves at Ctrl-D, and says what goes on later; Ctrl-C only tells how', async () => {
    await open(fakeClient({ downloads: () => [new FakeDownload('lab', 'a')] }));
    await terminal.type(`half${CTRL_C}`);
    assert.deepEqual(terminal.screen().slice(1), ['shoal> half^C', 'shoal>']);
    await terminal.type(CTRL_C);
    assert.match(terminal.screen()[2] ?? '', /^\* type quit or press Ctrl-D to exit/);
    await terminal.type(CTRL_D);
    await ended;
    assert.equal(terminal.screen().at(-1), 'bye; 1 download unfinished, resuming at the next login');
  });

  it('leaves at a second quit where something is under way, and says so', async () => {
    await open(fakeClient({ downloads: () => [new FakeDownload('lab', 'a')] }));
    await terminal.type('quit\r');
    const left = '1 download unfinished, resuming at the next login';
    assert.match(terminal.screen().join(' '), new RegExp(`not yet: ${left}; quit again to exit`));
    await terminal.type('show_downloads\rquit\r');
    assert.equal(terminal.typed(), 'shoal> |', 'what is done between takes it back');
    await terminal.type('exit\r');
    assert.equal(await ended, true);
    assert.match(terminal.screen().join(' '), new RegExp(`bye; ${left}`));
  });

  it('takes no empty password', async () => {
    await open(fakeClient());
    await terminal.type('login alice\r');
    await terminal.type('\r');
    assert.match(terminal.screen()[3] ?? '', /^error USAGE: No password was typed/);
  });

  it('leaves at Ctrl-D while it asks for a password', async () => {
    await open(fakeClient());
    await terminal.type('login alice\r');
    await terminal.type(CTRL_D);
    await ended;
    assert.deepEqual(terminal.screen().slice(2), ['error ABORTED: Stopped, as asked.', 'bye']);
  });

  it('keeps its lines apart when the terminal becomes narrower', async () => {
    const download = new FakeDownload('lab', 'payload.bin');
    await open(fakeClient({ downloads: () => [download] }));
    tick();
    terminal.resize(30);
    download.progress = { ...download.progress, doneBytes: 50 * 2 ** 20 };
    tick();
    const rows = terminal.screen().filter((line) => line.includes('%'));
    assert.equal(rows.length, 1);
    assert.equal(terminal.typed(), 'shoal> |');
  });

  it('gives the terminal away at Ctrl-Z, and draws all anew when it goes on', async () => {
    const modes: boolean[] = [];
    terminal.input.setRawMode = (isRaw: boolean) => modes.push(isRaw);
    let goOn = () => {};
    const seen: string[][] = [];
    const jobControl: JobControl = {
      suspend() {
        seen.push(terminal.screen());
        terminal.output.write('[1]+ Stopped\n$ fg\n');
        goOn();
      },
      onContinued(listener) {
        goOn = listener;
        return () => {
          goOn = () => {};
        };
      },
    };
    const download = new FakeDownload('lab', 'payload.bin', { name: 'waiting' });
    await open(fakeClient({ downloads: () => [download] }), { jobControl });
    tick();
    await terminal.type('hel');
    modes.length = 0;
    await terminal.type('\x1a');
    assert.deepEqual(seen, [['* hello']]);
    assert.deepEqual(modes, [false, false, true]);
    const screen = terminal.screen();
    assert.deepEqual(screen.slice(0, 3), ['* hello', '[1]+ Stopped', '$ fg']);
    assert.match(screen[3] ?? '', /^payload\.bin .*waiting/);
    assert.deepEqual(screen.slice(4), ['shoal> hel']);
    await terminal.type('p quit\r');
    assert.match(terminal.screen().join('\n'), /quit {2}exit;/);
  });

  it('leaves when it is stopped', async () => {
    await open(fakeClient());
    stop.abort();
    await ended;
    assert.equal(terminal.screen().at(-1), 'bye');
  });
});
