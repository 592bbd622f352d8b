import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { requireNoSecret, WHY_SECRET } from '../../../../sdk/client/selection/secret-folder.js';
import { walkFolder } from '../../../../sdk/client/selection/walk-folder.js';
import { hasCode } from '../../../support/has-code.js';

const KEY = JSON.stringify({ privateKeyPem: '-----BEGIN PRIVATE KEY-----' });
const HOLDER = JSON.stringify({ pid: 1, startedAt: null, bootId: 'x' });
const ENDPOINT = JSON.stringify({ pid: 1, address: '/x', secret: 'ab'.repeat(32), protocol: 1, version: '1' });

/** The files of the data folders of every program. */
const DATA_FOLDERS: Record<string, Record<string, string>> = {
  'a client': { 'device.json': KEY, 'library.json': '', 'library.journal': '', 'manifests/ab': '', 'folders/x': '' },
  'a client that has just started': { lock: HOLDER },
  'a client without its key': { 'library.journal': '', 'manifests/ab': '', 'known-trackers.json': '{}' },
  'a client with an empty key': { 'device.json': '', 'library.journal': '', 'manifests/ab': '' },
  'a tracker': { 'identity.json': KEY, 'ticket-key.json': KEY, 'tracker.db': '', 'database.json': '' },
  'a tracker without its keys': { 'tracker.db': '', 'database.json': '' },
  'a copy of a key': { 'ticket-key.json': KEY },
  'the control of a process': { 'endpoint.json': ENDPOINT },
  'the agent': { 'device/device.json': KEY, 'agent/endpoint.json': ENDPOINT, 'finished.json': '{}' },
  'the hosted tracker': { 'data/identity.json': KEY, 'control/lock': HOLDER, port: '6970', 'left-at': '1' },
};

/** The same names with the contents of other programs. */
const OTHERS: Record<string, Record<string, string>> = {
  keys: { 'device.json': '{"name":"sensor"}', 'identity.json': '[]', 'ticket-key.json': 'no json' },
  locks: { lock: '', 'sub/lock': '4711' },
  endpoints: { 'endpoint.json': '{"url":"https://example.org"}' },
  halves: { 'library.journal': '', 'sub/tracker.db': '', 'deep/manifests/x': '' },
  parents: { 'device/a': '', 'agent/b': '', 'sub/data/c': '', 'sub/control/d': '' },
  large: { 'device.json': KEY.padEnd(100_000) },
  folders: { 'lock/a': '', 'device.json/b': '' },
};

describe('the data folders of Shoal', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'shoal-secret-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function make(files: Record<string, string>, under: string): string {
    for (const [place, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, under, place)), { recursive: true });
      writeFileSync(join(root, under, place), text);
    }
    return join(root, under);
  }

  for (const [what, files] of Object.entries(DATA_FOLDERS)) {
    it(`are not shared: ${what}`, async () => {
      const data = make(files, 'a/b/data');
      writeFileSync(join(root, 'a/ok'), '');
      symlinkSync(data, join(root, 'link'));
      const { files: found, skipped } = await walkFolder(join(root, 'a'), { exclude: [] });
      assert.deepEqual(
        [found.map(({ place }) => place), skipped],
        [['ok'], [{ path: data, why: WHY_SECRET }]],
        'above it',
      );
      await assert.rejects(walkFolder(data, { exclude: [] }), hasCode('PERMISSION_DENIED'));
      for (const place of Object.keys(files)) {
        await assert.rejects(requireNoSecret(join(root, 'link', place), 'file'), hasCode('PERMISSION_DENIED'), place);
        if (!place.includes('/')) continue;
        const inside = join(root, 'link', dirname(place));
        await assert.rejects(requireNoSecret(inside, 'folder'), hasCode('PERMISSION_DENIED'), inside);
      }
    });
  }

  for (const [what, files] of Object.entries(OTHERS)) {
    it(`are not mistaken for those of other programs: ${what}`, async () => {
      make(files, 'a/b');
      const { files: found, skipped } = await walkFolder(join(root, 'a'), { exclude: [] });
      const all = Object.keys(files).map((place) => `b/${place}`);
      assert.deepEqual([found.map(({ place }) => place).toSorted(), skipped], [all.toSorted(), []]);
      for (const place of all) await requireNoSecret(join(root, 'a', place), 'file');
    });
  }
});
