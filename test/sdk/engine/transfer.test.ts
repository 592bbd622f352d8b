import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeManifest, PIECE_BYTES, type Source } from '../../../sdk/protocol/index.js';
import { hasCode } from '../../support/has-code.js';
import { CorruptingSeeder } from './corrupting-seeder.js';
import { Bench, finished, GROUP, nextEvent, type Peer } from './support.js';

describe('transfer', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
  });
  afterEach(() => bench.close());

  async function seeders(
    path: string,
    count: number,
  ): Promise<{ peers: Peer[]; sources: Source[]; manifest: Uint8Array }> {
    const peers = await Promise.all(Array.from({ length: count }, () => bench.peer()));
    const manifests = await Promise.all(peers.map((peer) => bench.serve(peer, path)));
    return { peers, sources: peers.map((peer) => peer.source), manifest: manifests[0] ?? new Uint8Array() };
  }

  for (const size of [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES, 9 * PIECE_BYTES + 17]) {
    it(`brings a file of ${size} bytes, whole, and leaves nothing beside it`, async () => {
      const path = bench.file('source', size);
      const { sources, manifest } = await seeders(path, 2);
      const leecher = await bench.peer();
      const out = join(bench.folder, 'out');
      await finished(leecher, await bench.download(leecher, manifest, out, sources));
      assert.deepEqual(readFileSync(out), readFileSync(path));
      assert.ok(!existsSync(`${out}.part`) && !existsSync(`${out}.part.journal`));
    });
  }

  it('draws on every source', async () => {
    const { peers, sources, manifest } = await seeders(bench.file('source', 40 * PIECE_BYTES), 4);
    for (const { engine } of peers)
      engine.send({ type: 'limits', downloadBytesPerSecond: undefined, uploadBytesPerSecond: 10 * PIECE_BYTES });
    const leecher = await bench.peer();
    const verifying = nextEvent(leecher, 'downloadProgress', (event) => event.phase === 'verifying');
    await finished(leecher, await bench.download(leecher, manifest, join(bench.folder, 'out'), sources));
    const { sources: given } = await verifying;
    assert.equal(given.length, 4);
    for (const source of given) assert.ok(source.pieces > 0, `${source.deviceId} gave nothing`);
  });

  it('serves on what it has while it downloads: a chain of peers, each knowing only the one before', async () => {
    const path = bench.file('source', 12 * PIECE_BYTES);
    const { sources, manifest } = await seeders(path, 1);
    let before = sources;
    const ends: Promise<void>[] = [];
    for (const name of ['one', 'two', 'three']) {
      const peer = await bench.peer();
      const ready = nextEvent(peer, 'downloadReady');
      ends.push(finished(peer, await bench.download(peer, manifest, join(bench.folder, name), before)));
      await ready;
      before = [{ ...peer.source, complete: false }];
    }
    await Promise.all(ends);
    assert.deepEqual(readFileSync(join(bench.folder, 'three')), readFileSync(path));
  });

  it('bans a source that sends wrong bytes, and still gets the right file', async () => {
    const path = bench.file('source', 30 * PIECE_BYTES);
    const { sources, manifest } = await seeders(path, 1);
    const liar = await CorruptingSeeder.start(decodeManifest(manifest), {
      transportOf: (identity) => bench.transportOf(identity),
    });
    const leecher = await bench.peer();
    const banned = nextEvent(leecher, 'downloadProgress', (event) =>
      event.sources.some((one) => one.state === 'banned'),
    );
    const downloadId = await bench.download(leecher, manifest, join(bench.folder, 'out'), [liar.source]);
    const end = finished(leecher, downloadId);
    const partly = await banned;
    assert.equal(partly.donePieces, 0);
    for (const source of sources) leecher.engine.send({ type: 'sourceCame', downloadId, source });
    await end;
    const report = (await banned).sources.find((source) => source.deviceId === liar.source.deviceId);
    assert.equal(report?.pieces, 0);
    assert.deepEqual(readFileSync(join(bench.folder, 'out')), readFileSync(path));
    await liar.close();
  });

  it('does not talk to another device than the one it was told', async () => {
    const { peers, manifest } = await seeders(bench.file('source', 10), 2);
    const [first, second] = peers;
    assert.ok(first && second);
    const leecher = await bench.peer();
    const waiting = nextEvent(leecher, 'downloadProgress', (event) => event.phase === 'waiting');
    const swapped = { ...first.source, deviceId: 'cd'.repeat(32) };
    const downloadId = await bench.download(leecher, manifest, join(bench.folder, 'out'), [swapped]);
    await waiting;
    const end = finished(leecher, downloadId);
    leecher.engine.send({ type: 'sourceCame', downloadId, source: second.source });
    await end;
  });

  it('goes on where it was stopped, without fetching verified pieces again', async () => {
    const path = bench.file('source', 60 * PIECE_BYTES);
    const { sources, manifest } = await seeders(path, 1);
    const out = join(bench.folder, 'out');
    const first = await bench.peer();
    const some = nextEvent(first, 'downloadReady');
    const downloadId = await bench.download(first, manifest, out, sources);
    await some;
    const stopped = nextEvent(first, 'stopped');
    first.engine.send({ type: 'stopDownload', downloadId });
    await stopped;
    const second = await bench.peer();
    const verifying = nextEvent(second, 'downloadProgress', (event) => event.phase === 'verifying');
    await finished(second, await bench.download(second, manifest, out, sources));
    assert.deepEqual(readFileSync(out), readFileSync(path));
    assert.ok((await verifying).donePieces === 60);
  });

  it('re-checks what a journal cannot vouch for', async () => {
    const path = bench.file('source', 8 * PIECE_BYTES);
    const { sources, manifest } = await seeders(path, 1);
    const out = join(bench.folder, 'out');
    const bytes = readFileSync(path);
    bytes.fill(0, 3 * PIECE_BYTES, 4 * PIECE_BYTES);
    writeFileSync(`${out}.part`, bytes);
    writeFileSync(`${out}.part.journal`, 'damaged beyond recognition, but here');
    const leecher = await bench.peer();
    const verifying = nextEvent(leecher, 'downloadProgress', (event) => event.phase === 'verifying');
    await finished(leecher, await bench.download(leecher, manifest, out, sources));
    assert.deepEqual(readFileSync(out), readFileSync(path));
    assert.equal((await verifying).sources[0]?.pieces, 1, 'only the damaged piece is fetched');
  });

  it("does not replace a file that came to stand there, nor follow a link, nor touch another's partial file", async () => {
    const path = bench.file('source', 10);
    const { sources, manifest } = await seeders(path, 1);
    const leecher = await bench.peer();
    const out = join(bench.folder, 'out');
    writeFileSync(`${out}.part`, 'mine');
    await finished(leecher, await bench.download(leecher, manifest, out, sources));
    assert.equal(readFileSync(`${out}.part`, 'utf8'), 'mine');
    rmSync(`${out}.part`);
    rmSync(out);

    const victim = join(bench.folder, 'victim');
    for (const name of ['out.part', 'out.part.journal', 'out.part.journal.new'])
      symlinkSync(victim, join(bench.folder, name));
    await finished(leecher, await bench.download(leecher, manifest, out, sources));
    assert.ok(!existsSync(victim));
    for (const name of ['out.part', 'out.part.journal', 'out.part.journal.new', 'out'])
      rmSync(join(bench.folder, name), { force: true });

    writeFileSync(out, 'precious');
    await assert.rejects(
      finished(leecher, await bench.download(leecher, manifest, out, sources)),
      hasCode('DESTINATION_EXISTS'),
    );
    assert.equal(readFileSync(out, 'utf8'), 'precious');
    assert.ok(existsSync(`${out}.part`), 'what was fetched is kept');
  });

  for (const [how, change] of [
    ['grew shorter', (path: string) => truncateSync(path, 5)],
    ['was written to', (path: string) => writeFileSync(path, Buffer.alloc(10, 1))],
    ['was only touched', (path: string) => utimesSync(path, 1, 1)],
  ] as const) {
    it(`doubts a file that ${how}, and lets its reader wait for the verdict`, async () => {
      const path = bench.file('source', 10);
      const { peers, sources, manifest } = await seeders(path, 1);
      const [seeder] = peers;
      assert.ok(seeder);
      change(path);
      const broken = nextEvent(seeder, 'contentBroken');
      const leecher = await bench.peer();
      const out = join(bench.folder, 'out');
      const downloadId = await bench.download(leecher, manifest, out, sources);
      const event = await broken;
      assert.equal(event.reason, 'doubtful');
      assert.equal(event.groupId, GROUP);
      assert.ok(!existsSync(out));
      if (how === 'was only touched') {
        const end = finished(leecher, downloadId);
        await bench.serve(seeder, path);
        await end;
        assert.deepEqual(readFileSync(out), readFileSync(path));
        return;
      }
      const { groupId, manifestId } = event;
      const changed = nextEvent(leecher, 'sourceChanged');
      seeder.engine.send({ type: 'unserve', groupId, manifestId, path, isChanged: true });
      await changed;
      const late = await bench.peer();
      const isTold = nextEvent(late, 'sourceChanged');
      await bench.download(late, manifest, join(bench.folder, 'late'), sources);
      await isTold;
    });
  }
});
