import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Presence } from '../../../../sdk/client/session/presence.js';
import { ShoalError } from '../../../../sdk/protocol/index.js';

const CONTENTS = ['a', 'b', 'c'];

type Item = { groupId: string; manifestId: string; complete?: boolean };

/** A tracker as far as presence goes. */
class FakeTracker {
  readonly has = new Map<string, boolean>();
  calls = 0;
  isAway = false;

  call = async (method: string, params: { items: Item[] }): Promise<{ refused: Item[] }> => {
    this.calls++;
    if (this.isAway) throw new ShoalError('DISCONNECTED', 'away');
    for (const { manifestId, complete } of params.items) {
      if (method === 'announce') this.has.set(manifestId, complete === true);
      else this.has.delete(manifestId);
    }
    return { refused: [] };
  };
}

const ACTS = fc.array(
  fc.record({
    act: fc.constantFrom('whole', 'notWhole', 'part', 'notPart', 'tell', 'lost', 'away', 'registered', 'stopped'),
    content: fc.constantFrom(...CONTENTS),
    download: fc.nat(1),
  }),
  { maxLength: 40 },
);

describe('what the tracker is told that a device has', () => {
  it('comes to be what it has, and a download never takes the word "whole" back', async () => {
    const downloads = [{}, {}];
    await fc.assert(
      fc.asyncProperty(ACTS, async (acts) => {
        const tracker = new FakeTracker();
        const presence = new Presence(tracker.call as never);
        const whole = new Set<string>();
        const parts = new Map<string, Set<object>>(CONTENTS.map((content) => [content, new Set()]));
        for (const { act, content: manifestId, download } of acts) {
          const holding = { groupId: 'lab', manifestId };
          const owner = downloads[download] ?? {};
          if (act === 'whole') {
            whole.add(manifestId);
            presence.whole(holding);
          } else if (act === 'notWhole') {
            whole.delete(manifestId);
            presence.notWhole(holding);
          } else if (act === 'part') {
            parts.get(manifestId)?.add(owner);
            presence.part(holding, owner);
          } else if (act === 'notPart') {
            parts.get(manifestId)?.delete(owner);
            presence.notPart(holding, owner);
          } else if (act === 'lost') {
            tracker.has.clear();
            presence.forgotten();
          } else if (act === 'registered' && whole.has(manifestId)) {
            tracker.has.set(manifestId, true);
            presence.registered(holding);
          } else if (act === 'stopped') {
            tracker.has.delete(manifestId);
            presence.unregistered(holding);
          } else if (act === 'away') {
            tracker.isAway = true;
            await presence.tell().catch(() => {});
            tracker.isAway = false;
          } else if (act === 'tell') await presence.tell();
          if (act === 'tell') for (const one of whole) assert.equal(tracker.has.get(one), true);
        }
        await presence.tell();
        for (const one of CONTENTS) {
          const expected = whole.has(one) ? true : (parts.get(one)?.size ?? 0) > 0 ? false : undefined;
          assert.equal(tracker.has.get(one), expected);
        }
        const { calls } = tracker;
        await presence.tell();
        assert.equal(tracker.calls, calls, 'nothing changed, and something was told');
      }),
    );
  });

  it('is told once for each that changed, however many others there are', async () => {
    const tracker = new FakeTracker();
    const items: Item[] = [];
    const presence = new Presence(((method: string, params: { items: Item[] }) => {
      items.push(...params.items);
      return tracker.call(method, params);
    }) as never);
    for (let number = 0; number < 2500; number++) presence.whole({ groupId: 'lab', manifestId: String(number) });
    await presence.tell();
    assert.equal(items.length, 2500);
    assert.equal(tracker.calls, 3);
    presence.whole({ groupId: 'lab', manifestId: 'one more' });
    await presence.tell();
    assert.equal(items.length, 2501);
  });
});
