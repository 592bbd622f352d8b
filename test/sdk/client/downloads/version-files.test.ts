import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ShoalClient } from '../../../../sdk/index.js';
import { hasCode, Lab } from '../support.js';

describe('opening a version', () => {
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;
  let path: string;

  beforeEach(async () => {
    lab = new Lab();
    [alice, bob] = await lab.aliceAndBob();
    path = join(lab.folder, 'notes');
    writeFileSync(path, 'first');
    await alice.shareFile(path, 'lab');
  });
  afterEach(() => lab.close());

  const contentsOf = (name: string) => join(lab.folder, name, 'contents');

  it('fetches it into the data folder, once, and lists no download and no share', async () => {
    const changes: unknown[] = [];
    bob.on('downloadChanged', (download) => changes.push(download));
    const [one, other] = await Promise.all([bob.openVersion('LAB', 'notes', 1), bob.openVersion('lab', 'Notes', 1)]);
    assert.deepEqual(one, other);
    assert.deepEqual([dirname(one.path), one.version, one.sizeBytes], [contentsOf('bob'), 1, 5]);
    assert.equal(readFileSync(one.path, 'utf8'), 'first');
    assert.deepEqual([bob.downloads(), bob.shares(), changes], [[], [], []]);
    assert.deepEqual(readdirSync(contentsOf('bob')), [one.manifestId]);
    await alice.close();
    assert.deepEqual(await bob.openVersion('lab', 'notes', 1), one);
  });

  it('gives the shared file itself while it is that version', async () => {
    const opened = await alice.openVersion('lab', 'notes', 1);
    assert.equal(readFileSync(opened.path, 'utf8'), 'first');
    const { path: copy } = await bob.downloadFile('lab', 'notes', join(lab.folder, 'copy')).done;
    await alice.close();
    assert.equal((await bob.openVersion('lab', 'notes', 1)).path, copy);
  });

  it('refuses versions that are no number, gone or too large', async () => {
    for (const version of [0, 1.5, Number.NaN])
      await assert.rejects(bob.openVersion('lab', 'notes', version), hasCode('INVALID_ARGUMENT'));
    await assert.rejects(bob.openVersion('lab', 'notes', 2), hasCode('VERSION_NOT_FOUND'));
    await assert.rejects(bob.openVersion('lab', 'nothing', 1), hasCode('FILE_NOT_FOUND'));
    await assert.rejects(bob.openVersion('lab', 'notes', 1, { signal: AbortSignal.abort() }), hasCode('ABORTED'));
    assert.deepEqual(readdirSync(contentsOf('bob')), []);
  });

  it('refuses what is larger than its caller accepts, also when it is here and the tracker is not', async () => {
    const { sizeBytes } = await alice.openVersion('lab', 'notes', 1, { maxBytes: 5 });
    assert.equal(sizeBytes, 5);
    await assert.rejects(bob.openVersion('lab', 'notes', 1, { maxBytes: 4 }), hasCode('FILE_TOO_LARGE'));
    assert.deepEqual(readdirSync(contentsOf('bob')), [], 'nothing is fetched');
    await lab.tracker.close();
    assert.equal((await alice.openVersion('lab', 'notes', 1, { maxBytes: 5 })).sizeBytes, 5);
    await assert.rejects(alice.openVersion('lab', 'notes', 1, { maxBytes: 4 }), hasCode('FILE_TOO_LARGE'));
  });

  it('ends with its callers, and leaves nothing', async () => {
    await alice.shareFile(lab.file('big', 4 << 20), 'lab');
    bob.setLimits({ downloadBytesPerSecond: 100_000 });
    const stop = new AbortController();
    const opening = bob.openVersion('lab', 'big', 1, { signal: stop.signal });
    const [going] = [assert.rejects(opening, hasCode('ABORTED'))];
    const signedOut = assert.rejects(bob.openVersion('lab', 'big', 1), hasCode('ABORTED'));
    stop.abort();
    await going;
    await bob.close();
    await signedOut;
    assert.deepEqual(readdirSync(contentsOf('bob')), []);
    assert.ok(existsSync(contentsOf('bob')));
  });

  it('keeps an opened version over a restart', async () => {
    const { path: opened } = await bob.openVersion('lab', 'notes', 1);
    await bob.close();
    await alice.close();
    const { client } = await lab.signedInAgain('bob');
    assert.equal((await client.openVersion('lab', 'notes', 1)).path, opened);
    assert.deepEqual(client.downloads(), []);
  });
});
