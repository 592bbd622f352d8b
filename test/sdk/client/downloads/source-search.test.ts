import assert from 'node:assert/strict';
import { SourceSearch } from '../../../../sdk/client/downloads/source-search.js';
import type { SourceProgress } from '../../../../sdk/engine/index.js';
import { MAX_NAMED_DEVICES } from '../../../../sdk/protocol/index.js';

const source = (deviceId: string, pieces: number, state: SourceProgress['state'] = 'ready'): SourceProgress => ({
  ...{ deviceId, userId: deviceId, state, bytes: pieces * 10, pieces, bytesPerSecond: 0, path: 'direct' },
});
const told = (
  doneBytes: number,
  sources: SourceProgress[],
  phase: 'downloading' | 'waiting' | 'verifying' = 'downloading',
) => ({
  ...({ type: 'downloadProgress', downloadId: 1 } as const),
  ...{ phase, doneBytes, donePieces: 0, bytesPerSecond: 0, sources, mayExpect: true, isLimited: false },
});

describe('the search for other sources', () => {
  it('begins when nothing comes, is repeated later each time, and leaves out who brought nothing', () => {
    const search = new SourceSearch();
    const sources = [source('idle', 0), source('good', 3), source('liar', 2, 'banned'), source('gone', 0, 'gone')];
    const asked: number[] = [];
    for (let second = 0; second <= 300; second++) {
      const exclude = search.progressed(told(5, sources), second * 1000);
      if (!exclude) continue;
      asked.push(second);
      assert.deepEqual(exclude, ['idle', 'liar', 'gone']);
    }
    assert.deepEqual(asked, [15, 45, 105, 225]);
    assert.deepEqual(search.served, ['good']);
  });

  it('does not begin while something comes or is checked, and then as soon as at first', () => {
    const search = new SourceSearch();
    const sources = [source('slow', 1)];
    for (let second = 0; second < 100; second++)
      assert.equal(search.progressed(told(second, sources), second * 1000), undefined);
    for (let second = 100; second < 200; second++)
      assert.equal(search.progressed(told(99, sources, 'verifying'), second * 1000), undefined);
    assert.equal(search.progressed(told(99, sources), 213_000), undefined);
    assert.deepEqual(search.progressed(told(99, sources, 'waiting'), 214_000), []);
  });

  it('names no more devices than a question may', () => {
    const search = new SourceSearch();
    const sources = Array.from({ length: 300 }, (_, index) => source(String(index), index % 2));
    search.progressed(told(0, sources), 0);
    assert.equal(search.progressed(told(0, sources), 60_000)?.length, MAX_NAMED_DEVICES);
    assert.equal(search.served.length, MAX_NAMED_DEVICES);
  });
});
