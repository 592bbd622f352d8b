import assert from 'node:assert/strict';
import { type Batch, WATCH_TIMES, WatchedFolder } from '../../../../sdk/client/shared-folders/watched-folder.js';
import { ShoalError } from '../../../../sdk/index.js';
import { until } from '../../../support/until.js';

const TIMES = { ...WATCH_TIMES, quietMs: 30, maxUnrestMs: 200, firstRetryMs: 1, lastRetryMs: 5 };

const batch = (more: Partial<Batch> = {}): Batch => ({
  result: { folder: 'f', files: 0, bytes: 0, added: 0, changed: 0, removed: 0, unchanged: 0, skipped: [] },
  walked: { files: [], skipped: [], unread: [], leftOut: new Set(), empty: [], folders: [], mounts: [] },
  ...{ walkMs: 0, isUnsettled: false },
  ...more,
});

describe('the time of a watched folder', () => {
  let folder: WatchedFolder;
  let runs: number[];
  let failed: string[];

  function watch(run: (count: number) => Promise<Batch | undefined>, times = TIMES): void {
    runs = [];
    failed = [];
    folder = new WatchedFolder(
      { groupId: 'lab', folder: 'f' },
      {
        times,
        run: () => run(runs.push(performance.now())),
        onBatch: () => true,
        onFailed: (_folder, { code }) => failed.push(code),
      },
    );
  }
  const untilRuns = (count: number) => until(() => runs.length >= count);
  afterEach(() => folder.close());

  it('takes a burst as one batch, and what happens during it as the next', async () => {
    watch((count) => {
      if (count === 1) folder.noticed();
      return Promise.resolve(batch());
    });
    for (let event = 0; event < 1000; event++) folder.noticed();
    await untilRuns(2);
    assert.equal(runs.length, 2);
  });

  it('does not wait for ever for quiet', async () => {
    watch(() => Promise.resolve(batch()), { ...TIMES, quietMs: 60_000, maxUnrestMs: 50 });
    folder.noticed();
    await untilRuns(1);
  });

  it('walks no more often than a part of the time', async () => {
    watch((count) => {
      if (count === 1) folder.noticed();
      return Promise.resolve(batch({ walkMs: count === 1 ? 30 : 0 }));
    });
    folder.noticed();
    await untilRuns(2);
    assert.ok((runs[1] ?? 0) - (runs[0] ?? 0) >= 300);
  });

  it('looks again for files that were being written, and from time to time', async () => {
    watch((count) => Promise.resolve(batch({ isUnsettled: count === 1 })), { ...TIMES, watchedMs: 5 });
    folder.noticed();
    await untilRuns(4);
  });

  it('tries again after failures, tells of each kind once, and ends with its session', async () => {
    const codes = ['PATH_NOT_FOUND', 'PATH_NOT_FOUND', 'DISCONNECTED'] as const;
    watch((count) => {
      const code = codes[count - 1];
      if (code) return Promise.reject(new ShoalError(code, 'no'));
      return count === 4 ? Promise.resolve(batch()) : Promise.reject(new ShoalError('CLOSED', 'no'));
    });
    folder.noticed();
    await untilRuns(4);
    await until(() => folder.problem === undefined);
    assert.deepEqual([failed, folder.problem], [['PATH_NOT_FOUND', 'DISCONNECTED'], undefined]);
    folder.noticed();
    await untilRuns(5);
    await until(() => folder.signal.aborted);
  });
});
