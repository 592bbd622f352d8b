import assert from 'node:assert/strict';
import { join } from 'node:path';
import { PIECE_BYTES } from '../../../sdk/protocol/index.js';
import { FILM_BYTES, SlowSwarm } from './slow-swarm.js';
import { someProgress } from './support.js';

const PIECES = Math.ceil(FILM_BYTES / PIECE_BYTES);

/** What a source of a new file tells two who download it of its own accord, at most; it comes before what it is asked to tell. */
const DEALT = 4;

/** Pieces that are there or asked for behind one that is not. */
function strays(pieces: Uint8Array): number {
  assert.equal(pieces.length, PIECES);
  const begun = Array.from(pieces, (piece) => (piece & 3) !== 0);
  return begun.slice(begun.indexOf(false)).filter(Boolean).length;
}

describe('a download in the file’s order', () => {
  const swarm = new SlowSwarm();
  before(async () => {
    await swarm.start(1);
    // Where another one downloads too, pieces come in no order otherwise.
    const eve = await swarm.lab.signedIn('eve');
    await eve.joinGroup('lab');
    await swarm.seeders[0]?.acceptRequest('lab', 'eve');
    await eve.downloadFile('lab', 'film.bin', join(swarm.lab.folder, 'eve.bin'), { limitBytesPerSecond: 1000 }).started;
  });
  after(() => swarm.close());

  it('asks for the first pieces first, until it is told otherwise', async () => {
    const download = swarm.download({ sequential: true });
    assert.equal(download.sequential, true);
    await someProgress(download);
    assert.ok(strays(await download.pieces()) <= DEALT);
    await download.setSequential(false);
    let pieces = await download.pieces();
    while (strays(pieces) <= DEALT) pieces = await download.pieces();
    assert.ok(pieces.some((piece) => (piece & 3) === 0));
    await download.cancel();
  });

  it('can be asked for while it runs, and is remembered', async () => {
    const download = swarm.download();
    await someProgress(download);
    assert.equal(download.sequential, false);
    await download.setSequential(true);
    await download.pause();
    const taken = swarm.dee.downloadFile('lab', 'film.bin', download.path);
    assert.equal(taken, download, 'the same call leaves the order as it is');
    assert.equal(taken.sequential, true);
    await download.started;
    const pieces = await download.pieces();
    const begun = new Set([...pieces.keys()].filter((piece) => ((pieces[piece] ?? 0) & 3) === 1));
    const missing = pieces.findIndex((piece) => (piece & 3) === 0);
    assert.ok([...begun].filter((piece) => missing >= 0 && piece > missing).length <= DEALT);
    await swarm.dee.close();
    const { client } = await swarm.lab.signedInAgain('dee');
    assert.equal(client.downloads()[0]?.sequential, true);
  });
});
