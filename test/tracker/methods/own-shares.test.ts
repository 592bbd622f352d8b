import assert from 'node:assert/strict';
import { NamesDigest, nameKey } from '../../../sdk/protocol/index.js';
import { madeManifest } from '../made-manifest.js';
import { RawBench } from '../raw-bench.js';
import type { RawClient } from '../raw-client.js';

const LAB = { groupId: 'lab' };
/** More than the tracker digests in one step. */
const MANY = 700;

describe('what a device shares', () => {
  let bench: RawBench;
  let ann: RawClient;
  let bob: RawClient;

  beforeEach(async () => {
    bench = new RawBench();
    await bench.start({ limits: {} });
    ann = await bench.member('ann');
    bob = await bench.member('bob');
    await bench.group(ann, bob);
  });
  afterEach(() => bench.close());

  function described(names: readonly string[], groupId = 'lab') {
    const digest = new NamesDigest();
    for (const name of names) digest.addKey(nameKey(name));
    return { groupId, count: digest.count, digest: digest.toString() };
  }

  const compare = async (by: RawClient, ...groups: unknown[]) => (await by.call('compareShares', { groups })).differ;

  it('is listed in pages, to this device alone', async () => {
    assert.ok((await (await bench.stranger()).hello()).offers?.includes('ownShares'));
    for (const name of ['tree/b', 'Alpha', 'c']) await bench.share(bob, name);
    await bench.share(ann, 'hers');
    const other = await bench.secondDevice('bob');
    await bench.share(other, 'of the other device');
    const first = await bob.call('listOwnShares', { ...LAB, limit: 2 });
    assert.deepEqual(first, { fileNames: ['Alpha', 'c'], next: 'c' });
    const rest = await bob.call('listOwnShares', { ...LAB, limit: 2, after: 'c' });
    assert.deepEqual(rest, { fileNames: ['tree/b'], next: null });
    assert.deepEqual((await other.call('listOwnShares', LAB)).fileNames, ['of the other device']);
  });

  it('is compared by number and digest, in whatever order and spelling', async () => {
    for (const name of ['Tree/b', 'a']) await bench.share(bob, name);
    await bob.call('createGroup', { groupId: 'own' });
    await ann.call('createGroup', { groupId: 'hers' });
    const [same, none] = [described(['a', 'tree/B']), described([])];
    assert.deepEqual(await compare(bob, same, described([], 'own')), []);
    assert.deepEqual(await compare(bob, described(['a', 'tree/C'])), ['lab']);
    assert.deepEqual(await compare(bob, { ...same, count: 3 }, described(['x'], 'own')), ['lab', 'own']);
    assert.deepEqual(await compare(ann, none, same), ['lab'], 'a group that is named twice counts as named last');
    assert.deepEqual(await compare(bob, described(['x'], 'hers'), described(['x'], 'nowhere')), [], 'no member there');
  });

  it('is compared in several steps if it is much', async () => {
    const { manifestId, manifest } = madeManifest(1);
    const bytes = Buffer.from(manifest?.bytes ?? []).toString('base64url');
    const names = Array.from({ length: MANY }, (_, index) => `f${index}`);
    for (let at = 0; at < MANY; at += 200) {
      const files = names.slice(at, at + 200).map((fileName) => ({ fileName, manifestId, manifest: bytes }));
      await bob.call('shareFiles', { ...LAB, files });
    }
    assert.deepEqual(await compare(bob, described(names)), []);
    assert.deepEqual(await compare(bob, described(names.slice(1))), ['lab']);
    assert.deepEqual(await compare(bob, described([...names, 'one more'])), ['lab']);
    assert.deepEqual(await compare(bob, described([])), ['lab']);
  });
});
