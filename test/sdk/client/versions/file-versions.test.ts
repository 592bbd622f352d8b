import assert from 'node:assert/strict';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Library } from '../../../../sdk/client/library/library.js';
import { type ShoalClient, ShoalError } from '../../../../sdk/index.js';
import { until } from '../../../support/until.js';
import { hasCode, Lab, nextEvent } from '../support.js';

describe('versions of a shared file', () => {
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;

  beforeEach(async () => {
    lab = new Lab();
    [alice, bob] = await lab.aliceAndBob();
    alice.setKeptVersions(false);
  });
  afterEach(() => lab.close());

  /** Writes a file of this content; where to. */
  function write(name: string, content: string): string {
    const path = join(lab.folder, name);
    writeFileSync(path, content);
    return path;
  }

  const share = (client: ShoalClient, content: string, options = {}) =>
    client.shareFile(write(`${client.userId}.csv`, content), 'lab', { fileName: 'report.csv', ...options });

  async function download(client: ShoalClient, to: string, version?: number): Promise<string> {
    const { path } = await client.downloadFile('lab', 'report.csv', join(lab.folder, to), { version }).done;
    return readFileSync(path, 'utf8');
  }

  const isAbout =
    (version: number) =>
    ({ file }: { file: { version?: number | undefined } }) =>
      file.version === version;

  it('leave shares of older ones behind, until these have the newest content again', async () => {
    const stateOf = (client: ShoalClient) => client.shares().map(({ state }) => [state.name, state.why]);
    await share(alice, 'one');
    await download(bob, 'copy.csv');
    const behind = nextEvent(bob, 'shareChanged', ({ state }) => state.name === 'behind');
    await share(alice, 'two, longer');
    await behind;
    assert.deepEqual(stateOf(bob), [['behind', 'alice published version 2.']]);
    assert.deepEqual(stateOf(alice), [['available', undefined]]);
    const again = nextEvent(bob, 'shareChanged', ({ state }) => state.name === 'available');
    await alice.revertFile('lab', 'report.csv', 1);
    await again;
  });

  it('are not published without a connection, and nothing changes', async () => {
    await share(alice, 'one');
    const lost = nextEvent(alice, 'disconnected');
    const { port } = lab.tracker;
    await lab.tracker.close();
    await lost;
    await assert.rejects(share(alice, 'two, longer'), hasCode('DISCONNECTED'));
    const back = nextEvent(alice, 'connected');
    await lab.startTracker(port);
    await back;
    assert.equal((await share(alice, 'two, longer')).version, 2);
  });

  it('begin with the first share, and follow what its user shares later under the name', async () => {
    const first = await share(alice, 'one');
    assert.deepEqual([first.outcome, first.version, first.publishedBy], ['shared', 1, 'alice']);
    const told = nextEvent(bob, 'fileUpdated');
    const second = await share(alice, 'two, longer', { note: 'corrected' });
    assert.deepEqual([second.outcome, second.version, second.note], ['published', 2, 'corrected']);
    const { file } = await told;
    assert.deepEqual([file.fileName, file.version, file.publishedBy], ['report.csv', 2, 'alice']);
    const same = await share(alice, 'two, longer');
    assert.deepEqual([same.outcome, same.version], ['unchanged', 2]);
    assert.deepEqual(
      (await alice.listVersions('lab', 'report.csv')).map((one) => [
        one.version,
        one.sizeBytes,
        one.note,
        one.deviceId,
      ]),
      [
        [2, 11, 'corrected', alice.deviceId],
        [1, 3, undefined, alice.deviceId],
      ],
    );
    const [listed] = await bob.listFiles('lab');
    assert.deepEqual([listed?.version, listed?.sizeBytes, listed?.sharedBy], [2, 11, 'alice']);
    assert.equal(await download(bob, 'copy'), 'two, longer');
  });

  it('are downloaded by number while somebody has them', async () => {
    await share(alice, 'one');
    assert.equal(await download(bob, 'bobs'), 'one');
    await share(alice, 'two');
    const carol = await lab.signedIn('carol');
    await joins(carol);
    assert.equal(await download(carol, 'old', 1), 'one');
    assert.equal(await download(carol, 'new'), 'two');
    await assert.rejects(download(carol, 'none', 3), hasCode('VERSION_NOT_FOUND'));
    assert.throws(
      () => carol.downloadFile('lab', 'report.csv', lab.folder, { version: 0 }),
      hasCode('INVALID_ARGUMENT'),
    );
    await until(async () => {
      const versions = await alice.listVersions('lab', 'report.csv');
      return versions.map(({ version, members }) => `${version}: ${members}`).join() === '2: 2,1: 2'; // carol has both
    });
  });

  it('do not cover a version that their publisher has not seen', async () => {
    await alice.changeGroup('lab', { publishers: 'members' });
    await share(alice, 'one');
    await download(bob, 'bob.csv');
    await share(alice, 'two');
    const conflict = await share(bob, 'of bob').catch((error: unknown) => error);
    assert.ok(conflict instanceof ShoalError);
    assert.deepEqual([conflict.code, conflict.newest?.version], ['VERSION_CONFLICT', 2]);
    assert.match(
      conflict.message,
      /^alice published version 2 of report\.csv at \d{4}-.* UTC, .*: download it .* base 2\.$/,
    );
    assert.equal((await bob.listFiles('lab'))[0]?.version, 2);
    const merged = await share(bob, 'of both', { base: 2 });
    assert.deepEqual(
      [merged.outcome, merged.version, merged.publishedBy, merged.sharedBy],
      ['published', 3, 'bob', 'alice'],
    );
    await assert.rejects(share(alice, 'of alice'), hasCode('VERSION_CONFLICT'));
    assert.equal(await download(alice, 'theirs'), 'of both');
    assert.equal((await share(alice, 'of all')).version, 4); // alice has seen version 3
  });

  it('of a member without a record are not published unseen, and equal content is shared', async () => {
    await alice.changeGroup('lab', { publishers: 'members' });
    await share(alice, 'one');
    await share(alice, 'two');
    await assert.rejects(share(bob, 'of bob'), hasCode('VERSION_CONFLICT'));
    assert.deepEqual(bob.shares(), []);
    const held = await share(bob, 'one');
    assert.deepEqual([held.outcome, held.version], ['shared', 1]);
  });

  it('are published by the author and the owner, unless the group lets all members do it', async () => {
    await share(alice, 'one');
    await download(bob, 'bob.csv');
    const refused = await share(bob, 'of bob').catch((error: unknown) => error);
    assert.ok(refused instanceof ShoalError && refused.code === 'NAME_TAKEN');
    assert.match(refused.message, /alice/);
    const told = nextEvent(bob, 'groupChanged');
    const group = await alice.changeGroup('lab', { publishers: 'members', keepVersions: 7 });
    assert.deepEqual([group.publishers, group.keepVersions], ['members', 7]);
    assert.deepEqual((await told).publishers, 'members');
    assert.equal((await share(bob, 'of bob')).version, 2);
    const open = await bob.createGroup('open', { publishers: 'members' });
    assert.equal(open.publishers, 'members');
    await assert.rejects(bob.changeGroup('lab', { keepDays: 1 }), hasCode('NOT_THE_OWNER'));
  });

  it('are published again by their number, without a byte of them', async () => {
    await share(alice, 'one');
    await download(bob, 'bobs');
    await share(alice, 'two');
    const reverted = await alice.revertFile('lab', 'report.csv', 1);
    assert.deepEqual([reverted.version, reverted.sizeBytes, reverted.note], [3, 3, 'version 1 again']);
    assert.equal((await alice.revertFile('lab', 'report.csv', 3)).version, 3);
    await assert.rejects(alice.revertFile('lab', 'report.csv', 9), hasCode('VERSION_NOT_FOUND'));
    await until(async () => (await alice.listFiles('lab'))[0]?.completeSources === 1); // bob alone has the content
    const carol = await lab.signedIn('carol');
    await joins(carol);
    assert.equal(await download(carol, 'copy'), 'one');
    assert.equal((await share(alice, 'four')).version, 4); // alice has seen version 3
  });

  it('are removed with their file, and no device shares them afterwards', async () => {
    await share(alice, 'one');
    await download(bob, 'bobs');
    await assert.rejects(bob.removeFile('lab', 'report.csv'), hasCode('NOT_THE_AUTHOR'));
    const told = nextEvent(bob, 'filesRemoved');
    await alice.removeFile('lab', 'report.csv');
    const { removedBy, files } = await told;
    assert.deepEqual([removedBy, files.map(({ fileName }) => fileName)], ['alice', ['report.csv']]);
    await until(() => bob.shares().length === 0);
    assert.deepEqual([alice.shares(), await bob.listFiles('lab')], [[], []]);
    assert.equal((await share(alice, 'anew')).version, 1);
    await assert.rejects(alice.removeFile('lab', 'none'), hasCode('FILE_NOT_FOUND'));
  });

  it('that were removed are not downloaded any further, and end at the next sign-in of who was away', async () => {
    await share(alice, 'one');
    await download(bob, 'bobs');
    await bob.close();
    const carol = await lab.signedIn('carol');
    await joins(carol);
    await alice.shareFile(lab.file('large', 1 << 20), 'lab');
    carol.setLimits({ downloadBytesPerSecond: 10_000 });
    const running = carol.downloadFile('lab', 'large', join(lab.folder, 'part'));
    await running.started;
    const failed = assert.rejects(running.done, hasCode('FILE_REMOVED'));
    for (const name of ['large', 'report.csv']) await alice.removeFile('lab', name);
    await failed;
    const again = lab.client('bob');
    await again.connect();
    await again.login('bob', 'password of bob');
    await until(() => again.shares().length === 0);
  });

  it('are known to whoever shares them, and newer ones are told at the next sign-in', async () => {
    await share(alice, 'one');
    await download(bob, 'bobs');
    await until(async () => (await alice.listFiles('lab'))[0]?.completeSources === 2);
    await bob.close();
    await share(alice, 'two');
    const again = lab.client('bob');
    await again.connect();
    const told = nextEvent(again, 'fileUpdated', isAbout(2));
    await again.login('bob', 'password of bob');
    assert.equal((await told).groupId, 'lab');
    assert.equal((await alice.listVersions('lab', 'report.csv'))[1]?.membersOnline, 1); // bob goes on sharing version 1
    await again.close();
    const library = await Library.open(join(lab.folder, 'bob'));
    const [record] = library.account(lab.tracker.fingerprint, 'bob').shares;
    assert.deepEqual([record?.version, record?.published], [1, undefined]);
  });

  it('that were published, but not confirmed before a crash, are published once', async () => {
    await share(alice, 'one');
    await share(alice, 'two', { note: 'why' });
    await alice.close();
    const library = await Library.open(join(lab.folder, 'alice'));
    const account = library.account(lab.tracker.fingerprint, 'alice');
    const [record] = account.shares;
    assert.ok(record);
    assert.deepEqual([record.version, record.published?.base, record.published?.note], [2, 1, 'why']);
    account.changeShare(record, { version: undefined, registered: false });
    await library.finish();
    library.close(new ShoalError('CLOSED', 'The test is over.'));
    alice = (await lab.signedInAgain('alice')).client;
    await until(async () => (await bob.listFiles('lab'))[0]?.completeSources === 1);
    assert.deepEqual(
      (await bob.listVersions('lab', 'report.csv')).map(({ version }) => version),
      [2, 1],
    );
    assert.equal((await share(alice, 'three')).version, 3);
  });

  it('of the files of a folder are published by the call that shared it', async () => {
    const folder = lab.subfolder('project');
    for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, name), `${name} one`);
    await alice.shareFolder(folder, 'lab');
    await bob.downloadFolder('lab', 'project', join(lab.folder, 'copy')).done;
    writeFileSync(join(folder, 'a'), 'a two, longer');
    utimesSync(join(folder, 'b'), 1000, 1000);
    const { files, skipped } = await alice.shareFolder(folder, 'lab');
    assert.deepEqual([files, skipped], [3, []]);
    assert.deepEqual(
      (await bob.listFiles('lab')).map(({ fileName, version }) => [fileName, version]),
      [
        ['project/a', 2],
        ['project/b', 1],
        ['project/c', 1],
      ],
    );
  });

  async function joins(client: ShoalClient): Promise<void> {
    await client.joinGroup('lab');
    const joined = nextEvent(client, 'membershipChanged');
    await alice.acceptRequest('lab', client.userId ?? '');
    await joined;
  }
});
