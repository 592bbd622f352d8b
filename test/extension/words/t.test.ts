import assert from 'node:assert/strict';
import fc from 'fast-check';
import { speak, t } from '../../../extension/words/index.js';

describe('texts', () => {
  afterEach(() => speak());

  it('have their placeholders filled, in any order, and keep those without a value', () => {
    assert.equal(t('{1} of {0}, {2}', 3, 'all'), 'all of 3, {2}');
    assert.equal(t('{0} and {0}', ''), ' and ');
  });

  it('use values literally', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        assert.equal(t('<{0}|{1}>', one, other), `<${one}|${other}>`);
      }),
    );
  });

  it('are translated into the current language', () => {
    speak((message, ...args) => `de:${message}:${args.join()}`, 'de');
    assert.equal(t('{0} left', 5), 'de:{0} left:5');
    speak();
    assert.equal(t('{0} left', 5), '5 left');
  });
});
