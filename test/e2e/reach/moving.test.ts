import assert from 'node:assert/strict';
import { ensurePrograms } from '../../support/system-programs.js';
import { whyNoNamespaces } from '../swarm/namespaces.js';
import { MOVES, type Move, type Moved, moveAll } from './moving.js';

/** `npm run bench -- moves` tries all of them. */
const TRIED = ['requester-address', 'source-router'] as const satisfies Move[];
const PIECE_BYTES = 512 * 1024;

describe('a download by real processes goes on', function () {
  this.timeout(120_000);

  const moved = new Map<Move, Moved>();

  before(async function () {
    const why = await whyNoNamespaces();
    if (why !== undefined) {
      process.stderr.write(`Routers in network namespaces are left out: ${why}\n`);
      this.skip(); // the reason was printed
    }
    await ensurePrograms('The tests of routers', [{ names: ['nft'], debian: 'nftables' }]);
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
