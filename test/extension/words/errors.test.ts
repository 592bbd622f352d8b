import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES, isErrorCode } from '@shoal/sdk/protocol';
import ts from 'typescript';
import { EditorError, speak, wordError } from '../../../extension/words/index.js';
import { allOf, EXTENSION, parseSources } from './source-files.js';

describe('the texts of errors', () => {
  afterEach(() => speak());

  it('are one sentence or a few for every code, instead of the message', () => {
    for (const code of ERROR_CODES) {
      const { text } = wordError({ code, message: 'As the SDK says it.' });
      assert.match(text, /^[A-Z].*\.$/, code);
      assert.doesNotMatch(text, /\{\d\}|As the SDK says it/, code);
    }
    assert.equal(
      wordError({ code: 'WRONG_PASSWORD', message: 'x' }).text,
      'The user name or the password is wrong: try again.',
    );
  });

  it('exist in both languages, and none of them twice', () => {
    const german = JSON.parse(readFileSync(join(EXTENSION, 'l10n/bundle.l10n.de.json'), 'utf8')) as Record<
      string,
      string
    >;
    const english = ERROR_CODES.map((code) => wordError({ code, message: 'As the SDK says it.' }).text);
    assert.equal(new Set(english).size, ERROR_CODES.length);
    const translated = english.map((text) => german[text] ?? assert.fail(`no German for: ${text}`));
    assert.equal(new Set(translated).size, ERROR_CODES.length);
  });

  it('offer a step if one helps', () => {
    const stepAfter = (code: (typeof ERROR_CODES)[number]) => wordError({ code, message: '' }).next;
    assert.equal(stepAfter('NOT_LOGGED_IN')?.command, 'shoal.login');
    assert.equal(stepAfter('TRACKER_UNREACHABLE')?.command, 'shoal.retry');
    assert.deepEqual(stepAfter('LISTEN_FAILED')?.args, ['shoal.listen']);
    assert.equal(stepAfter('NO_SPACE'), undefined);
    const create = { label: 'Create Group…', command: 'shoal.createGroup' };
    assert.equal(wordError(new EditorError('INVALID_ARGUMENT', 'You are not in a group.', create)).next, create);
    assert.equal(wordError(new EditorError('NOT_LOGGED_IN', 'Nobody is.')).next?.command, 'shoal.login');
    for (const code of ERROR_CODES) {
      const next = stepAfter(code);
      if (next) assert.match(`${next.label} ${next.command}`, /^[A-Z][^{}]* (shoal|workbench\.action)\.\w+$/, code);
    }
  });

  it('are not applied again to errors of the editor', () => {
    const isThrown = ({ expression }: ts.NewExpression) =>
      ts.isIdentifier(expression) && expression.text === 'ShoalError';
    const hidden = parseSources().flatMap((source) =>
      allOf(source, ts.isNewExpression)
        .filter(isThrown)
        .filter(({ arguments: [code, message] = [] }) => {
          if (!code || !ts.isStringLiteral(code) || !isErrorCode(code.text)) return false;
          const isWorded = message && ts.isCallExpression(message) && message.expression.getText(source) === 't';
          return isWorded && wordError({ code: code.text, message: 'its own' }).text !== 'its own';
        })
        .map((error) => `${source.fileName}: ${error.getText(source)}`),
    );
    assert.deepEqual(hidden, []);
  });

  it('are in the current language', () => {
    speak((message) => message.toUpperCase(), 'de');
    assert.equal(
      wordError({ code: 'WRONG_PASSWORD', message: '' }).text,
      'THE USER NAME OR THE PASSWORD IS WRONG: TRY AGAIN.',
    );
    assert.equal(wordError({ code: 'WRONG_PASSWORD', message: '' }).next?.label, 'SIGN IN…');
  });
});
