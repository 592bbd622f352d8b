import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceProgress } from '../../../../sdk/engine/index.js';
import { WHY } from '../../../../sdk/engine/ways/why.js';
import { type DeviceAddress, type MeetingWay, PIECE_BYTES, type Source } from '../../../../sdk/protocol/index.js';
import { FaultProxy } from '../../../support/fault-proxy.js';
import { freePort } from '../../../support/free-ports.js';
import { Bench, finished, nextEvent, type Peer } from '../support.js';
import { MeetingTracker, SmallRelay } from './meeting-tracker.js';

const PIECES = 24;
const HOST = '127.0.0.1';

function at(source: Source, ...ports: number[]): Source {
  const [port = source.port] = ports;
  return { ...source, port, addresses: ports.map((one): DeviceAddress => ({ host: HOST, port: one, kind: 'seen' })) };
}

describe('a download, by ways to its source', () => {
  let bench: Bench;
  let relay: SmallRelay;
  let seeder: Peer;
  let leecher: Peer;
  let path: string;
  let manifest: Uint8Array;
  let dead: number;
  const proxies: FaultProxy[] = [];

  beforeEach(async () => {
    bench = new Bench({ over: 'tls' });
    relay = await SmallRelay.open();
    seeder = await bench.peer();
    leecher = await bench.peer();
    path = bench.file('source', PIECES * PIECE_BYTES - 7);
    manifest = await bench.serve(seeder, path);
    dead = await freePort();
  });
  afterEach(async () => {
    await bench.close();
    await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
    relay.close();
  });

  function track(...allows: MeetingWay[]): MeetingTracker {
    const tracker = new MeetingTracker(relay, ...allows);
    tracker.join(seeder);
    tracker.join(leecher);
    return tracker;
  }

  function slowSeeder(piecesPerSecond: number): void {
    const uploadBytesPerSecond = piecesPerSecond * PIECE_BYTES;
    seeder.engine.send({ type: 'limits', downloadBytesPerSecond: undefined, uploadBytesPerSecond });
  }

  /** Waits for a report of the download's only source. */
  async function reported(isIt: (source: SourceProgress) => boolean): Promise<SourceProgress> {
    const event = await nextEvent(leecher, 'downloadProgress', ({ sources }) => sources.some(isIt));
    const [source] = event.sources;
    assert.ok(source);
    return source;
  }

  async function fetchFrom(...sources: Source[]): Promise<{ readonly done: Promise<void> }> {
    const out = join(bench.folder, 'out');
    const downloadId = await bench.download(leecher, manifest, out, sources);
    return { done: finished(leecher, downloadId).then(() => assert.ok(readFileSync(out).equals(readFileSync(path)))) };
  }

  it('dials past a dead address, and past one where another device answers', async () => {
    const other = await bench.peer();
    slowSeeder(40);
    const { done } = await fetchFrom(at(seeder.source, dead, other.source.port, seeder.source.port));
    const { why } = await reported(({ path: way }) => way === 'lan');
    assert.equal(why, WHY.lan);
    await done;
  });

  it('dials past an address that swallows everything, within a second', async () => {
    const hole = await FaultProxy.open({ cut: 'silence', cutAfterBytes: 0 });
    proxies.push(hole);
    const begunMs = performance.now();
    await (await fetchFrom(at(seeder.source, hole.endpoint.port, seeder.source.port))).done;
    assert.ok(performance.now() - begunMs < 9000, 'it did not wait for the first address to fail');
  });

  it('says why nobody is reached where every address is dead', async () => {
    await fetchFrom(at(seeder.source, dead));
    const { path: way, why } = await reported(({ state: one }) => one === 'gone');
    assert.equal(way, 'none');
    assert.equal(why, WHY.noMeeting);
  });

  it('is called back by a source that cannot be dialled', async () => {
    const tracker = track('back', 'relay');
    slowSeeder(40);
    const { done } = await fetchFrom({ ...at(seeder.source, dead), reach: 'behind', meets: true });
    const { why } = await reported(({ path: way }) => way === 'back');
    assert.equal(why, WHY.back);
    await done;
    assert.deepEqual([tracker.asked, relay.joined], [['back'], 0]);
  });

  it('dials from the port that the tracker saw where neither can dial the other', async () => {
    const tracker = track('punch');
    slowSeeder(40);
    // No loopback delivers two dials that cross: the requester is sent to where the source listens.
    tracker.sendTo = { host: HOST, port: seeder.source.port };
    const { done } = await fetchFrom({ ...at(seeder.source, dead), reach: 'behind', meets: true });
    const { why } = await reported(({ path: way }) => way === 'punched');
    assert.equal(why, WHY.punched);
    await done;
    assert.deepEqual(tracker.asked, ['back', 'punch']);
  });

  it('is relayed where neither can dial the other, and the relay sees no plain byte', async () => {
    const tracker = track('relay');
    slowSeeder(40);
    const { done } = await fetchFrom({ ...at(seeder.source, dead), reach: 'behind', meets: true });
    const { why } = await reported(({ path: way }) => way === 'relay');
    assert.equal(why, WHY.relay);
    await done;
    assert.deepEqual([tracker.asked, relay.joined], [['back', 'punch', 'relay'], 1]);
    assert.ok(relay.passedBytes > PIECES * PIECE_BYTES - 7);
  });

  it('says so where the relay is used up', async () => {
    const tracker = track();
    tracker.refusal = 'RELAY_LIMITED';
    await fetchFrom({ ...at(seeder.source, dead), meets: true });
    const { path: way, why } = await reported(({ code }) => code === 'RELAY_LIMITED');
    assert.deepEqual([way, why], ['none', `${WHY.relayUsedUp} no`], 'with what the tracker says of it');
    assert.ok(tracker.asked.includes('relay'));
  });

  it('says so where the tracker is away, and asks again as soon as that announces the source', async () => {
    const tracker = track();
    tracker.refusal = 'DISCONNECTED';
    const source = { ...at(seeder.source, dead), meets: true };
    const downloadId = await bench.download(leecher, manifest, join(bench.folder, 'out'), [source]);
    const done = finished(leecher, downloadId);
    const { path: way, why } = await reported(({ code }) => code === 'DISCONNECTED');
    assert.equal(way, 'none');
    assert.equal(why, WHY.trackerAway);
    tracker.allows = new Set(['relay']);
    leecher.engine.send({ type: 'sourceCame', downloadId, source });
    await done;
    assert.equal(relay.joined, 1);
  });

  it('finds a source that moved as soon as the tracker says where it is', async () => {
    slowSeeder(12);
    const proxy = await FaultProxy.open({ cut: 'silence', cutAfterBytes: 3 * PIECE_BYTES });
    proxies.push(proxy);
    proxy.leadTo(seeder.source.port);
    const source = at(seeder.source, proxy.endpoint.port);
    const downloadId = await bench.download(leecher, manifest, join(bench.folder, 'out'), [source]);
    const done = finished(leecher, downloadId);
    await reported(({ pieces }) => pieces > 0);
    const moved = await FaultProxy.open();
    proxies.push(moved);
    moved.leadTo(seeder.source.port);
    leecher.engine.send({ type: 'sourceCame', downloadId, source: at(seeder.source, moved.endpoint.port) });
    await done;
    const passed = proxy.passedBytes + moved.passedBytes;
    assert.ok(passed < (PIECES + 2) * PIECE_BYTES * 1.05, 'no piece came twice, but for what was halfway');
  });

  it('moves from the relay to an address when the network changes, and loses no piece', async () => {
    const tracker = track('relay');
    slowSeeder(12);
    const proxy = await FaultProxy.open();
    proxies.push(proxy);
    const source = { ...at(seeder.source, proxy.endpoint.port), reach: 'behind' as const, meets: true };
    const { done } = await fetchFrom(source); // the proxy leads nowhere yet
    await reported((one) => one.path === 'relay' && one.pieces > 0);
    tracker.allows = new Set();
    proxy.leadTo(seeder.source.port);
    const relayed = relay.passedBytes;
    leecher.engine.send({ type: 'networkChanged' });
    const moved = await reported((one) => one.path === 'lan');
    assert.equal(moved.state, 'ready');
    await done;
    assert.ok(proxy.passedBytes > 0 && relayed > 0);
    assert.ok(relay.passedBytes + proxy.passedBytes < PIECES * PIECE_BYTES * 1.1, 'no piece came twice');
  });

  it('uses the relay alone where the setting says so, and moves away from what it forbids', async () => {
    const tracker = track('back', 'relay');
    slowSeeder(8);
    const { done } = await fetchFrom({ ...at(seeder.source, seeder.source.port), meets: true });
    await reported((one) => one.path === 'lan' && one.pieces > 0);
    leecher.engine.send({ type: 'ways', connect: 'relay' });
    const { why } = await reported((one) => one.path === 'relay');
    assert.equal(why, WHY.relayOnly);
    slowSeeder(1000);
    await done;
    assert.ok(tracker.asked.every((by) => by === 'relay'));
  });

  it('drops a dead connection soon after the network changed, and comes back', async () => {
    await bench.close();
    bench = new Bench({ over: 'tls', speed: 20 });
    [seeder, leecher] = [await bench.peer(), await bench.peer()];
    path = bench.file('source', PIECES * PIECE_BYTES - 7);
    manifest = await bench.serve(seeder, path);
    const proxy = await FaultProxy.open({ cut: 'silence', cutAfterBytes: 3 * PIECE_BYTES });
    proxies.push(proxy);
    proxy.leadTo(seeder.source.port);
    const { done } = await fetchFrom(at(seeder.source, proxy.endpoint.port));
    await reported(({ pieces }) => pieces > 0);
    proxy.faults = { ...proxy.faults, cutAfterBytes: Infinity };
    leecher.engine.send({ type: 'networkChanged' });
    await done;
    assert.equal(proxy.connections, 2);
  });
});
