import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ShoalClient } from '@shoal/sdk';
import { RemoteClient } from '../../../extension/remote/remote-client.js';
import { AgentLab, hasCode, MIB, next, sha1Of, type TestWindow, until } from '../agent/support.js';

/**
 * Members that a window does not have: opening, closing, the listen address (the status has its problems), what others
 * need and the ways to them (status and settings have these), and the
 * SDK's survey.
 */
const NOT_THE_WINDOWS: ReadonlySet<string> = new Set([
  ...['constructor', 'connect', 'close', 'listenAddress', 'trackerProblem', 'reachProblem', 'surveyFolder'],
  ...['reach', 'connectMode', 'setConnect', 'portMapping', 'setPortMapping'],
]);

function has(prototype: object | null, name: string): boolean {
  return (
    prototype !== null && (Object.hasOwn(prototype, name) || has(Object.getPrototypeOf(prototype) as object, name))
  );
}

describe("a window's client", function () {
  this.timeout(60_000);
  let lab: AgentLab;
  let ann: TestWindow;
  let bob: TestWindow;

  before(async () => {
    lab = new AgentLab();
    await lab.startTracker();
    ann = await lab.signedInWindow('ann');
    bob = await lab.signedInWindow('bob', { computer: 'another' });
  });
  after(() => lab.close());

  /** A group of ann that bob is a member of. */
  async function group(groupId: string): Promise<void> {
    await ann.client.createGroup(groupId);
    const asked = next(ann.client, 'joinRequested');
    await bob.client.joinGroup(groupId);
    assert.equal((await asked).userId, 'bob');
    const joined = next(bob.client, 'membershipChanged');
    await ann.client.acceptRequest(groupId, 'bob');
    await joined;
  }

  it("has all members of the SDK's client", () => {
    const names = Object.getOwnPropertyNames(ShoalClient.prototype).filter((name) => !NOT_THE_WINDOWS.has(name));
    const missing = names.filter((name) => !has(RemoteClient.prototype, name));
    assert.deepEqual(missing, []);
    assert.equal(ann.client.userId, 'ann');
    assert.equal(ann.client.trackerFingerprint, lab.tracker.fingerprint);
  });

  it('sets limits for all windows, and refuses invalid ones', async () => {
    const told = next(ann.client, 'statusChanged', () => ann.client.limits.uploadBytesPerSecond === 5e6);
    await ann.client.setLimits({ uploadBytesPerSecond: 5e6, downloadsAtOnce: undefined });
    await told;
    assert.deepEqual(ann.client.limits, {
      ...{ downloadBytesPerSecond: undefined, uploadBytesPerSecond: 5e6, downloadsAtOnce: undefined },
    });
    await assert.rejects(ann.client.setLimits({ downloadBytesPerSecond: 1 }), hasCode('INVALID_ARGUMENT'));
    assert.equal(ann.client.limits.uploadBytesPerSecond, 5e6);
    await ann.client.setLimits({ uploadBytesPerSecond: 0, downloadsAtOnce: 5 });
  });

  it('sets what is kept for all windows, and opens versions', async () => {
    const told = next(ann.client, 'statusChanged', () => ann.client.keptVersions.maxTotalBytes === MIB);
    await ann.client.setKeptVersions({ maxTotalBytes: MIB });
    await told;
    await assert.rejects(ann.client.setKeptVersions({ maxFileBytes: -1 }), hasCode('INVALID_ARGUMENT'));
    await ann.client.setKeptVersions({ maxTotalBytes: 2048 * MIB });
    await ann.client.createGroup('versions');
    await ann.client.shareFile(lab.file('versioned.bin', 1000), 'versions');
    const opened = await ann.client.openVersion('versions', 'versioned.bin', 1);
    assert.deepEqual([opened.version, opened.sizeBytes], [1, 1000]);
    await assert.rejects(ann.client.openVersion('versions', 'versioned.bin', 2), hasCode('VERSION_NOT_FOUND'));
    const tooLarge = ann.client.openVersion('versions', 'versioned.bin', 1, { maxBytes: 999 });
    await assert.rejects(tooLarge, hasCode('FILE_TOO_LARGE'));
  });

  it('creates groups, accepts and removes members, and gets the events', async () => {
    await ann.client.createGroup('reef');
    await bob.client.joinGroup('reef');
    assert.deepEqual(
      (await ann.client.listRequests('reef')).map(({ userId }) => userId),
      ['bob'],
    );
    const rejected = next(bob.client, 'membershipChanged');
    await ann.client.rejectRequest('reef', 'bob');
    await rejected;
    await group('coast');
    assert.deepEqual((await ann.client.listMembers('coast')).map(({ userId }) => userId).sort(), ['ann', 'bob']);
    const removed = next(bob.client, 'membershipChanged');
    await ann.client.removeMember('coast', 'bob');
    assert.equal((await removed).groupId, 'coast');
    await bob.client.joinGroup('coast');
    await bob.client.leaveGroup('coast');
    assert.deepEqual(await ann.client.listRequests('coast'), []);
    await bob.client.joinGroup('coast');
  });

  it("reports errors with the SDK's codes", async () => {
    await ann.client.createGroup('codes');
    const { client } = bob;
    await assert.rejects(client.createUser('ann', 'secret'), hasCode('USER_EXISTS'));
    await assert.rejects(client.createGroup('codes'), hasCode('GROUP_EXISTS'));
    await assert.rejects(client.createGroup(' /'), hasCode('INVALID_NAME'));
    await assert.rejects(client.joinGroup('none'), hasCode('GROUP_NOT_FOUND'));
    await assert.rejects(client.leaveGroup('codes'), hasCode('NOT_A_MEMBER'));
    await assert.rejects(client.listRequests('codes'), hasCode('NOT_THE_OWNER'));
    await client.joinGroup('codes');
    await assert.rejects(client.joinGroup('codes'), hasCode('ALREADY_REQUESTED'));
    await assert.rejects(ann.client.acceptRequest('codes', 'carol'), hasCode('REQUEST_NOT_FOUND'));
    await assert.rejects(ann.client.stopShare('codes', 'none'), hasCode('FILE_NOT_FOUND'));
    await assert.rejects(ann.client.shareFile(lab.folder, 'codes'), hasCode('NOT_A_FILE'));
    for (const act of ['pause', 'resume', 'cancel', 'pieces'] as const) {
      await assert.rejects(client[act]('no such download'), hasCode('DOWNLOAD_NOT_FOUND'));
    }
    await assert.rejects(ann.client.shareFolder(`${lab.folder}/none`, 'codes'), hasCode('PATH_NOT_FOUND'));
    await assert.rejects(client.downloadFolder('codes', '../up', lab.folder).started, hasCode('INVALID_NAME'));
    await assert.rejects(client.listGroups({ signal: AbortSignal.abort() }), hasCode('ABORTED'));
  });

  it('shares under another name, with another digest, and reports the progress', async () => {
    await group('deep');
    const heard: number[] = [];
    const told = next(bob.client, 'fileShared');
    const shared = await ann.client.shareFile(lab.file('notes.txt', 3 * MIB), 'deep', {
      fileName: 'deep notes.txt',
      algorithm: 'sha256',
      onProgress: (hashedBytes) => heard.push(hashedBytes),
    });
    assert.equal(shared.fileDigest.length, 64);
    assert.ok(heard.length > 0);
    assert.deepEqual(
      heard,
      [...heard].sort((a, b) => a - b),
    );
    assert.equal((await told).groupId, 'deep');
    const [file] = await bob.client.listFiles('deep');
    assert.deepEqual([file?.fileName, file?.sharedBy], ['deep notes.txt', 'ann']);
    const stopped = next(bob.client, 'fileStopped');
    await ann.client.stopShare('deep', 'deep notes.txt');
    await stopped;
  });

  it('downloads with progress, and replaces another file only if it may', async () => {
    await group('tide');
    const path = lab.file('tide.bin', 3 * MIB);
    await ann.client.shareFile(path, 'tide');
    const destination = lab.file('there already.bin', 10);
    const refused = bob.client.downloadFile('tide', 'tide.bin', destination);
    await assert.rejects(refused.done, hasCode('DESTINATION_EXISTS'));
    await refused.cancel();
    const states: string[] = [];
    bob.client.on('downloadChanged', ({ state }) => states.push(state.name));
    const download = bob.client.downloadFile('tide', 'tide.bin', destination, { overwrite: true });
    const result = await download.done;
    assert.equal(basename(result.path), 'there already.bin');
    assert.equal(sha1Of(destination), sha1Of(path));
    assert.equal(states.at(-1), 'complete');
    assert.deepEqual(await download.pieces(), new Uint8Array(download.progress.pieceCount).fill(2));
    bob.client.clearDownloads();
    assert.deepEqual(bob.client.downloads(), []);
  });

  it('shares a folder, reports what was left out, and downloads it completely on another computer', async () => {
    await group('bay');
    const folder = lab.subfolder('shells/small');
    lab.file('shells/large.bin', 2 * MIB);
    for (let index = 0; index < 20; index++) lab.file(`shells/small/${index}.bin`, 100 + index);
    symlinkSync(folder, join(lab.folder, 'shells', 'link'));
    const heard: number[] = [];
    const onProgress = ({ doneFiles }: { doneFiles: number }) => heard.push(doneFiles);
    const shared = await ann.client.shareFolder(join(lab.folder, 'shells'), 'bay', { onProgress });
    assert.deepEqual([shared.folder, shared.files, shared.skipped.length], ['shells', 21, 1]);
    assert.ok(heard.length > 0);
    assert.equal(ann.client.shares().filter(({ groupId }) => groupId === 'bay').length, 21, 'the mirror knows at once');
    assert.equal((await bob.client.listFiles('bay', { folder: 'shells/small' })).length, 20);

    const isWatched = () => ann.client.mirror.sharedFolder('bay', 'shells')?.watch;
    await until(() => isWatched() === false);
    await ann.client.watchFolder('bay', 'shells', true);
    await until(() => isWatched() === true);
    await ann.client.watchFolder('bay', 'shells', false);
    await until(() => isWatched() === false);

    const told = next(bob.client, 'folderChanged', ({ state }) => state.name === 'complete');
    const wishes = { priority: 'low', limitBytesPerSecond: 50_000_000, sequential: true } as const;
    const download = bob.client.downloadFolder('bay', 'shells', `${lab.subfolder('here')}/`, wishes);
    await download.started;
    const { priority, limitBytesPerSecond, sequential } = download;
    assert.deepEqual({ priority, limitBytesPerSecond, sequential }, wishes);
    await download.setSequential(false);
    assert.deepEqual(bob.client.downloads(), [], 'its large file is a part of it');
    const { path, files } = await download.done;
    assert.deepEqual([path, files], [join(lab.folder, 'here', 'shells'), 21]);
    assert.equal(sha1Of(join(path, 'large.bin')), sha1Of(join(lab.folder, 'shells', 'large.bin')));
    assert.equal((await told).id, download.id);
    const [listed] = bob.client.folderDownloads();
    assert.deepEqual(listed?.state, { name: 'complete', path });
    assert.equal(listed?.progress.doneFiles, 21);
    bob.client.clearDownloads();
    assert.deepEqual(bob.client.folderDownloads(), []);
  });

  it('pauses and resumes a folder download, reports its failures, and cancels it', async () => {
    await group('cove');
    lab.subfolder('weeds');
    for (const name of ['a', 'b', 'c']) lab.file(`weeds/${name}.txt`, 1000);
    await ann.client.shareFolder(join(lab.folder, 'weeds'), 'cove');
    lab.subfolder('there/weeds');
    lab.file('there/weeds/b.txt', 10); // another file of this name: it stays, and that one alone fails
    const download = bob.client.downloadFolder('cove', 'weeds', `${lab.subfolder('there')}/`);
    await assert.rejects(download.done, hasCode('FOLDER_INCOMPLETE'));
    assert.deepEqual(
      download.failures.map(({ fileName, code }) => [fileName, code]),
      [['weeds/b.txt', 'DESTINATION_EXISTS']],
    );
    assert.deepEqual([download.progress.doneFiles, download.progress.failedFiles], [2, 1]);
    rmSync(join(lab.folder, 'there', 'weeds', 'b.txt'));
    download.resume();
    await until(() => download.state.name === 'complete');
    assert.equal(sha1Of(join(lab.folder, 'there', 'weeds', 'b.txt')), sha1Of(join(lab.folder, 'weeds', 'b.txt')));

    lab.subfolder('kelp'); // bob has none of it
    lab.file('kelp/a.txt', 1000);
    await ann.client.shareFolder(join(lab.folder, 'kelp'), 'cove');
    await ann.client.logout();
    const waiting = bob.client.downloadFolder('cove', 'kelp', `${lab.subfolder('later')}/`);
    const states: string[] = [];
    waiting.on('state', ({ name }) => states.push(name));
    await waiting.started;
    await waiting.pause();
    await until(() => waiting.state.name === 'paused');
    await waiting.cancel();
    await assert.rejects(waiting.done, hasCode('ABORTED'));
    assert.equal(states.at(-1), 'cancelled');
    await ann.client.login('ann', 'password of ann');
  });

  it('cancels many downloads by one signal, which has one listener while one of them has not ended', async () => {
    await group('shoal');
    const names = Array.from({ length: 15 }, (_none, index) => `fry ${index}.bin`);
    for (const name of names) await ann.client.shareFile(lab.file(name, 100), 'shoal');
    const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;
    const fetchAll = (folder: string, signal: AbortSignal) =>
      names.map((name) => bob.client.downloadFile('shoal', name, join(lab.subfolder(folder), name), { signal }));
    const over = new AbortController();
    await Promise.all(fetchAll('grown', over.signal).map(({ done }) => done));
    await until(() => listeners(over.signal) === 0);
    rmSync(lab.subfolder('grown'), { recursive: true }); // or the next downloads take their pieces from there

    await ann.client.logout();
    const stop = new AbortController();
    const waiting = fetchAll('awaited', stop.signal);
    await Promise.all(waiting.map(({ started }) => started));
    assert.equal(listeners(stop.signal), 1);
    stop.abort();
    for (const { done } of waiting) await assert.rejects(done, hasCode('ABORTED'));
    const late = bob.client.downloadFile('shoal', 'fry 0.bin', join(lab.folder, 'late.bin'), { signal: stop.signal });
    await assert.rejects(late.done, hasCode('ABORTED'));
    bob.client.clearDownloads();
    await ann.client.login('ann', 'password of ann');
  });

  it('has nothing of a user who signed out, and everything again after the next sign-in', async () => {
    await ann.client.createGroup('ebb');
    await ann.client.shareFile(lab.file('ebb.bin', 1000), 'ebb');
    const gone = next(ann.client, 'sharesChanged', () => ann.client.shares().length === 0);
    await ann.client.logout();
    await gone;
    assert.equal(lab.tokens().size, 0);
    await assert.rejects(ann.client.listGroups(), hasCode('NOT_LOGGED_IN'));
    await assert.rejects(ann.client.login('ann', 'wrong'), hasCode('WRONG_PASSWORD'));
    const { restored, lost, sessionToken } = await ann.client.login('ann', 'password of ann');
    assert.ok(restored.some(({ fileName }) => fileName === 'ebb.bin'));
    assert.deepEqual([...lost], []);
    assert.deepEqual([...lab.tokens().values()], [sessionToken]);
    assert.equal(ann.client.userId, 'ann');
  });

  it('changes the password, and stays signed in', async () => {
    const [before] = lab.tokens().values();
    await assert.rejects(ann.client.changePassword('wrong', 'another'), hasCode('WRONG_PASSWORD'));
    await ann.client.changePassword('password of ann', 'another');
    await ann.client.listGroups();
    assert.deepEqual([...lab.tokens().values()], [before]);
    await ann.client.changePassword('another', 'password of ann');
  });
});
