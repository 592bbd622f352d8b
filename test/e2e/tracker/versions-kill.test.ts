import assert from 'node:assert/strict';
import { publishAndKill } from './killing-versions.js';

/** Acknowledged publications; the tracker is killed after every sixteen. */
const PUBLICATIONS = 96;

describe('a tracker that is killed while two members publish versions of one file', function () {
  this.timeout(180_000);

  it('keeps every version that it acknowledged, and its numbers have no gap', async () => {
    assert.ok((await publishAndKill(PUBLICATIONS)) >= PUBLICATIONS);
  });
});
