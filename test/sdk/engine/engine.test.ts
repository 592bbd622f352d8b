import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Engine } from '../../../sdk/engine/index.js';
import { PIECE_BYTES } from '../../../sdk/protocol/index.js';
import { hasCode } from '../../support/has-code.js';
import { Bench, finished, nextEvent } from './support.js';

const PIECES = 40;

/** Covers threads and TLS. Other tests of the engine run without them. */
describe('an engine in a thread of its own', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench({ over: 'tls and threads' });
  });
  afterEach(() => bench.close());

  for (const size of [0, 1, PIECES * PIECE_BYTES + 17]) {
    it(`brings a file of ${size} bytes over TLS`, async () => {
      const path = bench.file('source', size);
      const [seeder, leecher] = await Promise.all([bench.peer(), bench.peer()]);
      const manifest = await bench.serve(seeder, path);
      const out = join(bench.folder, 'out');
      await finished(leecher, await bench.download(leecher, manifest, out, [seeder.source]));
      assert.ok(readFileSync(out).equals(readFileSync(path)));
    });
  }

  it('stops a download, says what it has of it, and takes it up anew', async () => {
    const path = bench.file('source', PIECES * PIECE_BYTES);
    const [seeder, leecher] = await Promise.all([bench.peer(), bench.peer()]);
    const manifest = await bench.serve(seeder, path);
    const out = join(bench.folder, 'out');
    seeder.engine.send({ type: 'limits', downloadBytesPerSecond: undefined, uploadBytesPerSecond: 10 * PIECE_BYTES });
    const downloadId = await bench.download(leecher, manifest, out, [seeder.source]);
    await nextEvent(leecher, 'downloadProgress', ({ donePieces }) => donePieces > 0);
    assert.equal((await leecher.engine.describeDownload(downloadId)).length, PIECES);
    await leecher.engine.stopDownload(downloadId);
    assert.equal((await leecher.engine.describeDownload(downloadId)).length, 0);
    seeder.engine.send({ type: 'limits', downloadBytesPerSecond: undefined, uploadBytesPerSecond: undefined });
    await finished(leecher, await bench.download(leecher, manifest, out, [seeder.source]));
    assert.ok(readFileSync(out).equals(readFileSync(path)));
  });

  it('says that it cannot listen, and answers nothing once it is closed', async () => {
    const { identity, engine, source } = await bench.peer();
    await assert.rejects(Engine.start(identity, source.host, source.port), hasCode('LISTEN_FAILED'));
    await engine.close();
    await engine.close();
    await engine.stopDownload(1);
    assert.equal((await engine.describeDownload(1)).length, 0);
  });
});
