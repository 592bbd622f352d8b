import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PIECE_BYTES } from '../../../sdk/protocol/index.js';
import { Bench, finished, nextEvent, type Peer } from './support.js';

const PIECES = 8;

describe('a download of a file that is partly on this device', () => {
  let bench: Bench;
  let seeder: Peer;
  let leecher: Peer;
  let old: string;
  let oldManifest: Uint8Array;

  beforeEach(async () => {
    bench = new Bench();
    [seeder, leecher] = [await bench.peer(), await bench.peer()];
    old = bench.file('old', PIECES * PIECE_BYTES);
    oldManifest = (await bench.hash(old)).manifest;
  });
  afterEach(() => bench.close());

  /** Downloads a newer version of the file. Returns the bytes that came from the seeder, and those found here. */
  async function fetchNew(path: string, copies = [{ path: old, manifest: oldManifest }]) {
    const manifest = await bench.serve(seeder, path);
    const target = join(bench.folder, 'target');
    let received = 0;
    leecher.engine.on('downloadProgress', ({ sources }) => {
      received = sources.reduce((sum, { bytes }) => sum + bytes, 0);
    });
    const ready = nextEvent(leecher, 'downloadReady');
    const id = await bench.download(leecher, manifest, target, [seeder.source], copies);
    const [{ reusedBytes }] = await Promise.all([ready, finished(leecher, id)]);
    assert.ok(readFileSync(target).equals(readFileSync(path)));
    return { received, reusedBytes };
  }

  it('fetches only what was appended', async () => {
    const path = join(bench.folder, 'new');
    copyFileSync(old, path);
    appendFileSync(path, Buffer.alloc(2 * PIECE_BYTES, 7));
    assert.deepEqual(await fetchNew(path), { received: 2 * PIECE_BYTES, reusedBytes: PIECES * PIECE_BYTES });
  });

  it('fetches only the pieces that were edited, and finds those that moved', async () => {
    const bytes = readFileSync(old);
    const [first, rest] = [bytes.subarray(0, PIECE_BYTES), bytes.subarray(PIECE_BYTES)];
    const path = join(bench.folder, 'new');
    writeFileSync(path, Buffer.concat([Buffer.alloc(PIECE_BYTES, 1), first, rest.subarray(0, -1), Buffer.from([0])]));
    assert.deepEqual(await fetchNew(path), { received: 2 * PIECE_BYTES, reusedBytes: 7 * PIECE_BYTES });
  });

  it('fetches all of it if the local file has changed, is shorter, or is gone', async () => {
    const path = join(bench.folder, 'new');
    copyFileSync(old, path);
    const gone = { path: join(bench.folder, 'gone'), manifest: oldManifest };
    writeFileSync(old, Buffer.alloc(3 * PIECE_BYTES, 9));
    truncateSync(old, 2 * PIECE_BYTES + 1);
    assert.deepEqual(await fetchNew(path, [gone, { path: old, manifest: oldManifest }]), {
      ...{ received: PIECES * PIECE_BYTES, reusedBytes: 0 },
    });
  });

  it('completes without any source if all of it is here', async () => {
    const target = join(bench.folder, 'target');
    const id = await bench.download(leecher, oldManifest, target, [], [{ path: old, manifest: oldManifest }]);
    await finished(leecher, id);
    rmSync(old);
    assert.equal(readFileSync(target).length, PIECES * PIECE_BYTES);
  });
});
