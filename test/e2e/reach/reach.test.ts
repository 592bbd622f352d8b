import assert from 'node:assert/strict';
import { needRouters } from '../swarm/need-routers.js';
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
    await needRouters(this, 'routers');
    meetings = [];
    await meet({ pairs: [...PAIRS], sizeMib: 4, areKnown: false }, (meeting) => meetings.push(meeting)); // rejects unless each file comes whole
  });

  for (const [index, pair] of PAIRS.entries())
    it(`get a file by the expected way: ${namePair(pair)}`, () => {
      assert.match(meetings[index]?.way ?? '', WAYS[expectedWay(pair)].said);
    });
});
