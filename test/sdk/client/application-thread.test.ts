import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ShoalClient } from '../../../sdk/index.js';
import { SyncCalls } from '../../support/sync-calls.js';
import { useThreads } from './local-engine.js';
import { Lab, someProgress } from './support.js';

const MIB = 1 << 20;

describe("the application's thread", () => {
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;
  let calls: SyncCalls | undefined;

  before(() => useThreads(true));
  after(() => useThreads(false));
  beforeEach(async () => {
    lab = new Lab();
    [alice, bob] = await lab.aliceAndBob();
    lab.file('data.bin', 8 * MIB);
    for (const name of ['one', 'deep/two', 'large']) {
      mkdirSync(join(lab.folder, 'tree', 'deep'), { recursive: true });
      writeFileSync(join(lab.folder, 'tree', name), name === 'large' ? 'x'.repeat(MIB) : name);
    }
    lab.subfolder('inbox');
  });
  afterEach(async () => {
    calls?.restore();
    await lab.close();
  });

  /** Calls about the files of users, and about open files: /proc never hangs, and the tracker is another program. */
  const disturbing = (made: readonly string[]) =>
    made.filter(
      (call) => /^\w+ \d/.test(call) || (call.includes(lab.folder) && !call.includes(join(lab.folder, 'tracker'))),
    );

  it('makes no synchronous file call, which would stand still with a disk that does', async () => {
    calls = new SyncCalls();
    await alice.shareFile(join(lab.folder, 'data.bin'), 'lab');
    await alice.surveyFolder(join(lab.folder, 'tree'));
    await alice.shareFolder(join(lab.folder, 'tree'), 'lab');
    bob.setLimits({ downloadBytesPerSecond: 4 * MIB });
    const inbox = join(lab.folder, 'inbox');
    const file = bob.downloadFile('lab', 'data.bin', `${inbox}/`);
    await someProgress(file);
    await file.pause();
    bob.setLimits({ downloadBytesPerSecond: 0 });
    file.resume();
    await Promise.all([file.done, bob.downloadFolder('lab', 'tree', inbox).done]);
    await bob.downloadFolder('lab', 'tree', join(inbox, 'again')).done.catch(() => {}); // its destination is missing
    await bob.logout();
    await bob.login('bob', 'password of bob');
    const stopped = bob.downloadFile('lab', 'data.bin', join(inbox, 'other.bin'));
    await stopped.cancel();
    await stopped.done.catch(() => {});
    await bob.stopShare('lab', 'data.bin');
    await alice.leaveGroup('lab');
    await Promise.all([alice.close(), bob.close()]);
    assert.deepEqual(disturbing(calls.made), []);
  });
});
