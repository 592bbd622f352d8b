import assert from 'node:assert/strict';
import { UploadScheduler } from '../../../../sdk/transfer/upload/upload-scheduler.js';
import { BLOCK, request } from './some-uploads.js';

describe('The slots of the UploadScheduler', () => {
  it('sends to as many at a time as there are slots, each a whole turn', () => {
    const uploads = new UploadScheduler<string>({ blockBytes: BLOCK, turnBytes: 2 * BLOCK, slots: 2 });
    for (const peer of ['ann', 'bob', 'cyd']) {
      uploads.add(peer);
      uploads.enqueue(peer, request(1, 2 * BLOCK));
    }
    assert.deepEqual([uploads.next()?.peer, uploads.next()?.peer, uploads.next()], ['ann', 'bob', undefined]);
    uploads.setWritable('bob', true);
    assert.deepEqual([uploads.next()?.peer, uploads.next()?.peer], ['bob', 'cyd'], "bob's turn ends with his request");
    uploads.remove('ann');
    assert.equal(uploads.next(), undefined);
    uploads.setWritable('cyd', true);
    assert.equal(uploads.next()?.peer, 'cyd');
    assert.throws(() => new UploadScheduler({ slots: 0 }), /slots/);
    assert.throws(() => new UploadScheduler({ blockBytes: 2, turnBytes: 1 }), /turnBytes/);
  });

  it('gives the slots of those who take nothing to others, in time', () => {
    const uploads = new UploadScheduler<string>({ blockBytes: BLOCK, slots: 1 });
    for (const peer of ['ann', 'bob']) {
      uploads.add(peer);
      uploads.enqueue(peer, request(1, 2 * BLOCK));
    }
    assert.equal(uploads.next()?.peer, 'ann');
    for (let ms = 0; uploads.next() === undefined; ms += 250) {
      assert.ok(ms < 60_000, 'bob waits for ann for ever');
      uploads.review(ms);
    }
  });

  it('takes the slot of who takes nothing for a second, and only when somebody waits', () => {
    const uploads = new UploadScheduler<string>({ blockBytes: BLOCK, turnBytes: 4 * BLOCK, slots: 1 });
    for (const peer of ['ann', 'bob']) uploads.add(peer);
    uploads.enqueue('ann', request(1, 8 * BLOCK));
    uploads.next();
    for (let ms = 0; ms <= 5000; ms += 250) uploads.review(ms);
    uploads.setWritable('ann', true);
    assert.equal(uploads.next()?.peer, 'ann', 'nobody waited');
    uploads.enqueue('bob', request(1, BLOCK));
    uploads.review(6000);
    uploads.review(6750);
    assert.equal(uploads.next(), undefined);
    uploads.review(7000);
    assert.equal(uploads.next()?.peer, 'bob');
  });

  it('has those cut off who hold a block for longest, where too many do and others wait', () => {
    const uploads = new UploadScheduler<number>({ blockBytes: BLOCK, turnBytes: 2 * BLOCK, slots: 131 });
    const give = (peer: number) => {
      uploads.add(peer);
      uploads.enqueue(peer, request(1, 2 * BLOCK));
    };
    for (let peer = 0; peer < 131; peer++) give(peer);
    while (uploads.next());
    uploads.review(0);
    assert.deepEqual(uploads.review(2000), [], 'nobody waits');
    for (let peer = 131; peer < 300; peer++) give(peer);
    assert.equal(uploads.next(), undefined);
    assert.deepEqual(uploads.review(2250), [0, 1, 2]);
    for (const peer of [0, 1, 2]) uploads.remove(peer);
    assert.deepEqual(uploads.review(2500), []);
    assert.ok(uploads.next() !== undefined);
  });

  it('sends more at a time to a peer that takes it quickly, and less again to one that does not', () => {
    const uploads = new UploadScheduler<string>({ blockBytes: BLOCK, maxBlockBytes: 4 * BLOCK, turnBytes: 4 * BLOCK });
    uploads.add('ann');
    uploads.enqueue('ann', request(0, 100 * BLOCK));
    const lengths = [0, 1, 2, 3, 1000, 1001, 9999].map((takenMs) => {
      const block = uploads.next(takenMs);
      uploads.setWritable('ann', true, takenMs >= 1000 ? takenMs + 500 : takenMs + 1);
      return (block?.length ?? 0) / BLOCK;
    });
    assert.deepEqual(lengths, [1, 2, 1, 4, 4, 2, 1], 'a turn is worth four blocks, and is not exceeded');
    uploads.setBlockBytes(BLOCK / 2);
    for (const takenMs of [1, 2, 3]) {
      assert.equal(uploads.next(takenMs)?.length, BLOCK / 2, 'a limit holds for everyone');
      uploads.setWritable('ann', true, takenMs);
    }
  });
});
