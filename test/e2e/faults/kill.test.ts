import assert from 'node:assert/strict';
import { testSeed } from '../../support/seeded.js';
import { killAgainAndAgain } from './killing.js';

/** A sample: `npm run bench -- kill` runs any number of kills. */
const KILLS = 5;
const SEED = testSeed();

describe('a downloader that is killed again and again', function () {
  this.timeout(180_000);

  it(`has the right files in the end, and fetches no verified piece twice (${KILLS} kills from seed ${SEED})`, async () => {
    const { files, killsAtTheEnd, leftovers } = await killAgainAndAgain(KILLS, SEED);
    assert.ok(files > 0 && killsAtTheEnd > 0);
    assert.equal(leftovers, 0);
  });
});
