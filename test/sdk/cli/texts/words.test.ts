import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  doubleQuoted,
  joinWords,
  type Quoting,
  quotingOf,
  scanWords,
  splitSecretLine,
  splitWords,
} from '../../../../sdk/cli/texts/words.js';

const STYLES: Quoting[] = ['posix', 'windows'];

describe('words of a line', () => {
  /** What a line says in each style; undefined: a quote in it is not closed. */
  const cases: [line: string, posix: string[] | undefined, windows: string[] | undefined][] = [
    ['', [], []],
    [' \t ', [], []],
    ['list_groups', ['list_groups'], ['list_groups']],
    ['  join_group   lab\t', ['join_group', 'lab'], ['join_group', 'lab']],
    ['put "My file.txt" lab', ['put', 'My file.txt', 'lab'], ['put', 'My file.txt', 'lab']],
    ["put 'My file.txt' lab", ['put', 'My file.txt', 'lab'], ['put', 'My file.txt', 'lab']],
    ['a"b c"d', ['ab cd'], ['ab cd']],
    ['"" \'\'', ['', ''], ['', '']],
    [`"it's" 'say "no"'`, ["it's", 'say "no"'], ["it's", 'say "no"']],
    ['My\\ file.txt', ['My file.txt'], ['My\\', 'file.txt']],
    ['"a\\"b"', ['a"b'], undefined],
    ["'a\\b'", ['a\\b'], ['a\\b']],
    ['C:\\Users\\x.txt', ['C:Usersx.txt'], ['C:\\Users\\x.txt']],
    ['"C:\\Users\\x.txt"', ['C:\\Users\\x.txt'], ['C:\\Users\\x.txt']],
    ['"C:\\new folder\\" lab', undefined, ['C:\\new folder\\', 'lab']],
    ['\\\\server\\share', ['\\servershare'], ['\\\\server\\share']],
    ['last\\', ['last\\'], ['last\\']],
    ['"open', undefined, undefined],
    ["'open", undefined, undefined],
    [`a "b c'`, undefined, undefined],
  ];

  for (const [line, posix, windows] of cases) {
    for (const [style, words] of [['posix', posix] as const, ['windows', windows] as const]) {
      it(`are read from ${JSON.stringify(line)} (${style})`, () => {
        if (words) assert.deepEqual(splitWords(line, style), words);
        else assert.throws(() => splitWords(line, style), { code: 'USAGE' });
      });
    }
  }

  for (const style of STYLES) {
    it(`come back from the line that is joined of them (${style})`, () => {
      const word = fc.oneof(
        fc.string(),
        fc.string({ unit: fc.constantFrom('"', "'", '\\', ' ', '\t', 'a', '#', '~') }),
        fc.string({ unit: 'grapheme' }),
      );
      fc.assert(
        fc.property(fc.array(word), (words) => assert.deepEqual(splitWords(joinWords(words, style), style), words)),
      );
    });

    it(`cover the line but for blanks, whatever it is (${style})`, () => {
      fc.assert(
        fc.property(fc.string({ unit: fc.constantFrom('"', "'", '\\', ' ', '\t', 'a', 'é') }), (line) => {
          let end = 0;
          for (const word of scanWords(line, style)) {
            assert.equal(line.slice(end, word.start).trim(), '');
            assert.ok(word.end > word.start);
            end = word.end;
          }
          assert.equal(line.slice(end).trim(), '');
        }),
      );
    });
  }

  const secrets: [line: string, words: string[] | undefined, formerly?: string][] = [
    ['login eve secret', ['login', 'eve', 'secret']],
    ['login eve', ['login', 'eve']],
    ['login eve a\\b', ['login', 'eve', 'a\\b'], 'ab'],
    ['login eve a\\b"c', ['login', 'eve', 'a\\b"c']],
    [`login eve it's`, ['login', 'eve', `it's`]],
    ['login eve a"b c"', ['login', 'eve', 'a"b c"'], 'ab c'],
    ['login eve a\\ b', ['login', 'eve', 'a\\ b'], 'a b'],
    ['login eve "a b"', ['login', 'eve', 'a b']],
    ['login eve "a\\\\b\\"c"', ['login', 'eve', 'a\\b"c']],
    [`login eve 'a\\b"c'`, ['login', 'eve', 'a\\b"c']],
    ['login eve a"b c', ['login', 'eve', 'a"b', 'c']],
    ['login "eve adams" a\\b', ['login', 'eve adams', 'a\\b'], 'ab'],
    ['login eve "a', undefined],
    ['login "eve a', undefined],
  ];
  for (const [line, words, formerly] of secrets) {
    it(`have a password that is taken as it stands in ${JSON.stringify(line)}`, () => {
      if (words) assert.deepEqual(splitSecretLine(line, 'posix', 2), { words, formerly });
      else assert.throws(() => splitSecretLine(line, 'posix', 2), { code: 'USAGE' });
    });
  }

  const pairs: [line: string, words: string[] | undefined, formerly?: string][] = [
    ['change_password old new', ['change_password', 'old', 'new']],
    ['change_password old', ['change_password', 'old']],
    ['change_password', ['change_password']],
    ['change_password a\\b c\\d', ['change_password', 'a\\b', 'c\\d'], 'ab'],
    [`change_password it's it's`, ['change_password', `it's`, `it's`]],
    ['change_password a"b c"d', ['change_password', 'a"b', 'c"d']],
    [`change_password "a b" 'c "d'`, ['change_password', 'a b', 'c "d']],
    ['change_password a\\ b', ['change_password', 'a\\', 'b']],
    ['change_password a b c', ['change_password', 'a', 'b', 'c']],
    ['change_password a "b', undefined],
  ];
  for (const [line, words, formerly] of pairs) {
    it(`have two passwords that are taken as they stand in ${JSON.stringify(line)}`, () => {
      if (words) assert.deepEqual(splitSecretLine(line, 'posix', 1, 2), { words, formerly });
      else assert.throws(() => splitSecretLine(line, 'posix', 1, 2), { code: 'USAGE' });
    });
  }

  for (const style of STYLES) {
    it(`have every password without blanks as it is, or in quotes (${style})`, () => {
      const secret = fc.string({ unit: fc.constantFrom('"', "'", '\\', 'a', '#', '\u00e9'), minLength: 1 });
      fc.assert(
        fc.property(secret, (text) => {
          const written = /^["']/.test(text) ? doubleQuoted(text, style) : text;
          assert.deepEqual(splitSecretLine(`login eve ${written}`, style, 2).words, ['login', 'eve', text]);
          const two = splitSecretLine(`change_password ${written} ${written}`, style, 1, 2);
          assert.deepEqual(two.words, ['change_password', text, text]);
        }),
      );
    });
  }

  it('follow the platform', () => {
    assert.equal(quotingOf('win32'), 'windows');
    assert.equal(quotingOf('linux'), 'posix');
    assert.equal(quotingOf('darwin'), 'posix');
  });
});
