import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AnyDownload } from '../../../sdk/cli/client.js';
import { progressBoard } from '../../../sdk/cli/download-text.js';
import { ProgressLog } from '../../../sdk/cli/progress-log.js';
import { widthOf } from '../../../sdk/cli/text.js';
import { FakeDownload, FakeFolder } from './fake-client.js';

const STATES = ['queued', 'starting', 'downloading', 'waiting', 'verifying'] as const;
const IN_FLIGHT = fc
  .array(fc.tuple(fc.constantFrom(...STATES), fc.string(), fc.nat()), { minLength: 1, maxLength: 300 })
  .map((all) => all.map(([name, fileName, speed]) => moving(new FakeDownload('lab', fileName, { name }), speed)));

function moving(download: FakeDownload, bytesPerSecond: number): FakeDownload {
  download.progress = { ...download.progress, bytesPerSecond };
  return download;
}

describe('progress in a log', () => {
  let shown: string[];
  let log: ProgressLog;

  beforeEach(() => {
    shown = [];
    log = new ProgressLog((text) => shown.push(text));
  });

  const cases: [what: string, inFlight: AnyDownload[], line: string][] = [
    ['one download in detail', [new FakeDownload('lab', 'a')], '[lab] a 42% 118 MB/s eta 3s'],
    [
      'a folder as one, with its large files',
      [new FakeFolder(), Object.assign(new FakeDownload('lab', 'photos/x'), { path: '/there/photos/x' })],
      '[lab] photos/ 25% 1.00 MB/s eta 2s 3 of 10 files, 1 failed',
    ],
    [
      'several in sum',
      [new FakeDownload('lab', 'a'), new FakeDownload('lab', 'b')],
      '2 downloads under way: 42% of 200 MiB, 236 MB/s eta 1s',
    ],
    [
      'what waits',
      [
        new FakeDownload('lab', 'a'),
        moving(new FakeDownload('lab', 'b', { name: 'waiting' }), 0),
        ...[1, 2].map(() => moving(new FakeDownload('lab', 'b', { name: 'queued' }), 0)),
      ],
      '4 downloads under way: 42% of 400 MiB, 118 MB/s, 1 waiting for a source, 2 waiting for a turn',
    ],
  ];

  for (const [what, inFlight, line] of cases) {
    it(`tells ${what}`, () => {
      log.tell(inFlight, 0);
      assert.deepEqual(shown, [line]);
    });
  }

  it('tells nothing when nothing is under way', () => {
    log.tell([], 0);
    assert.deepEqual(shown, []);
  });

  it('is a line at most each time, whatever is under way', () => {
    fc.assert(
      fc.property(IN_FLIGHT, fc.nat(), (inFlight, nowMs) => {
        shown.length = 0;
        log.tell(inFlight, nowMs);
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

describe('progress at a terminal', () => {
  it('takes no more lines and columns than there are, whatever is under way', () => {
    fc.assert(
      fc.property(
        IN_FLIGHT,
        fc.integer({ min: 0, max: 8 }),
        fc.integer({ min: 1, max: 120 }),
        (all, lines, columns) => {
          const board = progressBoard(all, columns, lines);
          assert.equal(board.length, Math.min(lines, all.length));
          for (const line of board) assert.ok(widthOf(line) <= columns, line);
        },
      ),
    );
  });

  it('shows those that move, and all in sum, where there are too many', () => {
    const waiting = Array.from({ length: 20 }, () => moving(new FakeDownload('lab', 'w', { name: 'waiting' }), 0));
    const board = progressBoard([...waiting, new FakeDownload('lab', 'moves')], 80, 3);
    assert.match(board[0] ?? '', /^moves /);
    assert.match(board[1] ?? '', /^w .* waiting for a source/);
    assert.match(board[2] ?? '', /^21 downloads under way: 42% of 2\.05 GiB, 118 MB\/s, 20 waiting for a source$/);
  });
});
