import assert from 'node:assert/strict';
import { FILM_BYTES, SlowSwarm } from './slow-swarm.js';
import { someProgress } from './support.js';
import { PIECE_BYTES } from '../../../sdk/protocol/index.js';

const PIECES = Math.ceil(FILM_BYTES / PIECE_BYTES);

/** Whether the pieces that are there or asked for are the first of the file. */
function areInOrder(pieces: Uint8Array): boolean {
  const begun = Array.from(pieces, (piece) => (piece & 3) !== 0);
  return begun.length === PIECES && begun.indexOf(false) > begun.lastIndexOf(true);
}

// From a single source pieces come in no order otherwise: what one alone has is rare.
describe('a download in the file’s order', () => {
  const swarm = new SlowSwarm();
  before(() => swarm.start(1));
  after(() => swarm.close());

  it('asks for the first pieces first, until it is told otherwise', async () => {
    const download = swarm.download({ sequential: true });
    assert.equal(download.sequential, true);
    await someProgress(download);
    assert.ok(areInOrder(await download.pieces()));
    download.setSequential(false);
    let pieces = await download.pieces();
    while (areInOrder(pieces)) pieces = await download.pieces();
    assert.ok(pieces.some((piece) => (piece & 3) === 0));
    await download.cancel();
  });

  it('can be asked for while it runs, and is remembered', async () => {
    const download = swarm.download();
    await someProgress(download);
    assert.equal(download.sequential, false);
    download.setSequential(true);
    await download.pause();
    const taken = swarm.dee.downloadFile('lab', 'film.bin', download.path);
    assert.equal(taken, download, 'the same call leaves the order as it is');
    assert.equal(taken.sequential, true);
    await download.started;
    const pieces = await download.pieces();
    const begun = new Set([...pieces.keys()].filter((piece) => ((pieces[piece] ?? 0) & 3) === 1));
    const missing = pieces.findIndex((piece) => (piece & 3) === 0);
    assert.ok(begun.size === 0 || [...begun].every((piece) => missing < 0 || piece < missing));
    await swarm.dee.close();
    const { client } = await swarm.lab.signedInAgain('dee');
    assert.equal(client.downloads()[0]?.sequential, true);
  });
});
