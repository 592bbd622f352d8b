import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RecordIndex } from '../../../../../sdk/client/library/tables/record-index.js';
import { lastName, nameKey } from '../../../../../sdk/protocol/index.js';

interface Record {
  readonly groupId: string;
  readonly fileName: string;
  readonly manifestId: string;
}

const record = fc.record({
  groupId: fc.constantFrom('lab', 'LAB', 'other'),
  fileName: fc.constantFrom('a', 'A', 'x/a', 'x/b', 'y/B', 'a/c'),
  manifestId: fc.constantFrom('one', 'two', 'three'),
});

const sameContent = (one: Record, other: Record) => one.manifestId === other.manifestId;
const sameGroup = (one: Record, other: Record) => nameKey(one.groupId) === nameKey(other.groupId);
const sameFile = (one: Record, other: Record) =>
  sameGroup(one, other) && nameKey(one.fileName) === nameKey(other.fileName);
const sameName = (one: Record, other: Record) => nameKey(lastName(one.fileName)) === nameKey(lastName(other.fileName));

describe('records by content and last name', () => {
  it('are found as by a look at all of them, whatever was added and removed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(record, fc.boolean())),
        record,
        fc.integer({ min: 1, max: 5 }),
        (drawn, wanted, most) => {
          const index = new RecordIndex<Record>();
          for (const [one] of drawn) index.add(one);
          for (const [one, isRemoved] of drawn) if (isRemoved) index.remove(one);
          const left = drawn.flatMap(([one, isRemoved]) => (isRemoved ? [] : one));
          const inGroup = left.filter((one) => sameContent(one, wanted) && sameGroup(one, wanted));
          assert.deepEqual(index.with(wanted), inGroup);
          assert.equal(index.firstWith(wanted), inGroup[0]);
          assert.deepEqual(
            [...index.having(wanted.manifestId)],
            left.filter((one) => sameContent(one, wanted)),
          );
          const ranked = [sameContent, sameFile, sameName].flatMap((isOf) => left.filter((one) => isOf(one, wanted)));
          assert.deepEqual(index.likely(wanted, most), [...new Set(ranked)].slice(0, most));
        },
      ),
    );
  });

  it('are found where a name was spelled otherwise meanwhile', () => {
    const index = new RecordIndex<Record>();
    const one = { groupId: 'lab', fileName: 'x/a', manifestId: 'one' };
    index.add(one);
    one.fileName = 'X/A';
    assert.deepEqual(index.likely({ ...one, fileName: 'y/a', manifestId: 'two' }, 1), [one]);
    index.remove(one);
    assert.deepEqual(index.likely(one, 1), []);
  });

  it('of a name that thousands of files have cost no more than the bound', () => {
    const index = new RecordIndex<Record>();
    for (let at = 0; at < 3000; at++) index.add({ groupId: 'lab', fileName: `d${at}/index.ts`, manifestId: `m${at}` });
    assert.equal(index.likely({ groupId: 'lab', fileName: 'index.ts', manifestId: 'm2999' }, 16).length, 16);
  });
});
