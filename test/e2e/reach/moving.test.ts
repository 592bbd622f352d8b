import assert from 'node:assert/strict';
import { PIECE_BYTES } from '../../../sdk/protocol/index.js';
import { ensurePrograms } from '../../support/system-programs.js';
import { whyNoNamespaces } from '../swarm/namespaces.js';
import { MOVES, type Move, type Moved, moveAll } from './moving.js';

/** Some of the moves: `npm run bench -- moves` makes all, and prints how soon each download went on. */
const SOME: readonly Move[] = ['requester-address', 'source-address', 'both-routers', 'tracker'];
/** What may come twice: pieces that were halfway, and the headers of all. */
const TWICE_BYTES = 8 * PIECE_BYTES;

describe('a download, with real processes, while something happens to the network', function () {
  this.timeout(240_000);

  let moved: Moved[];

  before(async function () {
    const why = await whyNoNamespaces();
    if (why !== undefined) {
      process.stderr.write(`Moves in network namespaces are left out: ${why}\n`);
      this.skip(); // the reason was printed
    }
    await ensurePrograms('The tests of moves', [
      { names: ['nft'], debian: 'nftables' },
      { names: ['conntrack'], debian: 'conntrack' },
    ]);
    moved = [];
    await moveAll({ moves: [...SOME], together: true }, (one) => moved.push(one)); // rejects unless each file comes whole
  });

  for (const move of SOME)
    it(`comes whole, with few bytes twice, although ${MOVES[move]}`, () => {
      const { twiceBytes = Infinity } = moved.find((one) => one.move === move) ?? {};
      assert.ok(twiceBytes < TWICE_BYTES, `${twiceBytes} bytes came twice`);
    });
});
