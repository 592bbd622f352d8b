import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { HeldFolder } from '../../../../../sdk/disk/index.js';
import {
  decodeJournal,
  type JournalKey,
  ResumeJournal,
} from '../../../../../sdk/engine/storage/parts/resume-journal.js';

const KEY: JournalKey = { manifestId: 'cd'.repeat(32), pieceCount: 40, bootId: '12'.repeat(16) };
const LATER: JournalKey = { ...KEY, bootId: '34'.repeat(16) };

describe('journal', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-journal-'));
    path = join(folder, 'file.part.journal');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function begin(key: JournalKey, good: number[]): Promise<ResumeJournal> {
    const held = await HeldFolder.open(folder);
    try {
      return await ResumeJournal.begin(held, 'file.part.journal', key, good);
    } finally {
      await held.close();
    }
  }

  async function write(good: number[], steps: (number | 'sync')[]): Promise<Buffer> {
    const journal = await begin(KEY, good);
    let covered = 0;
    for (const step of steps) {
      if (step === 'sync') journal.addSyncMark(covered);
      else journal.addPiece(step);
      covered = journal.recordedPieces;
    }
    await journal.close();
    return readFileSync(path);
  }

  function read(bytes: Buffer, key = KEY) {
    const contents = decodeJournal(bytes, key);
    return contents && { vouched: [...contents.vouched], doubtful: [...contents.doubtful] };
  }

  it('vouches for every record when only the process ended', async () => {
    assert.deepEqual(read(await write([1, 2], [7, 'sync', 5])), { vouched: [1, 2, 5, 7], doubtful: [] });
  });

  it('vouches only for what reached the disk when the computer ended', async () => {
    assert.deepEqual(read(await write([1], [7, 'sync', 5, 9]), LATER), { vouched: [1, 7], doubtful: [5, 9] });
    assert.deepEqual(read(await write([1], [7]), LATER), { vouched: [], doubtful: [1, 7] });
  });

  it("doubts everything where the computer's start cannot be told", async () => {
    const unknown = { ...KEY, bootId: '0'.repeat(32) };
    const journal = await begin(unknown, [3]);
    await journal.close();
    assert.deepEqual(read(readFileSync(path), unknown), { vouched: [], doubtful: [3] });
  });

  it("is not taken for another file's", async () => {
    const bytes = await write([1], [2]);
    assert.equal(decodeJournal(bytes, { ...KEY, manifestId: 'ef'.repeat(32) }), undefined);
    assert.equal(decodeJournal(bytes, { ...KEY, pieceCount: 41 }), undefined);
  });

  it('torn or damaged anywhere, never vouches for a piece that was not recorded', async () => {
    const pieces = [4, 8, 15, 16, 23];
    const bytes = await write([], pieces);
    fc.assert(
      fc.property(
        fc.nat(bytes.length),
        fc.option(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }))),
        (cut, flip) => {
          const damaged = Buffer.from(bytes.subarray(0, cut));
          if (flip && flip[0] < cut) damaged.writeUInt8(damaged.readUInt8(flip[0]) ^ flip[1], flip[0]);
          const contents = read(damaged);
          if (contents) for (const piece of contents.vouched) assert.ok(pieces.includes(piece));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('never fails, whatever the bytes', async () => {
    const head = await write([], []);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, keepHead) => {
        decodeJournal(Buffer.concat([keepHead ? head : Buffer.alloc(0), noise]), KEY);
      }),
      { numRuns: 2000 },
    );
  });
});
