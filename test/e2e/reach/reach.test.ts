import assert from 'node:assert/strict';
import { ensurePrograms } from '../../support/system-programs.js';
import { whyNoNamespaces } from '../swarm/namespaces.js';
import { type Meeting, meet, type Pair } from './meeting.js';

/** One pair for each way: `npm run bench -- reach` tries all pairs. */
const PAIRS: readonly (Pair & { readonly way: RegExp })[] = [
  { requester: 'preserving', source: 'open', way: /^direct/ },
  { requester: 'open', source: 'symmetric', way: /^connections from the other side/ },
  { requester: 'preserving', source: 'independent', way: /^connections through both routers/ },
  { requester: 'symmetric', source: 'web', way: /^the relay/ },
  { requester: 'preserving', source: 'preserving', together: true, way: /^the own network/ },
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
    const pairs = PAIRS.map(({ way: _way, ...pair }) => pair);
    await meet({ pairs, sizeMib: 4, areKnown: false }, (meeting) => meetings.push(meeting)); // rejects unless each file comes whole
  });

  for (const [index, { requester, source, together, way }] of PAIRS.entries())
    it(`get a file by the expected way: ${requester} from ${source}${together ? ', both behind one router' : ''}`, () => {
      assert.match(meetings[index]?.way ?? '', way);
    });
});
