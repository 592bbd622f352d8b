import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RedundantMessages } from '../../../../sdk/engine/peers/redundant-messages.js';
import { SYSTEM_CLOCK } from '../../../../sdk/engine/util/clock.js';
import { decodeManifest, encodeFrame, type Frame, FrameError, PIECE_BYTES } from '../../../../sdk/protocol/index.js';
import { Bitfield } from '../../../../sdk/transfer/index.js';
import { ScriptedSource } from '../scripted-source.js';
import { Bench, finished } from '../support.js';

const PIECES = 24;
const FLOOD_FRAMES = 20_000;

/** What a source repeats after the first request, for the file that is open as `channel`. */
const FLOODS: Readonly<Record<string, (channel: number) => Frame>> = {
  'a piece that it is known to have': (channel) => ({ type: 'have', channel, piece: 0 }),
  'a piece of a file that is not open': (channel) => ({ type: 'have', channel: channel + 1000, piece: 0 }),
  'which pieces it has': (channel) => ({
    type: 'pieceMap',
    channel,
    pieceCount: PIECES,
    bits: new Bitfield(PIECES).fill().toBytes(),
  }),
};

describe('redundant messages of a source', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
  });
  afterEach(() => bench.close());

  it('are accepted up to a bound, and more of them for a file that was closed', () => {
    const countUntilTooMuch = (messages: RedundantMessages): number => {
      for (let count = 0; count < 100_000; count++) {
        try {
          messages.count();
        } catch (error) {
          assert.ok(error instanceof FrameError);
          return count;
        }
      }
      return Infinity;
    };
    const most = countUntilTooMuch(new RedundantMessages(SYSTEM_CLOCK));
    assert.ok(most >= 8192 && most < 32_768, `${most}`);
    const more = new RedundantMessages(SYSTEM_CLOCK);
    more.allow(20_000);
    assert.ok(countUntilTooMuch(more) >= most + 10_000);
  });

  for (const [what, frame] of Object.entries(FLOODS)) {
    it(`ends the connection to who says for ever ${what}, and the file comes from another`, async () => {
      const path = bench.file('source', PIECES * PIECE_BYTES);
      const [seeder, peer] = await Promise.all([bench.peer(), bench.peer()]);
      const manifest = await bench.serve(seeder, path);
      const { pieceCount } = decodeManifest(manifest);
      const bits = new Bitfield(pieceCount).fill().toBytes();
      const flood = await ScriptedSource.start(bench, 'flood', (one, stream) => {
        if (one.type !== 'open') return;
        const { channel } = one;
        stream.write(encodeFrame({ type: 'pieceMap', channel, pieceCount, bits }));
        stream.write(Buffer.concat(new Array<Buffer>(FLOOD_FRAMES).fill(encodeFrame(frame(channel)))));
      });
      const out = join(bench.folder, 'out');
      const downloadId = await bench.download(peer, manifest, out, [flood.source]);
      const done = finished(peer, downloadId);
      await flood.hungUp;
      peer.engine.send({ type: 'sourceCame', downloadId, source: seeder.source });
      await done;
      assert.deepEqual(readFileSync(out), readFileSync(path));
      await flood.close();
    });
  }
});
