import assert from 'node:assert/strict';
import { writeAndKill } from './killing-writers.js';

/** A sample: `npm run bench -- kill` does the long run. */
const PUBLICATIONS = 32;

describe('two members who publish one file against each other while they and the tracker are killed', function () {
  this.timeout(180_000);

  it('keep every version that they were told of, and are told of conflicts', async () => {
    const { versions, conflicts, kills } = await writeAndKill(PUBLICATIONS);
    assert.ok(versions >= PUBLICATIONS && conflicts > 0 && kills > 0);
  });
});
