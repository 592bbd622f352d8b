import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Library, MAX_SHARES } from '../../../../sdk/client/local/library.js';
import { parseLibrary } from '../../../../sdk/client/local/library-file.js';
import type { LibraryShare } from '../../../../sdk/client/local/library-schema.js';
import { encodeLibrary } from '../../../../sdk/client/local/library-text.js';
import { hasCode } from '../../../support/has-code.js';

const share = (fileName: string): LibraryShare => ({
  ...{ groupId: 'lab', fileName, path: `/data/${fileName}`, manifestId: 'ab'.repeat(32) },
  ...{ sizeBytes: 1, modifiedNs: '1', registered: true },
});

describe('the library', () => {
  let folder: string;
  let path: string;
  const told: string[] = [];
  const open = () => Library.open(folder, (message) => told.push(message));
  const names = (library: Library) => library.account('t', 'u').shares.map(({ fileName }) => fileName);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-library-'));
    path = join(folder, 'library.json');
    told.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function saveTwice(): Promise<void> {
    const library = await open();
    for (const name of ['one', 'two']) {
      library.account('t', 'u').shares.push(share(name));
      await library.save();
    }
  }

  it('is what was saved, and says nothing', async () => {
    await saveTwice();
    assert.deepEqual(names(await open()), ['one', 'two']);
    assert.deepEqual(told, []);
  });

  it('is what it was just before where it is torn or edited, which is told, and the damaged one is kept', async () => {
    await saveTwice();
    const whole = readFileSync(path, 'utf8');
    for (const damaged of [
      '',
      whole.slice(0, -10),
      whole.replace('two', 'twx'),
      JSON.stringify(JSON.parse(whole)), // formatted anew by an editor
      whole.replace(/"digest":"../, '"digest":"00'),
    ]) {
      writeFileSync(path, damaged);
      told.length = 0;
      assert.deepEqual(names(await open()), ['one']);
      assert.equal(told.length, 1);
      assert.equal(readFileSync(`${path}.damaged`, 'utf8'), damaged);
      rmSync(path, { force: true });
    }
    const library = await open(); // gone
    assert.deepEqual(names(library), ['one']);
    assert.match(told.join(), /was gone/);
    await library.save();
    assert.ok(existsSync(path));
  });

  it('is refused where nothing good is left of it, and not changed', async () => {
    await saveTwice();
    writeFileSync(path, 'torn');
    writeFileSync(`${path}.previous`, 'torn, too');
    await assert.rejects(open(), hasCode('DATA_DIR_INVALID'));
    assert.equal(readFileSync(path, 'utf8'), 'torn');
  });

  it('is taken as it reads where it was edited and nothing before it is left, which is told', async () => {
    await saveTwice();
    rmSync(`${path}.previous`);
    writeFileSync(path, readFileSync(path, 'utf8').replace('two', 'twx'));
    assert.deepEqual(names(await open()), ['one', 'twx']);
    assert.equal(told.length, 1);
  });

  it('of version 0.1, without a digest, is taken', async () => {
    const accounts = { 'u@t': { shares: [share('old')], downloads: [] } };
    writeFileSync(path, `${JSON.stringify({ version: 1, accounts }, null, 1)}\n`);
    assert.deepEqual(names(await open()), ['old']);
    assert.deepEqual(told, []);
  });

  it('notices any other byte in it', () => {
    const account = { shares: [share('x'), share('y')], downloads: [], folders: [] };
    const text = encodeLibrary({ version: 1, accounts: { 'u@t': account, 'v@t': account } }).toString();
    assert.equal(parseLibrary(path, text).accounts['v@t']?.shares.length, 2);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, letter) => {
        fc.pre(text[at] !== letter);
        const other = text.slice(0, at) + letter + text.slice(at + 1);
        try {
          parseLibrary(path, other);
        } catch (error) {
          assert.ok(hasCode('DATA_DIR_INVALID')(error) || hasCode('DATA_DIR_NEWER')(error));
          return;
        }
        // Its key renamed, the digest is none any more: then it reads as one of version 0.1.
        assert.ok(at < text.indexOf('"accounts"'));
      }),
    );
  });

  it('writes what changed in a share, whatever it is that may', async () => {
    const library = await open();
    const one = share('one');
    library.account('t', 'u').shares.push(one);
    for (const change of [
      { registered: false },
      { modifiedNs: '2' },
      { path: '/elsewhere' },
      { copies: [{ path: '/copy', modifiedNs: '3' }] },
      { copies: [] },
    ]) {
      Object.assign(one, change);
      await library.save();
      assert.deepEqual((await open()).account('t', 'u').shares, [one]);
    }
  });

  it('is what it would be if it were written for the first time, whatever came and went before', async () => {
    const shares = Array.from({ length: 1000 }, (_none, number) => share(`n${number}`));
    const change = fc.record({ type: fc.constantFrom('add', 'drop', 'touch'), at: fc.nat(999) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
        let kept = shares.slice(0, 700);
        for (const { type, at } of changes) {
          const one = shares[at] ?? share('none');
          if (type === 'touch') one.modifiedNs = String(Number(one.modifiedNs) + 1);
          else if (type === 'drop') kept = kept.filter((other) => other !== one);
          else if (!kept.includes(one)) kept = [...kept, one];
          const account = { shares: kept, downloads: [], folders: [] };
          const text = encodeLibrary({ version: 1, accounts: { a: account } }).toString();
          assert.deepEqual(parseLibrary(path, text).accounts.a, account);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('takes as many shares as it reads again, and no more', async () => {
    const library = await open();
    const account = library.account('t', 'u');
    account.shares = Array.from({ length: MAX_SHARES - 1 }, (_none, number) => share(`n${number}`));
    library.requireRoom(account, [share('last')]);
    account.shares.push(share('last'));
    assert.throws(() => library.requireRoom(account, [share('one more')]), hasCode('TOO_MANY_SHARES'));
    account.shares.push(share('downloaded')); // what is downloaded beyond is served on all the same
    await library.save();
    assert.equal(names(await open()).length, MAX_SHARES + 1);
  });

  it('writes what may be lost together with the next', async () => {
    const library = await open();
    library.account('t', 'u').shares.push(share('one'));
    for (let time = 0; time < 500; time++) library.saveSoon();
    assert.ok(!existsSync(path));
    await library.flush();
    assert.deepEqual(names(await open()), ['one']);
    assert.ok(!existsSync(`${path}.previous`), 'it was written once');
  });
});
