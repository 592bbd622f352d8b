import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ERROR_CODES } from '../../sdk/protocol/index.js';
import { codeEntries, ERRORS_PAGE, errorsPage } from './errors-page.js';

describe('docs/errors.md', () => {
  it('has every code, in order, with meaning and remedy', () => {
    assert.deepEqual(
      codeEntries().map(({ code }) => code),
      [...ERROR_CODES],
    );
  });

  it('is up to date: npm run docs:errors writes it', () => {
    assert.equal(readFileSync(ERRORS_PAGE, 'utf8'), errorsPage());
  });

  it('has whole sentences that fit a table', () => {
    for (const { code, meaning, remedy } of codeEntries()) {
      for (const text of [meaning, remedy]) assert.match(text, /^[A-Z`][^|\n]*\.$/, code);
    }
  });
});
