import assert from 'node:assert/strict';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AGENT } from '../../../extension/contract/contract.js';
import { ask } from '../../../extension/daemon/index.js';
import { situationOf } from '../../../extension/model/trackers/situation.js';
import { peersFile } from './peer.js';
import {
  AgentLab,
  downloadsAre,
  hasCode,
  MIB,
  next,
  nextEvent,
  sha1Of,
  someProgress,
  statusIs,
  type TestWindow,
} from './support.js';

describe('windows of one agent', function () {
  this.timeout(60_000);
  let lab: AgentLab;
  let one: TestWindow;
  let other: TestWindow;

  beforeEach(async () => {
    lab = new AgentLab();
    await lab.startTracker();
    one = await lab.signedInWindow('ann');
    other = lab.window();
    await other.client.open();
    await other.client.settled();
  });
  afterEach(() => lab.close());

  /** Ends the agent in order, and waits until both windows have the next one. */
  async function agentEnds(): Promise<void> {
    const attached = [one, other].map(({ client }) => next(client, 'attached'));
    process.kill((await lab.endpoint()).pid, 'SIGTERM');
    await Promise.all(attached);
  }

  it('have one user, one device, and the same groups', async () => {
    assert.equal(other.client.userId, 'ann');
    assert.equal(other.client.deviceId, one.client.deviceId);
    const told = next(other.client, 'groupsChanged');
    await one.client.createGroup('lab');
    await told;
    assert.deepEqual(await other.client.listGroups(), await one.client.listGroups());
  });

  it('share a file once, and any of them stops it', async () => {
    await one.client.createGroup('lab');
    const path = lab.file('notes.txt', 5000);
    const told = next(other.client, 'sharesChanged', () => other.client.shares().length === 1);
    await one.client.shareFile(path, 'lab');
    await told;
    assert.deepEqual(other.client.shares(), one.client.shares());
    const stopped = next(one.client, 'sharesChanged', () => one.client.shares().length === 0);
    await other.client.stopShare('lab', 'notes.txt');
    await stopped;
    assert.deepEqual(await one.client.listFiles('lab'), []);
  });

  it('download a file once; each sees it, and may pause and resume it', async () => {
    const line = await lab.slowLine();
    const { sha1, folder } = await peersFile(lab, one, 12 * MIB, line);
    const download = one.client.downloadFile('lab', 'song.flac', `${folder}/`);
    await download.started;
    const [seen] = await downloadsAre(other, (all) => all.length === 1);
    assert.ok(seen);
    await seen.pause();
    await downloadsAre(one, ([same]) => same?.state.name === 'paused');
    line.bytesPerSecond = Number.POSITIVE_INFINITY;
    const twice = other.client.downloadFile('lab', 'song.flac', `${folder}/`); // takes it up
    await twice.started;
    assert.equal(twice.id, seen.id);
    const { path, fileDigest } = await download.done;
    assert.deepEqual(await seen.done, await download.done);
    assert.equal(path, join(folder, 'song.flac'));
    assert.equal(fileDigest, sha1);
    assert.equal(sha1Of(path), sha1);
    const cleared = downloadsAre(one, (all) => all.length === 0);
    other.client.clearDownloads();
    await cleared;
  });

  it('continue with the next agent when theirs dies during a download', async () => {
    const line = await lab.slowLine();
    const { sha1, folder } = await peersFile(lab, one, 16 * MIB, line);
    const download = one.client.downloadFile('lab', 'song.flac', `${folder}/`);
    await someProgress(download);
    const attached = [one, other].map(({ client }) => next(client, 'attached'));
    await lab.crash();
    line.bytesPerSecond = Number.POSITIVE_INFINITY;
    await Promise.all(attached);
    assert.equal((await download.done).fileDigest, sha1);
    const [same] = await downloadsAre(other, ([first]) => first?.state.name === 'complete');
    assert.equal(same?.id, download.id);
    assert.equal(sha1Of(join(folder, 'song.flac')), sha1);
    assert.equal(one.client.userId, 'ann');
  });

  it('must list the groups again when another agent replaced theirs', async () => {
    const asked = [one, other].map(({ client }) => next(client, 'groupsChanged'));
    await agentEnds();
    await Promise.all(asked);
    assert.equal(one.client.userId, 'ann');
  });

  it('keep their user signed in while another agent replaces theirs', async () => {
    const windows = [one, other];
    const seen = new Set<string>();
    for (const { client } of windows) {
      client.on('statusChanged', (status) => seen.add(situationOf(status, client.isAttached)));
    }
    // The latest moment: the tracker has answered before the agent gets the session.
    for (const window of windows) {
      window.lookUpSession = async () => void (await ask(await window.link.open(), AGENT, 'settle', {}));
    }
    const asked = windows.map(({ client }) => next(client, 'groupsChanged'));
    await lab.crash();
    await Promise.all(asked);
    assert.deepEqual([...seen], ['signedIn']);
  });

  it('see complete downloads in the list of the next agent, until they are cleared', async () => {
    const { sha1, folder } = await peersFile(lab, one, 3 * MIB);
    const { path } = await one.client.downloadFile('lab', 'song.flac', `${folder}/`).done;
    await agentEnds();
    const [kept] = await downloadsAre(other, ([first]) => first?.state.name === 'complete');
    assert.ok(kept);
    assert.deepEqual([kept.path, (await kept.done).fileDigest], [path, sha1]);
    assert.deepEqual(await kept.pieces(), new Uint8Array(6).fill(2));
    const cleared = downloadsAre(one, (all) => all.length === 0);
    other.client.clearDownloads();
    await cleared;
    await agentEnds();
    await one.client.settled();
    assert.deepEqual(one.client.downloads(), []);
  });

  it('see a paused download as it was', async () => {
    const line = await lab.slowLine();
    const { folder } = await peersFile(lab, one, 16 * MIB, line);
    const download = one.client.downloadFile('lab', 'song.flac', `${folder}/`);
    await someProgress(download);
    await download.pause();
    const [paused] = await downloadsAre(one, ([first]) => first?.state.name === 'paused');
    await agentEnds();
    const [kept] = await downloadsAre(one, ([first]) => first?.state.name === 'paused');
    assert.ok(paused && kept);
    assert.equal(kept.id, paused.id);
    assert.equal(kept.progress.donePieces, paused.progress.donePieces);
    assert.ok(kept.progress.doneBytes > 0);
  });

  it('get errors with the code of the SDK', async () => {
    await assert.rejects(one.client.login('ann', 'wrong'), hasCode('ALREADY_LOGGED_IN'));
    await assert.rejects(one.client.listFiles('nowhere'), hasCode('GROUP_NOT_FOUND'));
    await one.client.createGroup('lab');
    await assert.rejects(other.client.shareFile(join(lab.folder, 'none'), 'lab'), hasCode('PATH_NOT_FOUND'));
    const missing = one.client.downloadFile('nowhere', 'x', lab.folder);
    await assert.rejects(missing.done, hasCode('GROUP_NOT_FOUND'));
    await one.client.logout();
    await statusIs(other, ({ userId }) => userId === null);
    await assert.rejects(other.client.login('ann', 'wrong'), hasCode('WRONG_PASSWORD'));
    assert.equal(lab.tokens().size, 0, 'nothing is kept of a session that was ended');
  });

  it('stop hashing when asked', async () => {
    await one.client.createGroup('lab');
    const stop = new AbortController();
    const path = lab.file('big.bin', 1);
    truncateSync(path, 1024 * MIB); // which takes no disk, and a second of hashing: the signal has to come before its end
    const sharing = one.client.shareFile(path, 'lab', {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await assert.rejects(sharing, hasCode('ABORTED'));
    assert.deepEqual(one.client.shares(), []);
  });

  it('know that the tracker is unreachable, and that it is back', async () => {
    const { port } = lab.tracker;
    await lab.tracker.close();
    const { problem } = await statusIs(other, ({ link }) => link === 'away');
    assert.ok(problem);
    assert.equal(other.client.userId, 'ann', 'who is still signed in');
    await lab.startTracker(port);
    await one.client.retry();
    await Promise.all([one, other].map((window) => statusIs(window, ({ link }) => link === 'online')));
    await one.client.createGroup('lab');
    assert.equal((await other.client.listGroups()).length, 1);
  });

  it('get each event of others once', async () => {
    await one.client.createGroup('lab');
    const bob = await lab.signedIn('bob');
    const heard = [one, other].map(({ client }) => next(client, 'joinRequested'));
    await bob.joinGroup('lab');
    assert.deepEqual(
      (await Promise.all(heard)).map(({ userId }) => userId),
      ['bob', 'bob'],
    );
    const joined = nextEvent(bob, 'membershipChanged');
    await other.client.acceptRequest('lab', 'bob');
    await joined;
  });

  it('are not affected by one that closes during an event', async () => {
    await one.client.createGroup('lab');
    const { pid } = await lab.endpoint();
    for (let count = 0; count < 20; count++) {
      const passing = lab.window();
      await passing.client.open();
      const connection = await passing.link.open();
      const told = [
        one.client.shareFile(lab.file(`f${count}`, 10), 'lab'),
        ...[1, 2].map((more) => one.client.setLimits({ downloadsAtOnce: count + more })),
      ];
      await sleep(count % 7); // at a varying moment: before, during and after the event
      connection.end();
      passing.close();
      await Promise.all(told);
    }
    assert.equal((await lab.endpoint()).pid, pid);
  });
});
