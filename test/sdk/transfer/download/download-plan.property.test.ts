import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Bitfield } from '../../../../sdk/transfer/bitfield.js';
import type { PieceRange } from '../../../../sdk/transfer/interleave.js';
import { ObservedPlan } from './observed-plan.js';

const HONEST = 100;

const step = fc.record({
  what: fc.constantFrom(
    'join',
    'joinComplete',
    'leave',
    'have',
    'begin',
    'deliver',
    'deliver',
    'arrive',
    'arrive',
    'right',
    'wrong',
    'doubtful',
    'corrupt',
    'late',
    'wait',
    'read',
    'sequential',
  ),
  id: fc.nat(5),
  piece: fc.nat(1000),
  has: fc.infiniteStream(fc.boolean()),
  ms: fc.nat(9000),
  readers: fc.array(fc.tuple(fc.nat(1000), fc.nat(12)), { maxLength: 3 }),
});

/** The pieces ahead of readers that stand anywhere in a file. */
function ahead(readers: readonly (readonly [first: number, length: number])[], pieceCount: number): PieceRange[] {
  return readers.map(([anywhere, length]) => {
    const first = anywhere % pieceCount;
    return { first, end: Math.min(pieceCount, first + length) };
  });
}

describe('DownloadPlan, whatever happens', () => {
  it('keeps its rules, and finishes with an honest source', () => {
    const run = fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(step, { maxLength: 80 }),
      fc.integer(),
      (pieceCount, steps, seed) => {
        const swarm = new ObservedPlan(pieceCount, seed);
        for (const { what, id, piece, has, ms, readers } of steps) {
          const requests = swarm.requestsOf(id);
          const request = requests[piece % Math.max(1, requests.length)];
          if (what === 'join' || what === 'joinComplete') {
            const bits = new Bitfield(pieceCount);
            for (let index = 0; index < pieceCount; index++) if (what !== 'join' || has.next().value) bits.set(index);
            swarm.join(id, bits);
          } else if (what === 'leave') swarm.leave(id);
          else if (what === 'have') swarm.have(id, piece % pieceCount);
          else if (what === 'begin' && request !== undefined) swarm.begin(id, request);
          else if (what === 'deliver' && request !== undefined) swarm.deliver(id, request);
          else if (what === 'arrive' && request !== undefined) swarm.arrive(id, request);
          else if (what === 'right' || what === 'wrong' || what === 'doubtful') swarm.judge(what);
          else if (what === 'corrupt' && request !== undefined) swarm.corrupt(id, request);
          else if (what === 'late' && swarm.peers.has(id)) swarm.deliver(id, piece % pieceCount);
          else if (what === 'wait') swarm.wait(ms);
          else if (what === 'read') swarm.read(ahead(readers, pieceCount));
          else if (what === 'sequential') swarm.plan.setSequential(piece % 2 === 0);
          swarm.assign();
        }

        while (swarm.checking.length > 0) swarm.judge(swarm.checking.length % 2 === 0 ? 'right' : 'wrong');
        swarm.join(HONEST, new Bitfield(pieceCount).fill());
        swarm.assign();
        for (let left = pieceCount; !swarm.plan.isComplete; left--) {
          assert.ok(left > 0, 'does not finish');
          let waits = 0;
          while (swarm.requestsOf(HONEST).length === 0) {
            assert.ok(++waits < 10, 'waits for nothing');
            swarm.wait(60_000);
            swarm.assign();
          }
          swarm.deliver(HONEST, swarm.requestsOf(HONEST)[0] ?? -1);
          swarm.assign();
        }
        assert.equal(swarm.asked.size, 0);
      },
    );
    fc.assert(run, { numRuns: 300 });
  });

  it('finishes while every missing piece has a source that answers sooner or later', () => {
    const source = fc.record({
      has: fc.infiniteStream(fc.boolean()),
      msPerPiece: fc.integer({ min: 1, max: 3000 }),
      stallsUntil: fc.nat(60_000),
    });
    const run = fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.array(source, { minLength: 1, maxLength: 6 }),
      fc.array(fc.tuple(fc.nat(1000), fc.nat(40)), { maxLength: 3 }),
      fc.boolean(),
      fc.integer(),
      (pieceCount, sources, readers, sequential, seed) => {
        const swarm = new ObservedPlan(pieceCount, seed);
        const fields = sources.map(() => new Bitfield(pieceCount));
        for (let piece = 0; piece < pieceCount; piece++) {
          fields[piece % fields.length]?.set(piece);
          sources.forEach(({ has }, index) => {
            if (has.next().value === true) fields[index]?.set(piece);
          });
        }
        for (const [id, has] of fields.entries()) swarm.join(id, has);
        const busyUntil = sources.map(() => 0);
        swarm.read(ahead(readers, pieceCount));
        swarm.plan.setSequential(sequential);
        swarm.assign();
        while (!swarm.plan.isComplete) {
          assert.ok(swarm.now < 3_600_000, 'does not finish within the hour');
          swarm.wait(50);
          sources.forEach(({ msPerPiece, stallsUntil }, id) => {
            const [request] = swarm.requestsOf(id);
            if (request === undefined || swarm.now < stallsUntil || swarm.now < (busyUntil[id] ?? 0)) return;
            busyUntil[id] = swarm.now + msPerPiece;
            swarm.deliver(id, request);
          });
          swarm.assign();
        }
        const credited = sources.map((_, id) => swarm.plan.sourceStats(id, swarm.now)?.pieces ?? 0);
        assert.equal(
          credited.reduce((sum, count) => sum + count),
          pieceCount,
        );
      },
    );
    fc.assert(run, { numRuns: 60 });
  });
});
