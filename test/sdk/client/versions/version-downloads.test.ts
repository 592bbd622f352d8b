import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Library } from '../../../../sdk/client/library/library.js';
import type { ShoalClient } from '../../../../sdk/index.js';
import { until } from '../../../support/until.js';
import { hasCode, Lab, nextEvent, sha1Of, someProgress } from '../support.js';

const SIZE_BYTES = 2 << 20;
const SLOW_BYTES_PER_SECOND = 512 * 1024;

describe('the download of a version', () => {
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;
  let carol: ShoalClient;
  let old: string;

  /** alice publishes two versions, the second one while bob downloads the first; carol goes on sharing the first. */
  beforeEach(async () => {
    lab = new Lab();
    [alice, bob] = await lab.aliceAndBob({ limits: { downloadBytesPerSecond: SLOW_BYTES_PER_SECOND } });
    carol = await lab.signedIn('carol');
    await carol.joinGroup('lab');
    const joined = nextEvent(carol, 'membershipChanged');
    await alice.acceptRequest('lab', 'carol');
    await joined;
    const path = lab.file('data', SIZE_BYTES);
    await alice.shareFile(path, 'lab');
    old = join(lab.folder, 'of carol');
    await carol.downloadFile('lab', 'data', old).done;
    await until(async () => (await alice.listFiles('lab'))[0]?.completeSources === 2);
    copyFileSync(old, join(lab.folder, 'old'));
  });
  afterEach(() => lab.close());

  const publish = () => alice.shareFile(lab.file('newer', SIZE_BYTES), 'lab', { fileName: 'data' });

  async function versionOfBob(): Promise<number | undefined> {
    await bob.close();
    const library = await Library.open(join(lab.folder, 'bob'));
    return library.account(lab.tracker.fingerprint, 'bob').shares[0]?.version;
  }

  it('continues with it when a newer one is published, also after a restart', async () => {
    const copy = join(lab.folder, 'copy');
    const first = bob.downloadFile('lab', 'data', copy);
    await someProgress(first);
    const told = nextEvent(bob, 'fileUpdated');
    assert.equal((await publish()).version, 2);
    await told;
    await bob.close();
    bob = lab.client('bob');
    await bob.connect();
    await bob.login('bob', 'password of bob');
    const [again] = bob.downloads();
    await again?.done;
    assert.equal(sha1Of(copy), sha1Of(join(lab.folder, 'old')));
    assert.equal(await versionOfBob(), 1);
  });

  it('has the time and the executable bit of the published file, and is shared with them', async function () {
    if (process.platform === 'win32') this.skip(); // which has no executable bits
    bob.setLimits({ downloadBytesPerSecond: 0 });
    const tool = lab.file('tool', 1000);
    chmodSync(tool, 0o755);
    utimesSync(tool, 1_000_000, 1_234_567);
    const { executable, modifiedMs } = await alice.shareFile(tool, 'lab');
    assert.deepEqual([executable, modifiedMs], [true, 1_234_567_000]);
    const { path } = await bob.downloadFile('lab', 'tool', join(lab.folder, 'copy of tool')).done;
    const { mode, mtimeMs } = statSync(path);
    assert.deepEqual([mode & 0o100, Math.floor(mtimeMs)], [0o100, 1_234_567_000]);
    assert.equal(mode & 0o111, (mode & 0o444) >> 2);
    await alice.stopShare('lab', 'tool');
    await carol.downloadFile('lab', 'tool', join(lab.folder, 'from bob')).done;
    assert.deepEqual(
      bob.shares().map((share) => share.path),
      [path],
    );
    const { path: plain } = await bob.downloadFile('lab', 'data', join(lab.folder, 'plain')).done;
    assert.equal(statSync(plain).mode & 0o111, 0);
  });

  it('of another version to the same place is another download', async () => {
    await publish();
    const copy = join(lab.folder, 'copy');
    const older = bob.downloadFile('lab', 'data', copy, { version: 1 });
    await older.started;
    assert.equal(bob.downloadFile('lab', 'data', copy, { version: 1 }), older);
    await assert.rejects(bob.downloadFile('lab', 'data', copy, { version: 2 }).done, hasCode('ALREADY_DOWNLOADING'));
    await older.done;
    assert.equal(sha1Of(copy), sha1Of(join(lab.folder, 'old')));
  });

  it('of an older version leaves the share of a newer one as it is', async () => {
    bob.setLimits({ downloadBytesPerSecond: 0 });
    await publish();
    await bob.downloadFile('lab', 'data', join(lab.folder, 'new copy')).done;
    await bob.downloadFile('lab', 'data', join(lab.folder, 'old copy'), { version: 1 }).done;
    assert.deepEqual(
      bob.shares().map(({ path }) => path),
      [join(lab.folder, 'new copy')],
    );
    assert.equal(await versionOfBob(), 2);
  });

  describe('of an older version beside a newer one', () => {
    const oldCopy = () => join(lab.folder, 'old copy');
    const newCopy = () => join(lab.folder, 'new copy');
    /** Members of whom an online device has all of version 2, and of version 1. */
    const holders = async () => (await alice.listVersions('lab', 'data')).map(({ membersOnline }) => membersOnline);
    const untilHeld = (...by: number[]) => until(async () => String(await holders()) === String(by));
    const getOld = () => bob.downloadFile('lab', 'data', oldCopy(), { version: 1 }).done;
    const getNew = () => bob.downloadFile('lab', 'data', newCopy()).done;

    beforeEach(async () => {
      bob.setLimits({ downloadBytesPerSecond: 0 });
      alice.setKeptVersions({ maxTotalBytes: 0 });
    });

    it('is one more source, in whatever order they came, and after a restart', async () => {
      await getOld();
      await publish();
      await untilHeld(1, 2);
      await getNew();
      await untilHeld(2, 2);
      await bob.close();
      await untilHeld(1, 1);
      bob = (await lab.signedInAgain('bob')).client;
      await untilHeld(2, 2);
      await carol.stopShare('lab', 'data');
      await untilHeld(2, 1);
      await carol.downloadFile('lab', 'data', join(lab.folder, 'from bob'), { version: 1 }).done;
      assert.equal(sha1Of(join(lab.folder, 'from bob')), sha1Of(old));
    });

    /** What bob's client says about the file with version 1. */
    const stateOfOld = () => {
      const [older] = bob.shares()[0]?.older ?? [];
      return older && `${basename(older.path)} ${older.state.name}`;
    };

    it('goes along with a file that is moved, and waits for one that is gone, edited or renamed', async () => {
      await publish();
      await getNew();
      await getOld();
      await untilHeld(2, 2);
      assert.equal(stateOfOld(), 'old copy available');
      const moved = join(lab.folder, 'moved');
      renameSync(oldCopy(), moved);
      await bob.moveShares([{ from: oldCopy(), to: moved }]);
      await untilHeld(2, 2);
      assert.equal(stateOfOld(), 'moved available');
      const told = nextEvent(bob, 'shareChanged', ({ older }) => older?.[0]?.state.name === 'missing');
      renameSync(moved, `${moved} away`);
      await told;
      await untilHeld(2, 1);
      renameSync(`${moved} away`, moved);
      await untilHeld(2, 2);
      writeFileSync(moved, 'edited');
      await until(() => stateOfOld() === 'moved edited');
      await untilHeld(2, 1);
      copyFileSync(old, moved);
      await until(() => stateOfOld() === 'moved available');
      await untilHeld(2, 2);
      await bob.close();
      bob = (await lab.signedInAgain('bob')).client;
      await until(() => stateOfOld() === 'moved available');
      await untilHeld(2, 2);
    });

    it('waits when its file is another one, and ends with the share', async () => {
      await publish();
      await getNew();
      await getOld();
      await untilHeld(2, 2);
      writeFileSync(oldCopy(), 'edited');
      await bob.close();
      bob = (await lab.signedInAgain('bob')).client;
      await untilHeld(2, 1);
      assert.equal(stateOfOld(), 'old copy edited');
      rmSync(oldCopy());
      await getOld();
      await untilHeld(2, 2);
      await bob.stopShare('lab', 'data');
      await untilHeld(1, 1);
      await bob.close();
      const { olderFiles } = (await Library.open(join(lab.folder, 'bob'))).account(lab.tracker.fingerprint, 'bob');
      assert.deepEqual(olderFiles.list, []);
    });
  });
});
