import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PIECE_BYTES, type Source } from '../../../sdk/protocol/index.js';
import { FolderRun, SmallTree, wordFor } from './folders/folder-support.js';
import { Bench, finished, GROUP, nextEvent, type Peer } from './support.js';

/** Data that a limit allows above its rate: its burst, and one block that is requested ahead. */
const BURST_SECONDS = 0.4;
const BLOCK = 128 * 1024;

describe('rate limits', () => {
  let bench: Bench;
  let seeder: Peer;
  let leecher: Peer;
  beforeEach(async () => {
    bench = new Bench({ speed: 4 });
    [seeder, leecher] = await Promise.all([bench.peer(), bench.peer()]);
  });
  afterEach(() => bench.close());

  function limit(peer: Peer, rates: { down?: number; up?: number }): void {
    peer.engine.send({ type: 'limits', downloadBytesPerSecond: rates.down, uploadBytesPerSecond: rates.up });
  }

  async function shared(name: string, pieces: number): Promise<{ path: string; manifest: Uint8Array; out: string }> {
    const path = bench.file(name, pieces * PIECE_BYTES + 17);
    return { path, manifest: await bench.serve(seeder, path), out: join(bench.folder, `${name}.out`) };
  }

  /** Downloads and checks the rate by the bench's clock. A busy computer may be slower, but nothing may be faster. */
  async function keepsTo(bytesPerSecond: number, run: () => Promise<number>): Promise<void> {
    const startedMs = bench.clock.nowMs();
    const bytes = await run();
    const seconds = (bench.clock.nowMs() - startedMs) / 1000;
    const most = bytesPerSecond * (seconds + BURST_SECONDS) + BLOCK;
    assert.ok(bytes <= most, `${bytes} bytes in ${seconds} s at ${bytesPerSecond} bytes a second`);
  }

  it('hold for all that is fetched, from several sources and by several downloads together', async () => {
    const other = await bench.peer();
    const [one, two] = [await shared('one', 3), await shared('two', 3)];
    await bench.serve(other, one.path);
    limit(leecher, { down: 3e6 });
    await keepsTo(3e6, async () => {
      const sources = [seeder.source, other.source];
      const ends = [
        finished(leecher, await bench.download(leecher, one.manifest, one.out, sources)),
        finished(leecher, await bench.download(leecher, two.manifest, two.out, [seeder.source])),
      ];
      await Promise.all(ends);
      return 6 * PIECE_BYTES;
    });
    for (const { path, out } of [one, two]) assert.deepEqual(readFileSync(out), readFileSync(path));
  });

  it('hold for all that is served, whoever fetches it', async () => {
    const { path, manifest } = await shared('one', 3);
    const other = await bench.peer();
    limit(seeder, { up: 3e6 });
    await keepsTo(3e6, async () => {
      const outs = [join(bench.folder, 'here'), join(bench.folder, 'there')];
      const ends = [leecher, other].map(async (peer, index) => {
        await finished(peer, await bench.download(peer, manifest, outs[index] ?? '', [seeder.source]));
      });
      await Promise.all(ends);
      for (const out of outs) assert.deepEqual(readFileSync(out), readFileSync(path));
      return 6 * PIECE_BYTES;
    });
  });

  it('hold for one download, while another of the same source goes past it', async () => {
    const [slow, fast] = [await shared('slow', 20), await shared('fast', 40)];
    const slowId = await bench.download(leecher, slow.manifest, slow.out, []);
    leecher.engine.send({ type: 'pace', downloadId: slowId, bytesPerSecond: 200_000 });
    const startedMs = bench.clock.nowMs();
    leecher.engine.send({ type: 'sourceCame', downloadId: slowId, source: seeder.source });
    const uploading = nextEvent(seeder, 'uploads', ({ uploads }) => uploads.some(({ bytes }) => bytes > 0));
    await uploading;
    await finished(leecher, await bench.download(leecher, fast.manifest, fast.out, [seeder.source]));
    assert.deepEqual(readFileSync(fast.out), readFileSync(fast.path));
    const { uploads } = await nextEvent(seeder, 'uploads', (event) => event.uploads.length === 1);
    const seconds = (bench.clock.nowMs() - startedMs) / 1000;
    const slowBytes = uploads[0]?.bytes ?? 0;
    assert.ok(
      slowBytes > 0 && slowBytes <= 200_000 * (seconds + BURST_SECONDS) + BLOCK,
      `${slowBytes} in ${seconds} s`,
    );
    leecher.engine.send({ type: 'pace', downloadId: slowId });
    await finished(leecher, slowId);
    assert.deepEqual(readFileSync(slow.out), readFileSync(slow.path), 'and without its limit it ends, whole');
  });

  it('come and go while bytes move, at either end', async () => {
    const { path, manifest, out } = await shared('one', 60);
    limit(leecher, { down: 1e6 });
    const downloadId = await bench.download(leecher, manifest, out, [seeder.source]);
    const reaches = (pieces: number) =>
      nextEvent(leecher, 'downloadProgress', (event) => event.donePieces >= pieces && event.downloadId === downloadId);
    const end = finished(leecher, downloadId);
    await reaches(1);
    limit(leecher, { down: 8e6 });
    await reaches(5);
    limit(seeder, { up: 2e6 });
    limit(leecher, {});
    await reaches(7);
    limit(leecher, { down: 4e6 });
    limit(seeder, {});
    await reaches(10);
    limit(leecher, {});
    await end;
    assert.deepEqual(readFileSync(out), readFileSync(path));
  });

  it('take no source for stalled that is not asked, and none that is asked a little', async () => {
    const others = await Promise.all([bench.peer(), bench.peer()]);
    const { path, manifest, out } = await shared('one', 2);
    for (const peer of others) await bench.serve(peer, path);
    const sources: Source[] = [seeder, ...others].map(({ source }) => source);
    limit(leecher, { down: 200_000 });
    const states = new Set<string>();
    leecher.engine.on('downloadProgress', (event) => {
      for (const source of event.sources) states.add(source.state);
    });
    const downloadId = await bench.download(leecher, manifest, out, sources);
    await finished(leecher, downloadId);
    assert.deepEqual(readFileSync(out), readFileSync(path));
    assert.ok(states.has('ready') && !states.has('stalled') && !states.has('banned'), [...states].join(' '));
  }).timeout(60_000);

  it('give more of it to a download that comes first', async () => {
    const [high, low] = [await shared('high', 12), await shared('low', 12)];
    limit(leecher, { down: 4e6 });
    const [highId, lowId] = [
      await bench.download(leecher, high.manifest, high.out, []),
      await bench.download(leecher, low.manifest, low.out, []),
    ];
    leecher.engine.send({ type: 'pace', downloadId: highId, priority: 'high' });
    leecher.engine.send({ type: 'pace', downloadId: lowId, priority: 'low' });
    for (const downloadId of [lowId, highId])
      leecher.engine.send({ type: 'sourceCame', downloadId, source: seeder.source });
    let lowPieces = 0;
    leecher.engine.on('downloadProgress', (event) => {
      if (event.downloadId === lowId) lowPieces = event.donePieces;
    });
    const lowEnd = finished(leecher, lowId);
    await finished(leecher, highId);
    assert.ok(lowPieces <= 4, `${lowPieces} of 12`);
    limit(leecher, {});
    await lowEnd;
  });

  it('are lifted from a download that is stopped and taken up anew', async () => {
    const { path, manifest, out } = await shared('one', 8);
    limit(leecher, { down: 500_000 });
    const downloadId = await bench.download(leecher, manifest, out, [seeder.source]);
    await nextEvent(leecher, 'downloadProgress', ({ donePieces }) => donePieces > 0);
    await leecher.engine.stopDownload(downloadId);
    limit(leecher, {});
    await finished(leecher, await bench.download(leecher, manifest, out, [seeder.source]));
    assert.deepEqual(readFileSync(out), readFileSync(path));
  });

  it('hold for a folder as a whole, its large files and its small ones', async () => {
    const tree = new SmallTree(Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`small${at}`, 20_000])));
    tree.serve(join(bench.folder, 'tree'), [seeder]);
    const large = [await shared('one', 2), await shared('two', 2)];
    const folder = await FolderRun.begin(bench, leecher, join(bench.folder, 'out'), join(bench.folder, 'journal'));
    leecher.engine.send({ type: 'pace', downloadId: folder.downloadId, bytesPerSecond: 2e6 });
    await keepsTo(2e6, async () => {
      const ends = large.map(({ manifest, out }, index) => {
        const downloadId = 5000 + index;
        const order = { downloadId, groupId: GROUP, manifest, finalPath: out, overwrite: false };
        leecher.engine.send({ type: 'download', ...order, folderId: folder.downloadId });
        leecher.engine.send({ type: 'sourceCame', downloadId, source: seeder.source });
        return finished(leecher, downloadId);
      });
      const small = folder.batch(tree.wanted(1), [seeder.source]);
      assert.deepEqual(new Set((await small).map(wordFor)), new Set(['done']));
      await Promise.all(ends);
      return 4 * PIECE_BYTES + 40 * 20_000;
    });
    for (const { path, out } of large) assert.deepEqual(readFileSync(out), readFileSync(path));
  });
});
