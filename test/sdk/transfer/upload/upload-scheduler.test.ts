import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type UploadRequest, UploadScheduler } from '../../../../sdk/transfer/upload/upload-scheduler.js';

const BLOCK = 100;

function request(piece: number, length: number, { channel = 0, offset = 0 } = {}): UploadRequest {
  return { channel, piece, offset, length };
}

function scheduler(...peers: string[]): UploadScheduler<string> {
  const uploads = new UploadScheduler<string>({ blockBytes: BLOCK, maxQueued: 8 });
  for (const peer of peers) uploads.add(peer);
  return uploads;
}

/** The blocks handed out, each as `peer piece:offset+length`, until there is no more, every peer always writable. */
function serve(uploads: UploadScheduler<string>, most = Infinity): string[] {
  const served: string[] = [];
  while (served.length < most) {
    const block = uploads.next();
    if (block === undefined) break;
    served.push(`${block.peer} ${block.piece}:${block.offset}+${block.length}`);
    uploads.setWritable(block.peer, true);
  }
  return served;
}

describe('UploadScheduler', () => {
  it('slices a request into blocks, in order, and keeps to where it began', () => {
    const uploads = scheduler('ann');
    uploads.enqueue('ann', request(5, 250, { offset: 1000 }));
    uploads.enqueue('ann', request(6, 30));
    assert.deepEqual(serve(uploads), ['ann 5:1000+100', 'ann 5:1100+100', 'ann 5:1200+50', 'ann 6:0+30']);
  });

  it('serves peers in turn', () => {
    const uploads = scheduler('ann', 'bob');
    uploads.enqueue('ann', request(1, 300));
    uploads.enqueue('bob', request(2, 200));
    assert.deepEqual(serve(uploads), ['ann 1:0+100', 'bob 2:0+100', 'ann 1:100+100', 'bob 2:100+100', 'ann 1:200+100']);
  });

  it('gives small requests as many bytes as large ones', () => {
    const uploads = scheduler('ann', 'bob');
    uploads.enqueue('ann', request(1, 300));
    for (let piece = 0; piece < 8; piece++) uploads.enqueue('bob', request(piece, 25));
    assert.deepEqual(
      serve(uploads).map((block) => block[0]),
      [...'abbbbabbbba'],
    );
  });

  it('gives turns of another size when the block is changed, amid a turn too', () => {
    const uploads = scheduler('ann', 'bob');
    uploads.enqueue('ann', request(1, 25));
    uploads.enqueue('ann', request(2, 300));
    uploads.enqueue('bob', request(3, 200));
    assert.deepEqual(serve(uploads, 1), ['ann 1:0+25']);
    uploads.setBlockBytes(50);
    assert.deepEqual(serve(uploads, 4), ['bob 3:0+50', 'ann 2:0+50', 'ann 2:50+50', 'bob 3:50+50']);
    uploads.setBlockBytes(BLOCK);
    assert.deepEqual(serve(uploads, 2), ['ann 2:100+100', 'bob 3:100+100']);
    assert.throws(() => uploads.setBlockBytes(0), RangeError);
  });

  it('has one block on the way to a peer, until it is writable again', () => {
    const uploads = scheduler('ann', 'bob');
    uploads.enqueue('ann', request(1, 300));
    assert.equal(uploads.next()?.peer, 'ann');
    assert.equal(uploads.next(), undefined);
    uploads.enqueue('bob', request(2, 300));
    assert.equal(uploads.next()?.peer, 'bob');
    uploads.setWritable('ann', true);
    uploads.setWritable('ann', true);
    assert.equal(uploads.next()?.offset, 100);
    assert.equal(uploads.next(), undefined);
  });

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

  it('passes over a peer that cannot be written to', () => {
    const uploads = scheduler('ann', 'bob');
    uploads.enqueue('ann', request(1, 100));
    uploads.enqueue('bob', request(2, 100));
    uploads.setWritable('ann', false);
    assert.deepEqual(serve(uploads), ['bob 2:0+100']);
    uploads.setWritable('ann', true);
    assert.deepEqual(serve(uploads), ['ann 1:0+100']);
  });

  it('refuses what a full queue cannot take, and strangers', () => {
    const uploads = scheduler('ann');
    for (let piece = 0; piece < 8; piece++) assert.equal(uploads.enqueue('ann', request(piece, 10)), true);
    assert.equal(uploads.enqueue('ann', request(8, 10)), false);
    assert.equal(uploads.queued('ann'), 8);
    uploads.next();
    assert.equal(uploads.enqueue('ann', request(8, 10)), true);
    assert.equal(uploads.enqueue('eve', request(0, 10)), false);
    assert.equal(new UploadScheduler().enqueue('ann', request(0, 10)), false);
  });

  it('takes 128 requests and sends 128 KiB at a time by default', () => {
    const uploads = new UploadScheduler<string>();
    uploads.add('ann');
    let taken = 0;
    while (uploads.enqueue('ann', request(taken, 524_288))) taken += 1;
    assert.equal(taken, 128);
    assert.equal(uploads.next()?.length, 131_072);
  });

  it('refuses what makes no sense', () => {
    assert.throws(() => scheduler('ann', 'ann'), /added before/);
    assert.throws(() => scheduler('ann').enqueue('ann', request(0, 0)), RangeError);
    assert.throws(() => scheduler('ann').enqueue('ann', request(0, NaN)), RangeError);
    assert.throws(() => new UploadScheduler({ blockBytes: 0 }), /blockBytes/);
    assert.throws(() => new UploadScheduler({ maxQueued: NaN }), /maxQueued/);
  });

  it('cancels one request, begun or not', () => {
    const uploads = scheduler('ann');
    for (const piece of [1, 2, 3]) uploads.enqueue('ann', request(piece, 150));
    assert.deepEqual(serve(uploads, 1), ['ann 1:0+100']);
    assert.equal(uploads.cancel('ann', request(1, 150)), true);
    assert.equal(uploads.cancel('ann', request(3, 150)), true);
    assert.equal(uploads.cancel('ann', request(3, 150)), false);
    assert.equal(uploads.cancel('ann', request(2, 151)), false);
    assert.equal(uploads.cancel('eve', request(2, 150)), false);
    assert.deepEqual(serve(uploads), ['ann 2:0+100', 'ann 2:100+50']);
  });

  it('ends a turn that has too little left for what comes after a cancelled request', () => {
    const uploads = scheduler('ann', 'bob');
    for (const length of [25, 26, 100]) uploads.enqueue('ann', request(1, length));
    uploads.enqueue('bob', request(2, 100));
    assert.deepEqual(serve(uploads, 1), ['ann 1:0+25']);
    uploads.cancel('ann', request(1, 26));
    assert.deepEqual(serve(uploads), ['bob 2:0+100', 'ann 1:0+100']);
  });

  it('keeps no turn for a peer that wants nothing more', () => {
    const uploads = scheduler('ann', 'bob');
    uploads.enqueue('ann', request(1, 25));
    uploads.enqueue('bob', request(2, 100));
    assert.deepEqual(serve(uploads, 1), ['ann 1:0+25']);
    uploads.enqueue('ann', request(3, 25));
    assert.deepEqual(serve(uploads), ['bob 2:0+100', 'ann 3:0+25']);
  });

  it('cancels a channel, and leaves the others', () => {
    const uploads = scheduler('ann');
    for (const channel of [7, 8, 7]) uploads.enqueue('ann', request(channel, 150, { channel }));
    uploads.next();
    assert.equal(uploads.cancelChannel('ann', 7), 2);
    assert.equal(uploads.cancelChannel('ann', 7), 0);
    assert.equal(uploads.cancelChannel('eve', 7), 0);
    uploads.setWritable('ann', true);
    assert.deepEqual(serve(uploads), ['ann 8:0+100', 'ann 8:100+50']);
  });

  it('forgets a peer that left', () => {
    const uploads = scheduler('ann', 'bob');
    uploads.enqueue('ann', request(1, 300));
    uploads.enqueue('bob', request(2, 100));
    uploads.next();
    uploads.remove('ann');
    uploads.remove('ann');
    uploads.setWritable('ann', true);
    assert.deepEqual(serve(uploads), ['bob 2:0+100']);
    uploads.add('ann');
    assert.equal(uploads.queued('ann'), 0);
  });

  it('is fair to peers that always want more, whatever the size of their requests', () => {
    const sizes = fc.array(fc.array(fc.integer({ min: 1, max: 350 }), { minLength: 1, maxLength: 5 }), {
      minLength: 2,
      maxLength: 6,
    });
    fc.assert(
      fc.property(sizes, (lengths) => {
        const peers = lengths.map((_, index) => `peer ${index}`);
        const uploads = scheduler(...peers);
        const served = new Map(peers.map((peer) => [peer, 0]));
        const refill = (): void => {
          peers.forEach((peer, index) => {
            for (const length of lengths[index] ?? [])
              if (uploads.queued(peer) < 4) uploads.enqueue(peer, request(0, length));
          });
        };
        for (let blocks = 0; blocks < 300; blocks++) {
          refill();
          const block = uploads.next();
          assert.ok(block !== undefined && block.length <= BLOCK);
          served.set(block.peer, (served.get(block.peer) ?? 0) + block.length);
          uploads.setWritable(block.peer, true);
          const totals = [...served.values()];
          assert.ok(Math.max(...totals) - Math.min(...totals) < 2 * BLOCK, `${totals}`);
        }
      }),
    );
  });

  it('hands out every byte that was asked for once, and none that was cancelled before', () => {
    const step = fc.record({
      what: fc.constantFrom('ask', 'ask', 'cancel', 'cancelChannel', 'writable', 'unwritable', 'next', 'next', 'leave'),
      peer: fc.constantFrom('ann', 'bob', 'cyd'),
      piece: fc.nat(5),
      channel: fc.nat(2),
      length: fc.integer({ min: 1, max: 350 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const uploads = scheduler('ann', 'bob', 'cyd');
        const waiting = new Map<string, (UploadRequest & { sent: number })[]>();
        const busy = new Set<string>();
        const of = (peer: string): (UploadRequest & { sent: number })[] => waiting.get(peer) ?? [];
        const take = (): boolean => {
          const block = uploads.next();
          const servable = [...waiting].filter(([peer, queue]) => !busy.has(peer) && queue.length > 0);
          assert.equal(block !== undefined, servable.length > 0);
          if (block === undefined) return false;
          const first = of(block.peer)[0];
          assert.ok(first !== undefined && !busy.has(block.peer));
          const length = Math.min(BLOCK, first.length - first.sent);
          const { channel, piece, offset } = first;
          assert.deepEqual(block, { peer: block.peer, channel, piece, offset: offset + first.sent, length });
          first.sent += length;
          if (first.sent === first.length) of(block.peer).shift();
          busy.add(block.peer);
          return true;
        };
        for (const { what, peer, piece, channel, length } of steps) {
          const queue = of(peer);
          const wanted = request(piece, length, { channel });
          if (what === 'ask') {
            assert.equal(uploads.enqueue(peer, wanted), queue.length < 8);
            if (queue.length < 8) waiting.set(peer, [...queue, { ...wanted, sent: 0 }]);
          } else if (what === 'cancel') {
            const victim = queue[piece % Math.max(1, queue.length)];
            assert.equal(uploads.cancel(peer, victim ?? wanted), victim !== undefined);
            const { channel: c, piece: p, length: l } = victim ?? wanted;
            const first = queue.findIndex((other) => other.channel === c && other.piece === p && other.length === l);
            if (victim) queue.splice(first, 1);
          } else if (what === 'cancelChannel') {
            const kept = queue.filter((other) => other.channel !== channel);
            assert.equal(uploads.cancelChannel(peer, channel), queue.length - kept.length);
            waiting.set(peer, kept);
          } else if (what === 'writable' || what === 'unwritable') {
            uploads.setWritable(peer, what === 'writable');
            if (what === 'writable') busy.delete(peer);
            else busy.add(peer);
          } else if (what === 'next') {
            take();
          } else {
            uploads.remove(peer);
            uploads.add(peer);
            waiting.delete(peer);
            busy.delete(peer);
          }
          for (const [name, queued] of waiting) assert.equal(uploads.queued(name), queued.length);
        }
        while (waiting.size > 0 && [...waiting.values()].some((queue) => queue.length > 0)) {
          if (take()) continue;
          for (const peer of busy) uploads.setWritable(peer, true);
          busy.clear();
        }
      }),
    );
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
