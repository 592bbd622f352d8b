import assert from 'node:assert/strict';
import { withoutSecrets } from '../../../../sdk/cli/terminal/history.js';

describe('a line in the history', () => {
  for (const [line, kept] of [
    ['login alice pw', 'login alice'],
    ['  login  "al ice"  pw', 'login "al ice"'],
    ['create_user alice "p w" more', 'create_user alice'],
    ['login alice', 'login alice'],
    ['logn alice pw', undefined],
    ['LOGIN alice pw', undefined],
    ['login alice "pw', undefined],
    ['logout', 'logout'],
    ['join_group lab', 'join_group lab'],
    ['nonsense "open', 'nonsense "open'],
    ['list_files lab ', 'list_files lab'],
    ['', undefined],
  ] as const) {
    it(`is ${kept === undefined ? 'none' : JSON.stringify(kept)} for ${JSON.stringify(line)}`, () => {
      assert.equal(withoutSecrets(line, 'posix'), kept);
    });
  }
});
