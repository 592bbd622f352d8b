import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DownloadLimiter } from '../../../../sdk/engine/fetching/download-limiter.js';
import { AwayFolder } from '../../../../sdk/engine/folders/away-folder.js';
import type { FolderAnswer, FolderJob } from '../../../../sdk/engine/folders/folder-messages.js';
import { FolderTask } from '../../../../sdk/engine/folders/folder-task.js';
import { FolderWorkerClient } from '../../../../sdk/engine/folders/folder-worker-client.js';
import { TakenNames } from '../../../../sdk/engine/folders/taken-names.js';
import type { EngineEvent } from '../../../../sdk/engine/index.js';
import { PieceBuffers } from '../../../../sdk/engine/storage/disk-workers/piece-buffers.js';
import { SYSTEM_CLOCK } from '../../../../sdk/engine/util/clock.js';
import type { WorkerPort } from '../../../../sdk/engine/workers/worker-port.js';
import { decodeManifest } from '../../../../sdk/protocol/index.js';
import { hasCode } from '../../../support/has-code.js';
import { manifestOf, TAG } from './folder-support.js';

const EMPTY = manifestOf(Buffer.alloc(0));

/** A process whose disk answers only while the test lets it, and which cannot be killed while it waits. */
class StuckPort implements WorkerPort<FolderAnswer> {
  readonly jobs: FolderJob[] = [];
  answers: (job: FolderJob) => boolean = () => true;
  wasKilled = false;
  #hear = (_answer: FolderAnswer): void => {};

  post(order: { readonly id: number }): void {
    const job = order as FolderJob; // the worker client sends jobs with an id
    this.jobs.push(job);
    if (!this.answers(job)) return;
    const { id } = job;
    queueMicrotask(() =>
      this.#hear(job.type === 'look' ? { id, type: 'looked', stamp: undefined } : { id, type: 'done' }),
    );
  }

  onMessage(hear: (answer: FolderAnswer) => void): void {
    this.#hear = hear;
  }

  onEnd(): void {}
  hold(): void {}

  end(): Promise<void> {
    this.wasKilled = true;
    return new Promise(() => {});
  }
}

describe('a folder on a disk that stops answering', () => {
  let port: StuckPort;
  let lane: FolderWorkerClient;
  let disk: AwayFolder;
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-away-folder-'));
    port = new StuckPort();
    lane = new FolderWorkerClient('/mnt/far', 50, () => port);
    const place = { root: join(folder, 'out'), tag: TAG };
    disk = new AwayFolder(place, '/mnt/far', lane, new TakenNames(() => false), 1000);
  });
  afterEach(async () => {
    await lane.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (number: number) => ({
    number,
    path: join(folder, 'out', `f${number}`),
    manifest: decodeManifest(EMPTY),
  });

  it('is given no more than so much, and after a silence nobody waits for it', async () => {
    await disk.open();
    port.answers = () => false;
    const writes = [0, 1].map((number) => disk.write(file(number), Buffer.alloc(600)));
    assert.ok(!disk.hasRoom);
    for (const write of writes) await assert.rejects(write, hasCode('DISK_UNAVAILABLE'));
    assert.ok(disk.hasRoom && port.wasKilled);
    await assert.rejects(disk.look(file(2), undefined), hasCode('DISK_UNAVAILABLE'), 'it is left alone');
    await disk.close();
  });

  it('is waited for as long as something is heard of it', async () => {
    await disk.open();
    port.answers = ({ type }) => type === 'look';
    const write = disk.write(file(0), Buffer.alloc(600));
    const end = performance.now() + 200;
    while (performance.now() < end)
      await disk.look(file(1), undefined).then(() => new Promise((done) => setTimeout(done, 10)));
    assert.ok(!port.wasKilled);
    await assert.rejects(write, hasCode('DISK_UNAVAILABLE'));
  });

  for (const stuckAt of ['open', 'look', 'write', 'place'] as const) {
    it(`fails when it does at "${stuckAt}", with what it can no longer say, and can be stopped`, async () => {
      port.answers = ({ type }) => type !== stuckAt;
      const events: EngineEvent[] = [];
      let onFailed = (_event: EngineEvent): void => {};
      const failed = new Promise<EngineEvent>((resolve) => (onFailed = resolve));
      const context = {
        ...{ clock: SYSTEM_CLOCK, random: Math.random, buffers: new PieceBuffers() },
        limiter: new DownloadLimiter(SYSTEM_CLOCK),
        link: () => assert.fail('nobody is asked'),
        ticketRefused: () => {},
        log: () => {},
        emit: (event: EngineEvent) => {
          events.push(event);
          if (event.type === 'folderFailed') onFailed(event);
        },
      };
      const order = {
        downloadId: 7,
        groupId: 'lab',
        root: join(folder, 'out'),
        tag: TAG,
        journalPath: join(folder, 'journal'),
      };
      const task = new FolderTask(order, disk, context);
      void task.prepare();
      void task.add(0, [{ segments: ['empty'], manifest: EMPTY, sources: [] }], []);
      if (stuckAt === 'place') {
        port.answers = ({ type }) => type === 'open';
        void task.place(0, ['large'], 10);
      }
      const event = await failed;
      assert.ok(event.type === 'folderFailed' && event.code === 'DISK_UNAVAILABLE');
      assert.equal(event.message, 'The disk at /mnt/far does not answer: try again when it does.');
      await task.stop();
      assert.deepEqual(events, [event]);
      assert.ok(!existsSync(order.root));
    });
  }
});
