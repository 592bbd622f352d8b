import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StreamableDownload } from '../../../../sdk/index.js';
import { PIECE_BYTES } from '../../../../sdk/protocol/index.js';
import { FILM_BYTES, SlowSwarm } from '../slow-swarm.js';
import { hasCode, someProgress } from '../support.js';

/** What the stream may hold: its high-water mark and one read. */
const MOST_BUFFERED = 2 * 512 * 1024;
const VERIFIED = 2;

describe('a stream of a download', () => {
  let swarm: SlowSwarm;
  let download: StreamableDownload;

  before(async () => {
    swarm = new SlowSwarm();
    await swarm.start(2);
  });
  beforeEach(() => {
    download = swarm.download();
  });
  afterEach(async () => {
    await download.cancel();
    await swarm.forget();
  });
  after(() => swarm.close());

  function assertFilm(bytes: Buffer, start = 0, end = FILM_BYTES - 1): void {
    assert.ok(bytes.equals(swarm.film.subarray(start, end + 1)), `${bytes.length} bytes are not ${start} to ${end}`);
  }

  it('waits for the beginning, and gives the file’s bytes while they come from two sources', async () => {
    assert.equal(download.state.name, 'starting');
    const stream = download.createReadStream();
    await once(stream, 'readable');
    assert.ok(!existsSync(download.path));
    await assertDownloading(download);
    assertFilm(await buffer(stream));
    await download.done;
    const givers = download.progress.sources.filter(({ pieces }) => pieces > 0);
    assert.equal(givers.length, 2);
  });

  it('has what it reads fetched before what comes before it in the file', async () => {
    await download.started;
    const start = 50 * PIECE_BYTES + 77;
    const stream = download.createReadStream({ start });
    await once(stream, 'readable');
    const pieces = await download.pieces();
    assert.ok(pieces.subarray(0, 50).some((piece) => (piece & 3) !== VERIFIED));
    assertFilm(await buffer(stream), start);
  });

  it('goes elsewhere as a new one in place of the old', async () => {
    const before = download.createReadStream();
    await once(before, 'readable');
    before.destroy();
    const start = 45 * PIECE_BYTES;
    const end = start + 3 * PIECE_BYTES - 1;
    const after = download.createReadStream({ start, end });
    assertFilm(await buffer(after), start, end);
    const pieces = await download.pieces();
    assert.ok(pieces.subarray(0, 45).some((piece) => (piece & 3) !== VERIFIED));
  });

  it('is one of several', async () => {
    const ranges = [
      { start: 0 },
      { start: 40 * PIECE_BYTES - 1, end: 44 * PIECE_BYTES },
      { start: 20 * PIECE_BYTES + 5, end: 60 * PIECE_BYTES },
    ];
    const read = await Promise.all(ranges.map((range) => buffer(download.createReadStream(range))));
    for (const [index, { start, end }] of ranges.entries()) assertFilm(read[index] ?? Buffer.alloc(0), start, end);
  });

  it('gives exactly the bytes from its start to its end', async () => {
    swarm.hurry();
    const last = FILM_BYTES - 1;
    const ranges: [start: number, end: number][] = [
      [0, 0],
      [PIECE_BYTES - 1, PIECE_BYTES],
      [PIECE_BYTES, 2 * PIECE_BYTES - 1],
      [last, last],
      [0, last],
    ];
    for (const [start, end] of ranges) assertFilm(await buffer(download.createReadStream({ start, end })), start, end);
    assertFilm(await buffer(download.createReadStream({ start: last, end: Infinity })), last);
  });

  it('of bytes that the file has not is an error', async () => {
    for (const range of [{ start: FILM_BYTES }, { start: 0, end: FILM_BYTES }, { end: FILM_BYTES + 1 }]) {
      await assert.rejects(buffer(download.createReadStream(range)), hasCode('INVALID_ARGUMENT'));
    }
    for (const range of [{ start: -1 }, { start: 1.5 }, { start: NaN }, { start: Infinity }, { start: 5, end: 4 }]) {
      assert.throws(() => download.createReadStream(range), hasCode('INVALID_ARGUMENT'));
    }
  });

  it('holds little, however slowly it is read', async () => {
    swarm.hurry();
    const stream = download.createReadStream();
    await once(stream, 'readable');
    await download.done;
    const parts: Buffer[] = [];
    let most = stream.readableLength;
    while (!stream.readableEnded) {
      const part: unknown = stream.read(100_000) ?? stream.read();
      if (part instanceof Buffer) parts.push(part);
      most = Math.max(most, stream.readableLength);
      await nextTurn();
    }
    assertFilm(Buffer.concat(parts));
    assert.ok(most > 0 && most <= MOST_BUFFERED, `${most} bytes waited`);
  });

  it('waits while the download is paused, and goes on', async () => {
    const stream = download.createReadStream();
    await once(stream, 'readable');
    const all = buffer(stream);
    await download.pause();
    const begunMeanwhile = buffer(download.createReadStream({ start: 60 * PIECE_BYTES }));
    assert.ok(!stream.destroyed && !stream.readableEnded);
    download.resume();
    assertFilm(await all);
    assertFilm(await begunMeanwhile, 60 * PIECE_BYTES);
  });

  it('believes nothing of a partial file that went in a pause', async () => {
    const stream = download.createReadStream();
    await once(stream, 'readable');
    const begun = stream.readableLength;
    await download.pause();
    rmSync(`${download.path}.part`);
    rmSync(`${download.path}.part.journal`);
    download.resume();
    const bytes = await buffer(stream);
    assert.ok(begun > 0 && begun < bytes.length);
    assertFilm(bytes);
  });

  it('ends with the download that is cancelled', async () => {
    const stream = download.createReadStream();
    await someProgress(download);
    const ended = assert.rejects(buffer(stream), hasCode('ABORTED'));
    await download.cancel();
    await ended;
    await assert.rejects(buffer(download.createReadStream()), hasCode('ABORTED'));
  });

  it('ends with the error of the download that fails', async () => {
    const stream = download.createReadStream();
    const error = once(stream, 'error');
    await download.started;
    writeFileSync(download.path, 'in the way');
    swarm.hurry();
    assert.ok(hasCode('DESTINATION_EXISTS')((await error)[0]));
    await assert.rejects(buffer(download.createReadStream()), hasCode('DESTINATION_EXISTS'));
  });

  it('ends when its signal is given', async () => {
    const abort = new AbortController();
    const stream = download.createReadStream({ signal: abort.signal });
    await once(stream, 'readable');
    abort.abort();
    await assert.rejects(buffer(stream), hasCode('ABORTED'));
    await assert.rejects(buffer(download.createReadStream({ signal: abort.signal })), hasCode('ABORTED'));
    await assertDownloading(download);
  });

  it('reads what is complete, and keeps hold of the file that it began with', async () => {
    swarm.hurry();
    const early = download.createReadStream();
    await once(early, 'readable');
    await download.done;
    const late = download.createReadStream({ start: 7 });
    await once(late, 'readable');
    renameSync(download.path, `${download.path}.moved`);
    assertFilm(await buffer(early));
    assertFilm(await buffer(late), 7);
    await assert.rejects(buffer(download.createReadStream()), hasCode('PATH_NOT_FOUND'));
    writeFileSync(download.path, 'something else');
    await assert.rejects(buffer(download.createReadStream()), hasCode('FILE_CHANGED'));
  });

  it('leaves nothing behind when it is destroyed', async () => {
    const listeners = download.listenerCount('state');
    const streams = [0, 1, 2].map((number) => download.createReadStream({ start: number * PIECE_BYTES }));
    await Promise.all(streams.map((stream) => once(stream, 'readable')));
    if (process.platform === 'linux') assert.ok(openHere(download.path).length >= 3);
    assert.equal(download.listenerCount('state'), listeners + 3);
    await Promise.all(
      streams.map(async (stream) => {
        stream.destroy();
        await once(stream, 'close');
      }),
    );
    assert.equal(download.listenerCount('state'), listeners);
    swarm.hurry();
    await download.done;
    assert.deepEqual(openHere(download.path), []);
  });
});

describe('when the client closes, a stream', () => {
  const swarm = new SlowSwarm();
  before(() => swarm.start(1));
  after(() => swarm.close());

  it('ends, unless all is there', async () => {
    const download = swarm.download();
    const ended = assert.rejects(buffer(download.createReadStream()), hasCode('ABORTED'));
    await someProgress(download);
    await swarm.dee.close();
    await ended;
    const { client } = await swarm.lab.signedInAgain('dee');
    const [again] = client.downloads();
    assert.ok(again);
    swarm.hurry();
    await again.done;
    const late = again.createReadStream();
    await client.close();
    assert.ok((await buffer(late)).equals(swarm.film));
  });
});

/**
 * Until the tracker has said who has the file, a download waits for a source, and it tells of a change a few times a second
 * only: the first bytes may be read before it says that they come.
 */
async function assertDownloading(download: StreamableDownload): Promise<void> {
  while (download.state.name === 'waiting') await new Promise((resolve) => download.once('state', resolve));
  assert.equal(download.state.name, 'downloading');
}

/** What this process has open whose name begins so, where that can be told. */
function openHere(path: string): string[] {
  if (process.platform !== 'linux') return [];
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ''; // the one for reading the folder
    }
  });
  return links.filter((link) => link.startsWith(path));
}
