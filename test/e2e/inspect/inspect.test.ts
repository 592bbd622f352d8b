import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import { ensurePrograms } from '../../support/system-programs.js';
import { Stage } from '../support/processes.js';
import { randomFile } from '../support/scenes.js';

const PIECE = 524_288;
const SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 7 * PIECE + 12_345, 33 * PIECE];

interface Inspection {
  sizeBytes: number;
  pieceBytes: number;
  pieceCount: number;
  fileDigest: string;
  pieceDigests: string[];
  pieceHashString: string;
  manifestId: string;
}

describe('shoal inspect', function () {
  this.timeout(120_000);

  let stage: Stage;
  before(async () => {
    await ensurePrograms('These tests', [{ names: ['openssl'], debian: 'openssl' }]);
    stage = await Stage.open();
  });
  after(() => stage.close());

  for (const size of SIZES) {
    it(`prints for ${size} bytes what openssl computes`, async () => {
      const path = stage.path(`file-${size}`);
      randomFile(path, size);
      const program = stage.startShoal('inspect', path, '--json');
      let text = '';
      for (;;) {
        const line = await program.line().catch(() => undefined);
        if (line === undefined) break;
        text += line;
      }
      assert.equal(await program.exited, 0);
      const told = JSON.parse(text) as Inspection;
      const pieces = piecesOf(path, size).map(opensslSha1);
      assert.equal(told.sizeBytes, size);
      assert.equal(told.pieceBytes, PIECE);
      assert.deepEqual(told.pieceDigests, pieces);
      assert.equal(told.pieceHashString, pieces.map((digest) => digest.slice(0, 20)).join(''));
      assert.equal(
        told.fileDigest,
        execFileSync('openssl', ['dgst', '-sha1', '-r', path], { encoding: 'utf8' }).slice(0, 40),
      );
    });
  }
});

function piecesOf(path: string, size: number): Buffer[] {
  const fd = openSync(path, 'r');
  const pieces: Buffer[] = [];
  for (let at = 0; at < size; at += PIECE) {
    const bytes = Buffer.alloc(Math.min(PIECE, size - at));
    readSync(fd, bytes, 0, bytes.length, at);
    pieces.push(bytes);
  }
  closeSync(fd);
  return pieces;
}

function opensslSha1(bytes: Buffer): string {
  return execFileSync('openssl', ['dgst', '-sha1', '-r'], { input: bytes, encoding: 'utf8' }).slice(0, 40);
}
