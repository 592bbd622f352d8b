import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { availableDrivers } from '../../../tracker/store/sqlite/drivers.js';
import { peersFile } from './peer.js';
import { AgentLab, downloadsAre, isRunning, MIB, nextEvent, sha1Of, until } from './support.js';

/** Long enough for a window to attach, also on a slow computer. */
const LINGER_MS = 1000;

describe('an agent without windows', function () {
  this.timeout(60_000);
  let lab: AgentLab;

  beforeEach(async () => {
    lab = new AgentLab();
    await lab.startTracker();
  });
  afterEach(() => lab.close());

  const keepSharing = { keepSharing: true, lingerMs: LINGER_MS };

  /** Resolves when an agent without a signed-in user has ended, whatever the user wants of sharing. */
  async function lingered(): Promise<void> {
    const window = lab.window({ ...keepSharing, tracker: null, computer: 'another' });
    await window.client.open();
    const { pid } = await lab.endpoint('another');
    window.close();
    await until(() => !isRunning(pid));
  }

  it('keeps serving if the user wants that', async () => {
    const ann = await lab.signedInWindow('ann', keepSharing);
    await ann.client.createGroup('lab');
    const bob = await lab.signedIn('bob');
    await bob.joinGroup('lab');
    const joined = nextEvent(bob, 'membershipChanged');
    await ann.client.acceptRequest('lab', 'bob');
    await joined;
    const path = lab.file('notes.txt', 3 * MIB);
    await ann.client.shareFile(path, 'lab');
    const { pid } = await lab.endpoint();
    ann.close();
    await lingered();
    const result = await bob.downloadFile('lab', 'notes.txt', `${lab.subfolder('downloads')}/`).done;
    assert.equal(sha1Of(result.path), sha1Of(path));
    assert.ok(isRunning(pid));
    const back = lab.window(keepSharing);
    await back.client.open();
    assert.equal((await lab.endpoint()).pid, pid);
    assert.deepEqual(
      back.client.shares().map(({ fileName }) => fileName),
      ['notes.txt'],
    );
  });

  it('completes downloads if the user wants that', async () => {
    const line = await lab.slowLine();
    const ann = await lab.signedInWindow('ann', keepSharing);
    const { sha1, folder } = await peersFile(lab, ann, 6 * MIB, line);
    await ann.client.downloadFile('lab', 'song.flac', `${folder}/`).started;
    const { pid } = await lab.endpoint();
    ann.close();
    await lingered();
    line.bytesPerSecond = Number.POSITIVE_INFINITY;
    await until(() => existsSync(join(folder, 'song.flac')));
    assert.ok(isRunning(pid));
    const back = lab.window(keepSharing);
    await back.client.open();
    const [download] = await downloadsAre(back, ([first]) => first?.state.name === 'complete');
    assert.equal((await download?.done)?.fileDigest, sha1);
  });

  it('ends despite shares if the user does not want to keep sharing; the next one shares them again', async () => {
    const ann = await lab.signedInWindow('ann', { lingerMs: LINGER_MS });
    await ann.client.createGroup('lab');
    await ann.client.shareFile(lab.file('notes.txt', 1000), 'lab');
    const { pid } = await lab.endpoint();
    ann.close();
    await until(() => !isRunning(pid));
    const back = lab.window();
    await back.client.open();
    await back.client.settled();
    assert.equal(back.client.userId, 'ann');
    const [file] = await back.client.listFiles('lab');
    assert.equal(file?.sharersOnline, 1);
  });

  it('ends with its session, because nothing may be served then', async () => {
    const ann = await lab.signedInWindow('ann', keepSharing);
    const { pid } = await lab.endpoint();
    ann.close();
    const { port } = lab.tracker;
    await lab.tracker.close();
    assert.ok(isRunning(pid), 'while the tracker is away the session stands');
    // As if an older copy of its folder had been restored.
    const [driver] = await availableDrivers();
    const database = driver?.open(join(lab.folder, 'tracker', 'tracker.db'));
    database?.prepare('DELETE FROM sessions').run([]);
    database?.close();
    await lab.startTracker(port);
    await until(() => !isRunning(pid));
  });
});
