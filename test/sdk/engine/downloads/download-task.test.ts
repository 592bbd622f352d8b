import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DownloadTask } from '../../../../sdk/engine/downloads/download-task.js';
import { DownloadLimiter } from '../../../../sdk/engine/fetching/download-limiter.js';
import type { TaskContext } from '../../../../sdk/engine/fetching/task-context.js';
import { HashPool } from '../../../../sdk/engine/hashing/hash-pool.js';
import type { EngineEvent } from '../../../../sdk/engine/messages.js';
import type { ChannelHandler } from '../../../../sdk/engine/peers/channel-handler.js';
import type { ConnectionRequests } from '../../../../sdk/engine/peers/connection-requests.js';
import type { DownloadConnection } from '../../../../sdk/engine/peers/download-connection.js';
import { DiskPool } from '../../../../sdk/engine/storage/disk-workers/disk-pool.js';
import { PieceBuffers } from '../../../../sdk/engine/storage/disk-workers/piece-buffers.js';
import { removePartial } from '../../../../sdk/engine/storage/parts/part-place.js';
import { SYSTEM_CLOCK } from '../../../../sdk/engine/util/clock.js';
import { decodeManifest, PIECE_BYTES, type Source } from '../../../../sdk/protocol/index.js';
import { Bitfield } from '../../../../sdk/transfer/index.js';
import { localDisk } from '../local-thread.js';
import { Bench, GROUP } from '../support.js';

const PIECES = 4;
const MINUTE_MS = 60_000;
const SOURCE: Source = { deviceId: 'd'.repeat(64), userId: 'sam', host: '127.0.0.1', port: 6000, complete: true };

describe('a download task', () => {
  let bench: Bench;
  let task: DownloadTask;
  let context: TaskContext;
  let checks: DiskPool;
  let logged: string[];
  let emitted: EngineEvent['type'][];
  let limiter: DownloadLimiter;
  /** Time that a test adds to the clock. */
  let passedMs = 0;
  const nowMs = () => SYSTEM_CLOCK.nowMs() + passedMs;
  let opened: ChannelHandler[];
  let closed: number[];
  let requested: [number, number][];
  let everything: Bitfield;

  beforeEach(async () => {
    bench = new Bench();
    const { manifest } = await bench.hash(bench.file('source', PIECES * PIECE_BYTES));
    [logged, emitted, opened, closed, requested] = [[], [], [], [], []];
    limiter = new DownloadLimiter(SYSTEM_CLOCK);
    const buffers = new PieceBuffers(8);
    checks = new DiskPool(buffers.memory, localDisk);
    context = {
      ...{ clock: { ...SYSTEM_CLOCK, nowMs }, random: Math.random, hashes: new HashPool(), checks, buffers, limiter },
      link: () => mutePeer(),
      serve: () => ({ isOpen: false }),
      isServed: () => false,
      unserve: () => {},
      pieceCame: () => {},
      becomeFile: () => {},
      ticketRefused: () => {},
      emit: ({ type }) => emitted.push(type),
      log: (level, message) => level === 'warn' && logged.push(message),
    };
    const finalPath = join(bench.folder, 'out');
    task = new DownloadTask({ downloadId: 1, groupId: GROUP, manifest, finalPath, overwrite: false }, context, limiter);
    await task.prepare();
    everything = new Bitfield(decodeManifest(manifest).pieceCount);
    everything.fill();
    task.addSource(SOURCE);
    opened[0]?.onPieceMap(everything);
  });
  afterEach(async () => {
    await task.stop();
    limiter.close();
    await checks.close();
    await bench.close();
  });

  /** A source that accepts every request and sends nothing. */
  function mutePeer(): DownloadConnection {
    const requests: Pick<ConnectionRequests, 'request' | 'cancel' | 'requestBlock' | 'hasRoom'> = {
      request: (channel, piece) => requested.push([channel, piece]),
      cancel: () => {},
      requestBlock: (channel, piece) => requested.push([channel, piece]),
      hasRoom: true,
    };
    const link: Pick<DownloadConnection, 'open' | 'close' | 'want' | 'retain' | 'release' | 'requests'> = {
      open: (handler) => opened.push(handler),
      close: (channel) => closed.push(channel),
      want: () => {},
      retain: () => {},
      release: () => {},
      requests: requests as ConnectionRequests,
    };
    return link as DownloadConnection;
  }

  it('that stands still for a minute though it has a source says how it stands, and asks anew', () => {
    const startedMs = nowMs();
    assert.deepEqual(requested[0], [1, requested[0]?.[1]]);
    task.tick(startedMs + MINUTE_MS - 1000);
    assert.deepEqual([logged, closed], [[], []]);
    task.tick(startedMs + MINUTE_MS + 1000);
    assert.equal(logged.length, 1);
    assert.match(
      logged[0] ?? '',
      /out has made no progress for a minute.* 4 pieces missing, .* buffers free, reading goes on; sam /,
    );
    assert.deepEqual(closed, [1]);
    assert.equal(opened.length, 2);
    task.tick(startedMs + MINUTE_MS + 2000);
    assert.equal(logged.length, 1, 'it is said once a minute');
  });

  it('that gets bytes, however few, does not stand still', () => {
    passedMs = MINUTE_MS / 2;
    opened[0]?.onBytes(1);
    passedMs = 0;
    task.tick(nowMs() + MINUTE_MS + 1000);
    assert.deepEqual(logged, []);
    task.tick(nowMs() + 2 * MINUTE_MS);
    assert.equal(logged.length, 1);
  });

  it('that has no source does not stand still', () => {
    opened[0]?.onClosed({ kind: 'lost', message: 'gone' });
    task.tick(nowMs() + 2 * MINUTE_MS);
    assert.deepEqual(logged, []);
  });

  it('whose source says that its file changed tells so, and again when the tracker has heard of it', () => {
    const told = () => emitted.filter((type) => type === 'sourceChanged').length;
    opened[0]?.onClosed({ kind: 'refused', code: 'FILE_CHANGED' });
    assert.equal(told(), 1);
    task.removeSource(SOURCE.deviceId);
    assert.equal(told(), 2);
  });

  it('that is cancelled at any moment of its beginning leaves nothing behind', async () => {
    const { manifest } = await bench.hash(bench.file('cancelled', PIECES * PIECE_BYTES));
    const folder = join(bench.folder, 'cancelled here');
    mkdirSync(folder);
    const finalPath = join(folder, 'out');
    const order = { groupId: GROUP, manifest, finalPath, overwrite: false };
    for (let turns = 0; turns < 80; turns++) {
      const one = new DownloadTask({ ...order, downloadId: 2 + turns }, context, limiter);
      const prepared = one.prepare();
      for (let turn = 0; turn < turns; turn++) await nextTurn();
      await one.stop();
      await removePartial(finalPath, decodeManifest(manifest).id);
      await prepared;
      assert.deepEqual(readdirSync(folder), [], `stopped after ${turns} turns`);
    }
  });

  it('that its limit holds back does not stand still', () => {
    opened[0]?.onClosed({ kind: 'lost', message: 'gone' });
    task.pace({ bytesPerSecond: 1000 });
    task.addSource({ ...SOURCE, deviceId: 'e'.repeat(64) });
    opened[1]?.onPieceMap(everything);
    assert.ok(requested.length < 2 * PIECES);
    task.tick(nowMs() + 2 * MINUTE_MS);
    assert.deepEqual(logged, []);
  });
});
