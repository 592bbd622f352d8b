import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareShares, shareKey } from '../../../extension/contract/records.js';
import { Mirror } from '../../../extension/remote/mirror.js';
import { share } from '../model/records.js';

describe('the events about shares', () => {
  const shares = fc
    .uniqueArray(
      fc.record({
        groupId: fc.constantFrom('a', 'b'),
        fileName: fc.constantFrom('x', 'y', 'z'),
        content: fc.constantFrom('1', '2'),
      }),
      {
        selector: shareKey,
      },
    )
    .map((all) =>
      all.map(({ groupId, fileName, content }) => share({ groupId, fileName, manifestId: content.repeat(64) })),
    );

  it('give a window the state of the agent, and contain only changes', () => {
    fc.assert(
      fc.property(fc.array(shares, { maxLength: 6 }), (states) => {
        const mirror = new Mirror();
        for (const now of states) {
          const before = new Map(mirror.shares);
          const { changed, removed } = compareShares(before, now);
          mirror.changeShares(changed, removed);
          assert.deepEqual(new Map(mirror.shares), new Map(now.map((one) => [shareKey(one), one])));
          for (const one of changed) assert.notDeepEqual(before.get(shareKey(one)), one);
          for (const one of removed) assert.ok(before.has(shareKey(one)));
        }
      }),
    );
  });
});
