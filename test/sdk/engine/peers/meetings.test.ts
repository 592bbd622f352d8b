import assert from 'node:assert/strict';
import { Meetings, type MeetingWish } from '../../../../sdk/engine/peers/meetings.js';
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
    meetings = new Meetings(clock, (request) => asked.push(request));
  });

  const ask = (name: string) =>
    meetings.ask(WISH, {
      onAsked: () => heard.push(`${name} asked`),
      onArranged: (meeting) => heard.push(`${name} ${meeting}`),
      onRefused: (code) => heard.push(`${name} ${code}`),
    });

  it('are few at a time: the next is asked for when one is over', () => {
    const ends = ['a', 'b', 'c', 'd', 'e'].map(ask);
    clock.pass(0);
    assert.deepEqual(asked, [1, 2, 3, 4]);
    ends[1]?.();
    ends[1]?.();
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

  it('wait in a bounded number', () => {
    for (let count = 0; count < 400; count++) ask(String(count));
    clock.pass(0);
    assert.equal(asked.length, 4);
    assert.equal(heard.filter((line) => line.endsWith('RATE_LIMITED')).length, 400 - 4 - 256);
  });
});
