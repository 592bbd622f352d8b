import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MAX_MANIFEST_BYTES } from '../../../../sdk/protocol/index.js';
import { type Uploader, UploadRoom } from '../../../../tracker/server/budgets/upload-room.js';
import { hasCode } from '../../support.js';

describe('room for uploads', () => {
  const enter = (room: UploadRoom, uploader: Uploader, bytes: number) =>
    room.enter(uploader, bytes, new AbortController().signal);
  const MiB = 1024 * 1024;

  /** The state of a promise now. */
  async function isIn(entering: Promise<() => void>): Promise<boolean> {
    const nothing = Symbol('nothing');
    return (await Promise.race([entering, new Promise((resolve) => setImmediate(resolve, nothing))])) !== nothing;
  }

  it('is available to others while one user holds the maximum', async () => {
    const room = new UploadRoom();
    const eve = { userId: 'eve', address: '192.0.2.9' };
    const held = Array.from({ length: 4 }, () => enter(room, eve, MAX_MANIFEST_BYTES));
    for (const uploader of [
      { userId: 'ann', address: '192.0.2.9' },
      { userId: 'bob', address: '192.0.2.10' },
    ])
      assert.equal(await isIn(enter(room, uploader, MAX_MANIFEST_BYTES)), true);
    for (let user = 0; user < 99; user++)
      assert.equal(await isIn(enter(room, { userId: `${user}`, address: `${user}` }, 20_000)), true);
    assert.deepEqual(await Promise.all(held.map(isIn)), [true, false, false, false]);
    (await held[0])?.();
    assert.deepEqual(await Promise.all(held.map(isIn)), [true, true, false, false]);
  });

  it('is given to all in the end, whoever holds it, and never exceeds the total', async () => {
    const upload = fc.record({
      userId: fc.constantFrom('a', 'b', 'c'),
      address: fc.constantFrom('1', '2'),
      bytes: fc.oneof(fc.integer({ min: 0, max: 2 * MiB }), fc.integer({ min: 0, max: MAX_MANIFEST_BYTES })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(upload, { maxLength: 40 }), async (uploads) => {
        const room = new UploadRoom();
        const inside: { userId: string; bytes: number; leave: () => void }[] = [];
        let entered = 0;
        for (const one of uploads) {
          void enter(room, one, one.bytes).then((leave) => {
            entered++;
            inside.push({ ...one, leave });
          });
        }
        while (entered < uploads.length || inside.length > 0) {
          await new Promise(setImmediate);
          const sum = (some: typeof inside) => some.reduce((all, { bytes }) => all + bytes, 0);
          assert.ok(sum(inside) <= 256 * MiB + 3 * 1024);
          for (const user of ['a', 'b', 'c'])
            assert.ok(sum(inside.filter(({ userId }) => userId === user)) <= MAX_MANIFEST_BYTES + 8 * MiB);
          assert.ok(inside.length > 0, 'somebody is let in, as long as anybody waits');
          inside.shift()?.leave();
        }
      }),
      { numRuns: 50 },
    );
  });

  it('has a bounded number of waiting uploads, and none that has gone', async () => {
    const room = new UploadRoom();
    const eve = { userId: 'eve', address: '192.0.2.9' };
    const leave = await enter(room, eve, MAX_MANIFEST_BYTES);
    const gone = Array.from({ length: 64 }, () => new AbortController());
    const waiting = gone.map(({ signal }) => room.enter(eve, MAX_MANIFEST_BYTES, signal));
    await assert.rejects(enter(room, eve, MAX_MANIFEST_BYTES), hasCode('RATE_LIMITED'));
    const refused = Promise.all(waiting.map((one) => assert.rejects(one, hasCode('RATE_LIMITED'))));
    for (const one of gone) one.abort();
    await refused;
    const next = enter(room, eve, MAX_MANIFEST_BYTES);
    leave();
    assert.equal(await isIn(next), true);
  });
});
