import assert from 'node:assert/strict';
import { PendingSaves } from '../../../../extension/model/sharing/pending-saves.js';

const EDITED = () => 'edited' as const;
const SAME = () => 'unchanged' as const;

describe('pending saves', () => {
  it('makes one of several saves in a burst', () => {
    const saves = new PendingSaves();
    saves.add('/a', 0);
    saves.add('/a', 500);
    assert.deepEqual(saves.take(1000, EDITED), []);
    assert.equal(saves.waitMs(1000), 200);
    assert.deepEqual(saves.take(1200, EDITED), ['/a']);
    assert.deepEqual(saves.take(9999, EDITED), []);
    assert.equal(saves.waitMs(9999), undefined);
  });

  it('waits until a change shows, and drops a save that changed nothing', () => {
    const saves = new PendingSaves();
    saves.add('/a', 0);
    saves.add('/b', 0);
    assert.deepEqual(saves.take(1000, SAME), []);
    assert.deepEqual(
      saves.take(5000, (path) => (path === '/b' ? 'edited' : 'unchanged')),
      ['/b'],
    );
    assert.equal(saves.waitMs(5000), 55_000);
    assert.deepEqual(saves.take(60_000, SAME), []);
    assert.deepEqual(saves.take(60_001, EDITED), []);
  });

  it('waits for a hash however long it takes', () => {
    const saves = new PendingSaves();
    saves.add('/a', 0);
    for (const nowMs of [1000, 60_000, 500_000]) {
      assert.deepEqual(
        saves.take(nowMs, () => 'verifying'),
        [],
      );
      assert.ok((saves.waitMs(nowMs) ?? 0) > 50_000);
    }
    assert.deepEqual(saves.take(500_001, EDITED), ['/a']);
  });

  it('forgets a file whose save was dealt with, and the oldest of too many', () => {
    const saves = new PendingSaves();
    saves.add('/a', 0);
    saves.drop('/a');
    for (let index = 0; index <= 500; index++) saves.add(`/${index}`, index);
    const taken = saves.take(10_000, EDITED);
    assert.equal(taken.length, 500);
    assert.ok(!taken.includes('/a') && !taken.includes('/0'));
  });
});
