import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTextWithin } from '../../../sdk/disk/index.js';
import { hasCode } from '../../support/has-code.js';

describe('the text of a file that is named', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-text-'));
    path = join(folder, 'text');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is read up to its bound, and from nothing but a file or a pipe', async () => {
    writeFileSync(path, '127.0.0.1 6970\n');
    assert.equal(await readTextWithin(path, 15), '127.0.0.1 6970\n');
    await assert.rejects(readTextWithin(path, 14), hasCode('INVALID_ARGUMENT'));
    await assert.rejects(readTextWithin(folder, 100), hasCode('NOT_A_FILE'));
    await assert.rejects(readTextWithin(join(folder, 'none'), 100), hasCode('ENOENT'));
  });

  describe('from a pipe', () => {
    before(function () {
      if (process.platform === 'win32') this.skip(); // which has no pipes among its files
    });
    beforeEach(() => execFileSync('mkfifo', [path]));

    it('is taken to its end, as a shell gives the output of a command', async () => {
      const writer = spawn('sh', ['-c', 'echo 127.0.0.1 6970 > "$0"', path]); // which waits for a reader
      const gone = once(writer, 'close');
      assert.equal(await readTextWithin(path, 100), '127.0.0.1 6970\n');
      await gone;
    });

    it('is waited for no longer than a signal says, and taken no further than its bound', async () => {
      const other = await open(path, 'r+'); // holds it open, and says nothing
      try {
        const stop = new AbortController();
        const reading = readTextWithin(path, 100, stop.signal);
        stop.abort();
        await assert.rejects(reading, (error) => error === stop.signal.reason);
        await assert.rejects(readTextWithin(path, 100, stop.signal), (error) => error === stop.signal.reason);
        await other.write('x'.repeat(101));
        await assert.rejects(readTextWithin(path, 100), hasCode('INVALID_ARGUMENT'));
      } finally {
        await other.close();
      }
    });

    it('is waited for where nobody has opened it yet, until a signal is given', async () => {
      const stop = new AbortController();
      const reading = readTextWithin(path, 100, stop.signal);
      setImmediate(() => stop.abort());
      await assert.rejects(reading, (error) => error === stop.signal.reason);
    });
  });
});
