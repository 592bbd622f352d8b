import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FileFolders, isIn } from '../../../../extension/model/tree/file-folders.js';

describe('the folders of paths', () => {
  /** Files and folders have different names, as at the tracker. */
  const folderNames = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 });
  const files = fc.uniqueArray(
    fc
      .record({ folders: folderNames, name: fc.constantFrom('x', 'y', 'z', '1', '10', '2'), sizeBytes: fc.nat(1e6) })
      .map(({ folders, name, sizeBytes }) => ({ fileName: [...folders, name].join('/'), sizeBytes })),
    { selector: ({ fileName }) => fileName },
  );

  it('contain every file once, and each counts what is below it', () => {
    fc.assert(
      fc.property(files, (all) => {
        const tree = new FileFolders(all);
        const found: string[] = [];
        const open = (folder: string) => {
          const below = folder === '' ? all : all.filter(({ fileName }) => isIn(folder, fileName));
          const { files: count, bytes } = tree.figures(folder) ?? assert.fail(folder);
          assert.deepEqual([count, bytes], [below.length, below.reduce((sum, one) => sum + one.sizeBytes, 0)]);
          const { folders, fileNames } = tree.children(folder);
          assert.equal(new Set(folders).size, folders.length);
          found.push(...fileNames);
          for (const inner of folders) open(inner);
        };
        open('');
        assert.deepEqual(found.sort(), all.map(({ fileName }) => fileName).sort());
      }),
    );
  });

  it('are sorted by name, with numbers as numbers', () => {
    const tree = new FileFolders(['10', '9', 'f10/a', 'f9/a'].map((fileName) => ({ fileName, sizeBytes: 1 })));
    assert.deepEqual([...tree.children('').folders], ['f9', 'f10']);
    assert.deepEqual([...tree.children('').fileNames], ['9', '10']);
  });

  it('do not exist where nothing is', () => {
    const tree = new FileFolders([]);
    assert.deepEqual([tree.figures('')?.files, tree.figures('a')], [0, undefined]);
    assert.deepEqual(tree.children('a'), { folders: [], fileNames: [] });
    assert.equal(isIn('a', 'ab/c'), false);
  });

  it('are counted once a file, however many there are', () => {
    let looked = 0;
    const all = Array.from({ length: 10_000 }, (_, index) => ({
      get fileName() {
        looked++;
        return `project/part ${index % 100}/${index}.txt`;
      },
      sizeBytes: 1,
    }));
    const tree = new FileFolders(all);
    assert.equal(looked, 10_000);
    assert.equal(tree.children('project').folders.length, 100);
    assert.equal(tree.children('project/part 7').fileNames.length, 100);
  });
});
