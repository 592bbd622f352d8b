import assert from 'node:assert/strict';
import { ReadWindows } from '../../../../sdk/engine/downloads/read-windows.js';
import { pieces } from '../../transfer/drawing.js';

describe('ReadWindows', () => {
  it('tells a reader once how far it can read, when the piece where it stands is there', () => {
    const windows = new ReadWindows();
    windows.move(1, { first: 1, end: 4 });
    assert.deepEqual(windows.takeReadable(pieces('x.xxx')), []);
    assert.deepEqual(windows.takeReadable(pieces('xxx.x')), [{ readerId: 1, end: 3 }]);
    assert.deepEqual(windows.takeReadable(pieces('xxxxx')), []);
    windows.move(1, { first: 3, end: 4 });
    assert.deepEqual(windows.takeReadable(pieces('xxxxx')), [{ readerId: 1, end: 4 }]);
  });

  it('keeps readers apart, and forgets those who left', () => {
    const windows = new ReadWindows();
    windows.move(1, { first: 0, end: 2 });
    windows.move(2, { first: 2, end: 3 });
    windows.move(3, { first: 1, end: 3 });
    windows.leave(3);
    assert.deepEqual(windows.ranges, [
      { first: 0, end: 2 },
      { first: 2, end: 3 },
    ]);
    assert.deepEqual(windows.takeReadable(pieces('.xx')), [{ readerId: 2, end: 3 }]);
    assert.deepEqual(windows.takeReadable(pieces('xxx')), [{ readerId: 1, end: 2 }]);
  });
});
