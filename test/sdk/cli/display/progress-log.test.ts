import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AnyDownload } from '../../../../sdk/cli/client.js';
import { ProgressLog } from '../../../../sdk/cli/display/progress-log.js';
import { FakeDownload, FakeFolder, inFlight, moving } from '../fake-client.js';

describe('progress in a log', () => {
  let shown: string[];
  let log: ProgressLog;

  beforeEach(() => {
    shown = [];
    log = new ProgressLog((text) => shown.push(text));
  });

  const cases: [what: string, downloads: AnyDownload[], line: string][] = [
    ['one download in detail', [new FakeDownload('lab', 'a')], '[lab] a 42% 118 MB/s eta 3s'],
    ['a folder as one', [new FakeFolder()], '[lab] photos/ 25% 1.00 MB/s eta 2s 3 of 10 files, 1 failed'],
    [
      'several in sum',
      [new FakeDownload('lab', 'a'), new FakeDownload('lab', 'b')],
      '2 downloads: 42% of 200 MiB, 236 MB/s eta 1s',
    ],
    [
      'what waits',
      [
        new FakeDownload('lab', 'a'),
        moving(new FakeDownload('lab', 'b', { name: 'waiting' }), 0),
        ...[1, 2].map(() => moving(new FakeDownload('lab', 'b', { name: 'queued' }), 0)),
      ],
      '4 downloads: 42% of 400 MiB, 118 MB/s, 1 waiting for a source, 2 waiting for a turn',
    ],
  ];

  for (const [what, downloads, line] of cases) {
    it(`tells ${what}`, () => {
      log.tell(downloads, 0);
      assert.deepEqual(shown, [line]);
    });
  }

  it('tells nothing when nothing is under way', () => {
    log.tell([], 0);
    assert.deepEqual(shown, []);
  });

  it('is a line at most each time, whatever is under way', () => {
    fc.assert(
      fc.property(inFlight(), fc.nat(), (downloads, nowMs) => {
        shown.length = 0;
        log.tell(downloads, nowMs);
        assert.ok(shown.length <= 1);
      }),
    );
  });

  it('repeats what stands still once a minute', () => {
    const stuck = [1, 2].map(() => moving(new FakeDownload('lab', 'a', { name: 'waiting' }), 0));
    for (let nowMs = 2000; nowMs <= 122_000; nowMs += 2000) log.tell(stuck, nowMs);
    assert.equal(shown.length, 3);
  });
});
