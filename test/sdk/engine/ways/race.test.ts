import assert from 'node:assert/strict';
import type { DialledReader, PeerStream } from '../../../../sdk/engine/transport/transport.js';
import { DialGuard } from '../../../../sdk/engine/ways/dial-guard.js';
import { Race, type RaceWinner } from '../../../../sdk/engine/ways/race.js';
import type { Endpoint } from '../../../../sdk/protocol/index.js';
import { TurnClock } from '../../../support/turn-clock.js';

const USER = 'sam';
const ADDRESSES: Endpoint[] = [1, 2, 3, 4].map((last) => ({ host: `198.51.100.${last}`, port: 9000 }));

/** One dial of the race. */
class Dial implements PeerStream {
  readonly atMs: number;
  readonly host: string;
  readonly reader: DialledReader;
  readonly unsentBytes = 0;
  isDestroyed = false;

  constructor(atMs: number, host: string, reader: DialledReader) {
    this.atMs = atMs;
    this.host = host;
    this.reader = reader;
  }

  write(): void {}
  writeAlone(): void {}
  pause(): void {}
  resume(): void {}

  destroy(): void {
    this.isDestroyed = true;
  }
}

describe('a race to the addresses of a peer', () => {
  let clock: TurnClock;
  let guard: DialGuard;
  let dials: Dial[];
  let winner: RaceWinner | undefined;
  let lost: string | undefined;
  let race: Race;

  beforeEach(() => {
    clock = new TurnClock();
    guard = new DialGuard(() => 0.5);
    dials = [];
    winner = undefined;
    lost = undefined;
  });
  afterEach(() => race.destroy());

  function start(addresses = ADDRESSES): void {
    const dial = ({ host }: Endpoint, reader: DialledReader) => {
      reader.nextRead(); // as a transport may
      const one = new Dial(clock.nowMs(), host, reader);
      dials.push(one);
      return one;
    };
    race = new Race(
      USER,
      addresses,
      { clock, guard, dial },
      {
        onWon: (won) => (winner = won),
        onLost: (reason) => (lost = reason),
        onSettled: () => {},
      },
    );
    race.step();
  }

  const hosts = () => dials.map(({ host }) => host.at(-1));

  it('dials the next address after 250 ms, and lets the earlier ones go on', () => {
    start();
    const startedMs = clock.nowMs();
    clock.pass(2000);
    assert.deepEqual(
      dials.map(({ atMs }) => atMs - startedMs),
      [0, 250, 500, 750],
    );
    assert.ok(dials.every(({ isDestroyed }) => !isDestroyed));
    dials[1]?.reader.onConnected();
    assert.equal(winner?.address.host, '198.51.100.2');
    assert.deepEqual(
      dials.map(({ isDestroyed }) => isDestroyed),
      [true, false, true, true],
    );
    assert.equal(clock.pending, 0);
  });

  it('dials the next address at once where the earlier ones failed', () => {
    start();
    dials[0]?.reader.onClosed('connect ECONNREFUSED');
    dials[1]?.reader.onClosed('another device answers at that address');
    assert.deepEqual(hosts(), ['1', '2', '3']);
    dials[2]?.reader.onConnected();
    assert.ok(winner && !lost);
    clock.pass(1000);
    assert.equal(dials.length, 3);
  });

  it('is lost with the last reason once every address has failed, or after ten seconds', () => {
    start(ADDRESSES.slice(0, 2));
    dials[0]?.reader.onClosed('connect ECONNREFUSED');
    assert.equal(lost, undefined);
    dials[1]?.reader.onClosed('another device answers at that address');
    assert.equal(lost, 'another device answers at that address');
    lost = undefined;
    start(ADDRESSES.slice(2, 3));
    clock.pass(9999);
    assert.equal(lost, undefined);
    clock.pass(1);
    assert.equal(lost, 'no answer');
    assert.ok(dials[2]?.isDestroyed);
    assert.equal(clock.pending, 0);
  });

  it('counts every dial in the guard, and gives a barred address up', () => {
    start();
    clock.pass(1000);
    assert.ok(ADDRESSES.every((address) => !guard.tryDial({ userId: USER, ...address }, clock.nowMs())));
    dials[3]?.reader.onConnected();
    winner?.ended('worked');
    const again = ADDRESSES.map((address) => guard.tryDial({ userId: 'ann', ...address }, clock.nowMs()));
    assert.deepEqual(again, [true, true, true, true], 'nothing is under way any more');
    for (const address of ADDRESSES) guard.settled({ userId: 'ann', ...address });
    for (let failures = 0; failures < 8; failures++)
      for (const address of ADDRESSES) guard.ended({ userId: 'ann', ...address }, 'failed', clock.nowMs());
    const before = dials.length;
    start();
    race.tick(clock.nowMs());
    assert.equal(dials.length, before);
    assert.equal(lost, 'it is not to be dialled again so soon');
  });

  it('reads nothing before it is bound, and not a byte is lost afterwards', () => {
    start(ADDRESSES.slice(0, 2));
    clock.pass(250);
    const [eager, honest] = dials;
    const first = honest?.reader.nextRead();
    assert.equal(eager?.reader.onRead(3), false);
    assert.ok(eager.isDestroyed, 'one that speaks first is destroyed');
    honest?.reader.onConnected();
    const got: number[] = [];
    const target = new Uint8Array(2);
    winner?.candidate.bind({
      nextRead: () => target,
      onRead: (count) => {
        got.push(...target.subarray(0, count));
        return got.length < 3;
      },
      onClosed: () => {},
    });
    first?.set([1, 2, 3, 4, 5]);
    assert.equal(honest?.reader.onRead(5), false);
    assert.deepEqual(got, [1, 2, 3, 4, 5]);
    assert.equal(honest?.reader.nextRead(), target, 'it reads directly from now on');
  });

  it('ends without a word when nobody needs it any more', () => {
    start();
    clock.pass(500);
    race.destroy();
    assert.ok(dials.length === 3 && dials.every(({ isDestroyed }) => isDestroyed));
    assert.deepEqual([winner, lost, clock.pending], [undefined, undefined, 0]);
    assert.ok(guard.tryDial({ userId: USER, ...(ADDRESSES[0] as Endpoint) }, clock.nowMs() + 1000));
  });
});
