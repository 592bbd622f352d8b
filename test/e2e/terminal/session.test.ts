import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Peer, Stage, type Tracker } from '../support/processes.js';

/** Plays the session of the original program command by command with real processes. Each step builds on the earlier ones. */
describe('a session of three users', () => {
  const payload = randomBytes(5 * 512 * 1024 + 1234);
  const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex');

  let stage: Stage;
  let tracker: Tracker;
  let trackerInfo: string;
  let source: string;
  let alice: Peer;
  let bob: Peer;
  let carol: Peer;

  before(async () => {
    stage = await Stage.open();
    tracker = await stage.startTracker();
    trackerInfo = await stage.trackerInfo(tracker);
    source = stage.path('payload.bin');
    await writeFile(source, payload);
    [alice, bob, carol] = [
      stage.startPeer('alice', trackerInfo),
      stage.startPeer('bob', trackerInfo),
      stage.startPeer('carol', trackerInfo),
    ];
  });
  after(() => stage.close());

  /** Runs a command that fails, and checks that its one line states the reason. */
  async function refused(peer: Peer, command: string, code: string): Promise<void> {
    const answer = await peer.say(command);
    assert.match(answer, new RegExp(`^error ${code}: \\S.*[.?:>]`), `${command} answered: ${answer}`);
  }

  it('has nothing for those who are not logged in', async () => {
    for (const command of [
      'logout',
      'create_group lab',
      'join_group lab',
      'leave_group lab',
      'list_groups',
      'list_requests lab',
      'accept_request lab bob',
      'reject_request lab bob',
      'list_files lab',
      `upload_file ${source} lab`,
      `download_file lab payload.bin ${stage.folder}`,
      'stop_share lab payload.bin',
    ]) {
      await refused(alice, command, 'NOT_LOGGED_IN');
    }
    assert.deepEqual(await alice.list('show_downloads'), []);
  });

  it('tells what is wrong with a command', async () => {
    await refused(alice, 'frobnicate', 'UNKNOWN_COMMAND');
    assert.match(await alice.say('list_grops'), /did you mean list_groups\?$/);
    await refused(alice, 'join_group', 'USAGE');
    await refused(alice, 'join_group a b', 'USAGE');
    await refused(alice, 'login alice', 'USAGE');
    await refused(alice, 'login "alice', 'USAGE');
  });

  it('create_user', async () => {
    assert.equal(await alice.say('create_user alice correct-horse'), 'user alice created');
    assert.equal(await bob.say('create_user bob battery-staple'), 'user bob created');
    assert.equal(await carol.say('create_user carol "with spaces in it"'), 'user carol created');
    await refused(bob, 'create_user alice x-and-more', 'USER_EXISTS');
    await refused(bob, 'create_user Alice x-and-more', 'USER_EXISTS');
    await refused(bob, 'create_user "a/b" x-and-more', 'INVALID_NAME');
  });

  it('login', async () => {
    await refused(alice, 'login alice wrong', 'WRONG_PASSWORD');
    await refused(alice, 'login nobody x', 'WRONG_PASSWORD');
    assert.equal(await alice.say('login alice correct-horse'), 'logged in as alice');
    assert.equal(await bob.say('login bob battery-staple'), 'logged in as bob');
    assert.equal(await carol.say('login carol "with spaces in it"'), 'logged in as carol');
    await refused(alice, 'login alice correct-horse', 'ALREADY_LOGGED_IN');
  });

  it('create_group', async () => {
    assert.equal(await alice.say('create_group lab'), 'group lab created; you own it');
    await refused(bob, 'create_group lab', 'GROUP_EXISTS');
    await refused(bob, 'create_group LAB', 'GROUP_EXISTS');
    await refused(bob, 'create_group " "', 'INVALID_NAME');
  });

  it('join_group, list_requests, accept_request, reject_request', async () => {
    await refused(bob, 'join_group nowhere', 'GROUP_NOT_FOUND');
    await refused(bob, 'list_files lab', 'NOT_A_MEMBER');
    assert.equal(await bob.say('join_group lab'), 'requested to join lab; its owner alice decides');
    await refused(bob, 'join_group lab', 'ALREADY_REQUESTED');
    await refused(alice, 'join_group lab', 'ALREADY_A_MEMBER');
    await refused(bob, 'list_files lab', 'NOT_A_MEMBER');
    await refused(bob, 'list_requests lab', 'NOT_THE_OWNER');
    await refused(bob, 'accept_request lab bob', 'NOT_THE_OWNER');
    assert.equal(await carol.say('join_group lab'), 'requested to join lab; its owner alice decides');

    const requests = await alice.list('list_requests lab');
    assert.deepEqual(
      requests.map((line) => line.split('\t')[0]),
      ['bob', 'carol'],
    );
    assert.equal(await alice.say('reject_request lab carol'), 'request of carol to join lab rejected');
    assert.equal(await alice.say('accept_request lab bob'), 'bob is a member of lab now');
    await refused(alice, 'accept_request lab bob', 'REQUEST_NOT_FOUND');
    await refused(alice, 'reject_request lab nobody', 'REQUEST_NOT_FOUND');
    await refused(alice, 'list_requests nowhere', 'GROUP_NOT_FOUND');
    assert.deepEqual(await alice.list('list_requests lab'), []);
    assert.equal(await carol.say('join_group lab'), 'requested to join lab; its owner alice decides');
    assert.equal(await alice.say('accept_request lab carol'), 'carol is a member of lab now');
  });

  it('list_groups, list_members', async () => {
    assert.deepEqual(await bob.list('list_groups'), ['lab\tmember\towned by alice\t3 members']);
    assert.deepEqual(await alice.list('list_groups'), ['lab\towner\towned by alice\t3 members']);
    const members = await carol.list('list_members lab');
    assert.deepEqual(
      members.map((line) => line.split('\t').slice(0, 2).join(' ')),
      ['alice owner', 'bob member', 'carol member'],
    );
  });

  it('upload_file, list_files', async () => {
    await refused(alice, `upload_file ${stage.path('missing.bin')} lab`, 'PATH_NOT_FOUND');
    await refused(alice, `upload_file ${stage.folder} lab`, 'NOT_A_FILE');
    await refused(alice, `upload_file ${source} nowhere`, 'GROUP_NOT_FOUND');
    assert.deepEqual(await alice.list('list_files lab'), []);
    const size = '2.50 MiB';
    assert.equal(
      await alice.say(`upload_file ${source} lab`),
      `shared payload.bin (${size}) in lab; SHA-1 ${sha1(payload)}`,
    );
    assert.deepEqual(await bob.list('list_files lab'), [
      `${size}\t1 complete source\t1 sharer online\tshared by alice\tpayload.bin`,
    ]);
    const other = join(await stage.subfolder('other'), 'payload.bin');
    await writeFile(other, 'something else');
    await refused(bob, `upload_file ${other} lab`, 'NAME_TAKEN');
  });

  it('download_file, wait_downloads, show_downloads', async () => {
    const destination = await stage.subfolder('bob');
    await refused(bob, `download_file lab missing.bin ${destination}`, 'FILE_NOT_FOUND');
    await refused(bob, `download_file nowhere payload.bin ${destination}`, 'GROUP_NOT_FOUND');
    await refused(bob, `download_file lab payload.bin ${stage.path('no', 'such', 'folder')}`, 'DESTINATION_NOT_FOUND');
    await refused(bob, `download_file lab payload.bin ${source}`, 'DESTINATION_EXISTS');

    const result = join(destination, 'payload.bin');
    bob.write(`download_file lab payload.bin ${destination}\nwait_downloads\nshow_downloads\n`);
    assert.equal(await bob.line(), `downloading payload.bin (2.50 MiB) from lab to ${result}`);
    assert.match(await bob.line(), /^1 complete, \d failed$/);
    const downloads: string[] = [];
    for (let left = Number.parseInt(await bob.line(), 10); left > 0; left--) downloads.push(await bob.line());
    assert.ok(downloads.includes(`[C] [lab] payload.bin 2.50 MiB ${result}`), downloads.join('\n'));
    assert.equal(sha1(await readFile(result)), sha1(payload));
    await refused(bob, `download_file lab payload.bin ${destination}`, 'DESTINATION_EXISTS');
  });

  it('serves on what was downloaded, when the one who shared it stops', async () => {
    await refused(carol, 'stop_share lab payload.bin', 'NOT_SHARED');
    assert.deepEqual(await carol.list('list_files lab'), [
      '2.50 MiB\t2 complete sources\t2 sharers online\tshared by alice\tpayload.bin',
    ]);
    assert.equal(await alice.say('stop_share lab payload.bin'), 'stopped sharing payload.bin in lab');
    await refused(alice, 'stop_share lab payload.bin', 'NOT_SHARED');
    const destination = await stage.subfolder('carol');
    assert.match(await carol.say(`download_file lab payload.bin ${destination}`), /^downloading payload\.bin /);
    assert.equal(await carol.say('wait_downloads'), '1 complete, 0 failed');
    assert.equal(sha1(await readFile(join(destination, 'payload.bin'))), sha1(payload));
  });

  it('upload_folder, list_shares, list_files and stop_share of a folder', async () => {
    const folder = await stage.subfolder('photos', 'old');
    for (const name of ['a', 'b']) await writeFile(join(folder, name), name);
    await writeFile(join(folder, '..', 'new'), 'new');
    assert.match(await bob.say(`upload_folder ${stage.path('photos')} lab`), /^shared folder photos \(3 files/);
    const namesOf = (lines: readonly string[], at = -1) => lines.map((line) => line.split('\t').at(at)).sort();
    const inOld = ['photos/old/a', 'photos/old/b'];
    assert.deepEqual(namesOf(await carol.list('list_files lab photos/old/')), inOld);
    assert.deepEqual(
      namesOf(await bob.list('list_shares LAB'), 2),
      ['payload.bin', 'photos/', 'photos/new', ...inOld].map((name) => `[lab] ${name}`),
    );
    await refused(carol, 'stop_share lab photos/', 'NOT_SHARED');
    assert.equal(await bob.say('stop_share lab photos/old'), 'stopped sharing folder photos/old (2 files) in lab');
    assert.equal(await bob.say('stop_share lab photos'), 'stopped sharing folder photos (1 file) in lab');
    assert.deepEqual(await carol.list('list_files lab photos'), []);
    assert.deepEqual(namesOf(await bob.list('list_shares')), ['[lab] payload.bin']);
  });

  it('clear_downloads, set_limit, show_uploads, change_password', async () => {
    assert.match(await carol.say('clear_downloads'), /^1 complete download removed from the list/);
    assert.deepEqual(await carol.list('show_downloads'), []);
    assert.match(await carol.say('set_limit upload 2M'), /uploads: 2\.00 MB\/s at most$/);
    await refused(carol, 'set_limit download 12', 'USAGE');
    await refused(carol, 'set_priority lab payload.bin low', 'DOWNLOAD_NOT_FOUND');
    assert.deepEqual(await carol.list('show_uploads'), []);
    await refused(bob, 'change_password wrong battery', 'WRONG_PASSWORD');
    assert.equal(
      await bob.say('change_password battery-staple battery'),
      'password changed; other sessions have ended',
    );
  });

  it('leave_group hands the group over', async () => {
    assert.equal(await alice.say('leave_group lab'), 'left lab; bob owns it now');
    await refused(alice, 'leave_group lab', 'NOT_A_MEMBER');
    assert.equal(await bob.say('remove_member lab carol'), 'carol removed from lab');
    await refused(carol, 'list_files lab', 'NOT_A_MEMBER');
  });

  it('logout, and login brings the shares back', async () => {
    assert.equal(await bob.say('logout'), 'logged out');
    await refused(bob, 'logout', 'NOT_LOGGED_IN');
    assert.equal(await bob.say('login bob battery'), 'logged in as bob; 1 share restored');
    assert.equal(await bob.say('logout'), 'logged out');
  });

  it('quit leaves with an exit code that tells of failed commands', async () => {
    assert.equal(await alice.say('quit'), 'bye');
    assert.equal(await alice.exited, 1);
    carol.endInput();
    assert.equal(await carol.stop(), 1);
    const dave = stage.startPeer('dave', trackerInfo, { args: ['--exit'] });
    assert.equal(await dave.say('create_user dave pass-word'), 'user dave created');
    dave.endInput();
    assert.equal(await dave.exited, 0);
    assert.doesNotMatch(dave.stderr, /\n {4}at /);
  });

  it('cannot begin twice with one data folder, nor at a port that is taken, nor without a tracker', async () => {
    const erin = stage.startPeer('erin', trackerInfo);
    assert.equal(await erin.say('create_user erin pass-word'), 'user erin created');
    const port = /pieces are served at \S+:(\d+)/.exec(erin.stderr)?.[1];
    const nowhere = stage.path('nowhere.txt');
    await writeFile(nowhere, '127.0.0.1 1\n');
    const data = stage.path('peers', 'another');
    const cases: [args: string[], code: string][] = [
      [['127.0.0.1:0', trackerInfo, '--data', stage.path('peers', 'erin')], 'DATA_DIR_IN_USE'],
      [[`127.0.0.1:${port}`, trackerInfo, '--data', data], 'LISTEN_FAILED'],
      [['127.0.0.1:0', nowhere, '--data', data], 'TRACKER_UNREACHABLE'],
      [['127.0.0.1:0', stage.path('missing.txt'), '--data', data], 'TRACKER_INVALID'],
      [['127.0.0.1:0'], 'USAGE'],
    ];
    for (const [args, code] of cases) {
      const program = stage.startShoal(...args);
      assert.equal(await program.exited, 2, code);
      assert.match(program.stderr, new RegExp(`^error ${code}: [^\\n]+\\n$`));
      if (code === 'DATA_DIR_IN_USE') assert.match(program.stderr, /--data DIR/);
    }
  });

  it('leaves nothing half done behind', async () => {
    await assert.rejects(stat(stage.path('bob', 'payload.bin.part')), { code: 'ENOENT' });
    assert.equal(await tracker.stop(), 0);
  });
});
