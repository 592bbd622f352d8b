import assert from 'node:assert/strict';
import { inspect } from 'node:util';
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
    assert.match(lost.message, /^A name with \ufffd is not in UTF-8 and cannot be read: rename the file\. \(ENOENT/);
    assert.match(from("EACCES: '/d/Gro\ufffd.txt'", 'EACCES').message, /^Access is denied/);
    assert.match(from("ENOENT: '/d/Größe.txt'", 'ENOENT').message, /^There is no such file/);
  });

  describe('of another copy of the class', () => {
    const brand = Symbol.for('@shoal/ShoalError');
    const branded = (value: object) => Object.defineProperty(value, brand, { value: true });

    it('are instances if they are errors with the brand and a known code', () => {
      const foreign = branded(Object.assign(new Error('full'), { code: 'NO_SPACE' }));
      assert.ok(foreign instanceof ShoalError);
      assert.equal(ShoalError.from(foreign), foreign);
    });

    it('are no instances otherwise', () => {
      const inherited: unknown = Object.create(branded(Object.assign(new Error('x'), { code: 'NO_SPACE' })));
      const none: unknown[] = [
        ...[undefined, null, 'NO_SPACE', () => {}, { code: 'NO_SPACE', message: 'full' }],
        branded({ code: 'NO_SPACE', message: 'full' }),
        Object.assign(new Error('x'), { code: 'NO_SPACE', name: 'ShoalError' }),
        branded(new Error('x')),
        branded(Object.assign(new Error('x'), { code: 'NO_SUCH_CODE' })),
        branded(Object.assign(new Error('x'), { code: 7 })),
        inherited,
      ];
      for (const value of none) assert.ok(!(value instanceof ShoalError));
    });

    it('are no instances of a subclass', () => {
      class Special extends ShoalError {}
      assert.ok(new Special('CLOSED', 'x') instanceof Special);
      assert.ok(new Special('CLOSED', 'x') instanceof ShoalError);
      assert.ok(!(new ShoalError('CLOSED', 'x') instanceof Special));
    });
  });

  it('show no brand to those who print or compare them', () => {
    assert.doesNotMatch(inspect(new ShoalError('CLOSED', 'x')), /@shoal/);
    assert.deepEqual(Object.keys(new ShoalError('CLOSED', 'x')).toSorted(), ['code', 'name']);
  });
});
