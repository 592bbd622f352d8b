import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ShoalClient } from '../../sdk/index.js';
import { startTracker } from '../../tracker/index.js';

describe('data folders in the source tree', () => {
  it('are ignored by git, wherever they are', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'shoal-ignored-'));
    const dirs = ['tracker', 'peer'].map((name) => join(folder, name));
    const [dataDir = '', peerDir = ''] = dirs;
    try {
      await using tracker = await startTracker({ listen: '127.0.0.1:0', dataDir });
      await using peer = new ShoalClient({ tracker: tracker.url, dataDir: peerDir, listen: '127.0.0.1:0' });
      await peer.connect();
      await peer.createUser('ann', 'password');
      await peer.login('ann', 'password');
      await peer.createGroup('lab');
      await peer.shareFile(fileURLToPath(import.meta.url), 'lab');
      const entries = await Promise.all(dirs.map((dir) => readdir(dir, { withFileTypes: true })));
      const files = entries
        .flat()
        .filter((entry) => entry.isFile() && entry.name !== 'lock')
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
      for (const key of ['tracker/identity.json', 'tracker/ticket-key.json', 'tracker/tracker.db', 'peer/device.json'])
        assert.ok(files.includes(key), key);
      const rules = await nameRules();
      assert.deepEqual(
        files.filter((file) => !rules.some((rule) => rule.test(file))),
        [],
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** What `.gitignore` says of names, which holds at any depth; what it says of folders and places is left out. */
async function nameRules(): Promise<RegExp[]> {
  const lines = (await readFile(new URL('../../.gitignore', import.meta.url), 'utf8')).split('\n');
  const names = lines.filter((line) => line !== '' && !/[#!/]/.test(line));
  return names.map((name) => new RegExp(`(^|/)${name.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`));
}
