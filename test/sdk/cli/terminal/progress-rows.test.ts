import assert from 'node:assert/strict';
import fc from 'fast-check';
import { progressRows } from '../../../../sdk/cli/terminal/progress-rows.js';
import { widthOf } from '../../../../sdk/cli/texts/text.js';
import type { DownloadProgress } from '../../../../sdk/index.js';
import { FakeDownload, inFlight, moving } from '../fake-client.js';

describe('progress at a terminal', () => {
  it('takes no more lines and columns than there are, whatever is under way', () => {
    fc.assert(
      fc.property(
        inFlight(),
        fc.integer({ min: 0, max: 8 }),
        fc.integer({ min: 1, max: 120 }),
        (all, lines, columns) => {
          const board = progressRows(all, columns, lines);
          assert.equal(board.length, Math.min(lines, all.length));
          for (const line of board) assert.ok(widthOf(line) <= columns, line);
        },
      ),
    );
  });

  it('shows those that move, and all in sum, where there are too many', () => {
    const waiting = Array.from({ length: 20 }, () => moving(new FakeDownload('lab', 'w', { name: 'waiting' }), 0));
    const board = progressRows([...waiting, new FakeDownload('lab', 'moves')], 80, 3);
    assert.match(board[0] ?? '', /^moves /);
    assert.match(board[1] ?? '', /^w .* waiting for a source/);
    assert.match(board[2] ?? '', /^21 downloads: 42% of 2\.05 GiB, 118 MB\/s, 20 waiting for a source$/);
  });

  const source = (userId: string, pieces: number): DownloadProgress['sources'][number] => ({
    ...{ deviceId: userId, userId, state: 'ready', bytes: 1, pieces, bytesPerSecond: 1, path: 'direct' },
  });
  const film = new FakeDownload('lab', 'a film with a name that is long, and longer still.mkv');
  film.progress = { ...film.progress, etaMs: 125_000, sources: [source('bob', 84), source('eve', 3)] };
  const widths: [columns: number, row: string][] = [
    [26, '…   42% 118 MB/s eta 2m05…'],
    [40, 'a f…   42% 118 MB/s eta 2m05s  2 sources'],
    [60, 'a film with…  █████░░░░░░  42% 118 MB/s eta 2m05s  2 sources'],
    [80, 'a film with…  ███████░░░░░░░░░  42% 118 MB/s eta 2m05s  2 sources: bob 84, eve 3'],
    [
      130,
      'a film with a name that is long, and longer still.mkv  ████████░░░░░░░░░░░░  42% 118 MB/s eta 2m05s  2 sources: bob 84, eve 3',
    ],
  ];
  for (const [columns, row] of widths) {
    it(`lets the name give way at ${columns} columns`, () => assert.deepEqual(progressRows([film], columns, 8), [row]));
  }
});
