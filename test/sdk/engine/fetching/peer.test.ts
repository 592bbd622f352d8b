import assert from 'node:assert/strict';
import { KnownPeers } from '../../../../sdk/engine/fetching/known-peers.js';
import { Peer } from '../../../../sdk/engine/fetching/peer.js';
import type { ChannelHandler } from '../../../../sdk/engine/peers/channel-handler.js';
import type { DownloadConnection } from '../../../../sdk/engine/peers/download-connection.js';
import { SYSTEM_CLOCK } from '../../../../sdk/engine/util/clock.js';

const SOURCE = { deviceId: 'd'.repeat(64), userId: 'sam', host: '127.0.0.1', port: 1, complete: true };
const HANDLER = {} as ChannelHandler;
const CHANCE = { clock: SYSTEM_CLOCK, random: () => 0.5 };

/** A connection that records its users and closed channels. */
function connection(): { link: DownloadConnection; users: () => number; closed: number[] } {
  let [users, next] = [0, 1];
  const closed: number[] = [];
  const link: Pick<DownloadConnection, 'open' | 'close' | 'retain' | 'release'> = {
    open: () => next++,
    close: (channel) => closed.push(channel),
    retain: () => users++,
    release: () => users--,
  };
  return { link: link as DownloadConnection, users: () => users, closed };
}

describe('a peer of a download', () => {
  it('retains one connection for all of its channels, until it is left', () => {
    const peer = new Peer(SOURCE, 0, CHANCE);
    const { link, users, closed } = connection();
    const [first] = [peer.open(link, HANDLER), peer.open(link, HANDLER), peer.open(link, HANDLER)];
    assert.deepEqual([peer.state.name, users()], ['linked', 1]);
    peer.close(first);
    peer.close(first);
    assert.deepEqual([closed, users()], [[1], 1]);
    peer.leave();
    assert.deepEqual([peer.state.name, closed, users()], ['gone', [1, 2, 3], 0]);
    peer.leave();
    assert.equal(users(), 0);
  });

  it('lets go of a lost connection when it has another one', () => {
    const peer = new Peer(SOURCE, 0, CHANCE);
    const [lost, next] = [connection(), connection()];
    peer.closed(peer.open(lost.link, HANDLER));
    peer.open(next.link, HANDLER);
    assert.deepEqual([lost.users(), lost.closed, next.users()], [0, [], 1]);
  });

  it('rests for longer after each failure, and no longer once it delivered', () => {
    const peer = new Peer(SOURCE, 0, CHANCE);
    const restMs = () => {
      const nowMs = peer.linkedAtMs;
      peer.rest(nowMs);
      return peer.state.name === 'resting' ? peer.state.untilMs - nowMs : 0;
    };
    peer.open(connection().link, HANDLER);
    for (let failures = 0; failures < 10; failures++) restMs();
    assert.ok(restMs() > 10_000);
    peer.delivered(100);
    assert.ok(restMs() <= 1000);
    assert.deepEqual([peer.report(undefined).bytes, peer.report(undefined).pieces], [100, 1]);
  });

  it('tells the way to it, or why there is none', () => {
    const peer = new Peer(SOURCE, 0, CHANCE);
    const way = () => {
      const { path, why, code } = peer.report(undefined);
      return [path, why, code];
    };
    assert.deepEqual(way(), ['none', undefined, undefined]);
    const { link } = connection();
    const relayed = Object.assign(link, { path: 'relay', why: 'The setting allows the relay only.' });
    peer.closed(peer.open(relayed, HANDLER));
    assert.deepEqual(way(), ['relay', 'The setting allows the relay only.', undefined]);
    const noWay = { code: 'RELAY_LIMITED', why: 'The relay is used up.' } as const;
    peer.lost({ kind: 'lost', message: 'connect ECONNREFUSED', noWay });
    peer.rest(0);
    assert.deepEqual(way(), ['none', 'The relay is used up.', 'RELAY_LIMITED']);
    const searching = Object.assign(connection().link, { path: 'none', why: 'This device looks for a way to it.' });
    peer.open(searching, HANDLER);
    assert.deepEqual(
      way(),
      ['none', 'The relay is used up.', 'RELAY_LIMITED'],
      'that is still so while it is tried again',
    );
    peer.lost({ kind: 'lost', message: 'read ECONNRESET' });
    assert.deepEqual(way(), ['none', 'This device looks for a way to it.', undefined]);
    peer.rest(0);
    assert.deepEqual(way(), ['none', 'The connection broke.', undefined]);
    peer.ban();
    assert.deepEqual(way(), ['none', 'It sent wrong data.', undefined]);
  });

  it('tells the way by which its data came, also when it has left', () => {
    const peer = new Peer(SOURCE, 0, CHANCE);
    const { link } = connection();
    peer.open(Object.assign(link, { path: 'punched', why: '' }), HANDLER);
    assert.equal(peer.report(undefined).cameBy, undefined);
    peer.delivered(100);
    peer.leave();
    const { path, cameBy } = peer.report(undefined);
    assert.deepEqual([path, cameBy], ['none', 'punched']);
  });

  it('rests no longer when the network changed', () => {
    const peer = new Peer(SOURCE, 0, CHANCE);
    peer.open(connection().link, HANDLER);
    for (let failures = 0; failures < 10; failures++) peer.rest(1000);
    peer.endRest(2000);
    assert.deepEqual(peer.state, { name: 'resting', untilMs: 2000 });
    peer.leave();
    peer.endRest(3000);
    assert.equal(peer.state.name, 'gone');
  });

  it('stays banned whatever comes after', () => {
    const peer = new Peer(SOURCE, 0, CHANCE);
    const { link, users, closed } = connection();
    peer.open(link, HANDLER);
    peer.ban();
    peer.leave();
    assert.deepEqual([peer.isBanned, users(), closed], [true, 0, [1]]);
    assert.equal(peer.report({ state: 'ready', bytesPerSecond: 5 }).state, 'banned');
  });

  it('is the same under each address that the tracker names', () => {
    const peers = new KnownPeers(CHANCE);
    const peer = peers.add(SOURCE);
    assert.equal(peers.add({ ...SOURCE, port: 2 }), peer);
    const other = peers.add({ ...SOURCE, deviceId: 'e'.repeat(64) });
    assert.deepEqual([peer.source.port, peers.at(1), [...peers]], [2, other, [peer, other]]);
  });
});
