import assert from 'node:assert/strict';
import fc from 'fast-check';
import { feedReader } from '../../../../sdk/engine/transport/feed-reader.js';

describe('bytes for a reader', () => {
  it('arrive in order and once, whatever sizes it reads and wherever it pauses', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 });
    const pauses = fc.array(fc.boolean(), { minLength: 1 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), sizes, pauses, (bytes, targets, readsOn) => {
        const got: number[] = [];
        let reads = 0;
        let target = new Uint8Array(0);
        let mayRead = true;
        const reader = {
          nextRead: () => {
            assert.ok(mayRead, 'it is not asked while it pauses');
            target = new Uint8Array(targets[reads % targets.length] ?? 1);
            return target;
          },
          onRead: (count: number) => {
            got.push(...target.subarray(0, count));
            mayRead = readsOn[reads++ % readsOn.length] ?? true;
            return mayRead;
          },
        };
        for (let at = 0; at < bytes.length; ) {
          const fed = feedReader(reader, bytes, at);
          assert.equal(fed.readsOn, mayRead);
          assert.ok(fed.at > at && (fed.at === bytes.length || !fed.readsOn));
          at = fed.at;
          mayRead = true;
        }
        assert.deepEqual(got, [...bytes]);
      }),
    );
  });
});
