import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FakeDownload, fakeClient, file, group } from './fake-client.js';
import { TerminalSession } from './terminal-session.js';

const CTRL_C = '\x03';
const CTRL_D = '\x04';
const LEFT = '\x1b[D';
const UP = '\x1b[A';
const TAB = '\t';

describe('at a terminal', () => {
  let session: TerminalSession;

  beforeEach(() => {
    session = new TerminalSession();
  });
  afterEach(() => session.close());

  it('greets, prompts, and answers', async () => {
    await session.open(fakeClient({ createGroup: (id) => Promise.resolve(group(id, 'owner', 'alice')) }));
    assert.deepEqual(session.terminal.screen(), ['* hello', 'shoal>']);
    await session.terminal.type('create_group lab\r');
    assert.deepEqual(session.terminal.screen(), [
      '* hello',
      'shoal> create_group lab',
      'group lab created; you own it',
      'shoal>',
    ]);
    await session.terminal.type('lst_groups\r');
    await session.terminal.type('\r');
    assert.deepEqual(session.terminal.screen().slice(3), [
      'shoal> lst_groups',
      'error UNKNOWN_COMMAND: There is no command lst_groups: did y',
      'ou mean list_groups?',
      'shoal>',
      'shoal>',
    ]);
  });

  it('shows lists in columns', async () => {
    const groups = [group('the lab', 'owner', 'alice', 3), group('chess', 'none', 'bob')];
    await session.open(fakeClient({ listGroups: () => Promise.resolve(groups) }));
    await session.terminal.type('list_groups\r');
    assert.deepEqual(session.terminal.screen().slice(2, 5), [
      '2 groups',
      '  the lab  owner  owned by alice  3 members',
      '  chess    none   owned by bob    1 member',
    ]);
  });

  it('shows who is signed in', async () => {
    await session.open(fakeClient({ userId: 'alice' }));
    assert.equal(session.terminal.typed(), 'shoal alice> |');
  });

  it('writes notices above what is being typed, and leaves the cursor where it is', async () => {
    const client = fakeClient();
    await session.open(client);
    await session.terminal.type(`join_grop${LEFT}`);
    client.emit('joinRequested', { groupId: 'lab', userId: 'eve\x1b[2J', requestedAtMs: 0 });
    assert.deepEqual(session.terminal.screen().slice(1), [
      '* eve\ufffd[2J asks to join lab: accept_request lab eve\ufffd[2J',
      'shoal> join_grop',
    ]);
    assert.equal(session.terminal.typed(), 'shoal> join_gro|p');
    await session.terminal.type('u');
    assert.equal(session.terminal.typed(), 'shoal> join_grou|p');
  });

  it('does so when what is typed takes several rows', async () => {
    const client = fakeClient();
    await session.open(client);
    const long = `join_group ${'x'.repeat(100)}`;
    await session.terminal.type(long);
    client.emit('connected', { resumed: false });
    await session.terminal.type('y');
    assert.deepEqual(session.terminal.screen().slice(1), [
      '* the tracker is back',
      `shoal> join_group ${'x'.repeat(42)}`,
      `${'x'.repeat(58)}y`,
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
    await session.open(client);
    await session.terminal.type('create_user a b\r');
    await session.terminal.type('help quit\rhel');
    finish();
    await delay(10);
    const lines = session.terminal.screen();
    assert.ok(lines.includes('user a created'));
    assert.ok(lines.some((line) => line.startsWith('quit  exit')));
    assert.equal(session.terminal.typed(), 'shoal> hel|');
  });

  it('helps with the commands in groups', async () => {
    await session.open(fakeClient());
    await session.terminal.type('help\r');
    const lines = session.terminal.screen().map((line) => line.trim());
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

  it('keeps a history from one session to the next', async () => {
    writeFileSync(join(session.dataDir, 'history'), 'help login\nhelp quit\n');
    await session.open(fakeClient());
    await session.terminal.type(UP);
    assert.equal(session.terminal.typed(), 'shoal> help quit|');
    await session.terminal.type(UP);
    assert.equal(session.terminal.typed(), 'shoal> help login|');
    await session.terminal.type('\r');
    await session.terminal.type(CTRL_D);
    await session.ended;
    assert.deepEqual(session.history(), ['help quit', 'help login']);
  });

  it('completes commands, groups and files', async () => {
    const client = fakeClient({
      listGroups: () => Promise.resolve([group('the lab', 'member', 'bob'), group('chess', 'none', 'bob')]),
      listFiles: () => Promise.resolve([file('payload.bin', 1), file('payment.pdf', 1)]),
    });
    await session.open(client);
    await session.terminal.type(`list_f${TAB}`);
    assert.equal(session.terminal.typed(), 'shoal> list_files |');
    await session.terminal.type(`th${TAB}`);
    assert.equal(session.terminal.typed(), 'shoal> list_files "the lab" |');
    await session.terminal.type(CTRL_C);
    await session.terminal.type(`download_file "the lab" p${TAB}`);
    assert.equal(session.terminal.typed(), 'shoal> download_file "the lab" pay|');
    await session.terminal.type(TAB);
    await session.terminal.type(TAB);
    assert.ok(session.terminal.screen().some((line) => /payload\.bin +payment\.pdf/.test(line)));
    assert.equal(session.terminal.typed(), 'shoal> download_file "the lab" pay|');
  });

  it('completes nothing where the tracker does not answer', async () => {
    await session.open(fakeClient());
    await session.terminal.type(`list_files ${TAB}`);
    await session.terminal.type(TAB);
    await session.terminal.type('x');
    assert.deepEqual(session.terminal.screen(), ['* hello', 'shoal> list_files x']);
  });

  it('leaves at Ctrl-D, and says what goes on later; Ctrl-C only tells how', async () => {
    await session.open(fakeClient({ downloads: () => [new FakeDownload('lab', 'a')] }));
    await session.terminal.type(`half${CTRL_C}`);
    assert.deepEqual(session.terminal.screen().slice(1), ['shoal> half^C', 'shoal>']);
    await session.terminal.type(CTRL_C);
    assert.match(session.terminal.screen()[2] ?? '', /^\* type quit or press Ctrl-D to exit/);
    await session.terminal.type(CTRL_D);
    await session.ended;
    assert.equal(session.terminal.screen().at(-1), 'bye; 1 download unfinished, resuming at the next login');
  });

  it('leaves at a second quit where something is under way, and says so', async () => {
    await session.open(fakeClient({ downloads: () => [new FakeDownload('lab', 'a')] }));
    await session.terminal.type('quit\r');
    const left = '1 download unfinished, resuming at the next login';
    assert.match(session.terminal.screen().join(' '), new RegExp(`not yet: ${left}; quit again to exit`));
    await session.terminal.type('show_downloads\rquit\r');
    assert.equal(session.terminal.typed(), 'shoal> |', 'what is done between takes it back');
    await session.terminal.type('exit\r');
    assert.equal(await session.ended, true);
    assert.match(session.terminal.screen().join(' '), new RegExp(`bye; ${left}`));
  });

  it('leaves when it is stopped', async () => {
    await session.open(fakeClient());
    session.stop.abort();
    await session.ended;
    assert.equal(session.terminal.screen().at(-1), 'bye');
  });
});
