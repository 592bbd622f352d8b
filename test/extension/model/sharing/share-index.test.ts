import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ShareRecord } from '../../../../extension/contract/contract.js';
import { ShareIndex } from '../../../../extension/model/sharing/share-index.js';

function share(path: string, groupId: string, name: ShareRecord['state']['name'] = 'available'): ShareRecord {
  return {
    groupId,
    fileName: 'f',
    path,
    manifestId: '0'.repeat(64),
    sizeBytes: 1,
    state: { name, sinceMs: 0 },
  };
}

/** The groups of a path, in order, as text. */
function groupsIn(shares: readonly ShareRecord[], path: string): string {
  const groups = shares.filter((one) => one.path === path).map(({ groupId }) => groupId);
  return JSON.stringify(groups.sort());
}

describe('the index of shares', () => {
  it('knows the groups of a path, in order', () => {
    const index = new ShareIndex();
    assert.deepEqual(index.groupsOf('/a'), []);
    assert.deepEqual(index.update([share('/a', 'y'), share('/b', 'x'), share('/a', 'x')]).sort(), ['/a', '/b']);
    assert.deepEqual(index.groupsOf('/a'), ['x', 'y']);
    assert.deepEqual(index.update([share('/a', 'x'), share('/a', 'y')]), ['/b']);
    assert.deepEqual(index.groupsOf('/b'), []);
  });

  it('knows where a file was edited, and notices that', () => {
    const index = new ShareIndex();
    index.update([share('/a', 'x'), share('/a', 'y')]);
    assert.deepEqual(index.editedIn('/a'), []);
    assert.deepEqual(index.update([share('/a', 'y', 'edited'), share('/a', 'x', 'missing')]), ['/a']);
    assert.deepEqual([index.editedIn('/a'), index.groupsOf('/a')], [['y'], ['x', 'y']]);
    assert.ok(index.isVerified('/a'));
    assert.deepEqual(index.update([share('/a', 'y', 'verifying')]), ['/a']);
    assert.ok(!index.isVerified('/a') && index.isVerified('/b'));
  });

  it('finds a path on Windows whatever the case of its drive', () => {
    const index = new ShareIndex();
    index.update([share('C:\\a', 'x')]);
    assert.deepEqual([index.groupsOf('c:\\a'), index.groupsOf('C:\\a'), index.groupsOf('C:\\A')], [['x'], ['x'], []]);
  });

  it('notices a new group whatever its name', () => {
    const index = new ShareIndex();
    assert.deepEqual(index.update([share('/a', 'undefined')]), ['/a']);
    assert.deepEqual(index.update([]), ['/a']);
  });

  it('returns exactly the paths whose groups changed', () => {
    const paths = ['/a', '/b', '/c'];
    const shares = fc.uniqueArray(
      fc.record({ path: fc.constantFrom(...paths), groupId: fc.constantFrom('x', 'y', 'undefined', 'null') }),
      { selector: ({ path, groupId }) => `${path} ${groupId}` },
    );
    fc.assert(
      fc.property(fc.array(shares, { maxLength: 6 }), (steps) => {
        const index = new ShareIndex();
        let before: ShareRecord[] = [];
        for (const step of steps) {
          const now = step.map(({ path, groupId }) => share(path, groupId));
          const wanted = paths.filter((path) => groupsIn(before, path) !== groupsIn(now, path));
          assert.deepEqual(index.update(now).sort(), wanted);
          for (const path of paths) assert.equal(JSON.stringify(index.groupsOf(path)), groupsIn(now, path));
          before = now;
        }
      }),
    );
  });
});
