import assert from 'node:assert/strict';
import { Pings } from '../../../../tracker/server/connections/pings.js';
import { until } from '../../../support/until.js';

describe('pings', () => {
  it('come once in an interval to each connection, and to few at a time', async () => {
    const pings = new Pings(300);
    try {
      const pinged: string[] = [];
      for (const name of ['a', 'b', 'c']) pings.add({ ping: () => pinged.push(name) });
      const gone = { ping: () => pinged.push('gone') };
      pings.add(gone);
      pings.delete(gone);
      await until(() => pinged.length >= 6);
      assert.deepEqual(pinged.slice(0, 6).join(''), 'abcabc');
    } finally {
      pings.close();
    }
  });
});
