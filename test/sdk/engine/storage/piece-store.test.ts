import assert from 'node:assert/strict';
import type { DiskPool } from '../../../../sdk/engine/storage/disk-workers/disk-pool.js';
import { PieceBuffers } from '../../../../sdk/engine/storage/disk-workers/piece-buffers.js';
import type { PartFile } from '../../../../sdk/engine/storage/parts/part-file.js';
import { PieceStore } from '../../../../sdk/engine/storage/piece-store.js';
import { createManifest, encodeManifest, PIECE_BYTES } from '../../../../sdk/protocol/index.js';
import { Bitfield } from '../../../../sdk/transfer/index.js';

const PIECES = 8;
/** Any time of a clock that nobody sets. */
const START_MS = 5_000_000_000_000;

describe('PieceStore', () => {
  it('takes a disk for stuck only after seconds of silence on the clock of its download', () => {
    let nowMs = START_MS;
    const buffers = new PieceBuffers(PIECES);
    const manifest = createManifest({
      ...{ algorithm: 'sha1', sizeBytes: PIECES * PIECE_BYTES, fileDigest: new Uint8Array(20) },
      pieceDigests: new Uint8Array(PIECES * 20),
    });
    const disk = { isReady: true, keep: () => {} };
    const store = new PieceStore<string>({
      part: { manifest, path: '/nowhere/file.part' } as PartFile,
      manifest: encodeManifest(manifest),
      verified: new Bitfield(PIECES),
      checks: { open: () => disk } as unknown as DiskPool,
      buffers,
      clock: { nowMs: () => nowMs, after: () => () => {}, every: () => () => {} },
      isRead: () => false,
      onChecked: () => {},
      onFailed: (error) => assert.fail(error),
    });
    store.keep('ann', 0, buffers.take());
    nowMs += 1000;
    store.review(nowMs);
    assert.ok(!store.isStuck);
    nowMs += 5000;
    store.review(nowMs);
    assert.ok(store.isStuck);
  });
});
