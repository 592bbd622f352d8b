import assert from 'node:assert/strict';
import fc from 'fast-check';
import { foldersOf, lastName, nameKey, parseFileName, parseFilePath, parseName } from '../../../sdk/protocol/index.js';

const isInvalid = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'INVALID_NAME';

describe('names', () => {
  it('of users and groups may be in any script, with single spaces inside', () => {
    for (const name of [
      'a',
      'Ada Lovelace',
      'δοκιμή',
      '研究室',
      'x.y_z-1@lab+2',
      'é'.normalize('NFD'),
      'a'.repeat(64),
      '𝒜'.repeat(64),
    ]) {
      assert.equal(parseName('user', name), name.normalize('NFC'));
    }
  });

  it('of users and groups are refused when empty, too long, or with anything that misleads', () => {
    for (const name of [
      '',
      ' ',
      ' a',
      'a ',
      'a  b',
      'a/b',
      'a\\b',
      'a\nb',
      'a\u0000',
      'a"b',
      "a'b",
      'a\u200bb',
      'a\u202eb',
      'a'.repeat(65),
      '#a',
      '[a]',
    ]) {
      assert.throws(() => parseName('group', name), isInvalid, JSON.stringify(name));
    }
  });

  it('that look alike by case or form are the same', () => {
    for (const [a, b] of [
      ['Lab', 'lAB'],
      ['straße', 'STRASSE'],
      ['é', 'e\u0301'],
      ['ｌａｂ', 'lab'],
      ['ﬁle', 'FILE'],
    ] as const) {
      assert.equal(nameKey(a), nameKey(b));
    }
    assert.notEqual(nameKey('lab1'), nameKey('lab2'));
  });

  it('have a key that does not change when it is taken again', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => nameKey(nameKey(text)) === nameKey(text)));
  });

  it('of a path fold on their own: nothing that looks like a slash parts them', () => {
    assert.equal(nameKey('Ａ/b'), nameKey('a/B'));
    assert.notEqual(nameKey('a／b'), nameKey('a/b'));
    assert.equal(nameKey('℅'), nameKey('c∕o'));
  });

  it('of shared files are paths, as deep and as long as they may be', () => {
    const deep = Array.from({ length: 32 }, () => 'd').join('/');
    for (const path of ['a', 'a/b', 'src/lib/é.ts', deep]) assert.equal(parseFilePath(path), path.normalize('NFC'));
    const long = Array.from({ length: 5 }, () => 'x'.repeat(210)).join('/');
    for (const path of ['', '/', '/a', 'a/', 'a//b', 'a/./b', 'a/../b', `${deep}/d`, long, 'a/b\\c'])
      assert.throws(() => parseFilePath(path), isInvalid, JSON.stringify(path));
    assert.deepEqual(foldersOf('a/b/c'), ['a', 'a/b']);
    assert.deepEqual([foldersOf('a'), lastName('a'), lastName('a/b/c')], [[], 'a', 'c']);
  });

  it('of files may hold nearly everything, but nothing that leaves a folder', () => {
    for (const name of ['a', '.hidden', 'αρχείο.txt', 'a b  c', 'CON', 'x:y', 'ñ'.repeat(127), '...']) {
      assert.equal(parseFileName(name), name.normalize('NFC'));
    }
    for (const name of [
      '',
      '.',
      '..',
      'a/b',
      '../a',
      'a\\b',
      'C:\\a',
      'a\u0000b',
      'a\nb',
      '\u202egpj.exe',
      'ñ'.repeat(128),
      '\ud800',
    ]) {
      assert.throws(() => parseFileName(name), isInvalid, JSON.stringify(name));
    }
  });
});
