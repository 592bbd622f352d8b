import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { ShoalClient } from '../../../sdk/index.js';
import { hasCode, Lab } from './support.js';

/** More than Node lets listen to one thing without a warning. */
const MANY = 24;
const names = Array.from({ length: MANY }, (_, index) => `f${index}`);

describe('one signal for much at once', () => {
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;
  let most: number;
  let stop: AbortController;

  beforeEach(async () => {
    lab = new Lab();
    [alice, bob] = await lab.aliceAndBob();
    stop = new AbortController();
    most = 0;
    const add = stop.signal.addEventListener.bind(stop.signal);
    stop.signal.addEventListener = (...args: Parameters<typeof add>) => {
      add(...args);
      most = Math.max(most, listeners());
    };
  });
  afterEach(() => lab.close());

  const listeners = () => getEventListeners(stop.signal, 'abort').length;

  function tree(sizeBytes: number): string {
    mkdirSync(join(lab.folder, 'tree'));
    for (const name of names) lab.file(join('tree', name), sizeBytes);
    return join(lab.folder, 'tree');
  }

  it('has one listener while files are shared, fetched and read, and none afterwards', async () => {
    const { signal } = stop;
    const folder = tree(600_000);
    await alice.shareFolder(folder, 'lab', { signal });
    await Promise.all(
      names.map((name) => alice.shareFile(join(folder, name), 'lab', { fileName: `again-${name}`, signal })),
    );
    const out = lab.subfolder('out');
    const whole = bob.downloadFolder('lab', 'tree', `${out}/`, { signal });
    const single = names.map((name) => bob.downloadFile('lab', `again-${name}`, join(out, name), { signal }));
    const streams = single.map((download) => download.createReadStream({ signal }));
    const calls = names.map(() => bob.listFiles('lab', { signal }));
    assert.equal((await Promise.all(streams.map(buffer))).length, MANY);
    await Promise.all([whole.done, ...single.map(({ done }) => done), ...calls]);
    assert.deepEqual([most, listeners()], [1, 0]);
  });

  it('stops all of it', async () => {
    const { signal } = stop;
    await alice.shareFolder(tree(600_000), 'lab');
    bob.setLimits({ downloadBytesPerSecond: 2000 });
    const out = lab.subfolder('out');
    const downloads = names.map((name) => bob.downloadFile('lab', `tree/${name}`, join(out, name), { signal }));
    const sharing = alice.shareFolder(join(lab.folder, 'tree'), 'lab', { as: 'other', signal });
    const ends = [...downloads.map(({ done }) => done), sharing];
    stop.abort();
    await Promise.all(ends.map((end) => assert.rejects(end, hasCode('ABORTED'))));
    await assert.rejects(bob.listFiles('lab', { signal }), hasCode('ABORTED'));
    assert.equal(listeners(), 0);
    assert.deepEqual(bob.downloads(), []);
  });
});
