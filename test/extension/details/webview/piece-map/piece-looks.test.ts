import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createFormats } from '../../../../../extension/details/webview/page/format.js';
import { ENGLISH_WORDS } from '../../../../../extension/details/webview/page/messages.js';
import { layoutPieces } from '../../../../../extension/details/webview/piece-map/piece-layout.js';
import { countPieces, Look, looksOf } from '../../../../../extension/details/webview/piece-map/piece-looks.js';
import { describeCell } from '../../../../../extension/details/webview/piece-map/piece-words.js';

const MISSING = 0;
const IN_FLIGHT = 1;
const VERIFIED = 2;
const piece = (state: number, sources: number): number => state | (sources << 2);
const roomy = { minPitch: 20, maxPitch: 20, gap: 1 };

/** The look of one cell that stands for these pieces. */
function lookOfAll(...pieces: readonly number[]): number | undefined {
  return lookWhen(true, ...pieces);
}

function lookWhen(isHeldKnown: boolean, ...pieces: readonly number[]): number | undefined {
  return looksOf(layoutPieces(pieces.length, 20, 20, roomy), { pieces: Uint8Array.from(pieces), isHeldKnown })[0];
}

describe('the look of pieces', () => {
  it('shows a single piece by its state, a missing one by its number of sources', () => {
    assert.equal(lookOfAll(piece(VERIFIED, 0)), Look.verified);
    assert.equal(lookOfAll(piece(IN_FLIGHT, 3)), Look.inFlight);
    const missing = [0, 1, 2, 3, 4, 63].map((sources) => lookOfAll(piece(MISSING, sources)));
    const { noSource, oneSource, fewSources, manySources } = Look;
    assert.deepEqual(missing, [noSource, oneSource, fewSources, fewSources, manySources, manySources]);
  });

  it('shows several by the most important one', () => {
    assert.equal(lookOfAll(piece(VERIFIED, 1), piece(VERIFIED, 0)), Look.verified);
    assert.equal(lookOfAll(piece(VERIFIED, 1), piece(MISSING, 2)), Look.partly);
    assert.equal(lookOfAll(piece(VERIFIED, 1), piece(MISSING, 0)), Look.noSource);
    assert.equal(lookOfAll(piece(IN_FLIGHT, 1), piece(MISSING, 0)), Look.inFlight);
    assert.equal(lookOfAll(piece(MISSING, 9), piece(MISSING, 1)), Look.oneSource);
  });

  it('is no alarm while it is unknown whether a source has the piece', () => {
    const anything = fc.array(
      fc
        .tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 63 }))
        .map(([state, held]) => piece(state, held)),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(anything, (pieces) => {
        const [look, known] = [lookWhen(false, ...pieces), lookWhen(true, ...pieces)];
        assert.notEqual(look, Look.noSource);
        // Known sources and pieces in flight look the same.
        if (known !== Look.noSource) assert.equal(look, known);
      }),
    );
    assert.equal(lookWhen(false, piece(MISSING, 0)), Look.unknown);
  });

  it('counts every piece once', () => {
    const states = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 63 })));
    fc.assert(
      fc.property(states, (pieces) => {
        const counts = countPieces(Uint8Array.from(pieces, ([state, sources]) => piece(state, sources)));
        const missing = pieces.filter(([state]) => state === MISSING).map(([, sources]) => sources);
        assert.equal(counts.missing + counts.inFlight + counts.verified, pieces.length);
        assert.equal(counts.missing, missing.length);
        assert.equal(counts.unavailable, missing.filter((sources) => sources === 0).length);
        assert.equal(counts.fewestSources, missing.length === 0 ? null : Math.min(...missing));
      }),
    );
  });

  it('describes one piece, and several', () => {
    const formats = createFormats('en', ENGLISH_WORDS);
    const pieces = [piece(VERIFIED, 1), piece(IN_FLIGHT, 2), piece(MISSING, 3), piece(MISSING, 0)];
    const describe = (count: number, cell: number, isHeldKnown = true): readonly string[] => {
      const shown = Uint8Array.from(pieces.slice(0, count));
      const facts = { pieces: shown, isHeldKnown };
      return describeCell(layoutPieces(count, 20 * count, 20, roomy), cell, facts, ENGLISH_WORDS, formats);
    };
    assert.deepEqual(describe(4, 0), ['Piece 1', 'Verified']);
    assert.deepEqual(describe(4, 1), ['Piece 2', 'In flight · Sources: 2']);
    assert.deepEqual(describe(4, 3), ['Piece 4', 'Missing · No source has it']);
    assert.deepEqual(describe(4, 3, false), ['Piece 4', 'Missing · Sources still unknown']);
    const facts = { pieces: Uint8Array.from(pieces), isHeldKnown: true };
    const all = describeCell(layoutPieces(4, 20, 20, roomy), 0, facts, ENGLISH_WORDS, formats);
    assert.deepEqual(all, ['Pieces 1–4', 'Verified: 1 · In flight: 1 · Missing: 2 · Fewest sources: 0']);
  });
});
