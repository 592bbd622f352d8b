import assert from 'node:assert/strict';
import { ERROR_CODES, isErrorCode } from '@shoal/sdk/protocol';
import fc from 'fast-check';
import { errorFrom } from '../../../extension/remote/error-from.js';

describe('an error from the agent', () => {
  it('has the code and the message of the SDK, and INTERNAL for an unknown code', () => {
    const codes = fc.oneof(fc.constantFrom(...ERROR_CODES), fc.string(), fc.constantFrom('toString', '__proto__'));
    fc.assert(
      fc.property(codes, fc.string(), (code, message) => {
        const error = errorFrom({ code, message });
        assert.deepEqual([error.name, error.message], ['ShoalError', message]);
        assert.equal(error.code, isErrorCode(code) ? code : 'INTERNAL');
      }),
    );
  });

  it('has a message even if the agent sent none', () => {
    const { code, message } = errorFrom(null);
    assert.equal(code, 'INTERNAL');
    assert.notEqual(message, '');
  });
});
