import assert from 'node:assert/strict';
import type { Walked } from '../../../../sdk/client/selection/walk-folder.js';
import { unmounted } from '../../../../sdk/client/shared-folders/gone-files.js';

describe('disks in a shared folder', () => {
  const walked = (places: readonly string[], mounts: readonly string[] = []): Walked => ({
    files: places.map((place) => ({ path: place, place, sizeBytes: 0, modifiedNs: 0n, executable: undefined })),
    ...{ skipped: [], unread: [], leftOut: new Set(), empty: [], folders: [], mounts },
  });

  it('are away if nothing is where they were mounted', () => {
    assert.deepEqual(unmounted(['', 'data'], walked([])), ['', 'data']);
    assert.deepEqual(unmounted(['', 'data'], walked(['a', 'data2/a'])), ['data']);
    assert.deepEqual(unmounted(['', 'data'], walked(['data/a'])), []);
    assert.deepEqual(unmounted(['', 'data'], walked([], ['', 'data'])), []);
  });
});
