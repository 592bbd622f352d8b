import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Finished } from '../../../extension/agent/finished.js';
import { download } from '../model/records.js';

const TRACKER = 'f0'.repeat(32);

interface User {
  userId: string | undefined;
  trackerFingerprint: string | undefined;
}

describe('complete downloads', () => {
  let folder: string;
  let ann: User;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-finished-'));
    ann = { userId: 'ann', trackerFingerprint: TRACKER };
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const complete = (id: string) =>
    download({ id, state: 'complete', result: { manifestId: 'a1'.repeat(32), fileDigest: 'b2'.repeat(20) } });
  const idsOf = (finished: Finished, client = ann) => finished.of(client).map(({ id }) => id);

  it('are kept for the next agent, each once, for their user at that tracker only', async () => {
    const finished = await Finished.load(folder);
    const bob = { userId: 'bob', trackerFingerprint: TRACKER };
    for (const id of ['d1', 'd2', 'd1']) finished.keep(ann, complete(id));
    finished.keep(bob, complete('d3'));
    await finished.saved();
    const next = await Finished.load(folder);
    assert.deepEqual(idsOf(next), ['d2', 'd1']);
    assert.deepEqual(next.of(bob), [complete('d3')]);
    assert.deepEqual(idsOf(next, { ...ann, trackerFingerprint: 'e1'.repeat(32) }), []);
    next.clear(ann);
    await next.saved();
    const last = await Finished.load(folder);
    assert.deepEqual([idsOf(last), idsOf(last, bob)], [[], ['d3']]);
  });

  it('are listed while the tracker is unreachable', async () => {
    const finished = await Finished.load(folder);
    finished.keep(ann, complete('d1'));
    ann.trackerFingerprint = undefined;
    assert.deepEqual(idsOf(finished), ['d1']);
    finished.keep(ann, complete('d2'));
    assert.deepEqual(idsOf(finished), ['d1', 'd2']);
    finished.clear(ann);
    assert.deepEqual(idsOf(finished), []);
    await finished.saved();
  });

  it('belong to nobody when nobody is signed in', async () => {
    const finished = await Finished.load(folder);
    finished.keep(ann, complete('d1'));
    ann.userId = undefined;
    assert.deepEqual(idsOf(finished), []);
    finished.keep(ann, complete('d2'));
    ann.userId = 'ann';
    assert.deepEqual(idsOf(finished), ['d1']);
    await finished.saved();
  });

  it('are dropped if the list is unreadable, and the oldest of very many', async () => {
    writeFileSync(join(folder, 'finished.json'), '{"version":1,"downloads":[{');
    const finished = await Finished.load(folder);
    assert.deepEqual(idsOf(finished), []);
    for (let count = 0; count <= 200; count++) finished.keep(ann, complete(`d${count}`));
    await finished.saved();
    const kept = idsOf(await Finished.load(folder));
    assert.deepEqual([kept.length, kept[0], kept.at(-1)], [200, 'd1', 'd200']);
  });

  it('are awaited until they are reported once, by whatever process', async () => {
    const finished = await Finished.load(folder);
    for (const id of ['d1', 'd2', 'd3']) finished.expect(id);
    finished.keep(ann, complete('d1'));
    await finished.saved();
    const next = await Finished.load(folder);
    assert.deepEqual(
      next.of(ann).map(({ awaited }) => awaited),
      [true],
    );
    assert.deepEqual([next.release('d1'), next.release('d1'), next.isAwaited('d2')], [true, false, true]);
    assert.equal(next.of(ann)[0]?.awaited, false);
    await next.saved();
    const last = await Finished.load(folder);
    assert.deepEqual(
      ['d1', 'd2', 'd3'].map((id) => last.isAwaited(id)),
      [false, true, true],
    );
    for (let count = 0; count < 1000; count++) last.expect(`many ${count}`);
    assert.deepEqual([last.isAwaited('d3'), last.isAwaited('many 0')], [false, true]);
    await last.saved();
  });
});
