import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RequestPipeline } from '../../../../sdk/transfer/download/request-pipeline.js';

const PIECE = 524_288;
const CHUNK = 16_384;

interface Line {
  readonly bytesPerSecond: number;
  readonly roundTripMs: number;
}

/** Keeps a window full over a line for some time: a source that answers in order, at the line's rate. */
function run(window: RequestPipeline, line: Line, fromMs: number, toMs: number): { pieces: number; widest: number } {
  const chunkMs = (CHUNK / line.bytesPerSecond) * 1000;
  const arrivals: number[] = [];
  let freeAt = fromMs;
  let pieces = 0;
  let widest = 0;
  const request = (now: number): void => {
    window.onRequest(now);
    freeAt = Math.max(freeAt, now + line.roundTripMs) + chunkMs * (PIECE / CHUNK);
    arrivals.push(freeAt);
  };
  let now = fromMs;
  while (now < toMs) {
    while (arrivals.length < window.windowPieces) request(now);
    const end = arrivals.shift() ?? 0;
    for (let chunk = PIECE / CHUNK - 1; chunk >= 0; chunk--) window.onBytes(CHUNK, end - chunk * chunkMs);
    now = end;
    window.onPiece(now);
    pieces += 1;
    widest = Math.max(widest, window.windowPieces);
  }
  while (arrivals.length > 0 && arrivals.pop() !== undefined) window.onWithdrawn();
  return { pieces, widest };
}

describe('RequestPipeline', () => {
  it('starts at 4 pieces', () => {
    assert.equal(new RequestPipeline({ pieceBytes: PIECE }).windowPieces, 4);
  });

  it('fills a long fat pipe within seconds', () => {
    const window = new RequestPipeline({ pieceBytes: PIECE });
    const line = { bytesPerSecond: 100e6, roundTripMs: 100 };
    run(window, line, 0, 2000);
    const { pieces } = run(window, line, 2000, 6000);
    assert.ok(pieces * PIECE > 0.85 * 4 * line.bytesPerSecond, `${pieces} pieces`);
    assert.ok(window.windowPieces >= 20, `${window.windowPieces}`);
  });

  it('keeps little waiting at a slow source', () => {
    const window = new RequestPipeline({ pieceBytes: PIECE });
    const { widest } = run(window, { bytesPerSecond: 1e6, roundTripMs: 20 }, 0, 30_000);
    assert.ok(widest <= 16, `${widest}`);
    assert.equal(window.windowPieces, 2);
  });

  it('asks for no more than the line holds of a source that is shared', () => {
    const window = new RequestPipeline({ pieceBytes: PIECE });
    window.isShared = true;
    assert.equal(window.windowPieces, 1);
    const { widest } = run(window, { bytesPerSecond: 1e6, roundTripMs: 20 }, 0, 30_000);
    assert.equal(widest, 1);
    run(window, { bytesPerSecond: 100e6, roundTripMs: 100 }, 30_000, 40_000);
    assert.ok(window.windowPieces >= 20, `${window.windowPieces}`);
  });

  it('widens when the line becomes faster, and narrows when it becomes slower', () => {
    const window = new RequestPipeline({ pieceBytes: PIECE });
    run(window, { bytesPerSecond: 10e6, roundTripMs: 100 }, 0, 10_000);
    const slow = window.windowPieces;
    run(window, { bytesPerSecond: 50e6, roundTripMs: 100 }, 10_000, 20_000);
    const fast = window.windowPieces;
    assert.ok(fast >= 2 * slow, `${slow} and then ${fast}`);
    run(window, { bytesPerSecond: 10e6, roundTripMs: 100 }, 20_000, 35_000);
    assert.ok(window.windowPieces <= slow + 1, `${slow} and then ${window.windowPieces}`);
  });

  it('counts neither silence nor delay against a source for as long as its request is held back', () => {
    const window = new RequestPipeline({ pieceBytes: PIECE });
    window.onRequest(0);
    window.onHeld(9000);
    assert.equal(window.idleSince, 9000);
    window.onBytes(CHUNK, 9005);
    for (let chunk = 1; chunk < PIECE / CHUNK; chunk++) window.onBytes(CHUNK, 9005 + chunk);
    window.onPiece(9040);
    const other = new RequestPipeline({ pieceBytes: PIECE });
    other.onRequest(9000);
    for (let chunk = 0; chunk < PIECE / CHUNK; chunk++) other.onBytes(CHUNK, 9005 + chunk);
    other.onPiece(9040);
    assert.equal(window.windowPieces, other.windowPieces);
  });

  it('never leaves its bounds', () => {
    const bounds = { pieceBytes: PIECE, minPieces: 2, maxPieces: 64 };
    const anyLine = fc.record({
      bytesPerSecond: fc.double({ min: 1e4, max: 4e9, noNaN: true }),
      roundTripMs: fc.double({ min: 0, max: 2000, noNaN: true }),
    });
    fc.assert(
      fc.property(anyLine, (line) => {
        const window = new RequestPipeline(bounds);
        const { widest } = run(window, line, 0, 500);
        assert.ok(widest <= 64 && window.windowPieces >= 2);
      }),
      { numRuns: 30 },
    );
  });

  it('knows since when it waits', () => {
    const window = new RequestPipeline({ pieceBytes: PIECE });
    assert.equal(window.idleSince, undefined);
    window.onRequest(100);
    window.onRequest(150);
    assert.equal(window.idleSince, 100);
    window.onBytes(CHUNK, 400);
    assert.equal(window.idleSince, 400);
    window.onPiece(410);
    window.onRefused(420);
    assert.equal(window.idleSince, undefined);
  });

  it('begins anew when there was nothing to ask for a while', () => {
    const window = new RequestPipeline({ pieceBytes: PIECE });
    run(window, { bytesPerSecond: 100e6, roundTripMs: 100 }, 0, 3000);
    assert.ok(window.windowPieces > 4);
    window.onRequest(10_000);
    assert.equal(window.windowPieces, 4);
  });

  it('begins small again after a stall', () => {
    const window = new RequestPipeline({ pieceBytes: PIECE });
    run(window, { bytesPerSecond: 100e6, roundTripMs: 100 }, 0, 3000);
    window.onStall(9000);
    window.onRequest(13_000);
    assert.equal(window.windowPieces, 2);
    assert.equal(window.bytesPerSecond(13_000), 0);
  });
});
