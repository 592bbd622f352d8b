import assert from 'node:assert/strict';
import type { ConnectMode } from '../../../../sdk/engine/network-messages.js';
import type { ServedCall, ServedPeer } from '../../../../sdk/engine/transport/transport.js';
import { AnsweredCalls, type Call } from '../../../../sdk/engine/ways/answered-calls.js';
import { DialGuard } from '../../../../sdk/engine/ways/dial-guard.js';
import type { PunchMeeting } from '../../../../sdk/engine/ways/punches.js';
import { TurnClock } from '../../../support/turn-clock.js';

const [FIRST, SECOND, FORBIDDEN] = ['198.51.100.1', '198.51.100.2', '127.0.0.1'];

function call(meeting: string, ...hosts: (string | undefined)[]): Call {
  const addresses = hosts.flatMap((host) => (host ? [{ host, port: 9000 }] : []));
  return { meeting, deviceId: 'd'.repeat(64), userId: meeting, addresses };
}

describe('a device that others ask to meet', () => {
  let clock: TurnClock;
  let served: { readonly call: ServedCall; isCancelled: boolean }[];
  let connect: ConnectMode;
  let calls: AnsweredCalls;
  let punched: { readonly order: PunchMeeting; readonly peer: Pick<ServedPeer, 'onFailed'>; isCancelled: boolean }[];

  beforeEach(() => {
    clock = new TurnClock();
    served = [];
    punched = [];
    connect = 'auto';
    calls = new AnsweredCalls({
      ...{ clock, guard: new DialGuard(() => 0.5), connect: () => connect, log: () => {} },
      punches: {
        serve: (order, peer) => {
          const entry = { order, peer, isCancelled: false };
          punched.push(entry);
          return () => (entry.isCancelled = true);
        },
      },
      rules: { resolve: () => Promise.resolve([]), mayDial: ({ host }) => host !== FORBIDDEN },
      transport: {
        await: () => assert.fail('it waits for nobody'),
        relay: () => assert.fail('it reads nothing'),
        show: () => assert.fail('it shows a port by its punches'),
        serve: (one) => {
          const entry = { call: one, isCancelled: false };
          served.push(entry);
          return () => (entry.isCancelled = true);
        },
      },
    });
  });

  const dialled = () => served.map(({ call: { address } }) => address.host);

  it('dials each address once, one after the other, and leaves the others when one serves', () => {
    calls.answer(call('one', FIRST, FORBIDDEN, SECOND));
    clock.pass(0);
    assert.deepEqual(dialled(), [FIRST]);
    clock.pass(5000);
    assert.deepEqual(dialled(), [FIRST, SECOND]);
    assert.deepEqual(served[0]?.call.preamble, { kind: 'back', token: 'one', side: 'source' });
    served[1]?.call.onServed();
    assert.ok(served[0]?.isCancelled);
    clock.pass(20_000);
    assert.deepEqual([dialled().length, clock.pending], [2, 0]);
  });

  it('tries nothing again, and gives up after ten seconds', () => {
    calls.answer(call('one', FIRST));
    calls.answer(call('one', FIRST));
    clock.pass(0);
    served[0]?.call.onFailed('ECONNREFUSED');
    clock.pass(60_000);
    assert.equal(served.length, 1);
    calls.answer(call('two', SECOND));
    clock.pass(10_000);
    assert.ok(served[1]?.isCancelled);
    assert.equal(clock.pending, 0);
  });

  it('dials the relay where the call names one, and only what the setting allows', () => {
    const relay = { host: 'tracker.example', port: 443, token: 'token' };
    calls.answer({ ...call('one'), relay });
    assert.deepEqual(served[0]?.call.preamble, { kind: 'relay', token: 'token', side: 'source' });
    connect = 'direct';
    calls.answer({ ...call('two'), relay });
    connect = 'relay';
    calls.answer(call('three', FIRST));
    clock.pass(1000);
    assert.equal(served.length, 1);
    calls.answer({ ...call('four'), relay });
    assert.equal(served.length, 2);
  });

  it('dials at the same time as the other device where the call names where to show a port', () => {
    const observer = { host: '203.0.113.1', port: 443, token: 'token' };
    const deviceId = 'd'.repeat(64);
    calls.answer({ ...call('one'), observer });
    calls.answer({ ...call('one'), observer });
    const [first, ...others] = punched;
    assert.deepEqual(first?.order, { meeting: 'one', place: observer, deviceId, userId: 'one' });
    assert.deepEqual(others, []);
    first?.peer.onFailed('the routers let nothing through');
    assert.equal(clock.pending, 0);
    connect = 'relay';
    calls.answer({ ...call('two'), observer });
    assert.equal(punched.length, 1);
    connect = 'direct';
    calls.answer({ ...call('three'), observer });
    clock.pass(10_000);
    assert.deepEqual([punched.length, punched[1]?.isCancelled, clock.pending], [2, true, 0]);
  });

  it('answers sixteen calls at a time, and ends them all with itself', () => {
    for (let caller = 0; caller < 40; caller++) calls.answer(call(`m${caller}`, `198.51.100.${caller + 10}`));
    clock.pass(1000);
    assert.equal(served.length, 16);
    calls.close();
    assert.ok(served.every(({ isCancelled }) => isCancelled));
    calls.answer(call('later', FIRST));
    clock.pass(0);
    assert.equal(served.length, 17);
    calls.close();
  });

  it('is not made to dial one host by many calls of one member', () => {
    for (let count = 0; count < 200; count++) {
      calls.answer({ ...call(`m${count}`, FIRST), userId: 'mallory' });
      clock.pass(100);
      served.at(-1)?.call.onFailed('ECONNREFUSED');
    }
    assert.ok(served.length <= 20, `${served.length} dials`);
  });
});
