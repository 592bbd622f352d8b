import assert from 'node:assert/strict';
import {
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { HeldFolder, readBootId } from '../../../sdk/disk/index.js';
import { ResumeJournal } from '../../../sdk/engine/storage/parts/resume-journal.js';
import { decodeManifest, PIECE_BYTES } from '../../../sdk/protocol/index.js';
import { hasCode } from '../../support/has-code.js';
import { Bench, finished, nextEvent, type Peer } from './support.js';

const PIECES = 12;
/** Slow enough that a download still runs when the test acts on it. */
const SLOW_BYTES_PER_SECOND = 4 * PIECE_BYTES;

describe('what happens to the files under way', () => {
  let bench: Bench;
  let seeder: Peer;
  let leecher: Peer;
  let path: string;
  let folder: string;
  let out: string;
  let manifest: Uint8Array;

  beforeEach(async () => {
    bench = new Bench();
    [seeder, leecher] = await Promise.all([bench.peer(), bench.peer()]);
    path = bench.file('source', PIECES * PIECE_BYTES - 100);
    folder = join(bench.folder, 'inbox');
    mkdirSync(folder);
    out = join(folder, 'out');
    manifest = await bench.serve(seeder, path);
  });
  afterEach(() => bench.close());

  function serve(uploadBytesPerSecond?: number): void {
    seeder.engine.send({ type: 'limits', downloadBytesPerSecond: undefined, uploadBytesPerSecond });
  }

  /** Resolves once a piece of the download has arrived. */
  function begun(downloadId: number): Promise<unknown> {
    return nextEvent(leecher, 'downloadProgress', (event) => event.downloadId === downloadId && event.donePieces > 0);
  }

  async function startSlowly(): Promise<{ downloadId: number; end: Promise<void> }> {
    serve(SLOW_BYTES_PER_SECOND);
    const downloadId = await bench.download(leecher, manifest, out, [seeder.source]);
    const end = finished(leecher, downloadId);
    end.catch(() => {});
    await begun(downloadId);
    return { downloadId, end };
  }

  /** Downloads without faults. Returns the number of pieces that were fetched. */
  async function completes(): Promise<number> {
    serve();
    let fetched = 0;
    const downloadId = await bench.download(leecher, manifest, out, [seeder.source]);
    leecher.engine.on('downloadProgress', (event) => {
      if (event.downloadId === downloadId) fetched = event.sources.reduce((sum, one) => sum + one.pieces, 0);
    });
    await finished(leecher, downloadId);
    assert.ok(readFileSync(out).equals(readFileSync(path)));
    assert.deepEqual(readdirSync(folder), ['out']);
    return fetched;
  }

  for (const [what, change] of [
    ['cut short', (file: string) => truncateSync(file, PIECE_BYTES)],
    ['emptied', (file: string) => truncateSync(file, 0)],
    ['written to', overwriteEverything],
    ['removed', (file: string) => rmSync(file)],
  ] as const) {
    it(`a source whose file is ${what} is lost and not blamed, and another one completes the download`, async () => {
      const good = join(bench.folder, 'good');
      copyFileSync(path, good);
      const { downloadId, end } = await startSlowly();
      const banned = nextEvent(leecher, 'downloadProgress', (event) =>
        event.sources.some((one) => one.state === 'banned'),
      );
      const broken = nextEvent(seeder, 'contentBroken');
      change(path);
      const { reason, groupId, manifestId } = await broken;
      assert.equal(reason, 'doubtful');
      const isChanged = what !== 'removed';
      seeder.engine.send({ type: 'unserve', groupId, manifestId, path, isChanged });
      serve();
      await nextEvent(leecher, 'downloadProgress', (event) => event.phase === 'waiting');
      assert.ok(!existsSync(out));
      const other = await bench.peer();
      await bench.serve(other, good);
      leecher.engine.send({ type: 'sourceCame', downloadId, source: other.source });
      assert.equal(await Promise.race([end, banned]), undefined, 'nobody is banned');
      assert.ok(readFileSync(out).equals(readFileSync(good)));
    });
  }

  it('a folder that is removed fails the download, which completes when the folder is there again', async () => {
    const { end } = await startSlowly();
    rmSync(folder, { recursive: true });
    serve();
    await assert.rejects(end, hasCode('PATH_NOT_FOUND'));
    await assert.rejects(
      finished(leecher, await bench.download(leecher, manifest, out, [seeder.source])),
      hasCode('PATH_NOT_FOUND'),
    );
    mkdirSync(folder);
    assert.ok((await completes()) <= PIECES);
  });

  it('a partial file that something else writes to fails the download, and only what is wrong is fetched again', async () => {
    const { downloadId } = await startSlowly();
    const stopped = nextEvent(leecher, 'stopped');
    leecher.engine.send({ type: 'stopDownload', downloadId });
    await stopped;
    const fd = openSync(`${out}.part`, 'r+');
    writeSync(fd, Buffer.alloc(100), 0, 100, firstWritten(`${out}.part`) * PIECE_BYTES + 5);
    closeSync(fd);
    serve();
    await assert.rejects(
      finished(leecher, await bench.download(leecher, manifest, out, [seeder.source])),
      hasCode('FILE_CHANGED'),
    );
    assert.ok(!existsSync(out));
    assert.equal(await completes(), 1);
  });

  /** Writes a journal with every piece, as it is when the file gets its final name. */
  async function writeWholeJournal(): Promise<void> {
    const { id, pieceCount } = decodeManifest(manifest);
    const key = { manifestId: id, pieceCount, bootId: readBootId() };
    const held = await HeldFolder.open(dirname(out));
    const all = Array.from({ length: pieceCount }, (_, piece) => piece);
    await (await ResumeJournal.begin(held, `${basename(out)}.part.journal`, key, all)).close();
    await held.close();
  }

  for (const [when, leave] of [
    [
      'before the partial file lost its name',
      async () => {
        linkSync(out, `${out}.part`);
        await writeWholeJournal();
      },
    ],
    ['before the journal was removed', writeWholeJournal],
    ['before it could tell', async () => {}],
  ] as const) {
    it(`a download that ended ${when} is done without fetching anything`, async () => {
      copyFileSync(path, out);
      await leave();
      assert.equal(await completes(), 0);
      assert.equal(bench.network.dials, 0);
    });
  }

  it('a download that ended before the file got its name fetches nothing', async () => {
    copyFileSync(path, `${out}.part`);
    await writeWholeJournal();
    assert.equal(await completes(), 0);
  });

  it('does not take another file of the same size for its own', async () => {
    const foreign = Buffer.alloc(PIECES * PIECE_BYTES - 100, 1);
    writeFileSync(out, foreign);
    await writeWholeJournal();
    await assert.rejects(
      finished(leecher, await bench.download(leecher, manifest, out, [seeder.source])),
      hasCode('DESTINATION_EXISTS'),
    );
    assert.ok(readFileSync(out).equals(foreign));
  });

  it('does not publish a folder that was moved away and replaced', async () => {
    const { end } = await startSlowly();
    renameSync(folder, `${folder}-moved`);
    mkdirSync(folder);
    serve();
    await assert.rejects(end, hasCode('PATH_NOT_FOUND'));
    assert.deepEqual(readdirSync(folder), []);
  });
});

function overwriteEverything(path: string): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.alloc(PIECES * PIECE_BYTES - 100, 7));
  closeSync(fd);
}

/** The first piece with data in a sparse file. */
function firstWritten(path: string): number {
  const bytes = readFileSync(path);
  for (let piece = 0; piece < PIECES; piece++) {
    if (bytes.subarray(piece * PIECE_BYTES, piece * PIECE_BYTES + 64).some((byte) => byte !== 0)) return piece;
  }
  throw new Error('nothing is written yet');
}
