import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { UploadRequest } from '../../../../sdk/transfer/upload/upload-scheduler.js';
import { BLOCK, request, scheduler } from './some-uploads.js';

describe('UploadScheduler, whatever happens', () => {
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
});
