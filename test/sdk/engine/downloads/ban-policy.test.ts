import assert from 'node:assert/strict';
import { closeSync, fstatSync, futimesSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { decodeManifest, PIECE_BYTES } from '../../../../sdk/protocol/index.js';
import { CorruptingSeeder, type Lie } from '../corrupting-seeder.js';
import { Bench, finished, GROUP, nextEvent, type Peer } from '../support.js';

const PIECES = 24;

/** Overwrites part of a file in place, and keeps its size and modification time. */
function changeUnseen(path: string, from: number, bytes: number): void {
  const fd = openSync(path, 'r+');
  const { atime, mtime } = fstatSync(fd);
  writeSync(fd, Buffer.alloc(bytes, 7), 0, bytes, from);
  futimesSync(fd, atime, mtime);
  closeSync(fd);
}

describe('a wrong piece', () => {
  let bench: Bench;
  let seeder: Peer;
  let leecher: Peer;
  let path: string;
  let manifest: Uint8Array;
  beforeEach(async () => {
    bench = new Bench();
    [seeder, leecher] = await Promise.all([bench.peer(), bench.peer()]);
    path = bench.file('source', PIECES * PIECE_BYTES);
    // A whole second, so that the time can be restored exactly.
    changeTimeTo(path, 1_700_000_000);
    manifest = await bench.serve(seeder, path);
  });
  afterEach(() => bench.close());

  function changeTimeTo(file: string, seconds: number): void {
    const fd = openSync(file, 'r+');
    futimesSync(fd, seconds, seconds);
    closeSync(fd);
  }

  function startLiar(lie: Lie): Promise<CorruptingSeeder> {
    const transportOf = bench.transportOf.bind(bench);
    return CorruptingSeeder.start(decodeManifest(manifest), { lie, transportOf });
  }

  function banned(): Promise<unknown> {
    return nextEvent(leecher, 'downloadProgress', (event) => event.sources.some((one) => one.state === 'banned'));
  }

  for (const [what, change] of [
    ['one piece', () => changeUnseen(path, 5 * PIECE_BYTES, 100)],
    ['every piece', () => changeUnseen(path, 0, PIECES * PIECE_BYTES)],
  ] as const) {
    it(`of a file of which ${what} was changed unseen makes its sharer look, and bans nobody`, async () => {
      const original = readFileSync(path);
      const copy = bench.file('copy', 0);
      change();
      const broken = nextEvent(seeder, 'contentBroken');
      const changed = nextEvent(leecher, 'sourceChanged');
      const isBanned = banned();
      const downloadId = await bench.download(leecher, manifest, join(bench.folder, 'out'), [seeder.source]);
      const end = finished(leecher, downloadId);
      assert.equal((await broken).reason, 'changed');
      assert.equal((await changed).downloadId, downloadId);
      const fd = openSync(copy, 'w');
      writeSync(fd, original);
      closeSync(fd);
      const other = await bench.peer();
      await bench.serve(other, copy);
      leecher.engine.send({ type: 'sourceCame', downloadId, source: other.source });
      assert.equal(await Promise.race([end, isBanned]), undefined, 'nobody is banned');
      assert.ok(readFileSync(join(bench.folder, 'out')).equals(original));
    });
  }

  it('that is right at the second look does not cost its source the download', async () => {
    const bytes = readFileSync(path);
    let lies = 1;
    const honest = await startLiar(({ piece, offset, length }) => {
      const from = piece * PIECE_BYTES + offset;
      return piece === 3 && offset === 0 && lies-- > 0 ? Buffer.alloc(length) : bytes.subarray(from, from + length);
    });
    const isBanned = banned();
    const downloadId = await bench.download(leecher, manifest, join(bench.folder, 'out'), [honest.source]);
    assert.equal(await Promise.race([finished(leecher, downloadId), isBanned]), undefined, 'nobody is banned');
    assert.ok(readFileSync(join(bench.folder, 'out')).equals(bytes));
    await honest.close();
  });

  it('again after a right one bans its source', async () => {
    const bytes = readFileSync(path);
    const asked = new Map<number, number>();
    const liar = await startLiar(({ piece, offset, length }) => {
      const times = (asked.get(piece) ?? 0) + (offset === 0 ? 1 : 0);
      asked.set(piece, times);
      const from = piece * PIECE_BYTES + offset;
      return times === 1 ? Buffer.alloc(length) : bytes.subarray(from, from + length);
    });
    const isBanned = banned();
    const downloadId = await bench.download(leecher, manifest, join(bench.folder, 'out'), []);
    // The limit keeps some pieces unrequested until the first one has been verified.
    leecher.engine.send({ type: 'pace', downloadId, bytesPerSecond: 2e6 });
    leecher.engine.send({ type: 'sourceCame', downloadId, source: liar.source });
    await isBanned;
    await liar.close();
  });

  it('of a small file in a folder makes its sharer look, too', async () => {
    const small = bench.file('small', 1000);
    changeTimeTo(small, 1_700_000_000);
    const one = await bench.serve(seeder, small);
    changeUnseen(small, 10, 10);
    const broken = nextEvent(seeder, 'contentBroken');
    const done = nextEvent(leecher, 'folderBatchDone');
    const ticket = await bench.office.sign(leecher.identity.id);
    leecher.engine.send({ type: 'ticket', groupId: GROUP, ticket });
    const about = { root: join(bench.folder, 'tree'), tag: 'abcdefabcdef', journalPath: join(bench.folder, 'journal') };
    leecher.engine.send({ type: 'downloadFolder', downloadId: 99, groupId: GROUP, ...about });
    const files = [{ segments: ['small'], manifest: one, sources: [0] }];
    leecher.engine.send({ type: 'folderBatch', downloadId: 99, batch: 1, files, devices: [seeder.source] });
    assert.equal((await broken).reason, 'changed');
    assert.deepEqual((await done).outcomes, [{ kind: 'unsourced', isChanged: true }]);
  });
});
