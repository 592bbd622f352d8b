import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stampOf } from '../../../../sdk/disk/index.js';
import { AwayFolder } from '../../../../sdk/engine/folders/away-folder.js';
import type { FolderDisk, SmallFile } from '../../../../sdk/engine/folders/folder-disk.js';
import { FolderWorkerClient } from '../../../../sdk/engine/folders/folder-worker-client.js';
import { OwnFolder } from '../../../../sdk/engine/folders/own-folder.js';
import { TakenNames } from '../../../../sdk/engine/folders/taken-names.js';
import { PartFile } from '../../../../sdk/engine/storage/parts/part-file.js';
import { createManifest, decodeManifest } from '../../../../sdk/protocol/index.js';
import { Bitfield } from '../../../../sdk/transfer/index.js';
import { hasCode } from '../../../support/has-code.js';
import { manifestOf, TAG } from './folder-support.js';

const KINDS = ['in this thread', 'in a process of its own'] as const;

for (const kind of KINDS) {
  describe(`a folder's small files on the disk, ${kind}`, () => {
    let folder: string;
    let lane: FolderWorkerClient | undefined;
    let disk: FolderDisk;
    let nextNumber: number;
    const root = () => join(folder, 'out');

    function diskFor(overwrite: boolean): FolderDisk {
      const [place, names] = [{ root: root(), tag: TAG, overwrite }, new TakenNames(() => false)];
      if (kind === 'in this thread') return new OwnFolder(place, names);
      lane ??= new FolderWorkerClient(folder);
      return new AwayFolder(place, folder, lane, names);
    }

    beforeEach(async () => {
      nextNumber = 0;
      folder = mkdtempSync(join(tmpdir(), 'shoal-folder-disk-'));
      disk = diskFor(false);
      await disk.open();
    });
    afterEach(async () => {
      await disk.close();
      await lane?.close();
      lane = undefined;
      rmSync(folder, { recursive: true, force: true });
    });

    function file(place: string, content: string): SmallFile {
      const manifest = decodeManifest(manifestOf(Buffer.from(content)));
      return { number: nextNumber++, path: join(root(), place), manifest };
    }

    function put(place: string, content: string): string {
      const path = join(root(), place);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    }

    const look = async (one: SmallFile) => disk.look(one, undefined);

    it('gives what it writes its name when it is kept, and not before', async () => {
      const [a, b] = [file('a', 'one'), file('d/e/b', 'two')];
      for (const one of [a, b]) assert.equal(await look(one), undefined);
      const bytes = Buffer.from('one');
      const writing = disk.write(a, bytes);
      bytes.fill(0); // the caller may reuse the buffer
      await writing;
      await disk.write(b, Buffer.from('two'));
      assert.ok(!existsSync(a.path));
      const stamps = await disk.keep([a, b], []);
      for (const [at, one] of [a, b].entries())
        assert.deepEqual(stamps[at], stampOf(statSync(one.path, { bigint: true })));
      assert.deepEqual([readFileSync(a.path, 'utf8'), readFileSync(b.path, 'utf8')], ['one', 'two']);
      assert.deepEqual([readdirSync(root()).sort(), readdirSync(join(root(), 'd/e'))], [['a', 'd'], ['b']]);
      assert.deepEqual(await look(a), stamps[0]);
      assert.deepEqual(await disk.keep([], [a]), []);
    });

    it('knows a file by the stamp that is vouched for, or by its content, and leaves another where it is', async () => {
      const wanted = file('a', 'content');
      const path = put('a', 'CONTENT');
      const stamp = stampOf(statSync(path, { bigint: true }));
      await assert.rejects(look(wanted), hasCode('DESTINATION_EXISTS'));
      assert.deepEqual(await disk.look(wanted, stamp), stamp);
      await assert.rejects(
        async () => disk.look(wanted, { ...stamp, modifiedNs: 1n }),
        hasCode('DESTINATION_EXISTS'),
        'changed since',
      );
      put('a', 'content');
      assert.equal((await look(wanted))?.sizeBytes, 7);
      put('a', 'longer content');
      await assert.rejects(look(wanted), hasCode('DESTINATION_EXISTS'));
      await disk.close();
      disk = diskFor(true);
      await disk.open();
      assert.equal(await look(wanted), undefined, 'to be replaced');
      await disk.write(wanted, Buffer.from('content'));
      await disk.keep([wanted], []);
      assert.equal(readFileSync(path, 'utf8'), 'content');
    });

    it('follows no link, and says what is in the way', async () => {
      mkdirSync(join(folder, 'elsewhere'));
      mkdirSync(root());
      symlinkSync(join(folder, 'elsewhere'), join(root(), 'linked'));
      put('file', '');
      for (const place of ['linked/a', 'file/a']) {
        await assert.rejects(look(file(place, 'x')), hasCode('DESTINATION_EXISTS'));
        await assert.rejects(async () => disk.place(join(root(), place), 1), hasCode('DESTINATION_EXISTS'));
      }
      assert.deepEqual(readdirSync(join(folder, 'elsewhere')), []);
    });

    it('tells for each file how it went', async () => {
      const [a, b] = [file('a', 'one'), file('b', 'two')];
      for (const one of [a, b]) await disk.write(one, Buffer.from('1'));
      put('a', 'somebody else');
      const [first, second] = await disk.keep([a, b], []);
      assert.ok(hasCode('DESTINATION_EXISTS')(first));
      assert.ok(second && !(second instanceof Error));
      renameSync(root(), join(folder, 'moved'));
      mkdirSync(root());
      await assert.rejects(disk.keep([], [b]), hasCode('PATH_NOT_FOUND'));
    });

    it('makes the folder of a larger file, and says whether one of its size stands there', async () => {
      const path = join(root(), 'd/large');
      assert.equal(await disk.place(path, 7), false);
      assert.ok(statSync(dirname(path)).isDirectory());
      put('d/large', 'content');
      assert.equal(await disk.place(path, 7), true);
      assert.equal(await disk.place(path, 8), false);
    });

    it('makes folders, and leaves what is in their way', async () => {
      await disk.makeFolder(join(root(), 'a/b'));
      await disk.makeFolder(join(root(), 'a'));
      assert.ok(statSync(join(root(), 'a/b')).isDirectory());
      await disk.keep([], []);
      put('file', 'content');
      symlinkSync(folder, join(root(), 'linked'));
      for (const place of ['file', 'file/x', 'linked', 'linked/x'])
        await assert.rejects(disk.makeFolder(join(root(), place)), hasCode('DESTINATION_EXISTS'));
      assert.deepEqual([existsSync(join(folder, 'x')), readFileSync(join(root(), 'file'), 'utf8')], [false, 'content']);
    });

    it('removes what it wrote and did not keep, and what an earlier try left, and nothing else', async () => {
      await disk.write(file('a', 'one'), Buffer.from('one'));
      assert.equal(readdirSync(root()).length, 1);
      await disk.close();
      assert.deepEqual(readdirSync(root()), []);
      put(`d/left.${TAG}.part`, 'of a killed process');
      put('d/left.other.part', "another download's");
      disk = diskFor(false);
      await disk.open();
      assert.deepEqual(readdirSync(join(root(), 'd')), ['left.other.part']);
    });

    it("takes a name from a large file's partial one, which moves", async () => {
      await disk.place(join(root(), 'large'), 10);
      const [sizeBytes, pieceDigests] = [2 ** 20, Buffer.alloc(40)];
      const manifest = createManifest({ algorithm: 'sha1', sizeBytes, fileDigest: Buffer.alloc(20), pieceDigests });
      const part = await PartFile.open(manifest, join(root(), 'large'), { root: root() });
      try {
        await part.begin(new Bitfield(2));
        assert.equal(part.place, join(root(), 'large.part'));
        const small = file('large.part', 'real');
        assert.equal(await look(small), undefined);
        assert.notEqual(part.place, small.path);
        await disk.write(small, Buffer.from('real'));
        await disk.keep([small], []);
        assert.equal(readFileSync(small.path, 'utf8'), 'real');
      } finally {
        await part.close();
      }
    });
  });
}
