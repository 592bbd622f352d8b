import assert from 'node:assert/strict';
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTracker } from '../../../tracker/index.js';
import { Device } from '../device.js';
import { hasCode, TrackerBench } from '../support.js';

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

  it('is held by one tracker at a time', async () => {
    await assert.rejects(startTracker({ dataDir }), hasCode('DATA_DIR_IN_USE'));
    await bench.tracker.close();
    await (await startTracker({ dataDir })).close();
  });

  it('does not change if a key in it is damaged, or the port is taken', async () => {
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

  /** The folder as a killed process leaves it. */
  function crashed(): string {
    const copy = join(bench.folder, 'crashed');
    cpSync(dataDir, copy, { recursive: true, filter: (path) => !path.endsWith('lock') });
    return copy;
  }

  it('continues after a crash with everything that was committed', async () => {
    await (await bench.user('ann')).call('createGroup', { groupId: 'lab' });
    await using again = await startTracker({ dataDir: crashed() });
    const device = await Device.create(again.url);
    await device.connect();
    await assert.rejects(device.call('createUser', { userId: 'ann', password: 'pw' }), hasCode('USER_EXISTS'));
    device.close();
  });

  it('is refused, and does not change, if its database is lost', async () => {
    await bench.user('ann');
    const ways: [what: string, harm: (folder: string) => void][] = [
      ['its log', (folder) => rmSync(join(folder, 'tracker.db-wal'))],
      ['the file', (folder) => rmSync(join(folder, 'tracker.db'))],
      ['its content', (folder) => writeFileSync(join(folder, 'tracker.db'), '')],
      ['all of it', (folder) => ['', '-wal', '-shm'].map((end) => rmSync(join(folder, `tracker.db${end}`)))],
      [
        'all, and what was noted of it',
        (folder) => ['tracker.db', 'tracker.db-wal', 'database.json'].map((name) => rmSync(join(folder, name))),
      ],
    ];
    for (const [what, harm] of ways) {
      const folder = crashed();
      harm(folder);
      const before = readdirSync(folder).sort();
      await assert.rejects(startTracker({ dataDir: folder }), hasCode('DATA_DIR_INVALID'), what);
      const left = readdirSync(folder).filter((name) => !name.endsWith('-shm'));
      assert.deepEqual(
        left.sort(),
        before.filter((name) => !name.endsWith('-shm')),
        what,
      );
      rmSync(folder, { recursive: true });
    }
    await bench.tracker.close();
    writeFileSync(join(dataDir, 'tracker.db'), 'x'.repeat(5000));
    await assert.rejects(startTracker({ dataDir }), hasCode('DATA_DIR_INVALID'), 'damaged');
    rmSync(join(dataDir, 'tracker.db'));
    await assert.rejects(startTracker({ dataDir }), hasCode('DATA_DIR_INVALID'), 'after an end in order, too');
  });

  it('is closed to other users, with all files of the database, also if it existed before', async function () {
    if (process.platform === 'win32') this.skip();
    await bench.tracker.close();
    const modeOf = (name: string) => statSync(join(dataDir, name)).mode & 0o777;
    assert.deepEqual([modeOf(''), modeOf('tracker.db')], [0o700, 0o600]);
    writeFileSync(join(dataDir, 'tracker.db.bak'), '');
    for (const name of ['tracker.db', 'tracker.db.bak']) chmodSync(join(dataDir, name), 0o644);
    chmodSync(dataDir, 0o755);
    await bench.start();
    for (const name of readdirSync(dataDir).filter((one) => one.startsWith('tracker.db')))
      assert.equal(modeOf(name), 0o600, name);
    assert.equal(modeOf(''), 0o700);
  });
});
