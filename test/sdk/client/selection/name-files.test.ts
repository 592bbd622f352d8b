import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nameFiles } from '../../../../sdk/client/selection/name-files.js';
import { foldersOf, nameKey } from '../../../../sdk/protocol/index.js';

const walked = (places: readonly string[]) =>
  places.map((place) => ({ path: `/d/${place}`, place, sizeBytes: 1, modifiedNs: 0n, executable: false }));

describe('the names of the files of a folder', () => {
  it('stand beside one another; the other file of a pair is told with both names', () => {
    const pairs = [
      ['Makefile', 'makefile'],
      ['x2.txt', 'x\u00b2.txt'],
      ['1.md', '\u2460.md'],
      ['\u00e9.txt', 'e\u0301.txt'],
      ['file', '\ufb01le'],
      ['a.txt', '\uff41.txt'],
      ['Docs/x', 'docs'],
      ['notes', 'Notes/y'],
      ['Sub/deep/z', 'sub/Deep'],
    ] as const;
    for (const pair of pairs) {
      const { named, skipped } = nameFiles('d', walked([...pair, 'other']));
      assert.deepEqual(
        named.map(({ place }) => place),
        [pair[0], 'other'],
      );
      assert.deepEqual(skipped, [
        {
          path: `/d/${pair[1]}`,
          why: `its name counts as that of ${pair[0]}: rename one of them`,
          besidePlace: pair[0],
        },
      ]);
    }
  });

  it('may have folders that differ in case', () => {
    const { named, skipped } = nameFiles('d', walked(['Docs/a', 'docs/b']));
    assert.deepEqual([named.map(({ fileName }) => fileName), skipped], [['d/Docs/a', 'd/docs/b'], []]);
  });

  it('are told if they are not valid', () => {
    const { named, skipped } = nameFiles('d', walked(['a\\b', 'c']));
    assert.deepEqual([named.map(({ place }) => place), skipped.map(({ path }) => path)], [['c'], ['/d/a\\b']]);
  });

  it('are all named or told, and never clash', () => {
    const name = fc.constantFrom('a', 'A', 'b', '\uff41', 'e\u0301', '\u00e9', 'ss', '\u00df');
    const places = fc.uniqueArray(fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/')));
    fc.assert(
      fc.property(places, (all) => {
        const { named, skipped } = nameFiles('d', walked(all));
        assert.equal(named.length + skipped.length, all.length);
        const keys = named.map(({ fileName }) => nameKey(fileName));
        const folders = new Set(named.flatMap(({ fileName }) => foldersOf(fileName).map(nameKey)));
        assert.equal(new Set(keys).size, keys.length);
        assert.deepEqual(
          keys.filter((key) => folders.has(key)),
          [],
        );
      }),
    );
  });
});
