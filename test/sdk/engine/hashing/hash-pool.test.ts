import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HashPool } from '../../../../sdk/engine/index.js';
import {
  createManifest,
  type DigestAlgorithm,
  decodeManifest,
  encodeManifest,
  MAX_FILE_BYTES,
  PIECE_BYTES,
} from '../../../../sdk/protocol/index.js';
import { hasCode } from '../../../support/has-code.js';

const MIB = 1024 * 1024;
/** Large enough to be split between two workers. */
const LARGE = 70 * MIB + 5;

describe('the hash pool', () => {
  let folder: string;
  let pool: HashPool;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-hash-'));
    pool = new HashPool();
  });
  afterEach(async () => {
    await pool.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A sparse file that begins with some random bytes. */
  function file(name: string, sizeBytes: number): string {
    const path = join(folder, name);
    writeFileSync(path, randomBytes(Math.min(sizeBytes, 3 * MIB + 17)));
    truncateSync(path, sizeBytes);
    return path;
  }

  function expected(path: string, algorithm: DigestAlgorithm): Buffer {
    const bytes = readFileSync(path);
    const digest = (part: Buffer) => createHash(algorithm).update(part).digest();
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) pieces.push(digest(bytes.subarray(at, at + PIECE_BYTES)));
    const parts = {
      algorithm,
      sizeBytes: bytes.length,
      fileDigest: digest(bytes),
      pieceDigests: Buffer.concat(pieces),
    };
    return Buffer.from(encodeManifest(createManifest(parts)));
  }

  for (const sizeBytes of [0, 1, PIECE_BYTES, 3 * PIECE_BYTES + 1, LARGE]) {
    it(`makes the manifest of a file of ${sizeBytes} bytes, and tells how far it is`, async () => {
      const path = file('some', sizeBytes);
      for (const algorithm of ['sha1', 'sha256'] as const) {
        const told: number[] = [];
        const onProgress = (hashedBytes: number, size: number) => {
          assert.equal(size, sizeBytes);
          told.push(hashedBytes);
        };
        const { manifest, stamp } = await pool.manifest(path, algorithm, { onProgress });
        assert.ok(expected(path, algorithm).equals(manifest));
        assert.equal(stamp.sizeBytes, sizeBytes);
        assert.deepEqual(
          told,
          told.toSorted((a, b) => a - b),
        );
        assert.equal(told.at(-1), sizeBytes);
      }
    });
  }

  it('hashes many files at once, large and small', async () => {
    const paths = Array.from({ length: 12 }, (_none, index) =>
      file(`file ${index}`, index % 2 ? LARGE : 2 * MIB + index),
    );
    const made = await Promise.all(paths.map((path) => pool.manifest(path, 'sha1')));
    for (const [index, path] of paths.entries())
      assert.ok(expected(path, 'sha1').equals(made[index]?.manifest ?? new Uint8Array(0)));
  });

  it('stops when it is asked to, and goes on with others', async () => {
    const abort = new AbortController();
    const path = file('huge', MAX_FILE_BYTES / 16);
    const options = { signal: abort.signal, onProgress: () => abort.abort() };
    await assert.rejects(pool.manifest(path, 'sha1', options), hasCode('ABORTED'));
    await assert.rejects(pool.manifest(path, 'sha1', { signal: abort.signal }), { name: 'AbortError' });
    const other = file('other', 5);
    assert.equal(decodeManifest((await pool.manifest(other, 'sha1')).manifest).sizeBytes, 5);
  });

  it('notices a file that grows shorter meanwhile', async () => {
    const path = file('shorter', MAX_FILE_BYTES / 16);
    const shorter = pool.manifest(path, 'sha1', { onProgress: () => truncateSync(path, MIB) });
    await assert.rejects(shorter, hasCode('FILE_CHANGED'));
  });

  it('says what is no file, not there, or too large', async () => {
    mkdirSync(join(folder, 'folder'));
    await assert.rejects(pool.manifest(join(folder, 'folder'), 'sha1'), hasCode('NOT_A_FILE'));
    await assert.rejects(pool.manifest(join(folder, 'none'), 'sha1'), hasCode('PATH_NOT_FOUND'));
    const path = file('too large', 0);
    truncateSync(path, MAX_FILE_BYTES + 1);
    await assert.rejects(pool.manifest(path, 'sha1'), hasCode('FILE_TOO_LARGE'));
  });

  it('ends what it does when it is closed, and can be used again', async () => {
    const path = file('huge', MAX_FILE_BYTES / 16);
    const started = new Promise<void>((resolve) => {
      const hashing = pool.manifest(path, 'sha1', { onProgress: () => resolve() });
      void assert.rejects(hashing, hasCode('CLOSED'));
    });
    await started;
    const early = assert.rejects(pool.manifest(path, 'sha1'), hasCode('CLOSED'));
    await pool.close();
    await early;
    assert.ok((await pool.manifest(file('small', 9), 'sha1')).manifest.length > 0);
  });

  it('checks pieces', async () => {
    const path = file('checked', 5 * PIECE_BYTES);
    const { manifest } = await pool.manifest(path, 'sha1');
    const bytes = readFileSync(path);
    bytes.writeUInt8(bytes.readUInt8(2 * PIECE_BYTES) ^ 1, 2 * PIECE_BYTES);
    writeFileSync(path, bytes);
    assert.deepEqual(await pool.check(path, manifest, [0, 1, 2, 4]), [0, 1, 4]);
  });
});
