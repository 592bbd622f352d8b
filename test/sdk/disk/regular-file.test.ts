import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chownSync, closeSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadHistory, saveHistory } from '../../../sdk/cli/terminal/history.js';
import { Library } from '../../../sdk/client/library/library.js';
import { openRegular, openRegularSync, readFileWithin, readStartSync } from '../../../sdk/disk/index.js';
import { FolderJournal } from '../../../sdk/engine/folders/folder-journal.js';
import { checkPieces, digestFile } from '../../../sdk/engine/hashing/hash-jobs.js';
import { hasCode } from '../../support/has-code.js';
import { manifestOf } from '../engine/folders/folder-support.js';

const isWindows = process.platform === 'win32';

/** Whoever opens files, and must not wait for what is none. */
const OPENERS: Readonly<Record<string, (path: string) => unknown>> = {
  openRegular: async (path) => closeSync(await openRegular(path)),
  openRegularSync: (path) => closeSync(openRegularSync(path)),
  readFileWithin: (path) => readFileWithin(path, 1000),
  readStartSync: (path) => readStartSync(path, 1000),
  'a pass for a manifest': (path) => digestFile(path, 'sha1', 'both', new AbortController().signal, () => {}),
  'a check of pieces': (path) => checkPieces(path, manifestOf(Buffer.from('x')), [0], new AbortController().signal),
  "a folder's journal": (path) => FolderJournal.open(path).close(),
};

describe('opening a file where something else stands', () => {
  before(function () {
    if (isWindows) this.skip(); // which has no pipes and devices among its files
  });

  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-open-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const KINDS: Readonly<Record<string, (path: string) => Promise<void> | void>> = {
    'a pipe': (path) => void execFileSync('mkfifo', [path]),
    'a folder': (path) => mkdirSync(path),
    'a socket': async (path) => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(path, resolve));
      server.unref();
      cleanUp.push(() => server.close());
    },
    'a device': (path) => symlinkSync('/dev/zero', path),
  };
  const cleanUp: (() => unknown)[] = [];
  afterEach(() => {
    for (const undo of cleanUp.splice(0)) undo();
  });

  for (const [kind, make] of Object.entries(KINDS)) {
    for (const [opener, open] of Object.entries(OPENERS)) {
      it(`${opener} refuses ${kind}, and does not wait for it`, async () => {
        const path = join(folder, 'there');
        await make(path);
        await assert.rejects(async () => open(path), hasCode('NOT_A_FILE'));
      });
    }
  }

  it('the library refuses a pipe, and the history passes one over', async () => {
    execFileSync('mkfifo', [join(folder, 'library.json'), join(folder, 'history')]);
    await assert.rejects(Library.open(folder), hasCode('NOT_A_FILE'));
    assert.deepEqual(await loadHistory(join(folder, 'history')), []);
    await saveHistory(join(folder, 'history'), ['help']);
  });

  for (const path of ['/proc/version', '/proc/self/maps', '/sys/kernel/mm/transparent_hugepage/enabled']) {
    it(`${path} is no file to share`, async function () {
      if (process.platform !== 'linux') this.skip(); // elsewhere there are no such files
      const pass = digestFile(path, 'sha1', 'both', new AbortController().signal, () => {});
      await assert.rejects(pass, hasCode('NOT_A_FILE'));
    });
  }

  it("what another user of the computer made is not believed to be Shoal's", async function () {
    if (process.getuid?.() !== 0) this.skip(); // only root can give a file away
    const path = join(folder, 'library.json');
    writeFileSync(path, '{"version":1,"accounts":{}}');
    chownSync(path, 12_345, 12_345);
    await assert.rejects(Library.open(folder), hasCode('DATA_DIR_INVALID'));
    assert.ok(await readFileWithin(path, 1000, { isForeign: true }));
    chownSync(folder, 12_345, 12_345); // then whoever made it may do anything here
    await Library.open(folder);
  });
});
