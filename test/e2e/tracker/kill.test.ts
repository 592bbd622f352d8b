import { killTrackers } from './killing.js';

/** A sample: `npm run bench -- kill` does the long run. */
const KILLS = 6;

describe('a tracker that is killed while clients write', function () {
  this.timeout(180_000);

  it(`has lost nothing that it acknowledged, after ${KILLS} kills`, () => killTrackers(KILLS));
});
