import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cancel } from '../../../sdk/engine/util/clock.js';
import {
  DATA_HEADER_BYTES,
  decodeManifest,
  encodeFrame,
  PIECE_BYTES,
  writeDataHeader,
} from '../../../sdk/protocol/index.js';
import { Bitfield } from '../../../sdk/transfer/index.js';
import { ScriptedSource } from './scripted-source.js';
import { Bench, finished, nextEvent } from './support.js';

const HOLDERS = 12;
const TRICKLE_MS = 1000;

describe('a download from sources of which most hold what they are asked for', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench({ speed: 5 });
  });
  afterEach(() => bench.close());

  for (const pieces of [2, 40]) {
    it(`comes whole from the one that delivers: ${pieces} pieces`, async () => {
      const path = bench.file('source', pieces * PIECE_BYTES);
      const seeder = await bench.peer();
      const peer = await bench.peer();
      const manifest = await bench.serve(seeder, path);
      const { pieceCount } = decodeManifest(manifest);
      const bits = new Bitfield(pieceCount).fill().toBytes();
      const trickles: Cancel[] = [];
      const holders = await Promise.all(
        Array.from({ length: HOLDERS }, () =>
          ScriptedSource.start(bench, 'holder', (frame, stream) => {
            if (frame.type === 'open')
              stream.write(encodeFrame({ type: 'pieceMap', channel: frame.channel, pieceCount, bits }));
            if (frame.type !== 'request') return;
            let { offset } = frame;
            const trickle = (): void => {
              const header = Buffer.alloc(DATA_HEADER_BYTES + 1);
              writeDataHeader(header, { channel: frame.channel, piece: frame.piece, offset: offset++, length: 1 });
              stream.write(header);
            };
            if (trickles.length >= HOLDERS) return;
            trickle();
            trickles.push(bench.clock.every(TRICKLE_MS, trickle));
          }),
        ),
      );
      const out = join(bench.folder, 'out');
      const downloadId = await bench.download(
        peer,
        manifest,
        out,
        holders.map(({ source }) => source),
      );
      const done = finished(peer, downloadId);
      await nextEvent(
        peer,
        'downloadProgress',
        ({ sources }) => sources.filter(({ state }) => state === 'ready').length > HOLDERS / 2,
      );
      peer.engine.send({ type: 'sourceCame', downloadId, source: seeder.source });
      await done;
      assert.deepEqual(readFileSync(out), readFileSync(path));
      for (const stop of trickles) stop();
      await Promise.all(holders.map((holder) => holder.close()));
    });
  }
});
