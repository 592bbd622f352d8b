import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTracker } from '../../tracker/index.js';
import { hasCode, TrackerBench } from './support.js';

describe("a tracker's data folder", () => {
  let bench: TrackerBench;
  let dataDir: string;

  beforeEach(async () => {
    bench = await new TrackerBench().start();
    dataDir = join(bench.folder, 'data');
  });
  afterEach(() => bench.close());

  it('keeps the keys, for their owner only', async () => {
    const { fingerprint } = bench.tracker;
    const device = await bench.device();
    await device.connect();
    const { ticketKeys } = await device.call('hello', { protocol: 1, client: 'x' });
    await bench.tracker.close();
    await bench.start();
    assert.equal(bench.tracker.fingerprint, fingerprint);
    const again = await bench.device();
    await again.connect();
    assert.deepEqual((await again.call('hello', { protocol: 1, client: 'x' })).ticketKeys, ticketKeys);
    for (const file of ['identity.json', 'ticket-key.json']) {
      if (process.platform !== 'win32') assert.equal(statSync(join(dataDir, file)).mode & 0o777, 0o600);
    }
  });

  it('serves one tracker at a time', async () => {
    await assert.rejects(startTracker({ dataDir }), hasCode('DATA_DIR_IN_USE'));
    await bench.tracker.close();
    await (await startTracker({ dataDir })).close();
  });

  it('is left as it is when a key in it is damaged, or its port is taken', async () => {
    const { port } = bench.tracker;
    await assert.rejects(
      startTracker({ dataDir: join(bench.folder, 'other'), listen: `127.0.0.1:${port}` }),
      hasCode('LISTEN_FAILED'),
    );
    await bench.tracker.close();
    for (const file of ['identity.json', 'ticket-key.json']) {
      const path = join(dataDir, file);
      const whole = readFileSync(path);
      for (const damaged of ['', '{}', whole.toString().slice(0, 40)]) {
        writeFileSync(path, damaged);
        await assert.rejects(startTracker({ dataDir }), hasCode('DATA_DIR_INVALID'));
        assert.equal(readFileSync(path, 'utf8'), damaged);
      }
      writeFileSync(path, whole);
    }
    await (await startTracker({ dataDir })).close();
  });
});
