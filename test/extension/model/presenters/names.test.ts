import assert from 'node:assert/strict';
import fc from 'fast-check';
import { escapeMarkdown, nameProblem } from '../../../../extension/model/presenters/names.js';
import { names } from '../drawn.js';

describe('a name while it is typed', () => {
  it('is not wrong while it is empty, and not when it is valid', () => {
    assert.equal(nameProblem('user', ''), undefined);
    fc.assert(fc.property(names, (name) => assert.equal(nameProblem('group', name), undefined)));
  });

  it('is wrong with a space at an end, a slash, or too many letters', () => {
    for (const name of [' a', 'a ', ' ', 'a  b', 'a/b', 'a\nb', '\u202Ea', '😀', 'x'.repeat(65)])
      assert.match(nameProblem('group', name) ?? '', /1 to 64 letters/, JSON.stringify(name));
    assert.equal(nameProblem('user', 'x'.repeat(64)), undefined);
  });
});

/** What Markdown renders for a line: its text without escapes, and whether it contains markup. */
function render(line: string): { text: string; isActive: boolean } {
  const special = /[!-/:-@[-`{-~]/; // any of these may be escaped
  const active = /[\\`*_{}[\]()#+\-.!|<>~$&:@]/; // any of these may mean something
  let text = '';
  let isActive = false;
  for (let index = 0; index < line.length; index++) {
    const [character = '', next = ''] = [line[index], line[index + 1]];
    if (character === '\\' && special.test(next)) {
      text += next;
      index++;
    } else {
      isActive ||= active.test(character);
      text += character;
    }
  }
  return { text, isActive };
}

describe('text from others', () => {
  it('is shown literally, on one line, and without markup', () => {
    const marks = fc.constantFrom(
      ...'\\`*_{}[]()#+-.!|<>~$&:@/ \r\n\t'.split(''),
      '](',
      '$(',
      'https://a.b',
      '```',
      '&amp;',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.oneof(marks, fc.string({ maxLength: 2 }))).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (drawn) => {
        const escaped = escapeMarkdown(drawn);
        assert.doesNotMatch(escaped, /[\r\n]/);
        const { text: shown, isActive } = render(escaped);
        assert.equal(isActive, false, escaped);
        assert.equal(shown, drawn.replace(/\r\n?|\n/g, ' '));
      }),
    );
  });

  it('has no link, not even a plain one', () => {
    assert.equal(escapeMarkdown('[a](command:x)'), '\\[a\\]\\(command\\:x\\)');
    assert.equal(escapeMarkdown('https://evil.example'), 'https\\://evil\\.example');
  });
});
