import assert from 'node:assert/strict';
import { readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RawClient } from '../../../tracker/raw-client.js';
import { hasCode, Lab, nextEvent } from '../support.js';

describe('a session', () => {
  let lab: Lab;

  beforeEach(async () => {
    lab = new Lab();
    await lab.startTracker();
  });
  afterEach(() => lab.close());

  it('serves again what was shared, and tells what changed or went', async () => {
    const alice = await lab.signedIn('alice');
    await alice.createGroup('lab');
    for (const name of ['kept', 'touched', 'changed', 'gone']) await alice.shareFile(lab.file(name, 1000), 'lab');
    await alice.close();
    utimesSync(join(lab.folder, 'touched'), 1000, 1000);
    writeFileSync(join(lab.folder, 'changed'), 'other');
    rmSync(join(lab.folder, 'gone'));
    const again = await lab.signedInAgain('alice');
    assert.deepEqual(again.restored.sort(), ['kept', 'touched']);
    assert.deepEqual(again.lost, [], 'what is wished for stays');
    assert.deepEqual(
      again.client.shares().map(({ fileName, state }) => [fileName, state.name]),
      [
        ['kept', 'available'],
        ['touched', 'available'],
        ['changed', 'edited'],
        ['gone', 'missing'],
      ],
    );
    assert.deepEqual(
      (await again.client.listFiles('lab')).map((file) => [file.fileName, file.completeSources]),
      [
        ['changed', 1], // both are kept in the data folder
        ['gone', 1],
        ['kept', 1],
        ['touched', 1],
      ],
    );
  });

  it('comes back by itself after the tracker was lost, with its shares', async () => {
    const alice = await lab.signedIn('alice');
    await alice.createGroup('lab');
    await alice.shareFile(lab.file('data', 1000), 'lab');
    const lost = nextEvent(alice, 'disconnected');
    const { port } = lab.tracker;
    await lab.tracker.close();
    await lost;
    await assert.rejects(alice.listGroups(), hasCode('DISCONNECTED'));
    const back = nextEvent(alice, 'connected');
    await lab.startTracker(port);
    assert.deepEqual(await back, { resumed: true });
    assert.equal((await alice.listFiles('lab'))[0]?.completeSources, 1);
  });

  it('notices a shared file that changes, when someone asks for it', async () => {
    const [alice, bob] = await Promise.all([lab.signedIn('alice'), lab.signedIn('bob')]);
    await lab.group('lab', alice, bob);
    const path = lab.file('data', 1000);
    await alice.shareFile(path, 'lab');
    writeFileSync(path, Buffer.alloc(1000, 1));
    const lost = nextEvent(alice, 'shareLost');
    const download = bob.downloadFile('lab', 'data', join(lab.folder, 'copy'));
    assert.equal((await lost).reason, 'changed');
    await assert.rejects(download.done, hasCode('FILE_CHANGED'));
    assert.equal(alice.shares()[0]?.state.name, 'edited');
  });

  it('goes on when its password is changed, and ends on every other device of the user', async () => {
    const alice = await lab.signedIn('alice');
    const laptop = lab.client('laptop');
    await laptop.connect();
    await laptop.login('alice', 'password of alice');
    await assert.rejects(alice.changePassword('wrong', 'another'), hasCode('WRONG_PASSWORD'));
    await assert.rejects(alice.changePassword('password of alice', ''), hasCode('INVALID_ARGUMENT'));
    const [ended, lost] = [nextEvent(laptop, 'sessionEnded'), nextEvent(laptop, 'disconnected')];
    await alice.changePassword('password of alice', 'cafe\u0301');
    assert.deepEqual(await ended, { reason: 'expired' });
    await lost;
    assert.equal(laptop.userId, undefined);
    await assert.rejects(laptop.changePassword('cafe\u0301', 'x'), hasCode('NOT_LOGGED_IN'));
    await alice.createGroup('lab');
    await laptop.connect();
    await assert.rejects(laptop.login('alice', 'password of alice'), hasCode('WRONG_PASSWORD'));
    assert.equal((await laptop.login('alice', 'caf\u00e9')).userId, 'alice');
  });

  it('begins with a password however its letters are composed, and as version 0.1 kept it', async () => {
    const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301'];
    const alice = lab.client('alice');
    await alice.connect();
    await alice.createUser('new', decomposed);
    const raw = await RawClient.open(`wss://127.0.0.1:${lab.tracker.port}#${lab.tracker.fingerprint}`);
    await raw.hello();
    await raw.call('createUser', { userId: 'old', password: decomposed });
    raw.close();
    for (const [userId, password] of [
      ['new', composed],
      ['new', decomposed],
      ['old', decomposed],
    ] as const) {
      assert.equal((await alice.login(userId, password)).userId, userId);
      await alice.logout();
    }
    await assert.rejects(alice.login('new', 'cafe'), hasCode('WRONG_PASSWORD'));
  });

  it('is taken up with its token alone, until it is ended', async () => {
    const alice = lab.client('alice');
    await alice.connect();
    await alice.createUser('alice', 'pw');
    const { sessionToken } = await alice.login('alice', 'pw');
    await alice.close();
    const again = lab.client('alice');
    await again.connect();
    assert.equal((await again.resumeSession(sessionToken)).userId, 'alice');
    await again.logout();
    await assert.rejects(again.resumeSession(sessionToken), hasCode('NOT_LOGGED_IN'));
  });

  it('keeps no password, and its key readable by its owner only', async () => {
    const alice = await lab.signedIn('alice');
    await alice.createGroup('lab');
    await alice.shareFile(lab.file('data', 10), 'lab');
    for (const file of ['device.json', 'library.json', 'library.journal', 'known-trackers.json']) {
      assert.ok(!readFileSync(join(lab.folder, 'alice', file), 'utf8').includes('password of'));
    }
  });

  it('keeps a data folder to one process, and refuses one that is damaged or newer without changing it', async () => {
    const alice = await lab.signedIn('alice');
    const second = lab.client('alice');
    await assert.rejects(second.connect(), hasCode('DATA_DIR_IN_USE'));
    await alice.createGroup('lab');
    await alice.shareFile(lab.file('data', 10), 'lab');
    await alice.close();
    const path = join(lab.folder, 'alice', 'library.json');
    for (const name of ['library.journal', 'library.journal.previous']) rmSync(join(lab.folder, 'alice', name));
    for (const [text, code] of [
      ['{"version":3,"news":true}', 'DATA_DIR_NEWER'],
      ['{"version":2,"journal":"library.journal"}', 'DATA_DIR_INVALID'],
      ['{"version":1', 'DATA_DIR_INVALID'],
      ['{"version":1,"accounts":{"a":3}}', 'DATA_DIR_INVALID'],
    ] as const) {
      writeFileSync(path, text);
      await assert.rejects(lab.client('alice').connect(), hasCode(code));
      assert.equal(readFileSync(path, 'utf8'), text);
    }
  });

  it('trusts a tracker on first use, and no other in its place', async () => {
    const alice = await lab.signedIn('alice');
    await alice.close();
    const { port } = lab.tracker;
    await lab.tracker.close();
    const { fingerprint } = await lab.startTracker(port, 'another-tracker');
    await assert.rejects(
      lab.client('alice').connect(),
      (error) => hasCode('TRACKER_CHANGED')(error) && String(error).includes(fingerprint),
    );
    const told = lab.client('alice', { tracker: lab.tracker.url });
    await told.connect();
    assert.equal(told.trackerFingerprint, fingerprint);
    const wrong = lab.client('bob', { tracker: { host: '127.0.0.1', port, fingerprint: 'ab'.repeat(32) } });
    await assert.rejects(wrong.connect(), hasCode('TRACKER_CHANGED'));
  });

  it('says what is wrong with the tracker or the address that it was given', async () => {
    const connect = (options: Parameters<Lab['client']>[1]) => lab.client('x', options).connect();
    await assert.rejects(connect({ tracker: '/no/such/tracker_info.txt' }), hasCode('TRACKER_INVALID'));
    await assert.rejects(connect({ tracker: 'http://127.0.0.1:1' }), hasCode('TRACKER_INVALID'));
    await assert.rejects(connect({ tracker: { host: '127.0.0.1', port: 1 } }), hasCode('TRACKER_UNREACHABLE'));
    await assert.rejects(connect({ listen: 'nonsense' }), hasCode('INVALID_ARGUMENT'));
    await assert.rejects(connect({ listen: `127.0.0.1:${lab.tracker.port}` }), hasCode('LISTEN_FAILED'));
  });

  it('ends when the same device signs in elsewhere', async () => {
    const info = join(lab.folder, 'tracker_info.txt');
    writeFileSync(info, `127.0.0.1 ${lab.tracker.port} ${lab.tracker.fingerprint}\n`);
    const alice = lab.client('alice', { tracker: info });
    await alice.connect();
    await alice.createUser('alice', 'pw');
    await alice.login('alice', 'pw');
    assert.equal(alice.userId, 'alice');
    const { cpSync } = await import('node:fs');
    cpSync(join(lab.folder, 'alice', 'device.json'), join(lab.subfolder('clone'), 'device.json'));
    const ended = nextEvent(alice, 'sessionEnded');
    const clone = lab.client('clone');
    await clone.connect();
    await clone.login('alice', 'pw');
    assert.deepEqual(await ended, { reason: 'replaced' });
    assert.equal(alice.userId, undefined);
  });
});
