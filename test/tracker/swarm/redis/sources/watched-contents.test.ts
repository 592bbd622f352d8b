import assert from 'node:assert/strict';
import { WatchedContents } from '../../../../../tracker/swarm/redis/sources/watched-contents.js';
import type { Message } from '../../../../../tracker/swarm/swarm.js';
import { until } from '../../../../support/until.js';
import { deviceOf } from '../redis-nodes.js';

const FILE = { groupId: 'lab', manifestId: '1'.repeat(64) };
const SOURCE = { ...deviceOf('a'), complete: true };

describe('watched contents that are read anew', () => {
  /** Whether the cluster has the source, at each look. */
  async function toldAfter(...looks: boolean[]): Promise<string[]> {
    const told: Message[] = [];
    let seen = 0;
    const watched = new WatchedContents({
      secondLookMs: 20,
      sample: async () => [],
      holdersAmong: async (deviceIds) => {
        const isThere = looks[seen++];
        const holder = { node: 'n', userKey: 'a', complete: true, vouched: false, serves: true };
        return isThere ? deviceIds.map((deviceId) => ({ ...holder, deviceId })) : [];
      },
      tell: (message) => told.push(message),
    });
    watched.add(FILE);
    watched.note(FILE, SOURCE, 'n');
    watched.readAnew(() => true);
    await until(() => seen === looks.length);
    watched.close();
    return told.map(({ event }) => event);
  }

  it('lose a source that is missing at two looks, and none that is back at the second one', async () => {
    assert.deepEqual(await toldAfter(false, true), []);
    assert.deepEqual(await toldAfter(true, false), [], 'it was missing once');
    assert.deepEqual(await toldAfter(false, false), ['sourceWent']);
  });
});
