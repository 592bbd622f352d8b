import assert from 'node:assert/strict';
import type { Change } from '../../../../../sdk/client/library/records/library-schema.js';
import { KeptIndex } from '../../../../../sdk/client/library/tables/kept-index.js';
import { LiveBytes } from '../../../../../sdk/client/library/tables/live-bytes.js';
import { RemovedFiles } from '../../../../../sdk/client/library/tables/removed-files.js';
import { share } from '../library-support.js';

describe('the files that a group removed', () => {
  function made() {
    const changes: Change[] = [];
    const context = {
      live: new LiveBytes(),
      kept: new KeptIndex(),
      onChange: (change: Change) => changes.push(change),
    };
    const files = new RemovedFiles(context);
    return { files, changes, paths: () => files.list.map(({ path }) => path) };
  }

  it('are those that were downloaded, with their copies, and not the own publications', () => {
    const { files, paths } = made();
    files.add([share('a', { copies: [{ path: '/copy', modifiedNs: '2' }] }), share('b', { published: { base: 0 } })]);
    assert.deepEqual(paths(), ['/data/a', '/copy']);
  });

  it('are forgotten one by one, and the oldest of too many first', () => {
    const { files, changes, paths } = made();
    files.add([share('a')]);
    files.drop({ groupId: 'LAB', path: '/data/a' });
    files.drop({ groupId: 'lab', path: '/data/a' });
    assert.deepEqual([paths(), changes.map(({ type }) => type)], [[], ['removedFile', 'noRemovedFile']]);
    files.add(Array.from({ length: 10_002 }, (_, index) => share(`${index}`)));
    assert.deepEqual([files.list.length, paths()[0]], [10_000, '/data/2']);
  });
});
