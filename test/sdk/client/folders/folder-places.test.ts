import assert from 'node:assert/strict';
import { join, sep } from 'node:path';
import fc from 'fast-check';
import { placeFiles, placeFolders } from '../../../../sdk/client/folders/folder-places.js';
import { nameKey, type SharedFile } from '../../../../sdk/protocol/index.js';

function shared(fileName: string): SharedFile {
  const about = { manifestId: 'ab'.repeat(32), sizeBytes: 1, sharedBy: 'bob', sharedAtMs: 0 };
  return { fileName, ...about, sharersOnline: 1, completeSources: 1 };
}

function placesOf(names: readonly string[], platform: NodeJS.Platform = 'linux'): [string, string][] {
  const { placed, misplaced } = placeFiles('f', names.map(shared), platform);
  const results = new Map<string, string>([
    ...placed.map(({ file, segments }): [string, string] => [file.fileName, segments.join('/')]),
    ...misplaced.map(({ file, error }): [string, string] => [file.fileName, error.code]),
  ]);
  return [...results];
}

describe('the places of a listed folder', () => {
  it('are below it, with each name as it is listed', () => {
    assert.deepEqual(placesOf(['f/a', 'f/b/c/d', 'F/é e']), [
      ['f/a', 'a'],
      ['f/b/c/d', 'b/c/d'],
      ['F/é e', 'é e'],
    ]);
  });

  for (const name of [
    'f',
    'g/a',
    'f/../a',
    'f/./a',
    'f//a',
    '/f/a',
    'f/a/',
    'f/a\\b',
    'f/a\u0000',
    'f/a\u202eb',
    `f/${'x'.repeat(256)}`,
    `f/${'d/'.repeat(31)}x`,
    `f/${'y'.repeat(200)}/${'y'.repeat(200)}/${'y'.repeat(200)}/${'y'.repeat(200)}/${'y'.repeat(223)}`,
  ])
    it(`are none for ${JSON.stringify(name.slice(0, 40))}, and others are not stopped by it`, () => {
      assert.deepEqual(
        new Map(placesOf([name, 'f/good'])),
        new Map([
          [name, 'INVALID_NAME'],
          ['f/good', 'good'],
        ]),
      );
    });

  it('are for the first of those that a disk would take for one, in any order of file and folder', () => {
    assert.deepEqual(
      new Map(placesOf(['f/Readme', 'f/README', 'f/ﬁle', 'f/file'])),
      new Map([
        ['f/Readme', 'Readme'],
        ['f/README', 'NAME_TAKEN'],
        ['f/ﬁle', 'ﬁle'],
        ['f/file', 'NAME_TAKEN'],
      ]),
    );
    assert.deepEqual(placesOf(['f/a', 'f/A/b']), [
      ['f/a', 'a'],
      ['f/A/b', 'NAME_TAKEN'],
    ]);
    assert.deepEqual(placesOf(['f/a/b', 'f/a']), [
      ['f/a/b', 'a/b'],
      ['f/a', 'NAME_TAKEN'],
    ]);
  });

  it('have names that Windows takes, still one for each file', () => {
    assert.deepEqual(
      new Map(placesOf(['f/con', 'f/a:b', 'f/a?b', 'f/d. /e'], 'win32')),
      new Map([
        ['f/con', '_con'],
        ['f/a:b', 'a_b'],
        ['f/a?b', 'NAME_TAKEN'],
        ['f/d. /e', 'd__/e'],
      ]),
    );
  });

  it('never leave the folder, and are never the same twice, whatever is listed', () => {
    const segment = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 6 }),
      fc.constantFrom('.', '..', '', 'a', 'A', 'b', '\\'),
    );
    const name = fc.array(segment, { maxLength: 5 }).map((segments) => ['f', ...segments].join('/'));
    fc.assert(
      fc.property(
        fc.array(name, { maxLength: 20 }),
        fc.constantFrom<NodeJS.Platform>('linux', 'win32'),
        (names, platform) => {
          const { placed, misplaced } = placeFiles('f', names.map(shared), platform);
          assert.equal(placed.length + misplaced.length, names.length);
          const keys = placed.map(({ segments }) => nameKey(segments.join('/')));
          assert.equal(new Set(keys).size, keys.length);
          for (const { segments } of placed) {
            const path = join('/root', ...segments);
            assert.ok(path.startsWith(`${sep}root${sep}`) && path.split(sep).length === 2 + segments.length, path);
          }
          for (const key of keys) assert.ok(!keys.some((other) => other.startsWith(`${key}/`)), 'no file is a folder');
        },
      ),
    );
  });
});

describe('the places of empty folders', () => {
  const files = ['f/file', 'f/dir/b'];
  const foldersOf = (names: readonly string[], platform: NodeJS.Platform = 'linux') =>
    placeFolders('f', names, placeFiles('f', files.map(shared), platform).placed, platform).map((one) => one.join('/'));

  it('are below the folder, and beside files', () => {
    assert.deepEqual(foldersOf(['f/x', 'F/dir/y/z', 'f/dir']), ['x', 'dir/y/z', 'dir']);
    assert.deepEqual(foldersOf(['f/nul', 'f/a:b'], 'win32'), ['_nul', 'a_b']);
  });

  it('are left out where they have none', () => {
    const outside = ['f', 'f/', 'g/x', 'fx/y', '/f/x', 'f/../x', 'f/x/..', 'f/./x', 'f//x', '..', 'f/a\\b', 'f/a\0'];
    assert.deepEqual(foldersOf([...outside, 'f/file', 'f/FILE/x', 'f/file/x/y']), []);
  });
});
