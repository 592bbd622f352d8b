import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ShoalClient } from '../../../../sdk/index.js';
import { untilSeen } from '../../../support/until.js';
import { hasCode, Lab, nextEvent, sha1Of, someProgress } from '../support.js';

const PIECES = 32;
const SIZE_BYTES = PIECES << 19;

/** A rate at which a test sees a download midway. */
const SLOW = 8 << 20;

describe('a download', () => {
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;
  let source: string;
  let out: string;

  beforeEach(async () => {
    lab = new Lab();
    await lab.startTracker();
    [alice, bob] = await Promise.all([lab.signedIn('alice'), lab.signedIn('bob')]);
    await lab.group('lab', alice, bob);
    source = lab.file('data.bin', SIZE_BYTES);
    out = join(lab.folder, 'copy.bin');
    await alice.shareFile(source, 'lab');
    bob.setLimits({ downloadBytesPerSecond: SLOW });
  });
  afterEach(() => lab.close());

  const hurry = () => bob.setLimits({ downloadBytesPerSecond: 0 });

  it('pauses and goes on, keeping what is there', async () => {
    const download = bob.downloadFile('lab', 'data.bin', out);
    const states: string[] = [];
    download.on('state', (state) => states.push(state.name));
    await someProgress(download);
    await download.pause();
    assert.equal(download.state.name, 'paused');
    const kept = download.progress.donePieces;
    assert.ok(kept > 0 && existsSync(`${out}.part`) && !existsSync(out));
    download.resume();
    await download.started;
    hurry();
    await download.done;
    assert.equal(sha1Of(out), sha1Of(source));
    assert.deepEqual(states, ['downloading', 'paused', 'starting', 'downloading', 'verifying', 'complete']);
    const fetched = download.progress.sources.reduce((sum, one) => sum + one.pieces, 0);
    assert.ok(fetched <= PIECES - kept, 'verified pieces are not fetched again');
  });

  it('tells the state of its pieces, and the one who serves it what is being fetched', async () => {
    const uploading = nextEvent(alice, 'uploadsChanged', (uploads) => uploads.length === 1);
    const download = bob.downloadFile('lab', 'data.bin', out);
    await someProgress(download);
    const [upload] = await uploading;
    assert.equal(upload?.fileName, 'data.bin');
    assert.equal(upload?.userId, 'bob');
    assert.ok(upload.bytes > 0 && upload.bytes <= upload.sizeBytes);
    await download.pause();
    const { donePieces } = download.progress;
    assert.equal((await download.pieces()).length, 0, 'while paused nothing is known of the pieces');
    download.resume();
    await download.started;
    const pieces = await download.pieces();
    assert.equal(pieces.length, PIECES);
    assert.ok(pieces.filter((piece) => (piece & 3) === 2).length >= donePieces);
    hurry();
    await download.done;
    assert.deepEqual(new Set(await download.pieces()), new Set([2]));
    await untilSeen(
      () => alice.uploads(), // the rest may have been sent between two looks, which is no change
      (uploads) => uploads.length === 0,
    );
  });

  it('that is complete is listed until the list is cleared', async () => {
    hurry();
    await bob.downloadFile('lab', 'data.bin', out).done;
    assert.equal(bob.downloads().length, 1);
    bob.clearDownloads();
    assert.deepEqual(bob.downloads(), []);
    assert.equal(sha1Of(out), sha1Of(source));
  });

  it('that is cancelled leaves nothing', async () => {
    const download = bob.downloadFile('lab', 'data.bin', out);
    await someProgress(download);
    await download.cancel();
    await assert.rejects(download.done, hasCode('ABORTED'));
    assert.ok(!existsSync(out) && !existsSync(`${out}.part`) && !existsSync(`${out}.part.journal`));
    assert.deepEqual(bob.downloads(), []);
  });

  it('that is stopped by its signal keeps what is there for the next call', async () => {
    const abort = new AbortController();
    const download = bob.downloadFile('lab', 'data.bin', out, { signal: abort.signal });
    await someProgress(download);
    abort.abort();
    await assert.rejects(download.done, hasCode('ABORTED'));
    assert.deepEqual(bob.downloads(), []);
    const kept = download.progress.donePieces;
    hurry();
    const again = bob.downloadFile('lab', 'data.bin', out);
    await again.done;
    assert.equal(sha1Of(out), sha1Of(source));
    const fetched = again.progress.sources.reduce((sum, one) => sum + one.pieces, 0);
    assert.ok(fetched <= PIECES - kept);
  });

  it('is taken up by the next process, by itself or by the same call', async () => {
    const first = bob.downloadFile('lab', 'data.bin', out);
    await someProgress(first);
    await bob.close();
    assert.equal(first.state.name, 'paused');
    const { client } = await lab.signedInAgain('bob');
    const [restored] = client.downloads();
    const again = client.downloadFile('lab', 'data.bin', out);
    assert.equal(again, restored, 'the same call gives the one that is under way');
    await again.done;
    assert.equal(sha1Of(out), sha1Of(source));
  });

  it('stays paused over a sign-out', async () => {
    const download = bob.downloadFile('lab', 'data.bin', out);
    await someProgress(download);
    await bob.logout();
    assert.equal(download.state.name, 'paused');
    await bob.login('bob', 'password of bob');
    const [listed] = bob.downloads();
    assert.equal(listed?.state.name, 'paused');
    hurry();
    listed?.resume();
    await listed?.done;
    assert.equal(sha1Of(out), sha1Of(source));
  });

  it('waits for a source that is away, and goes on when it comes', async () => {
    const download = bob.downloadFile('lab', 'data.bin', out);
    await someProgress(download);
    const waiting = nextEvent(bob, 'downloadChanged', (changed) => changed.state.name === 'waiting');
    await alice.close();
    await waiting;
    await lab.signedInAgain('alice');
    hurry();
    await download.done;
    assert.equal(sha1Of(out), sha1Of(source));
  });

  it('goes on while the tracker is away, and is announced when it is back', async () => {
    const download = bob.downloadFile('lab', 'data.bin', out);
    await download.started;
    const { port } = lab.tracker;
    const lost = nextEvent(bob, 'disconnected');
    await lab.tracker.close();
    await lost;
    hurry();
    await download.done;
    assert.equal(sha1Of(out), sha1Of(source));
    const back = [nextEvent(alice, 'connected'), nextEvent(bob, 'connected')];
    await lab.startTracker(port);
    assert.deepEqual(await Promise.all(back), [{ resumed: true }, { resumed: true }]);
    const [file] = await alice.listFiles('lab');
    assert.equal(file?.completeSources, 2);
  });

  it('ends when its user is removed from the group', async () => {
    const download = bob.downloadFile('lab', 'data.bin', out);
    await someProgress(download);
    await alice.removeMember('lab', 'bob');
    await assert.rejects(download.done, hasCode('NOT_A_MEMBER'));
    assert.ok(statSync(`${out}.part`).size > 0, 'what is there is kept');
  });
});
