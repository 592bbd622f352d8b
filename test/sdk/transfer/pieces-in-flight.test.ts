import assert from 'node:assert/strict';
import { DownloadSource } from '../../../sdk/transfer/download-source.js';
import { PiecesInFlight } from '../../../sdk/transfer/pieces-in-flight.js';
import { pieces } from './drawing.js';

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

  it('finds what waits longest, of what a source has and is not asked for', () => {
    const [ann, bob] = [source(1, 'xxxx'), source(2, '.xxx')];
    const inFlight = new PiecesInFlight();
    for (const piece of [0, 3, 1]) inFlight.add(piece, ann, 0);
    assert.equal(inFlight.longestWaitingFor(bob, 2, -Infinity), 3);
    inFlight.add(3, bob, 0);
    assert.equal(inFlight.longestWaitingFor(bob, 3, -Infinity), 1);
    assert.equal(inFlight.longestWaitingFor(bob, 1, -Infinity), undefined);
    assert.equal(inFlight.longestWaitingFor(ann, 3, -Infinity), undefined);
  });

  it('leaves a piece to the source that begins to answer, and takes the requests back from those who let it wait', () => {
    const [ann, bob, cyd] = [source(1, 'xx'), source(2, 'xx'), source(3, 'xx')];
    const inFlight = new PiecesInFlight();
    for (const one of [ann, bob, cyd]) inFlight.add(0, one, 0);
    inFlight.add(1, ann, 0);
    assert.deepEqual(inFlight.begin(0, bob, 100), [ann, cyd]);
    assert.deepEqual(
      [ann, bob, cyd].map(({ requests }) => [...requests.keys()]),
      [[1], [0], []],
    );
    assert.deepEqual(inFlight.begin(0, ann, 200), [], 'it is not asked any more');
    assert.equal(inFlight.longestWaitingFor(cyd, 3, -Infinity), 1, 'the other one is being answered');
    assert.equal(inFlight.longestWaitingFor(cyd, 3, 101), 0, 'a slow answer');
    inFlight.add(0, cyd, 200);
    assert.deepEqual(inFlight.begin(0, cyd, 300), [], 'two answers are under way');
    assert.equal(inFlight.remove(0, bob), false);
    assert.deepEqual(inFlight.begin(0, cyd, 400), []);
    assert.equal(inFlight.remove(0, cyd), true);
  });
});
