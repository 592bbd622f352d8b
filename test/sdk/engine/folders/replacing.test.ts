import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type FileStamp, stampAtSync } from '../../../../sdk/disk/index.js';
import { AwayFolder } from '../../../../sdk/engine/folders/away-folder.js';
import type { FolderDisk, SmallFile } from '../../../../sdk/engine/folders/folder-disk.js';
import { FolderWorkerClient } from '../../../../sdk/engine/folders/folder-worker-client.js';
import { OwnFolder } from '../../../../sdk/engine/folders/own-folder.js';
import { TakenNames } from '../../../../sdk/engine/folders/taken-names.js';
import { decodeManifest } from '../../../../sdk/protocol/index.js';
import { hasCode } from '../../../support/has-code.js';
import { manifestOf, TAG } from './folder-support.js';

for (const kind of ['in this thread', 'in a process of its own'] as const) {
  describe(`older versions and removed files of a folder on the disk, ${kind}`, () => {
    let folder: string;
    let lane: FolderWorkerClient | undefined;
    let disk: FolderDisk;
    const root = () => join(folder, 'out');

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'shoal-replacing-'));
      const [place, names] = [{ root: root(), tag: TAG }, new TakenNames(() => false)];
      if (kind === 'in a process of its own') lane = new FolderWorkerClient(folder);
      disk = lane ? new AwayFolder(place, folder, lane, names) : new OwnFolder(place, names);
      await disk.open();
    });
    afterEach(async () => {
      await disk.close();
      await lane?.close();
      lane = undefined;
      rmSync(folder, { recursive: true, force: true });
    });

    function put(place: string, content: string): { path: string; stamp: FileStamp } {
      const path = join(root(), place);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      utimesSync(path, 1000, 1000);
      return { path, stamp: stampAtSync(path) };
    }

    function wanted(path: string, content: string, replaces?: FileStamp): SmallFile {
      return { number: 1, path, manifest: decodeManifest(manifestOf(Buffer.from(content))), replaces };
    }

    const kept = async (file: SmallFile, content: string) => {
      await disk.write(file, Buffer.from(content));
      return (await disk.keep([file], []))[0];
    };

    it('replaces the file that has the stamp, and no other', async () => {
      const { path, stamp } = put('a', 'first');
      const file = wanted(path, 'second', stamp);
      assert.equal(await disk.look(file, undefined), undefined);
      const outcome = await kept(file, 'second');
      assert.deepEqual([readFileSync(path, 'utf8'), outcome], ['second', stampAtSync(path)]);
      await assert.rejects(
        async () => disk.look(wanted(path, 'third!', stamp), undefined),
        hasCode('DESTINATION_EXISTS'),
      );
    });

    it('keeps an edit that comes between the look and the replacement', async () => {
      for (const edit of ['bytes', 'rename', 'link'] as const) {
        const { path, stamp } = put(edit, 'first');
        const file = wanted(path, 'second', stamp);
        assert.equal(await disk.look(file, undefined), undefined);
        await disk.write(file, Buffer.from('second'));
        if (edit === 'link') {
          put('elsewhere', 'first');
          rmSync(path);
          symlinkSync(join(root(), 'elsewhere'), path);
        } else {
          if (edit === 'rename') rmSync(path);
          writeFileSync(path, 'fresh');
        }
        const [outcome] = await disk.keep([file], []);
        assert.ok(outcome instanceof Error && hasCode('DESTINATION_EXISTS')(outcome), edit);
        assert.equal(readFileSync(path, 'utf8'), edit === 'link' ? 'first' : 'fresh');
      }
    });

    it('writes the file if the older version is gone meanwhile', async () => {
      const { path, stamp } = put('a', 'first');
      rmSync(path);
      const outcome = await kept(wanted(path, 'second', stamp), 'second');
      assert.deepEqual(outcome, stampAtSync(path));
    });

    it('gives a file its time and its executable bit, and a stamp that holds', async () => {
      const file = {
        ...wanted(join(root(), 'd/tool'), 'x'),
        attributes: { modifiedMs: 1_234_567_891, executable: true },
      };
      const outcome = await kept(file, 'x');
      const { mtimeMs, mode } = statSync(file.path);
      assert.equal(Math.floor(mtimeMs), 1_234_567_891);
      if (process.platform !== 'win32') assert.equal(mode & 0o111, (mode & 0o444) >> 2);
      assert.deepEqual(outcome, stampAtSync(file.path));
    });

    it('removes a file that has the stamp, and the folders that this empties', async () => {
      const { path, stamp } = put('a/b/c', 'gone');
      const other = put('a/other/file', 'stays');
      put('a/b/own', 'of the user');
      assert.equal(await disk.remove(path, stamp), true);
      assert.deepEqual([existsSync(path), existsSync(dirname(path))], [false, true]);
      assert.equal(await disk.remove(other.path, { ...other.stamp, modifiedNs: 1n }), false);
      rmSync(join(root(), 'a/b/own'));
      const last = put('a/b/last', 'gone');
      assert.equal(await disk.remove(last.path, last.stamp), true);
      assert.deepEqual([existsSync(join(root(), 'a/b')), existsSync(other.path)], [false, true]);
      assert.equal(await disk.remove(other.path, other.stamp), true);
      assert.deepEqual([existsSync(join(root(), 'a')), existsSync(root())], [false, true]);
      await kept(wanted(join(root(), 'a/b/again'), 'x'), 'x'); // the folders can be made again
    });

    it('removes nothing behind a link', async () => {
      mkdirSync(join(folder, 'elsewhere'));
      mkdirSync(root());
      writeFileSync(join(folder, 'elsewhere/file'), 'of somebody');
      symlinkSync(join(folder, 'elsewhere'), join(root(), 'link'));
      const path = join(root(), 'link/file');
      await assert.rejects(disk.remove(path, stampAtSync(path)), hasCode('DESTINATION_EXISTS'));
      chmodSync(path, 0o600);
      assert.ok(existsSync(path));
    });
  });
}
