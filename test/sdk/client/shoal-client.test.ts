import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ShoalClient } from '../../../sdk/index.js';
import { hasCode, Lab, nextEvent, sha1Of } from './support.js';

const PIECE = 524_288;

describe('a client', () => {
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;

  beforeEach(async () => {
    lab = new Lab();
    await lab.startTracker();
    [alice, bob] = await Promise.all([lab.signedIn('alice'), lab.signedIn('bob')]);
    await lab.group('lab', alice, bob);
  });
  afterEach(() => lab.close());

  it('shares a file that others see, download and serve on', async () => {
    const path = lab.file('data.bin', 3 * PIECE + 5);
    const seen = nextEvent(bob, 'fileShared');
    const shared = await alice.shareFile(path, 'LAB');
    assert.equal(shared.fileDigest, sha1Of(path));
    assert.equal(shared.pieceHashString.length, 4 * 20);
    assert.equal((await seen).file.fileName, 'data.bin');

    const complete = nextEvent(alice, 'fileShared');
    const download = bob.downloadFile('lab', 'DATA.bin', lab.subfolder('inbox'));
    const result = await download.done;
    assert.deepEqual(result, {
      path: join(lab.folder, 'inbox', 'data.bin'),
      sizeBytes: 3 * PIECE + 5,
      manifestId: shared.manifestId,
      fileDigest: shared.fileDigest,
    });
    assert.equal(sha1Of(result.path), shared.fileDigest);
    assert.equal(download.state.name, 'complete');
    assert.equal(download.progress.donePieces, 4);
    await complete;
    const [file] = await alice.listFiles('lab');
    assert.equal(file?.completeSources, 2);
    assert.deepEqual(
      bob.shares().map((share) => share.path),
      [result.path],
    );
  });

  it('handles empty files, and names in any script', async () => {
    for (const name of ['leer', 'αρχείο με κενά.txt', '研究 データ.csv', '🐟.bin', "it's “quoted”.txt", '-rf']) {
      const folder = lab.subfolder('out');
      writeFileSync(join(folder, name), '');
      const { fileName } = await alice.shareFile(join(folder, name), 'lab');
      const { path } = await bob.downloadFile('lab', fileName, lab.subfolder('in')).done;
      assert.ok(existsSync(path), name);
    }
    assert.equal(readdirSync(join(lab.folder, 'in')).length, 6);
  });

  it('takes a second sharer of the same bytes as a second source, under whatever name, and refuses other bytes', async () => {
    const path = lab.file('report.pdf', 5 * PIECE);
    await alice.shareFile(path, 'lab');
    await bob.shareFile(path, 'lab');
    await bob.shareFile(path, 'lab', { fileName: 'copy.pdf' });
    assert.deepEqual(
      (await alice.listFiles('lab')).map((file) => [file.fileName, file.completeSources]),
      [
        ['copy.pdf', 2],
        ['report.pdf', 2],
      ],
    );
    const other = lab.file('other', 10);
    await assert.rejects(bob.shareFile(other, 'lab', { fileName: 'Report.PDF' }), hasCode('NAME_TAKEN'));
    await bob.stopShare('lab', 'copy.pdf');
    assert.deepEqual(
      (await alice.listFiles('lab')).map((file) => [file.fileName, file.completeSources]),
      [['report.pdf', 2]],
    );
  });

  it('says what stands in the way of sharing', async () => {
    mkdirSync(join(lab.folder, 'folder'));
    await assert.rejects(alice.shareFile(join(lab.folder, 'nowhere'), 'lab'), hasCode('PATH_NOT_FOUND'));
    await assert.rejects(alice.shareFile(join(lab.folder, 'folder'), 'lab'), hasCode('NOT_A_FILE'));
    await assert.rejects(alice.shareFile(lab.file('a', 1), 'nogroup'), hasCode('GROUP_NOT_FOUND'));
    await assert.rejects(alice.shareFile(lab.file('a', 1), 'lab', { fileName: '../a' }), hasCode('INVALID_NAME'));
    await alice.createGroup('private');
    await assert.rejects(bob.shareFile(lab.file('a', 1), 'private'), hasCode('NOT_A_MEMBER'));
    await assert.rejects(alice.stopShare('lab', 'a'), hasCode('FILE_NOT_FOUND'));
  });

  it('stops hashing when it is told to', async () => {
    const abort = new AbortController();
    const path = lab.file('big', 128 * PIECE);
    const sharing = alice.shareFile(path, 'lab', { signal: abort.signal, onProgress: () => abort.abort() });
    await assert.rejects(sharing, hasCode('ABORTED'));
    assert.deepEqual(await alice.listFiles('lab'), []);
  });

  it('says what stands in the way of a download, before it begins', async () => {
    await alice.shareFile(lab.file('data', 100), 'lab');
    writeFileSync(join(lab.subfolder('taken'), 'data'), 'mine');
    const failing = (fileName: string, destination: string, groupId = 'lab') =>
      bob.downloadFile(groupId, fileName, destination).started;
    await assert.rejects(failing('nothing', lab.folder), hasCode('FILE_NOT_FOUND'));
    await assert.rejects(failing('data', join(lab.folder, 'no', 'such')), hasCode('DESTINATION_NOT_FOUND'));
    await assert.rejects(failing('data', `${join(lab.folder, 'nosuch')}/`), hasCode('DESTINATION_NOT_FOUND'));
    await assert.rejects(failing('data', join(lab.folder, 'taken')), hasCode('DESTINATION_EXISTS'));
    await assert.rejects(failing('data', lab.folder, 'nogroup'), hasCode('GROUP_NOT_FOUND'));
    const overwritten = bob.downloadFile('lab', 'data', join(lab.folder, 'taken', 'data'), { overwrite: true });
    await overwritten.done;
    assert.equal(sha1Of(join(lab.folder, 'taken', 'data')), sha1Of(join(lab.folder, 'data')));
  });

  it('tells the owner of requests, and those who asked of the decision', async () => {
    const cem = await lab.signedIn('cem');
    const asked = nextEvent(alice, 'joinRequested');
    const requested = await cem.joinGroup('lab');
    assert.equal(requested.standing, 'requested');
    assert.equal((await asked).userId, 'cem');
    assert.deepEqual(
      (await alice.listRequests('lab')).map((request) => request.userId),
      ['cem'],
    );
    const decided = nextEvent(cem, 'membershipChanged');
    await alice.rejectRequest('lab', 'cem');
    assert.equal((await decided).change, 'rejected');
    await assert.rejects(cem.listFiles('lab'), hasCode('NOT_A_MEMBER'));
    await assert.rejects(bob.listRequests('lab'), hasCode('NOT_THE_OWNER'));
  });

  it("loses the group's files when it leaves or is removed, and serves them no more", async () => {
    await bob.shareFile(lab.file('bobs', 10), 'lab');
    const gone = nextEvent(alice, 'filesStopped');
    const removed = nextEvent(bob, 'membershipChanged');
    await alice.removeMember('lab', 'bob');
    await Promise.all([gone, removed]);
    assert.deepEqual(await alice.listFiles('lab'), []);
    await assert.rejects(bob.listFiles('lab'), hasCode('NOT_A_MEMBER'));
    const left = await alice.leaveGroup('lab');
    assert.deepEqual(left, { dissolved: true, newOwnerId: null });
    assert.deepEqual(await alice.listGroups(), []);
  });

  it('refuses what makes no sense in its state, by code', async () => {
    await assert.rejects(alice.login('alice', 'x'), hasCode('ALREADY_LOGGED_IN'));
    await bob.logout();
    await assert.rejects(bob.listGroups(), hasCode('NOT_LOGGED_IN'));
    assert.throws(() => bob.downloadFile('lab', 'a', 'b'), hasCode('NOT_LOGGED_IN'));
    await assert.rejects(bob.login('bob', 'wrong'), hasCode('WRONG_PASSWORD'));
    await assert.rejects(bob.login('nobody', 'wrong'), hasCode('WRONG_PASSWORD'));
    await bob.login('bob', 'password of bob');
    await assert.rejects(bob.createUser('ALICE', 'x'), hasCode('USER_EXISTS'));
    await bob.close();
    await assert.rejects(bob.connect(), hasCode('CLOSED'));
  });
});
