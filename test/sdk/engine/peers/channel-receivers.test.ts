import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { ChannelReceivers } from '../../../../sdk/engine/peers/channel-receivers.js';
import type { PieceHandler } from '../../../../sdk/engine/peers/piece-receiver.js';
import { PieceBuffers } from '../../../../sdk/engine/storage/disk-workers/piece-buffers.js';
import { FrameError, isPiece, type Manifest, PIECE_BYTES } from '../../../../sdk/protocol/index.js';

const BUFFERS = 3;

/** Channels 1 and 2, each with a file of one piece. Channel 3 is closed. */
class Scene {
  readonly files = new Map([1, 2].map((channel) => [channel, randomBytes(1000)]));
  readonly got: [channel: number, bytes: Buffer, intact: boolean][] = [];
  readonly asked = new Set([1, 2]);
  readonly buffers = new PieceBuffers(BUFFERS);
  readonly receivers = new ChannelReceivers(
    (channel) => {
      if (!this.asked.delete(channel)) throw new FrameError('an answer to no request');
      return channel === 3 ? undefined : this.#handler(channel);
    },
    (channel) => channel === 3,
    this.buffers,
  );

  /** Part of a channel's piece arrives. */
  comes(channel: number, offset: number, length: number): void {
    this.receivers.blockBegins(channel, 0, offset, length);
    this.receivers.data(this.files.get(channel) ?? randomBytes(1000), offset, offset + length);
  }

  #handler(channel: number): PieceHandler {
    const bytes = this.files.get(channel) ?? Buffer.alloc(0);
    const digest = createHash('sha1').update(bytes).digest();
    const manifest: Manifest = {
      ...{ id: 'a1'.repeat(32), algorithm: 'sha1', sizeBytes: bytes.length, pieceBytes: PIECE_BYTES },
      ...{ pieceCount: 1, fileDigest: digest, pieceDigests: digest },
    };
    return {
      manifest,
      onAnswer: () => {},
      onBytes: () => {},
      onPiece: (piece, buffer) => {
        const whole = Buffer.from(buffer.bytes.subarray(0, bytes.length));
        this.buffers.giveBack(buffer);
        this.got.push([channel, whole, isPiece(manifest, piece, whole)]);
      },
    };
  }
}

describe('ChannelReceivers', () => {
  const scenes: Scene[] = [];
  const open = (): Scene => {
    const scene = new Scene();
    scenes.push(scene);
    return scene;
  };
  afterEach(() => {
    for (const { receivers, buffers } of scenes.splice(0)) {
      receivers.close();
      receivers.close();
      assert.equal(buffers.free, BUFFERS, 'a buffer was not given back, or twice');
    }
  });

  it('put pieces of several channels together, whose blocks come in turn', () => {
    const scene = open();
    scene.comes(1, 0, 400);
    scene.comes(2, 0, 700);
    scene.comes(1, 400, 400);
    scene.comes(2, 700, 300);
    scene.comes(1, 800, 200);
    assert.deepEqual(scene.got, [
      [2, scene.files.get(2), true],
      [1, scene.files.get(1), true],
    ]);
  });

  it('refuse a block that does not go on where its channel was, and one that nobody asked for', () => {
    const scene = open();
    scene.comes(1, 0, 400);
    scene.comes(2, 0, 100);
    assert.throws(() => scene.comes(1, 500, 100), FrameError);
    assert.throws(() => open().comes(2, 100, 100), FrameError);
    assert.throws(() => scene.comes(1, 0, 100), FrameError);
    const other = open();
    other.comes(1, 0, 1000);
    assert.throws(() => other.comes(1, 0, 1000), FrameError);
  });

  it('pass over what is not wanted any more, and begin it anew when it is', () => {
    const scene = open();
    scene.comes(1, 0, 400);
    scene.comes(2, 0, 400);
    assert.equal(scene.receivers.drop(1, 0), true);
    assert.equal(scene.receivers.drop(1, 0), false);
    scene.comes(1, 400, 100);
    scene.asked.add(1);
    scene.comes(1, 0, 1000);
    scene.comes(2, 400, 600);
    assert.deepEqual(
      scene.got.map(([channel, , intact]) => [channel, intact]),
      [
        [1, true],
        [2, true],
      ],
    );
  });

  it('pass over what was on its way for a channel that is closed, and no other channel hears of it', () => {
    const scene = open();
    scene.asked.add(3);
    scene.comes(1, 0, 400);
    scene.comes(3, 0, 400);
    scene.comes(2, 0, 1000);
    scene.receivers.dropChannel(3);
    scene.comes(3, 400, 600);
    scene.comes(1, 400, 600);
    assert.deepEqual(
      scene.got.map(([channel, , intact]) => [channel, intact]),
      [
        [2, true],
        [1, true],
      ],
    );
  });
});
