import assert from 'node:assert/strict';
import fc from 'fast-check';
import { firstPart, inParts, MAX_LIST_BYTES, messageBytes } from '../../../sdk/protocol/index.js';

describe('the parts of a list', () => {
  /** Texts whose length as they are written is not their length: quotation marks, and characters of two and three bytes. */
  const item = fc
    .tuple(fc.constantFrom('a', '"', 'é', 'あ'), fc.nat({ max: 60_000 }))
    .map(([text, n]) => text.repeat(n));
  const items = fc.array(item, { maxLength: 40 });
  const limit = fc.integer({ min: 1, max: 50 });

  it('are all of it in its order, none longer than a message may be, and none shorter than it has to be', () => {
    fc.assert(
      fc.property(items, limit, (all, most) => {
        const parts = [...inParts(all, most)];
        assert.deepEqual(parts.flat(), all);
        for (const [index, part] of parts.entries()) {
          assert.ok(part.length > 0 && part.length <= most);
          assert.ok(part.length === 1 || messageBytes(part) <= MAX_LIST_BYTES + 1);
          const [next] = parts[index + 1] ?? [];
          if (next !== undefined && part.length < most) assert.ok(messageBytes([...part, next]) > MAX_LIST_BYTES);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('begin with the first, which is all where it fits', () => {
    assert.deepEqual(firstPart(['a', 'b', 'c'], 2), ['a', 'b']);
    assert.deepEqual(firstPart(['a', 'b'], 2), ['a', 'b']);
    assert.deepEqual(firstPart([], 2), []);
    const long = 'x'.repeat(MAX_LIST_BYTES);
    assert.deepEqual(firstPart([long, 'a'], 2), [long], 'one goes in any case');
  });
});
