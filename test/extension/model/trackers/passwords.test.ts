import assert from 'node:assert/strict';
import fc from 'fast-check';
import { newPasswordProblem, repeatedPasswordProblem } from '../../../../extension/model/trackers/passwords.js';

describe('a new password', () => {
  it('has at least eight characters, whatever they are', () => {
    for (const password of ['', 'x', '1234567', 'e\u0301'.repeat(7), '🐟'.repeat(7)])
      assert.match(newPasswordProblem(password) ?? '', /at least 8 characters/, password);
    const enough = fc.string({ unit: 'binary', minLength: 8, maxLength: 60 }).filter(isComposed);
    fc.assert(fc.property(enough, (password) => assert.equal(newPasswordProblem(password), undefined)));
    assert.equal(newPasswordProblem('🐟'.repeat(8)), undefined);
  });

  it('is not longer than the tracker accepts', () => {
    assert.equal(newPasswordProblem('x'.repeat(1024)), undefined);
    assert.match(newPasswordProblem('x'.repeat(1025)) ?? '', /too long/);
    assert.match(newPasswordProblem('ä'.repeat(513)) ?? '', /too long/);
  });

  it('is typed twice, however its letters are composed', () => {
    assert.match(repeatedPasswordProblem('secrets', 'secret') ?? '', /differ/);
    assert.equal(repeatedPasswordProblem('cafe\u0301', 'caf\u00e9'), undefined);
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const isSame = one.normalize('NFC') === other.normalize('NFC');
        assert.equal(repeatedPasswordProblem(one, other) === undefined, isSame);
        assert.equal(repeatedPasswordProblem(one, one), undefined);
      }),
    );
  });
});

function isComposed(text: string): boolean {
  return text.normalize('NFC') === text;
}
