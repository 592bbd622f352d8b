import assert from 'node:assert/strict';
import fc from 'fast-check';
import { speak, t } from '../../../extension/words/index.js';

describe('Texts', () => {
  afterEach(() => speak());

  it('have their places filled, in whatever order, and leave those without a value', () => {
    assert.equal(t('{1} of {0}, {2}', 3, 'all'), 'all of 3, {2}');
    assert.equal(t('{0} and {0}', ''), ' and ');
  });

  it('take what they are given as it is', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        assert.equal(t('<{0}|{1}>', one, other), `<${one}|${other}>`);
      }),
    );
  });

  it('are handed to the language that is spoken', () => {
    speak((message, ...args) => `de:${message}:${args.join()}`, 'de');
    assert.equal(t('{0} left', 5), 'de:{0} left:5');
    speak();
    assert.equal(t('{0} left', 5), '5 left');
  });
});
