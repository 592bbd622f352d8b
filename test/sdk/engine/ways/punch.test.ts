import assert from 'node:assert/strict';
import fc from 'fast-check';
import type {
  DialledReader,
  MeetingTransport,
  PunchPort,
  PunchTry,
  ServedPeer,
} from '../../../../sdk/engine/transport/transport.js';
import { DialGuard } from '../../../../sdk/engine/ways/dial-guard.js';
import { Punches } from '../../../../sdk/engine/ways/punches.js';
import type { Endpoint } from '../../../../sdk/protocol/index.js';
import { TurnClock } from '../../../support/turn-clock.js';

const PLACE = { host: '198.51.100.1', port: 6970, token: 't'.repeat(22) };
const THERE = { host: '203.0.113.7', port: 40_000 };
const ORDER = { meeting: 'm', place: PLACE, deviceId: 'd'.repeat(64), userId: 'bob' };

/** A port that a test scripts. */
class ScriptedPort implements PunchPort {
  isClosed = false;
  readonly tries: {
    readonly address: Endpoint;
    readonly attempt: PunchTry;
    readonly atMs: number;
    isEnded: boolean;
  }[] = [];
  reader: DialledReader | undefined;
  peer: ServedPeer | undefined;
  readonly #clock: TurnClock;
  readonly onLost: (reason: string) => void;

  constructor(clock: TurnClock, onLost: (reason: string) => void) {
    this.#clock = clock;
    this.onLost = onLost;
  }

  get last() {
    const last = this.tries.at(-1);
    assert.ok(last);
    return last;
  }

  dial({ host, port }: Endpoint, reader: DialledReader, attempt: PunchTry) {
    this.reader = reader;
    const entry = this.#add({ host, port }, attempt);
    const nothing = () => {};
    const destroy = () => (entry.isEnded = true);
    return { unsentBytes: 0, write: nothing, writeAlone: nothing, pause: nothing, resume: nothing, destroy };
  }

  serve(address: Endpoint, peer: ServedPeer, attempt: PunchTry) {
    this.peer = peer;
    const entry = this.#add(address, attempt);
    return () => (entry.isEnded = true);
  }

  close(): void {
    this.isClosed = true;
  }

  #add(address: Endpoint, attempt: PunchTry) {
    const entry = { address, attempt, atMs: this.#clock.nowMs(), isEnded: false };
    this.tries.push(entry);
    return entry;
  }
}

describe('two devices that dial one another at the same time', () => {
  let clock: TurnClock;
  let random: () => number;
  let punches: Punches;
  let ports: ScriptedPort[];
  let ends: (string | undefined)[];
  let connected: number;

  beforeEach(() => {
    clock = new TurnClock();
    [random, ports, ends, connected] = [() => 0.5, [], [], 0];
    open();
  });

  function open(): void {
    const none = () => assert.fail('another way');
    const transport: MeetingTransport = {
      ...{ await: none, relay: none, serve: none },
      show: (_place, _side, onLost) => {
        const port = new ScriptedPort(clock, onLost);
        ports.push(port);
        return port;
      },
    };
    const rules = { mayDial: ({ host }: Endpoint) => !host.startsWith('127.') };
    punches = new Punches({ clock, random: () => random(), guard: new DialGuard(random), rules, transport });
  }

  const reader: DialledReader = {
    nextRead: () => new Uint8Array(1),
    onRead: () => true,
    onClosed: (reason) => ends.push(reason),
    onConnected: () => connected++,
  };
  const serving = { onServed: () => connected++, onFailed: (reason: string) => ends.push(reason) };

  function port(): ScriptedPort {
    const last = ports.at(-1);
    assert.ok(last);
    return last;
  }

  it('wait until the tracker has seen both, and as long as it says', () => {
    const stream = punches.read(ORDER, reader);
    clock.pass(3000);
    punches.go('another', THERE, 0);
    assert.equal(port().tries.length, 0);
    punches.go('m', THERE, 40);
    clock.pass(39);
    assert.equal(port().tries.length, 0);
    clock.pass(1);
    assert.deepEqual(port().last.address, { ...THERE });
    punches.go('m', { ...THERE, port: 1 }, 0);
    port().last.attempt.onOpen();
    assert.ok(port().isClosed);
    port().reader?.onConnected();
    clock.pass(60_000);
    assert.deepEqual([connected, ends, port().tries.length, port().last.isEnded], [1, [], 1, false]);
    stream.destroy();
    assert.ok(port().last.isEnded);
    assert.equal(clock.pending, 0);
  });

  it('try again while they are refused, for three seconds, at one address', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.99, noNaN: true }), fc.boolean(), (chance, isSource) => {
        clock = new TurnClock();
        [random, ports, ends] = [() => chance, [], []];
        open();
        if (isSource) punches.serve(ORDER, serving);
        else punches.read(ORDER, reader);
        const beganMs = clock.nowMs();
        punches.go('m', THERE, 0);
        for (let refused = 0; ends.length === 0; ) {
          clock.pass(1);
          for (; refused < port().tries.length; refused++) port().last.attempt.onFailed('ECONNREFUSED', 'refused');
          assert.ok(clock.nowMs() - beganMs <= 3001);
        }
        const { tries } = port();
        assert.ok(tries.length >= 3000 / 151 && tries.length <= 3000 / 50 + 1, `${tries.length} tries`);
        for (const [index, { address, atMs }] of tries.entries()) {
          assert.deepEqual(address, { ...THERE });
          const pauseMs = atMs - (tries[index - 1]?.atMs ?? atMs - 50);
          assert.ok(pauseMs >= 50, `again after ${pauseMs} ms`);
        }
        clock.pass(60_000);
        assert.deepEqual([port().tries.length, ends.length, clock.pending], [tries.length, 1, 0]);
        assert.ok(port().isClosed);
      }),
    );
  });

  it('give up where nothing comes back, where the other one does not come, and where the tracker hangs up', () => {
    punches.read(ORDER, reader);
    punches.go('m', THERE, 0);
    clock.pass(3000);
    assert.deepEqual([ends, port().last.isEnded], [['the routers let nothing through'], true]);
    punches.read(ORDER, reader);
    clock.pass(4000);
    assert.equal(ends[1], 'the other device did not come');
    punches.serve(ORDER, serving);
    port().onLost('ECONNRESET');
    assert.match(ends[2] ?? '', /did not look at a port .*: ECONNRESET/);
    punches.serve(ORDER, serving);
    punches.go('m', THERE, 0);
    port().onLost('it hung up'); // the other end is connected already
    clock.pass(0);
    port().last.attempt.onFailed('EHOSTUNREACH', 'failed');
    assert.deepEqual(ends.slice(3), ['EHOSTUNREACH']);
    assert.equal(clock.pending, 0);
  });

  it('dial nothing that no peer may have, and nothing for a meeting that is over', () => {
    punches.read(ORDER, reader);
    punches.go('m', { host: '127.0.0.1', port: 6379 }, 0);
    assert.match(ends[0] ?? '', /does not dial/);
    punches.read(ORDER, reader).destroy();
    punches.go('m', THERE, 0);
    clock.pass(10_000);
    assert.ok(ports.every(({ tries, isClosed }) => tries.length === 0 && isClosed));
    assert.equal(ends.length, 1);
  });

  it('are not made to dial one address by many meetings of one member', () => {
    let dials = 0;
    for (let count = 0; count < 200; count++) {
      punches.serve({ ...ORDER, meeting: `m${count}` }, serving);
      punches.go(`m${count}`, THERE, 0);
      clock.pass(100);
      dials += port().tries.length;
      port().tries.at(-1)?.attempt.onFailed('EHOSTUNREACH', 'failed');
    }
    assert.ok(dials <= 20, `${dials} dials`);
  });

  it('leave this way alone once the system does not allow two connections of a port', () => {
    assert.ok(punches.works);
    punches.read(ORDER, reader);
    punches.go('m', THERE, 0);
    clock.pass(0);
    port().last.attempt.onFailed('EADDRINUSE', 'unable');
    assert.deepEqual([punches.works, ends], [false, ['EADDRINUSE']]);
    punches.serve(ORDER, serving);
    clock.pass(0);
    assert.deepEqual([ports.length, ends.length], [1, 2]);
  });

  it('serve the device that asked, on the connection that opened', () => {
    const cancel = punches.serve(ORDER, serving);
    punches.go('m', THERE, 0);
    clock.pass(0);
    port().last.attempt.onOpen();
    assert.equal(port().peer?.deviceId, ORDER.deviceId);
    port().peer?.onServed();
    cancel();
    assert.deepEqual([connected, port().last.isEnded, ends], [1, false, []]);
    punches.serve(ORDER, serving);
    punches.go('m', THERE, 0);
    clock.pass(0);
    port().last.attempt.onOpen();
    port().peer?.onFailed('another device');
    assert.deepEqual([ends, clock.pending], [['another device'], 0]);
    punches.serve(ORDER, serving);
    punches.go('m', THERE, 0);
    assert.match(ends[1] ?? '', /does not dial/, 'it counts as a failed dial');
  });
});
