import assert from 'node:assert/strict';
import { foldsCaseHere, IgnoreRules } from '../../../../sdk/client/selection/ignore-rules.js';

/** Pattern, path, and whether git leaves the path out. */
const AS_IN_GIT: readonly (readonly [string, string, boolean])[] = [
  ['foo', 'foo', true],
  ['foo', 'a/foo', true],
  ['/foo', 'a/foo', false],
  ['a/foo', 'b/a/foo', false],
  ['**/foo', 'a/b/foo', true],
  ['**/foo', 'foo', true],
  ['foo/**', 'foo/a/b', true],
  ['foo/**', 'foo', false],
  ['foo/**/bar', 'foo/bar', true],
  ['foo/**/bar', 'foo/a/b/bar', true],
  ['foo/**/**/bar', 'foo/bar', true],
  ['foo/*/bar', 'foo/bar', false],
  ['foo/*/bar', 'foo/a/b/bar', false],
  ['?a**/b', 'xa/c/b', false],
  ['?a**/b', 'xab/b', true],
  ['a**/b', 'ab', true], // git compares the part before the first wildcard on its own
  ['*/a*b*c', 'x/aXbXbc', true],
  ['*/a*b*c', 'x/aXb/c', false],
  ['**/a*/**/c', 'a/x/ab/y/z/c', true],
  ['a?b', 'a/b', false],
  ['x[!a]y/z', 'x/y/z', false],
  ['[a-c]x', 'bx', true],
  ['[!a-c]x', 'bx', false],
  ['[]x', ']x', false],
  ['[]]x', ']x', true],
  ['[a-]x', '-x', true],
  ['[\\]]x', ']x', true],
  ['[[:alpha:][:digit:]]', '5', true],
  ['[[:constructor:]]', 'c', false],
  ['[a', '[a', false],
  ['\\*', '*', true],
  ['\\*', 'a', false],
  ['\\#a', '#a', true],
  ['\\!a', '!a', true],
  ['a\\', 'a\\', false],
  ['a  ', 'a', true],
  ['a\\ ', 'a ', true],
  ['a\t', 'a', false],
  ['?', 'é', false], // which has two bytes
  ['??', 'é', true],
];

describe('ignore rules', () => {
  it('match as those of git do', () => {
    const wrong = AS_IN_GIT.filter(
      ([pattern, path, isOut]) => (new IgnoreRules(pattern, false).verdict(path, false) === 'out') !== isOut,
    );
    assert.deepEqual(wrong, []);
  });

  it('tell letters of another case apart, except where git folds it', () => {
    const verdicts = (foldsCase: boolean) =>
      ['readme', 'README', 'Docs/Ä', 'docs/ä'].map((path) =>
        new IgnoreRules('README\ndocs/ä\n', foldsCase).verdict(path, false),
      );
    assert.deepEqual(verdicts(false), [undefined, 'out', undefined, 'out']);
    assert.deepEqual(verdicts(true), ['out', 'out', undefined, 'out'], 'ASCII letters only');
    assert.deepEqual((['linux', 'darwin', 'win32'] as const).map(foldsCaseHere), [false, true, true]);
  });

  it('need no time that grows with a power of the number of stars', () => {
    const rules = new IgnoreRules(`${'*a'.repeat(60)}b\n${'**/a*/'.repeat(30)}b`, false);
    assert.equal(rules.verdict(`${'a'.repeat(250)}`, false), undefined);
    assert.equal(rules.verdict('a/'.repeat(500).slice(0, -1), false), undefined);
  });
});
