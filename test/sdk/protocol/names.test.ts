import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nameKey, parseFileName, parseName } from '../../../sdk/protocol/index.js';

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
