import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { fillAll } from '../../../../sdk/disk/index.js';
import { WholeFile } from '../../../../sdk/engine/storage/parts/whole-file.js';
import type { ServedFile, ServedPart } from '../../../../sdk/engine/uploads/served-file.js';
import { ServedFiles } from '../../../../sdk/engine/uploads/served-files.js';
import { SYSTEM_CLOCK } from '../../../../sdk/engine/util/clock.js';
import { createManifest, decodeManifest, encodeManifest, PIECE_BYTES } from '../../../../sdk/protocol/index.js';
import { Bitfield } from '../../../../sdk/transfer/index.js';

const PIECES = 4;
const GROUP = 'lab';

/** Events of files and downloads with one content, in any order. */
const EVENTS = fc.array(
  fc.oneof(
    fc.record({ type: fc.constantFrom('share', 'unshare', 'touch'), file: fc.nat(2) }),
    fc.record({ type: fc.constantFrom('begin', 'end', 'finish'), file: fc.nat(2) }),
    fc.record({ type: fc.constant('piece'), file: fc.nat(2), piece: fc.nat(PIECES - 1) }),
  ),
  { maxLength: 25 },
);

describe('a content that several files and downloads have', () => {
  let folder: string;
  let fd: number;
  const bytes = Buffer.alloc(PIECES * PIECE_BYTES, 'shoal');
  const parts = { fileDigest: Buffer.alloc(20), pieceDigests: Buffer.alloc(20 * PIECES) };
  const manifestBytes = encodeManifest(createManifest({ algorithm: 'sha1', sizeBytes: bytes.length, ...parts }));
  const manifest = decodeManifest(manifestBytes);
  const read = (targets: readonly Buffer[], position: number) => assert.ok(fillAll(fd, targets, position));

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-contents-'));
    writeFileSync(join(folder, 'part'), bytes);
    fd = openSync(join(folder, 'part'), 'r');
  });
  after(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true, force: true });
  });

  function served(): ServedFiles {
    return new ServedFiles({
      ...{ clock: SYSTEM_CLOCK, random: Math.random },
      fileAt: (path, stamp, open) => new WholeFile(path, stamp, open),
      ...{ onRecounted: () => {}, onPiece: () => {}, onBroken: () => {} },
    });
  }

  it('of a download that reads in the background is read without waiting', async () => {
    const contents = served();
    const pieces = new Bitfield(PIECES);
    pieces.set(0);
    let onRead = (): void => {};
    const read = ([one, two]: readonly Buffer[], position: number) => {
      assert.equal(position, 2);
      return new Promise<void>((resolve) => {
        onRead = () => {
          one?.write('far');
          two?.write(' away');
          resolve();
        };
      });
    };
    const content = contents.addPart({ groupId: GROUP, manifest, pieces, read });
    const targets = [Buffer.alloc(3), Buffer.alloc(5)];
    const reading = content.read(targets, 2);
    assert.ok(reading instanceof Promise);
    onRead();
    await reading;
    assert.deepEqual(targets.map(String), ['far', ' away']);
  });

  it('is read from a spare file when no other has it, also by who waits for a doubtful one', async () => {
    const contents = served();
    const [file, spare] = [join(folder, 'file'), join(folder, 'spare')];
    for (const [path, letter] of [file, spare].map((path, index) => [path, 'fs'[index] ?? ''] as const))
      writeFileSync(path, Buffer.alloc(bytes.length, letter));
    const serve = (path: string, isSpare: boolean) => {
      const { size, mtimeNs } = statSync(path, { bigint: true });
      const stamp = { sizeBytes: Number(size), modifiedNs: mtimeNs };
      contents.addFile({ groupId: GROUP, manifest: manifestBytes, path, stamp, isSpare });
    };
    const start = () => {
      const target = Buffer.alloc(1);
      return { target, reading: contents.get(GROUP, manifest.id)?.read([target], 0) };
    };
    serve(spare, true);
    serve(file, false);
    assert.equal(String(start().target), 'f');
    writeFileSync(file, 'edited');
    assert.equal(String(start().target), 's');
    contents.removeFiles(GROUP, manifest.id, spare);
    const { target, reading } = start();
    assert.ok(reading instanceof Promise);
    serve(spare, true);
    await reading;
    assert.equal(String(target), 's');
    contents.clear();
  });

  it('is served as long as any has it, and of what all of them have', async () => {
    await fc.assert(
      fc.asyncProperty(EVENTS, async (events) => {
        const contents = served();
        const whole = new Set<string>();
        const changed = new Set<string>();
        const underWay = new Map<number, ServedPart & { pieces: Bitfield }>();
        for (const event of events) {
          const path = join(folder, String(event.file));
          const known = underWay.get(event.file);
          switch (event.type) {
            case 'share': {
              writeFileSync(path, bytes);
              const { size, mtimeNs } = statSync(path, { bigint: true });
              const stamp = { sizeBytes: Number(size), modifiedNs: mtimeNs };
              contents.addFile({ groupId: GROUP, manifest: manifestBytes, path, stamp });
              whole.add(path);
              changed.delete(path);
              break;
            }
            case 'unshare':
              contents.removeFiles(GROUP, manifest.id, path);
              whole.delete(path);
              break;
            case 'touch':
              rmSync(path, { force: true });
              if (whole.has(path)) changed.add(path);
              break;
            case 'begin': {
              const part = known ?? { groupId: GROUP, manifest, pieces: new Bitfield(PIECES), read };
              underWay.set(event.file, part);
              contents.addPart(part);
              break;
            }
            case 'end':
              if (known) contents.removePart(known);
              underWay.delete(event.file);
              break;
            case 'finish': {
              if (!known) break;
              writeFileSync(path, bytes);
              const { size, mtimeNs } = statSync(path, { bigint: true });
              contents.becomeFile(known, path, { sizeBytes: Number(size), modifiedNs: mtimeNs });
              underWay.delete(event.file);
              whole.add(path);
              changed.delete(path);
              break;
            }
            case 'piece':
              known?.pieces.set('piece' in event ? event.piece : 0);
              if (known) contents.came(known, 'piece' in event ? event.piece : 0);
          }
          const content = contents.get(GROUP, manifest.id);
          for (let piece = 0; piece < PIECES; piece++) {
            const held = [...underWay.values()].some(({ pieces }) => pieces.has(piece));
            assert.equal(content?.pieces.has(piece) ?? false, whole.size > 0 || held);
          }
        }
        const left = [...whole].some((path) => !changed.has(path));
        const waiting: Promise<unknown>[] = [];
        for (let piece = 0; piece < PIECES; piece++) {
          const held = [...underWay.values()].some(({ pieces }) => pieces.has(piece));
          const content = contents.get(GROUP, manifest.id);
          const isDoubtful = !left && !held && whole.size > 0;
          assert.equal(reads(content, piece, waiting), isDoubtful ? 'waits' : left || held ? 'yes' : 'no');
        }
        contents.clear();
        for (const outcome of await Promise.allSettled(waiting)) assert.equal(outcome.status, 'rejected');
      }),
      { numRuns: 150 },
    );
  });
});

/** Whether bytes of a piece can be read, or wait for the verdict on a doubtful file. */
function reads(content: ServedFile | undefined, piece: number, waiting: Promise<unknown>[]): 'yes' | 'no' | 'waits' {
  const target = Buffer.alloc(16);
  try {
    const reading = content?.read([target], piece * PIECE_BYTES); // a local disk is read synchronously
    if (reading) waiting.push(reading);
    return reading ? 'waits' : target.some((byte) => byte !== 0) ? 'yes' : 'no';
  } catch {
    return 'no';
  }
}
