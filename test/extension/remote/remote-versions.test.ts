import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { ShoalError } from '@shoal/sdk/protocol';
import { AgentLab, hasCode, next, type TestWindow } from '../agent/support.js';

describe("versions of files in a window's client", function () {
  this.timeout(60_000);
  let lab: AgentLab;
  let ann: TestWindow;
  let bob: TestWindow;
  let path: string;

  before(async () => {
    lab = new AgentLab();
    await lab.startTracker();
    ann = await lab.signedInWindow('ann');
    bob = await lab.signedInWindow('bob', { computer: 'another' });
    const group = await ann.client.createGroup('lab', { publishers: 'members', keepVersions: 5 });
    assert.deepEqual([group.publishers, group.keepVersions], ['members', 5]);
    const asked = next(ann.client, 'joinRequested');
    await bob.client.joinGroup('lab');
    await asked;
    const joined = next(bob.client, 'membershipChanged');
    await ann.client.acceptRequest('lab', 'bob');
    await joined;
    path = lab.file('report.csv', 100);
  });
  after(() => lab.close());

  it('publishes the next version with a note, and says what it did', async () => {
    assert.equal((await ann.client.shareFile(path, 'lab')).outcome, 'shared');
    assert.equal((await ann.client.shareFile(path, 'lab')).outcome, 'unchanged');
    writeFileSync(path, 'second');
    const told = next(bob.client, 'fileUpdated');
    const published = await ann.client.shareFile(path, 'lab', { note: 'shorter' });
    assert.deepEqual([published.outcome, published.version], ['published', 2]);
    assert.equal((await told).groupId, 'lab');
    const versions = await bob.client.listVersions('lab', 'report.csv');
    assert.deepEqual(
      versions.map(({ version, note }) => [version, note]),
      [
        [2, 'shorter'],
        [1, undefined],
      ],
    );
  });

  it('has the newest version in the error of a conflict', async () => {
    const theirs = lab.file('theirs.csv', 200);
    await bob.client.shareFile(theirs, 'lab', { fileName: 'report.csv', base: 2 });
    writeFileSync(path, 'my own third');
    const error = await ann.client.shareFile(path, 'lab').then(
      () => undefined,
      (thrown: unknown) => ShoalError.from(thrown),
    );
    assert.equal(error?.code, 'VERSION_CONFLICT');
    assert.deepEqual([error.newest?.version, error.newest?.publishedBy], [3, 'bob']);
    const mine = await ann.client.shareFile(path, 'lab', { base: error.newest?.version });
    assert.deepEqual([mine.outcome, mine.version], ['published', 4]);
  });

  it('publishes an earlier version again', async () => {
    const newest = await ann.client.revertFile('lab', 'report.csv', 2, { note: 'as before' });
    assert.deepEqual([newest.version, newest.note], [5, 'as before']);
    await assert.rejects(ann.client.revertFile('lab', 'report.csv', 99), hasCode('VERSION_NOT_FOUND'));
  });

  it('lets a share go along with a renamed file', async () => {
    const from = lab.file('before.csv', 100);
    await ann.client.shareFile(from, 'lab');
    const to = `${from}.renamed`;
    renameSync(from, to);
    const moved = await ann.client.moveShares([{ from, to }]);
    assert.deepEqual(
      moved.map(({ fileName, path: now, state }) => [fileName, now, state.name]),
      [['before.csv', to, 'available']],
    );
    assert.ok(ann.client.shares().some((share) => share.path === to));
    await ann.client.removeFile('lab', 'before.csv');
  });

  it('changes the settings of a group, and removes a file from it', async () => {
    assert.equal((await ann.client.changeGroup('lab', { publishers: 'author' })).publishers, 'author');
    await assert.rejects(bob.client.changeGroup('lab', { keepDays: 1 }), hasCode('NOT_THE_OWNER'));
    await assert.rejects(bob.client.removeFile('lab', 'report.csv'), hasCode('NOT_THE_AUTHOR'));
    await ann.client.removeFile('lab', 'report.csv');
    assert.deepEqual(ann.client.shares(), []);
    assert.deepEqual(await bob.client.listFiles('lab'), []);
  });
});
