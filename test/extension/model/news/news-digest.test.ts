import assert from 'node:assert/strict';
import fc from 'fast-check';
import { NewsBook, type Seen } from '../../../../extension/model/news/news-book.js';
import { NewsDigest, TOLD_EVERY_MS } from '../../../../extension/model/news/news-digest.js';
import { HandClock } from '../../../support/hand-clock.js';
import { file } from '../records.js';

const GROUPS = ['lab', 'choir'];
const START_MS = 1_000_000_000;

/** Groups in which others publish, and the notifications of a window that claims whatever is announced. */
function setUp({ told = [], claims = true }: { told?: Seen[]; claims?: boolean } = {}) {
  const clock = new HandClock(START_MS);
  const book = new NewsBook('me', told);
  const said: { atMs: number; groupIds: readonly string[] }[] = [];
  const digest: NewsDigest = new NewsDigest(book, told, {
    clock,
    announce: (groupIds) => {
      const granted = claims ? digest.claim(groupIds) : groupIds;
      if (granted.length > 0) said.push({ atMs: clock.nowMs() - START_MS, groupIds: granted });
    },
  });
  for (const groupId of GROUPS) book.list(groupId, []);
  let count = 0;
  const publish = (groupId: string) => {
    book.publish(groupId, [file(`f${count++}`, { publishedBy: 'ann', publishedAtMs: clock.nowMs() })]);
    digest.review(groupId);
  };
  return { clock, book, digest, said, publish };
}

describe('the notifications of news', () => {
  it('are one for a burst in several groups, when it is over', () => {
    const { clock, said, publish } = setUp();
    for (const groupId of ['lab', 'choir', 'lab']) {
      publish(groupId);
      clock.pass(2000);
    }
    assert.deepEqual(said, []);
    clock.pass(60_000);
    assert.deepEqual(said, [{ atMs: 9000, groupIds: ['lab', 'choir'] }]);
  });

  it('come although a burst does not end', () => {
    const { clock, said, publish } = setUp();
    for (let second = 0; second < 40; second++) {
      publish('lab');
      clock.pass(1000);
    }
    assert.deepEqual(said, [{ atMs: 30_000, groupIds: ['lab'] }]);
  });

  it('are one in ten minutes for a group, with what came meanwhile', () => {
    const { clock, said, publish } = setUp();
    publish('lab');
    clock.pass(6000);
    publish('lab');
    clock.pass(1000);
    publish('choir');
    clock.pass(2 * TOLD_EVERY_MS);
    assert.deepEqual(said, [
      { atMs: 5000, groupIds: ['lab'] },
      { atMs: 12_000, groupIds: ['choir'] },
      { atMs: 5000 + TOLD_EVERY_MS, groupIds: ['lab'] },
    ]);
  });

  it('do not come for what was seen meanwhile', () => {
    const { clock, book, digest, said, publish } = setUp();
    publish('lab');
    book.see('lab', clock.nowMs());
    clock.pass(TOLD_EVERY_MS);
    assert.deepEqual([said, digest.claim(['lab'])], [[], []]);
  });

  it('are claimed by one window', () => {
    const { clock, digest, said, publish } = setUp({ claims: false });
    publish('lab');
    clock.pass(TOLD_EVERY_MS);
    assert.equal(said.length, 1, 'announced once, although nobody tells it');
    assert.deepEqual([digest.claim(['lab', 'choir']), digest.claim(['lab'])], [['lab'], []]);
    digest.forget('lab');
    publish('lab');
    assert.deepEqual(digest.claim(['lab']), ['lab'], 'as a group that was joined again');
  });

  it('are not repeated by the next agent, nor put off by a clock that was set back', () => {
    const before: Seen = { groupId: 'lab', seenMs: 1, toldMs: START_MS, toldAtMs: START_MS + 9 * TOLD_EVERY_MS };
    const { clock, book, digest, said, publish } = setUp({ told: [before] });
    book.publish('lab', [file('known', { publishedBy: 'ann', publishedAtMs: START_MS })]);
    digest.review('lab');
    clock.pass(2 * TOLD_EVERY_MS);
    assert.deepEqual(said, []);
    publish('lab');
    clock.pass(6000);
    assert.deepEqual(said, [{ atMs: 2 * TOLD_EVERY_MS + 5000, groupIds: ['lab'] }]);
    digest.close();
    publish('choir');
    digest.close();
    clock.pass(TOLD_EVERY_MS);
    assert.equal(said.length, 1);
  });

  it('never come closer for a group than ten minutes, and tell everything in the end', () => {
    const steps = fc.array(fc.record({ groupId: fc.constantFrom(...GROUPS), pauseMs: fc.nat(400_000) }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(steps, (some) => {
        const { clock, book, digest, said, publish } = setUp();
        for (const { groupId, pauseMs } of some) {
          publish(groupId);
          clock.pass(pauseMs);
        }
        clock.pass(2 * TOLD_EVERY_MS);
        for (const groupId of GROUPS) {
          const times = said.filter(({ groupIds }) => groupIds.includes(groupId)).map(({ atMs }) => atMs);
          for (const [index, atMs] of times.entries())
            assert.ok(index === 0 || atMs - (times[index - 1] ?? 0) >= TOLD_EVERY_MS, String(times));
          const latestMs = book.unseen(groupId).at(-1)?.atMs ?? 0;
          assert.ok(digest.told(groupId).toldMs >= latestMs);
        }
      }),
    );
  });
});
