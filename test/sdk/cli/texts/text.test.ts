import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alignColumns, fit, printable, widthOf } from '../../../../sdk/cli/texts/text.js';

describe('printable', () => {
  it('lets any script through as it is', () => {
    for (const text of ['', 'report.pdf', 'δοκιμή', '研究室 🙂', 'שלום', 'é']) assert.equal(printable(text), text);
  });

  it('replaces what would drive a terminal, break a line or turn its direction', () => {
    assert.equal(printable('a\x1b[2Jb'), 'a\ufffd[2Jb');
    assert.equal(printable('a\nb\r\tc\0'), 'a\ufffdb\ufffd\ufffdc\ufffd');
    assert.equal(printable('\x9b31m\x7f'), '\ufffd31m\ufffd');
    assert.equal(printable('\u202egpj.exe'), '\ufffdgpj.exe');
    assert.equal(printable('a\u2028b\ud800'), 'a\ufffdb\ufffd');
  });

  it('leaves no control character, whatever the text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/[\p{Cc}\p{Cs}]/u.test(printable(text))));
  });
});

describe('columns on a terminal', () => {
  it('are counted by what is seen', () => {
    assert.equal(widthOf('abc'), 3);
    assert.equal(widthOf('研究'), 4);
    assert.equal(widthOf('e\u0301'), 1);
    assert.equal(widthOf('\x1b[31mred\x1b[39m'), 3);
  });

  it('are kept to by cutting with an ellipsis', () => {
    assert.equal(fit('abcdef', 6), 'abcdef');
    assert.equal(fit('abcdef', 5), 'abcd…');
    assert.equal(fit('研究室', 5), '研究…');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, columns) => {
        assert.ok(widthOf(fit(text, columns)) <= columns);
      }),
    );
  });

  it('put cells one below the other', () => {
    assert.deepEqual(
      alignColumns([
        ['研究', 'owner', 'x'],
        ['a', 'member', 'y'],
      ]),
      ['研究  owner   x', 'a     member  y'],
    );
    assert.deepEqual(alignColumns([]), []);
  });

  it('let the last cell go on below itself where it is too long', () => {
    const rows = [
      ['quit', 'leave the program for good'],
      ['x', 'y'],
    ];
    assert.deepEqual(alignColumns(rows, 26), ['quit  leave the program', '      for good', 'x     y']);
    assert.deepEqual(alignColumns(rows, 25), ['quit  leave the program for good', 'x     y']);
    const wide = [...rows, ['download <group> <file> <place>', 'fetch it, in the background']];
    assert.deepEqual(alignColumns(wide, 30), [
      'quit  leave the program for',
      '      good',
      'x     y',
      'download <group> <file> <place>',
      '      fetch it, in the',
      '      background',
    ]);
    assert.deepEqual(alignColumns([['a single cell is left as it is']], 10), ['a single cell is left as it is']);
  });
});
