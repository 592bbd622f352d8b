import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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
    bench = new Bench();
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
      const timers: NodeJS.Timeout[] = [];
      const holders = await Promise.all(
        Array.from({ length: HOLDERS }, () =>
          ScriptedSource.start('holder', (frame, socket) => {
            if (frame.type === 'open')
              socket.write(encodeFrame({ type: 'pieceMap', channel: frame.channel, pieceCount, bits }));
            if (frame.type !== 'request' || socket.destroyed) return;
            let { offset } = frame;
            const trickle = (): void => {
              const header = Buffer.alloc(DATA_HEADER_BYTES + 1);
              writeDataHeader(header, { channel: frame.channel, piece: frame.piece, offset: offset++, length: 1 });
              socket.write(header);
            };
            if (timers.length >= HOLDERS) return;
            trickle();
            timers.push(setInterval(trickle, TRICKLE_MS));
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
      for (const timer of timers) clearInterval(timer);
      await Promise.all(holders.map((holder) => holder.close()));
    });
  }
});
