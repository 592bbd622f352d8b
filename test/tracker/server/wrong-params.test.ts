import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TRACKER_METHODS, type TrackerMethod } from '../../../sdk/protocol/index.js';
import { wrongParams } from '../../../tracker/server/wrong-params.js';

/** The refusal of invalid parameters; undefined if they are valid. */
function said(method: TrackerMethod, params: unknown): string | undefined {
  const parsed = TRACKER_METHODS[method].params.safeParse(params);
  return parsed.success ? undefined : wrongParams(method, params, parsed.error.issues[0]?.path ?? []).message;
}

describe('invalid parameters of a method', () => {
  const cases: [method: TrackerMethod, params: unknown, text: string][] = [
    ['createUser', { userId: 'ann', password: '' }, 'The password is empty: write at least one character.'],
    ['createUser', { userId: 'ann', password: 'ä'.repeat(513) }, 'The password is too long: choose a shorter one.'],
    ['createUser', { userId: '', password: 'pw' }, 'The user name is empty: write at least one character.'],
    ['createUser', { userId: 'a'.repeat(257), password: 'pw' }, 'The user name is too long: choose a shorter one.'],
    ['createGroup', {}, 'The group name is missing, or is not text.'],
    ['createGroup', { groupId: 7 }, 'The group name is missing, or is not text.'],
    ['createGroup', 7, 'createGroup was called incorrectly: its parameters are missing or malformed.'],
    ['resume', { token: 7 }, 'resume was called incorrectly: its parameter token is missing or malformed.'],
  ];
  for (const [method, params, text] of cases) {
    it(`are described in plain words: ${text}`, () => assert.equal(said(method, params), text));
  }

  it('are never described in the words of the validation library', () => {
    const methods = fc.constantFrom(...(Object.keys(TRACKER_METHODS) as TrackerMethod[]));
    const keys = fc.constantFrom('userId', 'groupId', 'fileName', 'password', 'device', 'token', 'files', 'protocol');
    const params = fc.oneof(fc.dictionary(keys, fc.jsonValue()), fc.jsonValue());
    fc.assert(
      fc.property(methods, params, (method, given) => {
        const text = said(method, given);
        if (text !== undefined) assert.doesNotMatch(text, /expected|invalid|too (small|big)|undefined/i);
      }),
    );
  });
});
