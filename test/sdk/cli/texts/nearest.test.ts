import assert from 'node:assert/strict';
import { nearest } from '../../../../sdk/cli/texts/nearest.js';

const NAMES = ['login', 'logout', 'list_groups', 'list_files', 'upload_file', 'quit'];

describe('the nearest name', () => {
  for (const [typed, meant] of [
    ['login', 'login'],
    ['LOGIN', 'login'],
    ['lgoin', 'login'],
    ['logn', 'login'],
    ['list_group', 'list_groups'],
    ['listfiles', 'list_files'],
    ['uplaod_flie', 'upload_file'],
    ['qiut', 'quit'],
    ['frobnicate', undefined],
    ['', undefined],
  ] as const) {
    it(`to ${JSON.stringify(typed)} is ${meant ?? 'none'}`, () => assert.equal(nearest(typed, NAMES), meant));
  }
});
