import assert from 'node:assert/strict';
import { Meetings, type MeetingWish } from '../../../../sdk/engine/ways/meetings.js';
import { TurnClock } from '../../../support/turn-clock.js';

const WISH: MeetingWish = { groupId: 'lab', deviceId: 'd'.repeat(64), by: 'back' };

describe('the meetings that a device asks for', () => {
  let clock: TurnClock;
  let asked: number[];
  let meetings: Meetings;
  let heard: string[];

  beforeEach(() => {
    clock = new TurnClock();
    asked = [];
    heard = [];
    meetings = new Meetings(
      clock,
      () => 1,
      (request) => asked.push(request),
    );
  });

  const ask = (name: string) =>
    meetings.ask(
      { ...WISH, deviceId: name },
      {
        onAsked: () => heard.push(`${name} asked`),
        onArranged: (meeting) => heard.push(`${name} ${meeting}`),
        onRefused: (code) => heard.push(`${name} ${code}`),
      },
    );

  it('are few at a time: the next is asked for when one is over', () => {
    const ends = ['a', 'b', 'c', 'd', 'e'].map(ask);
    clock.pass(0);
    assert.deepEqual(asked, [1, 2, 3, 4]);
    ends[1]?.giveUp();
    ends[1]?.came();
    clock.pass(0);
    assert.deepEqual(asked, [1, 2, 3, 4, 5]);
    meetings.arranged(5, 'here', undefined);
    assert.equal(heard.at(-1), 'e here');
    meetings.arranged(2, 'too late', undefined);
    meetings.arranged(99, 'never asked for', undefined);
    assert.equal(heard.at(-1), 'e here');
  });

  it('end after ten seconds, and with the tracker’s refusal', () => {
    ask('a');
    ask('b');
    clock.pass(0);
    meetings.refused(1, 'PEER_UNREACHABLE', 'no');
    meetings.refused(1, 'PEER_UNREACHABLE', 'no');
    assert.deepEqual(heard, ['a asked', 'b asked', 'a PEER_UNREACHABLE']);
    clock.pass(10_000);
    assert.equal(heard.at(-1), 'b TIMEOUT');
    assert.equal(clock.pending, 0);
  });

  it('are not asked for again at once after a failure, unless the network changed', () => {
    ask('a');
    clock.pass(10_000);
    ask('a');
    clock.pass(0);
    assert.deepEqual(heard.slice(1), ['a TIMEOUT', 'a TIMEOUT']);
    clock.pass(5000);
    const again = ask('a');
    clock.pass(0);
    assert.equal(heard.at(-1), 'a asked');
    again.failed();
    clock.pass(9000);
    ask('a');
    clock.pass(0);
    assert.equal(heard.at(-1), 'a PEER_UNREACHABLE', 'for the same reason');
    meetings.forgetFailures();
    ask('a');
    clock.pass(0);
    assert.equal(heard.at(-1), 'a asked');
  });

  it('are asked for at once with a device that is announced anew, however often it failed', () => {
    for (let failures = 0; failures < 8; failures++) {
      ask('a');
      clock.pass(310_000);
    }
    ask('a');
    clock.pass(10_000);
    const before = asked.length;
    meetings.announced('a');
    ask('a');
    clock.pass(0);
    assert.equal(asked.length, before + 1);
  });

  it('are no more than 30 in any minute', () => {
    const perMinute = [0, 1, 2].map(() => {
      const before = asked.length;
      for (let second = 0; second < 60; second++) {
        for (let count = 0; count < 5; count++) ask(`${asked.length} ${second} ${count}`);
        clock.pass(1000);
        for (const request of asked) meetings.refused(request, 'PEER_UNREACHABLE', 'no');
      }
      return asked.length - before;
    });
    const [first = 0, ...later] = perMinute;
    assert.ok(first > 24 && first <= 30, `${first} in the first minute`);
    assert.deepEqual(later, [18, 18]);
  });

  it('wait in a bounded number', () => {
    for (let count = 0; count < 400; count++) ask(String(count));
    clock.pass(0);
    assert.equal(asked.length, 4);
    const refused = () => heard.filter((line) => line.endsWith('RATE_LIMITED')).length;
    assert.equal(refused(), 400 - 4 - 256);
    clock.pass(20_000);
    assert.equal(refused() + asked.length, 400, 'and not for ever');
  });
});
