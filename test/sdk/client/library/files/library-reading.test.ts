import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { decodeJournal } from '../../../../../sdk/client/library/files/library-journal.js';
import { hasCode } from '../../../../support/has-code.js';
import { LibraryFolderOnDisk } from '../library-support.js';

const lineOf = (json: string) => `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;

describe('a library that is damaged', () => {
  let folder: LibraryFolderOnDisk;

  beforeEach(() => {
    folder = new LibraryFolderOnDisk(mkdtempSync(join(tmpdir(), 'shoal-library-')));
  });
  afterEach(() => rmSync(folder.path, { recursive: true, force: true }));

  /** Begins with one and two; three and four came later, in a line each. */
  async function fourShares(): Promise<string> {
    const library = await folder.write('one', 'two');
    library.account('t', 'u').completeness.confirm();
    for (let time = 0; time < 20; time++) {
      const [one] = library.account('t', 'u').shares;
      if (one) library.account('t', 'u').changeShare(one, { modifiedNs: String(time) });
      await library.durable();
    }
    await library.finish();
    await folder.write('three', 'four');
    const text = folder.text();
    assert.equal(text.split('\n').length, 5);
    return text;
  }

  const isComplete = async () => (await folder.open()).account('t', 'u').completeness.isComplete;

  const edit = (text: string, line: number, by: (line: string) => string) =>
    text
      .split('\n')
      .map((one, index) => (index === line ? by(one) : one))
      .join('\n');

  /** What is done to it, and which shares are left. */
  const DAMAGE: Readonly<Record<string, [by: (text: string) => string, left: string[]]>> = {
    'is empty': [() => '', ['one', 'two']],
    'is nothing of ours': [() => 'torn\n', ['one', 'two']],
    'has another head': [
      (text) => edit(text, 0, (line) => line.replace('"lines":1', '"lines":0')),
      ['one', 'two', 'three', 'four'],
    ],
    'has no head': [(text) => text.slice(text.indexOf('\n') + 1), ['one', 'two', 'three', 'four']],
    'has another byte where it begins': [
      (text) => edit(text, 1, (line) => line.replace('two', 'twx')),
      ['one', 'two', 'three', 'four'],
    ],
    'ends where it begins': [(text) => text.slice(0, text.indexOf('\n') + 1), ['one', 'two']],
    'has another byte in a change': [
      (text) => edit(text, 2, (line) => line.replace('three', 'threx')),
      ['one', 'two', 'four'],
    ],
    'has another byte in the last change': [
      (text) => edit(text, 3, (line) => line.replace('four', 'foux')),
      ['one', 'two', 'three'],
    ],
    'has a change that is none': [
      (text) => `${text}${lineOf('[["u@t",[{"type":"nothing"}]]]')}`,
      ['one', 'two', 'three', 'four'],
    ],
    'has an empty line': [(text) => text.replace('\n', '\n\n'), ['one', 'two', 'three', 'four']],
  };
  for (const [what, [by, left]] of Object.entries(DAMAGE)) {
    it(`and ${what} costs what is damaged at most; it is told, put aside, and written anew`, async () => {
      const damaged = by(await fourShares());
      writeFileSync(folder.journal, damaged);
      assert.deepEqual((await folder.names()).sort(), left.toSorted());
      assert.equal(folder.warnings.length, 1);
      assert.match(folder.warnings.join(), /put aside/);
      assert.equal(readFileSync(`${folder.journal}.damaged`, 'utf8'), damaged);
      folder.warnings.length = 0;
      assert.deepEqual((await folder.names()).sort(), left.toSorted());
      assert.deepEqual(folder.warnings, []);
      assert.ok(!(await isComplete()), 'records may be lost');
    });
  }

  it('and is gone is what it was before it was last written anew, which is told', async () => {
    await fourShares();
    rmSync(folder.journal);
    assert.deepEqual(await folder.names(), ['one', 'two']);
    assert.match(folder.warnings.join(), /was gone/);
    await folder.write('five');
    assert.deepEqual(await folder.names(), ['one', 'two', 'five']);
    assert.ok(!(await isComplete()), 'records are lost');
  });

  it('and is gone with the one before it is refused, rather than begun anew', async () => {
    await fourShares();
    for (const path of [folder.journal, `${folder.journal}.previous`]) rmSync(path);
    await assert.rejects(folder.open(), hasCode('DATA_DIR_INVALID'));
    assert.ok(!existsSync(folder.journal));
  });

  it('is taken as it reads where it was edited and nothing before it is left, which is told', async () => {
    const edited = (await fourShares()).replace('three', 'threx');
    writeFileSync(folder.journal, edited);
    writeFileSync(`${folder.journal}.previous`, 'torn\n');
    assert.deepEqual(await folder.names(), ['one', 'two', 'threx', 'four']);
    assert.equal(folder.warnings.length, 1);
    assert.equal(readFileSync(`${folder.journal}.damaged`, 'utf8'), edited);
  });

  it('is refused where nothing good is left of it, and not changed', async () => {
    await fourShares();
    for (const path of [folder.journal, `${folder.journal}.previous`]) writeFileSync(path, 'torn\n');
    await assert.rejects(folder.open(), hasCode('DATA_DIR_INVALID'));
    assert.equal(folder.text(), 'torn\n');
  });

  it('only where library.json is loses nothing; without it, neither', async () => {
    await fourShares();
    writeFileSync(folder.marker, '{"version":2');
    assert.equal((await folder.names()).length, 4);
    assert.equal(folder.warnings.length, 1);
    rmSync(folder.marker);
    assert.equal((await folder.names()).length, 4);
    await folder.write('five');
    assert.ok(existsSync(folder.marker));
    assert.equal((await folder.names()).length, 5);
  });

  it('or newer is not changed: a newer one is refused', async () => {
    const text = await fourShares();
    const newer = edit(text, 0, () => lineOf('{"version":3,"news":true}').trimEnd());
    writeFileSync(folder.journal, newer);
    await assert.rejects(folder.open(), hasCode('DATA_DIR_NEWER'));
    assert.equal(folder.text(), newer);
    writeFileSync(folder.journal, text);
    writeFileSync(folder.marker, '{"version":3}');
    await assert.rejects(folder.open(), hasCode('DATA_DIR_NEWER'));
    assert.equal(readFileSync(folder.marker, 'utf8'), '{"version":3}');
  });

  it('is noticed at any byte', async () => {
    const bytes = Buffer.from(await fourShares());
    fc.assert(
      fc.property(fc.nat(bytes.length - 2), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        const other = Buffer.from(bytes);
        other.writeUInt8(other.readUInt8(at) ^ bits, at);
        assert.equal(decodeJournal('library.journal', other).isWhole, false);
      }),
    );
  });
});
