import assert from 'node:assert/strict';
import { needRouters } from '../swarm/need-routers.js';
import { MOVES, type Move, type Moved, moveAll } from './moving.js';

/** `npm run bench -- moves` tries all of them. */
const TRIED = ['requester-address', 'source-router'] as const satisfies Move[];
const PIECE_BYTES = 512 * 1024;

describe('a download by real processes goes on', function () {
  this.timeout(120_000);

  const moved = new Map<Move, Moved>();

  before(async function () {
    await needRouters(this, 'routers');
    await moveAll({ moves: [...TRIED], together: true }, (one) => moved.set(one.move, one)); // rejects unless each file comes whole
  });

  for (const move of TRIED)
    it(`by a way that is there, and fetches little twice, after ${MOVES[move]}`, () => {
      const { after, twiceBytes } = moved.get(move) ?? assert.fail('it did not go on');
      assert.match(
        after,
        /^(complete|direct connections|connections from the other side|connections through both routers)$/,
      );
      assert.ok(twiceBytes < 8 * PIECE_BYTES, `${twiceBytes} bytes came twice`);
    });
});
