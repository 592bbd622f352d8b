import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { inTurn } from '../../../../../sdk/engine/storage/parts/part-claims.js';
import { PartFile } from '../../../../../sdk/engine/storage/parts/part-file.js';
import { partNamesOf } from '../../../../../sdk/engine/storage/parts/part-names.js';
import { isUnfinished, partialBytes, removePartial } from '../../../../../sdk/engine/storage/parts/part-place.js';
import { createManifest, type Manifest, PIECE_BYTES } from '../../../../../sdk/protocol/index.js';
import { hasCode } from '../../../../support/has-code.js';

const PIECES = 3;

function fileOf(bytes = randomBytes(PIECES * PIECE_BYTES - 7)): { bytes: Buffer; manifest: Manifest } {
  const digest = (part: Uint8Array) => createHash('sha1').update(part).digest();
  const pieceDigests = Buffer.concat(
    Array.from({ length: PIECES }, (_, piece) =>
      digest(bytes.subarray(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES)),
    ),
  );
  const parts = { algorithm: 'sha1', sizeBytes: bytes.length, fileDigest: digest(bytes), pieceDigests } as const;
  return { bytes, manifest: createManifest(parts) };
}

describe('the place of a partial file', () => {
  before(function () {
    if (process.platform === 'win32') this.skip(); // Windows decides access by folder
  });

  let folder: string;
  let path: string;
  const { bytes, manifest } = fileOf();
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-place-'));
    path = join(folder, 'out');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function write(part: PartFile, content: Buffer, pieces: readonly number[]): Promise<void> {
    for (const piece of pieces) {
      await part.writePiece(piece, content.subarray(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES));
      part.recordPiece(piece);
    }
  }

  /** Leaves an incomplete download with one piece. Returns the path of its partial file. */
  async function leave(final = path, file = { bytes, manifest }): Promise<string> {
    const part = await PartFile.open(file.manifest, final);
    await part.begin(part.found.vouched);
    await write(part, file.bytes, [1]);
    await part.close();
    return part.place;
  }

  /** Finishes a download. Returns the number of pieces that existed before. */
  async function finish(final = path, file = { bytes, manifest }): Promise<number> {
    const part = await PartFile.open(file.manifest, final);
    try {
      const had = part.found.vouched;
      const count = had.count;
      await part.begin(had);
      await write(
        part,
        file.bytes,
        Array.from({ length: PIECES }, (_, piece) => piece).filter((piece) => !had.has(piece)),
      );
      await part.finish(false);
      assert.ok(readFileSync(final).equals(file.bytes));
      return count;
    } finally {
      await part.close();
    }
  }

  const PLANTED: Readonly<Record<string, (at: string, victim: string) => void>> = {
    'a link to a file of the user': (at, victim) => symlinkSync(victim, at),
    'another name of a file of the user': (at, victim) => linkSync(victim, at),
    'a link to nothing': (at) => symlinkSync(`${at}-nowhere`, at),
    'a pipe': (at) => void execFileSync('mkfifo', [at]),
    'another file': (at) => writeFileSync(at, 'theirs'),
  };
  for (const [what, plant] of Object.entries(PLANTED)) {
    for (const where of ['out.part', 'out.part.journal', 'out.part.journal.new']) {
      it(`is another where ${what} stands as ${where}, and nothing of that is touched`, async () => {
        const victim = join(folder, 'victim');
        writeFileSync(victim, 'precious');
        plant(join(folder, where), victim);
        assert.equal(await finish(), 0);
        assert.equal(readFileSync(victim, 'utf8'), 'precious');
        assert.ok(!existsSync(join(folder, 'out.part-nowhere')));
        const left = readdirSync(folder).filter((name) => name !== 'out' && name !== 'victim');
        if (where !== 'out.part.journal.new') assert.deepEqual(left, [where]);
        assert.equal(lstatSync(path).nlink, 1);
      });
    }
  }

  const SPOILED: Readonly<Record<string, (part: string) => void>> = {
    'others may write to it': (part) => chmodSync(part, 0o666),
    'it has another name': (part) => linkSync(part, join(folder, 'other')),
    'its journal may be written to by others': (part) => chmodSync(`${part}.journal`, 0o622),
    'it belongs to somebody else': (part) => chownSync(part, 12_345, 12_345),
    'its journal belongs to somebody else': (part) => chownSync(`${part}.journal`, 12_345, 12_345),
    'it became a link': (part) => {
      renameSync(part, join(folder, 'other'));
      symlinkSync(join(folder, 'other'), part);
    },
  };
  for (const [why, spoil] of Object.entries(SPOILED)) {
    it(`is not that of an earlier try when ${why}`, async function () {
      if (why.includes('belongs') && process.getuid?.() !== 0) this.skip(); // only root can change a file's owner
      const part = await leave();
      assert.equal(part, `${path}.part`);
      spoil(part);
      assert.equal(await finish(), 0);
      assert.ok(existsSync(part));
    });
  }

  it('is that of an earlier try where it is as it was, under whichever name', async () => {
    await leave();
    assert.equal(await finish(), 1);
    rmSync(path);
    writeFileSync(`${path}.part`, 'a real file');
    const part = await leave();
    assert.notEqual(part, `${path}.part`);
    assert.equal(await finish(), 1);
    assert.deepEqual(readdirSync(folder).sort(), ['out', 'out.part']);
  });

  it('is refused when every name is taken', async () => {
    for (const name of partNamesOf('out', manifest.id)) writeFileSync(join(folder, name), 'theirs');
    await assert.rejects(finish(), hasCode('DESTINATION_EXISTS'));
  });

  it('has a name that disks take, whatever the name of the file', () => {
    const name = fc
      .string({ minLength: 1, maxLength: 255, unit: 'grapheme' })
      .filter((one) => Buffer.byteLength(one) <= 255);
    fc.assert(
      fc.property(name, (fileName) => {
        const names = partNamesOf(fileName, manifest.id);
        assert.ok(names.length > 0);
        assert.equal(new Set([fileName, ...names]).size, names.length + 1);
        for (const one of names) assert.ok(Buffer.byteLength(`${one}.journal.new`) <= 255, one);
      }),
    );
  });

  for (const name of ['n'.repeat(237), 'n'.repeat(239), 'n'.repeat(255), 'あ'.repeat(85), 'ж'.repeat(127)]) {
    it(`is found again for a name of ${Buffer.byteLength(name)} bytes`, async () => {
      await leave(join(folder, name));
      assert.equal(await finish(join(folder, name)), 1);
      assert.deepEqual(readdirSync(folder), [name]);
    });
  }

  it('makes way for a real file of its name, also while it is written to', async () => {
    const other = fileOf();
    await leave();
    assert.equal(await finish(`${path}.part`, other), 0);
    assert.equal(await finish(), 1, 'what was there moved with it');

    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    const part = await PartFile.open(manifest, path);
    await part.begin(part.found.vouched);
    await write(part, bytes, [0]);
    assert.equal(await finish(`${path}.part`, other), 0);
    await write(part, bytes, [1, 2]);
    await part.finish(false);
    await part.close();
    assert.ok(readFileSync(path).equals(bytes));
    assert.ok(readFileSync(`${path}.part`).equals(other.bytes));
    assert.deepEqual(readdirSync(folder).sort(), ['out', 'out.part']);
  });

  it('is not where a real file is to stand that is on its way at the same time', async () => {
    const other = fileOf();
    await Promise.all([finish(), finish(`${path}.part`, other)]);
    assert.deepEqual(readdirSync(folder).sort(), ['out', 'out.part']);
  });

  it('takes its journal along when it makes way while the journal begins', async () => {
    const other = fileOf();
    for (let round = 0; round < 20; round++) {
      const part = await PartFile.open(manifest, path);
      const opening = PartFile.open(other.manifest, `${path}.part`);
      for (let turn = 0; turn < round; turn++) await nextTurn();
      const [second] = await Promise.all([opening, part.begin(part.found.vouched)]);
      await part.finish(false);
      await Promise.all([part.close(), second.close()]);
      for (const name of ['out.part.part', 'out.part.part.journal', 'out']) rmSync(join(folder, name), { force: true });
      assert.deepEqual(readdirSync(folder), [], `round ${round}`);
    }
  });

  it('is closed only once its journal has begun, so that a removal finds all of it', async () => {
    const part = await PartFile.open(manifest, path);
    let letGo = () => {};
    const held = inTurn(folder, () => new Promise<void>((resolve) => (letGo = resolve)));
    const begun = part.begin(part.found.vouched);
    const removed = part.close().then(() => removePartial(path, manifest.id));
    for (let turn = 0; turn < 50; turn++) await nextTurn();
    letGo();
    await Promise.all([held, begun, removed]);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('is known by its journal, and not by a name', async () => {
    const part = await leave();
    assert.ok((await isUnfinished(part)) && (await isUnfinished(`${part}.journal`)));
    writeFileSync(join(folder, 'real.part'), 'x');
    writeFileSync(join(folder, 'real.part.journal'), 'y');
    assert.ok(!(await isUnfinished(join(folder, 'real.part'))));
    assert.ok(!(await isUnfinished(join(folder, 'real.part.journal'))));
    assert.ok((await partialBytes(path, manifest.id)) >= PIECE_BYTES);
    await removePartial(join(folder, 'real'), manifest.id);
    await removePartial(path, manifest.id);
    assert.deepEqual(readdirSync(folder).sort(), ['real.part', 'real.part.journal']);
  });

  it('stays in the folder in which it was begun, whatever comes to stand in its place', async () => {
    const inbox = join(folder, 'inbox');
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(inbox);
    mkdirSync(elsewhere);
    const part = await PartFile.open(manifest, join(inbox, 'out'));
    await part.begin(part.found.vouched);
    await write(part, bytes, [0, 1, 2]);
    renameSync(inbox, `${inbox}-moved`);
    symlinkSync(elsewhere, inbox);
    await assert.rejects(part.finish(false), hasCode('PATH_NOT_FOUND'));
    await part.close();
    assert.deepEqual(readdirSync(elsewhere), []);
  });

  it('is reached through no link below a folder that is being fetched', async () => {
    mkdirSync(join(folder, 'elsewhere'));
    mkdirSync(join(folder, 'tree'));
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'tree', 'sub'));
    const open = PartFile.open(manifest, join(folder, 'tree', 'sub', 'out'), { root: join(folder, 'tree') });
    await assert.rejects(open);
    assert.deepEqual(readdirSync(join(folder, 'elsewhere')), []);
  });

  it('is not given its name when somebody put another file in its place', async () => {
    const part = await PartFile.open(manifest, path);
    await part.begin(part.found.vouched);
    await write(part, bytes, [0, 1, 2]);
    renameSync(part.place, join(folder, 'ours'));
    writeFileSync(part.place, 'theirs');
    await assert.rejects(part.finish(false), hasCode('FILE_CHANGED'));
    await part.close();
  });
});
