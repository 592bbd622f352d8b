import assert from 'node:assert/strict';
import { MAX_EMPTY_FOLDERS } from '../../../sdk/protocol/index.js';
import { RawBench } from '../raw-bench.js';
import type { RawClient } from '../raw-client.js';

const LAB = { groupId: 'lab' };

describe('empty folders', () => {
  let bench: RawBench;
  let ann: RawClient;
  let bob: RawClient;

  async function start(limits = {}): Promise<void> {
    bench = new RawBench();
    await bench.start({ limits });
    ann = await bench.member('ann');
    bob = await bench.member('bob');
    await bench.group(ann, bob);
  }
  afterEach(() => bench.close());

  const set = (by: RawClient, folder: string, empty: string[]) =>
    by.outcome('setEmptyFolders', { ...LAB, folder, empty });
  const list = async (folder: string, by = bob) => (await by.call('listEmptyFolders', { ...LAB, folder })).empty;

  it('are offered, listed in pages, and replaced below one folder alone', async () => {
    await start();
    assert.ok((await (await bench.stranger()).hello()).offers?.includes('emptyFolders'));
    for (const name of ['tree/a', 'tree/deep/b', 'tree2/c']) await bench.share(bob, name);
    assert.equal(await set(bob, 'tree2', ['tree2/x']), 'ok');
    assert.equal(await set(bob, 'tree', ['tree/z', 'tree/deep/y', 'tree/B/w']), 'ok');
    assert.deepEqual(await list('TREE', ann), ['tree/B/w', 'tree/deep/y', 'tree/z']);
    const first = await ann.call('listEmptyFolders', { ...LAB, folder: 'tree', limit: 2 });
    assert.deepEqual(first, { empty: ['tree/B/w', 'tree/deep/y'], next: 'tree/deep/y' });
    const rest = await ann.call('listEmptyFolders', { ...LAB, folder: 'tree', limit: 2, after: 'tree/deep/y' });
    assert.deepEqual(rest, { empty: ['tree/z'], next: null });

    assert.equal(await set(bob, 'tree/deep', ['tree/deep/v']), 'ok');
    assert.equal(await set(bob, 'Tree', ['tree/Z', 'Tree/z']), 'ok', 'one name in two spellings');
    assert.deepEqual([await list('tree'), await list('tree2')], [['Tree/z'], ['tree2/x']]);
    assert.equal(await set(bob, 'tree', []), 'ok');
    assert.deepEqual([await list('tree'), await list('tree2')], [[], ['tree2/x']]);
  });

  it('are set by those who share a file below the folder, and by the owner', async () => {
    await start();
    await bench.share(bob, 'bobs/a');
    assert.equal(await set(ann, 'bobs', ['bobs/x']), 'ok', 'she owns the group');
    await bench.share(ann, 'anns/a');
    await bench.share(bob, 'anns2/a');
    assert.equal(await set(bob, 'anns', ['anns/x']), 'NOT_SHARED');
    assert.equal(await set(ann, 'nobodys', []), 'FILE_NOT_FOUND');
    const eve = await bench.member('eve');
    assert.equal(await set(eve, 'bobs', []), 'NOT_A_MEMBER');
    assert.equal(await eve.outcome('listEmptyFolders', { ...LAB, folder: 'bobs' }), 'NOT_A_MEMBER');
    assert.deepEqual([await list('bobs'), await list('anns')], [['bobs/x'], []]);
  });

  it('have names like files, below the folder, and are not too many', async () => {
    await start({ emptyFoldersPerGroup: 3 });
    await bench.share(bob, 'tree/a');
    assert.equal(await set(bob, 'tree', ['tree/x']), 'ok');
    for (const name of ['tree', 'other/x', 'tree2/x', 'tree/../x', 'tree//x', 'tree/', '/tree/x', 'tree/\u200b'])
      assert.equal(await set(bob, 'tree', ['tree/ok', name]), 'INVALID_NAME', name);
    const many = (count: number) => Array.from({ length: count }, (_none, at) => `tree/x${at}`);
    assert.equal(await set(bob, 'tree', many(MAX_EMPTY_FOLDERS + 1)), 'INVALID_ARGUMENT');
    assert.equal(await set(bob, 'tree', many(4)), 'QUOTA_EXCEEDED');
    assert.deepEqual(await list('tree'), ['tree/x'], 'a refusal changes nothing');
    assert.equal(await set(bob, 'tree', many(3)), 'ok');
  });

  it('go with the last file of the folder below which they were set', async () => {
    await start();
    for (const name of ['tree/a', 'tree/inner/b']) await bench.share(bob, name);
    assert.equal(await set(bob, 'tree', ['tree/x', 'tree/inner/w']), 'ok');
    assert.equal(await set(bob, 'tree/inner', ['tree/inner/y']), 'ok');
    assert.deepEqual(await list('tree'), ['tree/inner/y', 'tree/x']);
    await bob.call('stopShare', { ...LAB, fileName: 'tree/inner/b' });
    assert.deepEqual([await list('tree'), await list('tree/inner')], [['tree/x'], []]);
    await bob.call('stopShare', { ...LAB, fileName: 'tree/a' });
    assert.deepEqual(await list('tree'), []);
  });
});
