import assert from 'node:assert/strict';
import { ensurePrograms } from '../../support/system-programs.js';
import { whyNoNamespaces } from '../swarm/namespaces.js';
import { expectedWay, namePair, WAYS } from './expected.js';
import { type Meeting, meet, type Pair } from './meeting.js';

/** One pair for each way: `npm run bench -- reach` tries all pairs. */
const PAIRS: readonly Pair[] = [
  { requester: 'preserving', source: 'open' },
  { requester: 'open', source: 'symmetric' },
  { requester: 'preserving', source: 'independent' },
  { requester: 'symmetric', source: 'web' },
  { requester: 'preserving', source: 'preserving', together: true },
];

describe('members on lines of different kinds, with real processes', function () {
  this.timeout(180_000);

  let meetings: Meeting[];

  before(async function () {
    const why = await whyNoNamespaces();
    if (why !== undefined) {
      process.stderr.write(`Routers in network namespaces are left out: ${why}\n`);
      this.skip(); // the reason was printed
    }
    await ensurePrograms('The tests of routers', [{ names: ['nft'], debian: 'nftables' }]);
    meetings = [];
    await meet({ pairs: [...PAIRS], sizeMib: 4, areKnown: false }, (meeting) => meetings.push(meeting)); // rejects unless each file comes whole
  });

  for (const [index, pair] of PAIRS.entries())
    it(`get a file by the expected way: ${namePair(pair)}`, () => {
      assert.match(meetings[index]?.way ?? '', WAYS[expectedWay(pair)].said);
    });
});
