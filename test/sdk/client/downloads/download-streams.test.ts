import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { DownloadStreams } from '../../../../sdk/client/downloads/download-streams.js';
import type { ReaderCommand } from '../../../../sdk/engine/index.js';
import type { DownloadState } from '../../../../sdk/index.js';
import { PIECE_BYTES } from '../../../../sdk/protocol/index.js';
import { hasCode } from '../../../support/has-code.js';
import { FakeDownload } from '../../cli/fake-client.js';

const PIECES = 40;
const SIZE = PIECES * PIECE_BYTES;

/** A download whose file lies in a temporary folder, and goes from state to state as it is told. */
class DownloadOnDisk extends FakeDownload {
  override readonly path: string;
  override progress = { ...new FakeDownload('', '').progress, sizeBytes: SIZE, pieceCount: PIECES };

  constructor(path: string) {
    super('lab', 'film.bin');
    this.path = path;
  }

  enter(state: DownloadState): void {
    this.state = state;
    this.emit('state', state);
  }
}

describe('the readers of a download', () => {
  let folder: string;
  let download: DownloadOnDisk;
  let told: ReaderCommand[];
  let readers: DownloadStreams;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-readers-'));
    download = new DownloadOnDisk(join(folder, 'film.bin'));
    writeFileSync(`${download.path}.part`, Buffer.alloc(SIZE, 'shoal'));
    told = [];
    readers = new DownloadStreams(download, (command) => told.push(command));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** The last place that the engine was told of. */
  function place(): { readerId: number; first: number; end: number } {
    const last = told.at(-1);
    assert.ok(last?.type === 'readAhead');
    return last;
  }

  function readable(end: number): void {
    readers.onReadable({
      type: 'readable',
      downloadId: 1,
      readerId: place().readerId,
      end,
      path: `${download.path}.part`,
    });
  }

  it('are followed by a window of 16 MiB, told of at every fourth piece and where they have to wait', async () => {
    const stream = readers.open({ end: 36 * PIECE_BYTES });
    assert.deepEqual({ ...place(), readerId: 0 }, { type: 'readAhead', readerId: 0, first: 0, end: 32 });
    const all = buffer(stream);
    readable(1);
    while (told.length < 2) await once(stream, 'data');
    assert.equal(place().first, 1);
    readable(11);
    while (told.length < 4) await once(stream, 'data');
    assert.deepEqual(
      [told[2], told[3]].map((command) => (command?.type === 'readAhead' ? command.first : -1)),
      [5, 9],
    );
    assert.equal(place().end, 37);
    readable(37);
    assert.equal((await all).length, 36 * PIECE_BYTES + 1);
    const commands = told.filter(({ type }) => type === 'readAhead');
    assert.deepEqual(commands.slice(4), [], 'nothing is told of what is known to be there');
    assert.equal(told.at(-1)?.type, 'stopReading');
    assert.equal(download.listenerCount('state'), 0);
  });

  it('say where they stand when the download goes on, and nothing before', async () => {
    download.enter({ name: 'paused' });
    const stream = readers.open({ start: 5 * PIECE_BYTES });
    const all = buffer(stream);
    download.enter({ name: 'starting' });
    assert.deepEqual(told, []);
    download.enter({ name: 'downloading' });
    assert.equal(place().first, 5);
    readable(8);
    await once(stream, 'data');
    download.enter({ name: 'paused' });
    const before = told.length;
    download.enter({ name: 'starting' });
    download.enter({ name: 'waiting' });
    assert.equal(told.length, before + 1);
    readable(PIECES);
    assert.equal((await all).length, SIZE - 5 * PIECE_BYTES);
  });

  it('that find the file between its two names wait until it is complete', async () => {
    download.enter({ name: 'verifying' });
    const all = buffer(readers.open({}));
    renameSync(`${download.path}.part`, download.path);
    readable(PIECES);
    download.enter({ name: 'verifying' });
    download.enter({ name: 'complete', path: download.path });
    assert.equal((await all).length, SIZE);
  });

  it('follow no link, and are told of a file that is not what it was', async () => {
    renameSync(`${download.path}.part`, join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), `${download.path}.part`);
    const linked = assert.rejects(buffer(readers.open({})), hasCode('NOT_A_FILE'));
    readable(PIECES);
    await linked;
    rmSync(`${download.path}.part`);
    renameSync(join(folder, 'elsewhere'), download.path);
    download.enter({ name: 'complete', path: download.path });
    const shortened = readers.open({});
    await once(shortened, 'readable');
    truncateSync(download.path, PIECE_BYTES);
    await assert.rejects(buffer(shortened), hasCode('FILE_CHANGED'));
  });
});
