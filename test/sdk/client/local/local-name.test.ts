import assert from 'node:assert/strict';
import { basename, win32 } from 'node:path';
import fc from 'fast-check';
import { localFileName } from '../../../../sdk/client/local/local-name.js';
import { parseFileName } from '../../../../sdk/protocol/index.js';

/** Names as they come from others, parsed. */
const sharedName = fc
  .string({ unit: fc.constantFrom(...'aZ0.é研 -_:<>|?*"', 'CON', 'nul', 'lpt1', '.txt'), minLength: 1, maxLength: 12 })
  .filter((name) => name !== '.' && name !== '..')
  .map(parseFileName);

describe('the local name of a shared file', () => {
  it('is the shared one, but on Windows', () => {
    fc.assert(
      fc.property(
        sharedName,
        (name) => localFileName(name, 'linux') === name && localFileName(name, 'darwin') === name,
      ),
    );
  });

  it('means nothing else on Windows', () => {
    for (const [shared, local] of [
      ['report.pdf', 'report.pdf'],
      ['CON', '_CON'],
      ['nul.txt', '_nul.txt'],
      ['COM1.tar.gz', '_COM1.tar.gz'],
      ['console', 'console'],
      ['a:b', 'a_b'],
      ['what?.txt', 'what_.txt'],
      ['trailing. ', 'trailing__'],
      ['...', '___'],
    ] as const) {
      assert.equal(localFileName(shared, 'win32'), local);
    }
  });

  it('never leaves its folder', () => {
    fc.assert(
      fc.property(sharedName, (name) => {
        const local = localFileName(name, 'win32');
        assert.equal(win32.basename(local), local);
        assert.equal(basename(local), local);
        assert.doesNotMatch(local, /[<>:"|?*]|[. ]$/);
      }),
    );
  });
});
