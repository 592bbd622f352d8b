import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HashWorkerClient } from '../../../../sdk/engine/hashing/hash-worker-client.js';
import { hasCode } from '../../../support/has-code.js';

describe('the process that looks after the files of a disk that may stop answering', () => {
  let folder: string;
  let path: string;
  let lane: HashWorkerClient;

  before(function () {
    if (process.platform !== 'linux') this.skip(); // only Linux lists the children of a process
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-lane-'));
    path = join(folder, 'file');
    writeFileSync(path, 'far away');
    lane = new HashWorkerClient(folder, 1500);
  });
  afterEach(async () => {
    await lane.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const children = () => new Set(readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' '));
  const look = () => lane.start({ type: 'stamp', path }, 'stamped').answer;

  it('looks, reads and hashes as a thread does', async () => {
    const { stamp } = await look();
    assert.equal(stamp.sizeBytes, 8);
    const { bytes } = await lane.start({ type: 'read', path, stamp, position: 4, length: 4 }, 'bytes').answer;
    assert.equal(Buffer.from(bytes).toString(), 'away');
    const order = { type: 'manifest', path, algorithm: 'sha1', wholeElsewhere: false } as const;
    assert.equal((await lane.start(order, 'manifest').answer).stamp.sizeBytes, 8);
    writeFileSync(path, 'other bytes');
    const changed = lane.start({ type: 'read', path, stamp, position: 0, length: 4 }, 'bytes').answer;
    await assert.rejects(changed, hasCode('FILE_CHANGED'));
    rmSync(path);
    await assert.rejects(look(), hasCode('PATH_NOT_FOUND'));
  });

  it('is given up when nothing is heard of it, and another is tried later', async () => {
    const before = children();
    await look();
    const [pid] = [...children()].filter((one) => !before.has(one));
    process.kill(Number(pid), 'SIGSTOP'); // simulates a wait for the disk
    await assert.rejects(look(), hasCode('DISK_UNAVAILABLE'));
    await assert.rejects(look(), hasCode('DISK_UNAVAILABLE'), 'it is left alone for a while');
    for (;;) {
      const found = await look().catch(() => undefined);
      if (found) break;
      await sleep(100);
    }
    assert.ok(!children().has(String(pid)));
  });
});
