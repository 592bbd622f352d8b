import assert from 'node:assert/strict';
import { ERROR_CODES, isErrorCode, ShoalError } from '../../../sdk/protocol/index.js';

describe('errors', () => {
  it('have stable codes, each once', () => {
    assert.equal(new Set(ERROR_CODES).size, ERROR_CODES.length);
    assert.ok(isErrorCode('NOT_A_MEMBER') && !isErrorCode('NOPE') && !isErrorCode(3) && !isErrorCode('toString'));
  });

  it('are made of anything that is thrown', () => {
    const own = new ShoalError('NO_SPACE', 'full');
    assert.equal(ShoalError.from(own), own);
    const drawn: [thrown: unknown, code: string][] = [
      [Object.assign(new Error('x'), { code: 'ENOENT' }), 'PATH_NOT_FOUND'],
      [Object.assign(new Error('x'), { code: 'EACCES' }), 'PERMISSION_DENIED'],
      [Object.assign(new Error('x'), { code: 'ENOSPC' }), 'NO_SPACE'],
      [Object.assign(new Error('x'), { code: 'EIO' }), 'DISK_ERROR'],
      [Object.assign(new Error('x'), { code: 'EWHATEVER' }), 'DISCONNECTED'],
      [Object.assign(new Error('x'), { name: 'AbortError' }), 'ABORTED'],
      ['just a string', 'DISCONNECTED'],
      [undefined, 'DISCONNECTED'],
    ];
    for (const [thrown, code] of drawn) {
      const error = ShoalError.from(thrown, 'DISCONNECTED');
      assert.equal(error.code, code);
      if (thrown instanceof Error) assert.equal(error.cause, thrown);
    }
    assert.equal(ShoalError.from(new Error('x')).code, 'INTERNAL');
  });

  it('say of a path that cannot be read as it is spelt that its name is the cause', () => {
    const from = (message: string, code: string) => ShoalError.from(Object.assign(new Error(message), { code }));
    const lost = from("ENOENT: no such file or directory, lstat '/d/Gro\ufffd.txt'", 'ENOENT');
    assert.equal(lost.code, 'PATH_NOT_FOUND');
    assert.match(
      lost.message,
      /^A name with \ufffd in it is not in UTF-8, and cannot be read here: rename it\. \(ENOENT/,
    );
    assert.match(from("EACCES: '/d/Gro\ufffd.txt'", 'EACCES').message, /^You may not read/);
    assert.match(from("ENOENT: '/d/Größe.txt'", 'ENOENT').message, /^There is no such file/);
  });
});
