import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Walked } from '../../../../sdk/client/selection/walk-folder.js';
import { pollingOf } from '../../../../sdk/client/shared-folders/folder-polling.js';
import { WATCH_TIMES } from '../../../../sdk/client/shared-folders/watched-folder.js';
import { WatchedFolders } from '../../../../sdk/client/shared-folders/watched-folders.js';

const NAME = { groupId: 'lab', folder: 'tree' };

describe('the polling of a watched folder', () => {
  let root: string;
  let walked: Walked;
  let opened: WatchedFolders[];

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'shoal-polling-'));
    const folders = [root, join(root, 'a'), join(root, 'b')];
    for (const folder of folders.slice(1)) mkdirSync(folder);
    walked = { files: [], skipped: [], folders, leftOut: new Set(), unread: [], empty: [], mounts: [] };
    opened = [];
  });
  afterEach(() => {
    for (const one of opened) one.close();
    rmSync(root, { recursive: true, force: true });
  });

  function watched({ isAway = false, maxFolders }: { isAway?: boolean; maxFolders?: number } = {}): WatchedFolders {
    const context = {
      isAway: () => isAway,
      share: () => new Promise<undefined>(() => {}),
      onShared() {},
      onFailed() {},
    };
    const folders = new WatchedFolders(context, WATCH_TIMES, maxFolders);
    opened.push(folders);
    return folders;
  }

  it('is none while the system watches all of it, or while it was not seen', () => {
    const folders = watched();
    assert.equal(folders.pollingOf(NAME), undefined);
    folders.add(NAME, walked);
    assert.equal(folders.pollingOf(NAME), undefined);
  });

  it('names the part beyond the watched folders, until there is room', () => {
    const folders = watched({ maxFolders: 2 });
    const other = { groupId: 'lab', folder: 'other' };
    folders.add(other, { ...walked, folders: [join(root, 'a')] });
    folders.add(NAME, walked);
    const { reason, folders: count, everyMs, why = '' } = folders.pollingOf(NAME) ?? {};
    assert.deepEqual([reason, count, everyMs], ['too-many-folders', 1, 30_000]);
    assert.match(why, /changes in one folder are looked for every 30 s\. .*end the watch of others/);
    assert.equal(folders.pollingOf(other), undefined);
    folders.remove(NAME);
    assert.equal(folders.pollingOf(NAME), undefined);
  });

  it('is that of all folders on a network disk', () => {
    const folders = watched({ isAway: true });
    folders.add(NAME, walked);
    const polling = folders.pollingOf(NAME);
    assert.deepEqual([polling?.reason, polling?.folders], ['network-disk', 3]);
  });

  it('is that of a folder that the system does not watch', () => {
    const folders = watched();
    folders.add(NAME, { ...walked, folders: [...walked.folders, join(root, 'none')] });
    assert.equal(folders.pollingOf(NAME)?.reason, 'refused');
  });

  it('says which limit of the system to raise', () => {
    assert.match(pollingOf(['no-watch-left', 'no-watch-left'], 30_000)?.why ?? '', /2 folders .*max_user_watches/);
  });
});
