import assert from 'node:assert/strict';
import { killAgainAndAgain } from './killing.js';

const KILLS = 20;

describe('a downloader that is killed again and again', function () {
  this.timeout(180_000);

  it(`has the right files in the end, and fetches no verified piece twice (${KILLS} kills)`, async () => {
    const seed = Date.now() % 1_000_000;
    const { files, killsAtTheEnd, leftovers } = await killAgainAndAgain(KILLS, seed);
    assert.ok(files > 0 && killsAtTheEnd > 0, `seed ${seed}`);
    assert.equal(leftovers, 0, `seed ${seed}`);
  });
});
