import assert from 'node:assert/strict';
import fc from 'fast-check';
import { joinWords, type Quoting, quotingOf, scanWords, splitWords } from '../../../sdk/cli/words.js';

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

  it('follow the platform', () => {
    assert.equal(quotingOf('win32'), 'windows');
    assert.equal(quotingOf('linux'), 'posix');
    assert.equal(quotingOf('darwin'), 'posix');
  });
});
