import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { DEFAULT_LIMITS } from '../../../../tracker/server/budgets/limits.js';
import { Door, type Stage } from '../../../../tracker/server/connections/door.js';

let nextPort = 1;

/** The tracker's end of a TCP connection: only its addresses and its end matter. */
class FakeSocket extends EventEmitter {
  readonly remotePort = nextPort++;
  readonly localAddress = '192.0.2.1';
  readonly localPort = 1;
  isThere = true;

  constructor(readonly remoteAddress: string) {
    super();
  }

  destroy(): void {
    if (!this.isThere) return;
    this.isThere = false;
    queueMicrotask(() => this.emit('close'));
  }
}

describe("the tracker's door", () => {
  const limits = { ...DEFAULT_LIMITS, connections: 12, connectionsPerAddress: 6, strangers: 8, strangersPerAddress: 4 };

  function enter(door: Door, address: string, stage: Stage = 'silent'): FakeSocket {
    const socket = new FakeSocket(address);
    door.enter(socket as unknown as Socket);
    if (stage !== 'silent') door.guest(socket as unknown as Socket).stage = stage;
    return socket;
  }

  it('closes the oldest silent connection if an address is full, then one that has only said hello', () => {
    const door = new Door(limits);
    const greeted = enter(door, '192.0.2.9', 'greeted');
    const silent = Array.from({ length: 3 }, () => enter(door, '192.0.2.9'));
    const honest = enter(door, '192.0.2.9', 'greeted');
    assert.deepEqual(
      silent.map(({ isThere }) => isThere),
      [false, true, true],
    );
    for (let more = 0; more < 2; more++) enter(door, '192.0.2.9', 'greeted');
    assert.deepEqual([greeted.isThere, honest.isThere], [true, true]);
    enter(door, '192.0.2.9');
    assert.deepEqual([greeted.isThere, honest.isThere], [false, true]);
  });

  it('counts an IPv6 network as one', () => {
    const door = new Door(limits);
    const sockets = Array.from({ length: 6 }, (_, index) => enter(door, `2001:db8::${index}`));
    assert.equal(sockets.filter(({ isThere }) => isThere).length, 4);
    assert.ok(enter(door, '2001:db8:0:1::1').isThere);
    assert.equal(sockets.filter(({ isThere }) => isThere).length, 4);
  });

  it('never closes a signed-in connection, and refuses new ones if an address has only these', () => {
    const door = new Door(limits);
    const known = Array.from({ length: 6 }, () => enter(door, '192.0.2.9', 'known'));
    assert.equal(enter(door, '192.0.2.9').isThere, false);
    assert.ok(known.every(({ isThere }) => isThere));
    assert.ok(enter(door, '192.0.2.10').isThere);
  });

  it('frees room from the address with the most connections before sign-in', async () => {
    const door = new Door(limits);
    const crowd = Array.from({ length: 4 }, () => enter(door, '192.0.2.9'));
    const others = Array.from({ length: 4 }, (_, index) => enter(door, `198.51.100.${index}`));
    assert.ok(enter(door, '203.0.113.1').isThere);
    assert.deepEqual(
      crowd.map(({ isThere }) => isThere),
      [false, true, true, true],
    );
    assert.ok(others.every(({ isThere }) => isThere));
  });

  it('closes a connection that is silent for too long, and none that has said hello', async () => {
    const door = new Door({ ...limits, silentTimeoutMs: 5 });
    const [silent, greeted] = [enter(door, '192.0.2.9'), enter(door, '192.0.2.9', 'greeted')];
    await new Promise((resolve) => silent.once('close', resolve));
    assert.deepEqual([silent.isThere, greeted.isThere], [false, true]);
  });

  it('keeps its bounds whatever connects, says hello, signs in and out, and disconnects', async () => {
    const step = fc.record({
      address: fc.constantFrom('192.0.2.9', '192.0.2.10', '2001:db8::1'),
      act: fc.constantFrom('enter', 'greeted', 'known', 'go'),
      who: fc.nat(11),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const door = new Door(limits);
        let sockets: FakeSocket[] = [];
        for (const { address, act, who } of steps) {
          const there = sockets[who % Math.max(1, sockets.length)];
          if (act === 'enter') {
            const known = sockets.filter((one) => door.guest(one as unknown as Socket).stage === 'known');
            sockets.push(enter(door, address));
            assert.ok(known.every(({ isThere }) => isThere));
          } else if (act === 'go') there?.destroy();
          else if (there) door.guest(there as unknown as Socket).stage = act as Stage;
          await Promise.resolve();
          sockets = sockets.filter(({ isThere }) => isThere);
          assert.ok(sockets.length <= limits.connections);
          const here = sockets.filter(({ remoteAddress }) => remoteAddress === address);
          assert.ok(here.length <= limits.connectionsPerAddress);
        }
        for (const socket of sockets) socket.destroy();
        await Promise.resolve();
        assert.ok(enter(door, '192.0.2.9').isThere, 'whoever went is counted no more');
      }),
    );
  });
});
