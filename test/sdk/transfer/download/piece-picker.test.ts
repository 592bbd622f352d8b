import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Bitfield } from '../../../../sdk/transfer/bitfield.js';
import { PiecePicker } from '../../../../sdk/transfer/download/piece-picker.js';
import { seeded } from '../../../support/seeded.js';
import { pieces } from '../drawing.js';

/**
 * A picker for a swarm that is drawn: the number of holders of each piece, and below it what is ours
 * (`x` verified, `r` requested, anything else missing).
 */
function swarm(holders: string, ours = ''): PiecePicker {
  const verified = pieces(ours.padEnd(holders.length, '.'));
  const picker = new PiecePicker({ pieceCount: holders.length, verified });
  for (let holder = 1; holder <= 9; holder++) {
    picker.addPieces(pieces([...holders].map((count) => (Number(count) >= holder ? 'x' : '.')).join('')));
  }
  for (const [piece, mark] of [...ours].entries()) if (mark === 'r') picker.markRequested(piece);
  return picker;
}

/** All the pieces that may come out for a source, over many random numbers. */
function picks(picker: PiecePicker, source: string): (number | undefined)[] {
  const random = seeded(7);
  return [...new Set(Array.from({ length: 300 }, () => picker.pick(pieces(source), random)))].sort();
}

describe('PiecePicker', () => {
  const cases: [what: string, holders: string, ours: string, source: string, expected: (number | undefined)[]][] = [
    ['the rarest', '3321233', '.......', 'xxxxxxx', [3]],
    ['the rarest that the source has', '3321233', '.......', 'xxx.x.x', [2, 4]],
    ['any of those with one holder', '1111111', '.......', 'xxxxxxx', [0, 1, 2, 3, 4, 5, 6]],
    ['the first, once all have two holders', '2222222', '.......', 'xxxxxxx', [0]],
    ['the first of the rarest, once all have two', '4332342', 'r.....x', '.xxxxxx', [3]],
    ['any, while one that the source lacks has one holder', '1333333', '.......', '.xxxxxx', [1, 2, 3, 4, 5, 6]],
    ['any, while one has no holder at all', '0333', '....', '.xxx', [1, 2, 3]],
    ['the first, when the only rare one is requested', '1333333', 'r......', '.xxxxxx', [1]],
    ['the first, when the only rare one is verified', '1333333', 'x......', '.xxxxxx', [1]],
    ['nothing from a source that has nothing', '1111111', '.......', '.......', [undefined]],
    ['nothing that is requested or verified', '7110000', 'xrr....', 'xxx....', [undefined]],
    ['nothing of nothing', '', '', '', [undefined]],
  ];
  for (const [what, holders, ours, source, expected] of cases) {
    it(`picks ${what}`, () => assert.deepEqual(picks(swarm(holders, ours), source), expected));
  }

  it('goes by what sources gain, and take away with them', () => {
    const picker = swarm('2233');
    picker.addPiece(0);
    assert.deepEqual(picks(picker, 'xxxx'), [1]);
    picker.removePieces(pieces('..x.'));
    picker.removePieces(pieces('..x.'));
    assert.deepEqual(picks(picker, 'xxxx'), [2]);
  });

  it('picks again what is given back, and never what is verified', () => {
    const picker = swarm('1', 'r');
    picker.markMissing(0);
    assert.equal(picker.pickableCount, 1);
    picker.markVerified(0);
    assert.equal(picker.pickableCount, 0);
    assert.throws(() => picker.markMissing(0), /not requested/);
    assert.throws(() => picker.markRequested(0), /verified already/);
  });

  it('keeps count when a complete source loses a piece', () => {
    const picker = swarm('3333');
    picker.removePiece(2);
    assert.deepEqual(
      [0, 1, 2, 3].map((piece) => picker.availability(piece)),
      [3, 3, 2, 3],
    );
    picker.removePieces(pieces('xx.x'));
    assert.deepEqual(
      [0, 1, 2, 3].map((piece) => picker.availability(piece)),
      [2, 2, 2, 2],
    );
  });

  it('knows what is rare after many came with a part and left with everything', () => {
    const picker = swarm('1211');
    for (let visit = 0; visit < 100; visit++) {
      picker.addPieces(pieces('x...'));
      for (const piece of [1, 2, 3]) picker.addPiece(piece);
      picker.removePieces(pieces('xxxx'));
    }
    assert.deepEqual(picks(picker, 'xxxx'), [0, 2, 3]);
  });

  it('refuses to count below nothing', () => {
    assert.throws(() => swarm('010').removePiece(2), RangeError);
  });

  it('agrees with a naive one, whatever happens', () => {
    const PIECES = 70;
    const step = fc.record({
      what: fc.constantFrom('come', 'comeComplete', 'go', 'have', 'lose', 'request', 'giveBack', 'verify'),
      which: fc.nat(1000),
      has: fc.uniqueArray(fc.nat(PIECES - 1), { maxLength: PIECES }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer(), (steps, seed) => {
        const picker = new PiecePicker({ pieceCount: PIECES });
        const sources: Bitfield[] = [];
        const state = Array.from({ length: PIECES }, (): 'missing' | 'requested' | 'verified' => 'missing');
        const random = seeded(seed);
        for (const { what, which, has } of steps) {
          const source = sources[which % sources.length];
          const piece = which % PIECES;
          if (what === 'come' || what === 'comeComplete') {
            const newcomer = new Bitfield(PIECES);
            if (what === 'comeComplete') newcomer.fill();
            else for (const index of has) newcomer.set(index);
            sources.push(newcomer);
            picker.addPieces(newcomer);
          } else if (what === 'go' && source) {
            sources.splice(sources.indexOf(source), 1);
            picker.removePieces(source);
          } else if (what === 'have' && source) {
            for (const index of has) if (source.set(index)) picker.addPiece(index);
          } else if (what === 'lose' && source?.clear(piece)) {
            picker.removePiece(piece);
          } else if (what === 'request' && state[piece] === 'missing') {
            state[piece] = 'requested';
            picker.markRequested(piece);
          } else if (what === 'giveBack' && state[piece] === 'requested') {
            state[piece] = 'missing';
            picker.markMissing(piece);
          } else if (what === 'verify') {
            state[piece] = 'verified';
            picker.markVerified(piece);
          }

          const holders = state.map((_, index) => sources.filter((other) => other.has(index)).length);
          const pickable = [...state.keys()].filter((index) => state[index] === 'missing');
          const scarce = pickable.some((index) => (holders[index] ?? 0) < 2);
          assert.deepEqual(
            holders,
            state.map((_, index) => picker.availability(index)),
          );
          assert.equal(picker.pickableCount, pickable.filter((index) => holders[index] !== 0).length);
          for (const other of sources) {
            const wanted = pickable.filter((index) => other.has(index));
            const rarest = Math.min(...wanted.map((index) => holders[index] ?? 0));
            const ties = wanted.filter((index) => holders[index] === rarest);
            const picked = picker.pick(other, random);
            if (scarce && picked !== undefined) assert.ok(ties.includes(picked));
            else assert.equal(picked, ties[0]);
          }
        }
      }),
    );
  });
});
