import assert from 'node:assert/strict';
import { DownloadSource } from '../../../../sdk/transfer/download/download-source.js';
import { PiecesInFlight } from '../../../../sdk/transfer/download/pieces-in-flight.js';
import { pieces } from '../drawing.js';

const LIMITS = { maxDuplicates: 2, slowMs: 900 };

function source(id: number, has: string): DownloadSource {
  const ready = new DownloadSource(id, { pieceBytes: 524_288 }, 0);
  ready.ready(pieces(has), 0);
  return ready;
}

describe('PiecesInFlight', () => {
  it('knows the last request for a piece from the others', () => {
    const [ann, bob] = [source(1, 'x'), source(2, 'x')];
    const inFlight = new PiecesInFlight();
    inFlight.add(0, ann, 0);
    inFlight.add(0, bob, 0);
    assert.equal(inFlight.size, 1);
    assert.equal(inFlight.remove(0, ann), false);
    assert.equal(inFlight.remove(0, ann), false);
    assert.equal(inFlight.remove(0, bob), true);
    assert.equal(inFlight.size, 0);
  });

  it('ends all requests for a piece at both ends', () => {
    const [ann, bob] = [source(1, 'xx'), source(2, 'xx')];
    const inFlight = new PiecesInFlight();
    inFlight.add(0, ann, 0);
    inFlight.add(1, ann, 0);
    inFlight.add(0, bob, 0);
    assert.deepEqual(inFlight.removeAll(0), [ann, bob]);
    assert.deepEqual(inFlight.removeAll(0), []);
    assert.deepEqual([...ann.requests.keys(), ...bob.requests.keys()], [1]);
  });

  it('tells of what is asked for, in that order, but of what is being checked', () => {
    const [ann, bob] = [source(1, 'xxxx'), source(2, '.xxx')];
    const inFlight = new PiecesInFlight();
    for (const piece of [0, 3, 1]) inFlight.add(piece, ann, 0);
    inFlight.add(3, bob, 0);
    inFlight.beginCheck(0, ann);
    assert.deepEqual(
      [...inFlight.unchecked()].map(([piece, { sources }]) => [piece, sources]),
      [
        [3, [ann, bob]],
        [1, [ann]],
      ],
    );
  });

  it('leaves a piece to the source that begins to answer, and takes the requests back from those who let it wait', () => {
    const [ann, bob, cyd] = [source(1, 'xx'), source(2, 'xx'), source(3, 'xx')];
    const inFlight = new PiecesInFlight();
    for (const one of [ann, bob, cyd]) inFlight.add(0, one, 0);
    inFlight.add(1, ann, 0);
    assert.deepEqual(inFlight.begin(0, bob, 100, LIMITS), [ann, cyd]);
    assert.deepEqual(
      [ann, bob, cyd].map(({ requests }) => [...requests.keys()]),
      [[1], [0], []],
    );
    assert.deepEqual(inFlight.begin(0, ann, 200, LIMITS), [], 'it is not asked any more');
    inFlight.add(0, cyd, 200);
    assert.deepEqual(inFlight.begin(0, cyd, 300, LIMITS), [], 'two answers are under way');
    assert.equal(inFlight.remove(0, bob), false);
    assert.deepEqual(inFlight.begin(0, cyd, 400, LIMITS), []);
    assert.equal(inFlight.remove(0, cyd), true);
  });

  it('ends the slowest answer when there are too many', () => {
    const inFlight = new PiecesInFlight();
    const all = [1, 2, 3].map((id) => source(id, 'x'));
    for (const one of all) {
      inFlight.add(0, one, 0);
      inFlight.begin(0, one, 0, LIMITS);
      one.window.onRequest(0);
    }
    for (const [index, one] of all.entries()) one.window.onBytes(index === 1 ? 1 : 100_000, 500);
    const fourth = source(4, 'x');
    inFlight.add(0, fourth, 1000);
    assert.deepEqual(inFlight.begin(0, fourth, 1000, LIMITS), [all[1]]);
    assert.equal(all[1]?.requests.size, 0);
  });
});
