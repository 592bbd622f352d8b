import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  foldersOf,
  lastName,
  nameKey,
  parseFileName,
  parseFilePath,
  parseName,
  parseNewFilePath,
  parseNewName,
} from '../../../../sdk/protocol/index.js';

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

  it('that are new may be in any writing of today, and in those of one language together', () => {
    for (const name of [
      ...[
        'Ada Lovelace',
        'x.y_z-1@lab+2',
        'Łukasz',
        'Việt Nguyễn',
        'İstanbul',
        'straße',
        'Ångström',
        'δοκιμή',
        'Москва',
        'ქართული',
        'Հայերեն',
      ],
      ...[
        'अनीता',
        'தமிழ்',
        'ไทยแลนด์',
        'မြန်မာ',
        'ភាសាខ្មែរ',
        'שלום',
        'مُحَمَّد',
        '研究室',
        'ラーメンABC',
        '한국lab',
        '김철수',
        '漢字ㄅ',
        '１２',
        '𝒜',
      ],
    ])
      assert.equal(parseNewName('user', name), name.normalize('NFC'));
  });

  it('that are new have nothing unseen, no mark of their own, and no letters of several writings', () => {
    for (const name of [
      ...[
        'a\u3164b',
        '\u115f',
        'a\u034fb',
        'a\ufe0f',
        '\u17b4',
        'a\u{e0100}',
        '\u0301',
        'a \u0301b',
        '.\u0301',
        'e\u0301\u0301',
        'e\u0301\u0302\u0303\u0304\u0305',
      ],
      ...[
        '\u043ewner',
        'ow\u0578er',
        '\u03b1dmin',
        '\u13aadmin',
        '\u1d0fwner',
        '\u{1042c}wner',
        '\u041c\u043e\u0441 lab',
        'a1\u0662',
        '1\u0662',
        '\u16a0\u16a2',
      ],
    ]) {
      assert.throws(() => parseNewName('group', name), isInvalid, JSON.stringify(name));
    }
    assert.equal(parseName('group', '\u043ewner'), '\u043ewner', 'one of before');
  });

  it('that are new are those that may be, and never among those that may not', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 12 }), (text) => {
        let name: string;
        try {
          name = parseNewName('user', text);
        } catch (error) {
          assert.ok(isInvalid(error));
          return;
        }
        assert.equal(parseName('user', name), name);
        assert.doesNotMatch(name, /\p{Default_Ignorable_Code_Point}|^\p{M}/u);
        assert.ok(!(/\p{Script=Latin}/u.test(name) && /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(name)));
      }),
    );
  });

  it('of new files have something to see in each', () => {
    for (const path of ['a/b', '…', '😀', 'a\u0301', '٣', '\u3164a'])
      assert.equal(parseNewFilePath(path), path.normalize('NFC'));
    for (const path of ['\u3164', 'a/\u115f/b', ' ', '\u00a0', '\u200b', '\u0301', '\ufe0f\u034f', '\u2060'])
      assert.throws(() => parseNewFilePath(path), isInvalid, JSON.stringify(path));
    assert.equal(parseFilePath('\u3164'), '\u3164', 'one of before');
  });
});
