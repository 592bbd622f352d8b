import assert from 'node:assert/strict';
import { ERROR_CODES, isErrorCode } from '@shoal/sdk/protocol';
import fc from 'fast-check';
import { errorFrom } from '../../../extension/remote/error-from.js';

describe('An error that the agent told', () => {
  it('is the SDK’s, with its code and its words, and INTERNAL where this Shoal does not know the code', () => {
    const codes = fc.oneof(fc.constantFrom(...ERROR_CODES), fc.string(), fc.constantFrom('toString', '__proto__'));
    fc.assert(
      fc.property(codes, fc.string(), (code, message) => {
        const error = errorFrom({ code, message });
        assert.deepEqual([error.name, error.message], ['ShoalError', message]);
        assert.equal(error.code, isErrorCode(code) ? code : 'INTERNAL');
      }),
    );
  });

  it('says something even when the agent said nothing', () => {
    const { code, message } = errorFrom(null);
    assert.equal(code, 'INTERNAL');
    assert.notEqual(message, '');
  });
});
