import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Source } from '../../../../sdk/protocol/index.js';
import { Bitfield } from '../../../../sdk/transfer/index.js';
import { MovingScene, PIECES, piecesAsked, routeWith, SOURCE } from './moving-scene.js';

/** The source at another address, by the time at which it came there. */
function placed(second: number): Source {
  return { ...SOURCE, addresses: [{ host: `198.51.100.${second}`, port: 9000, kind: 'seen' }] };
}

describe('a connection that moves to another way', () => {
  let scene: MovingScene;

  beforeEach(() => begin());
  afterEach(() => scene.connection.destroy());

  function begin(): void {
    scene = new MovingScene();
  }

  it('sends new requests on the new stream, lets the old one answer, and closes it', () => {
    const old = scene.find();
    old.serve(1000);
    for (let piece = 0; piece < 6; piece++) scene.connection.requests.request(scene.channel, piece);
    old.serve(80);
    scene.seek();
    assert.equal(scene.connectSought, 'direct');
    const fresh = scene.find();
    scene.connection.requests.request(scene.channel, 6);
    assert.deepEqual(piecesAsked(fresh), [], 'before it is known what the peer has there');
    fresh.serve(1000);
    scene.connection.requests.request(scene.channel, 7);
    assert.deepEqual([piecesAsked(old), piecesAsked(fresh)], [[0, 1, 2, 3, 4, 5, 6], [7]]);
    scene.tick();
    assert.ok(old.isOpen);
    old.serve(100_000);
    fresh.serve(100_000);
    scene.tick();
    assert.deepEqual([old.isOpen, old.outcome, fresh.isOpen], [false, 'worked', true]);
    assert.deepEqual([...scene.got.keys()].sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.ok([...scene.got.values()].every((copies) => copies === 1));
    assert.deepEqual([scene.closed, scene.had.length], [[], PIECES]);
  });

  it('knows what either stream announces', () => {
    const old = scene.find(routeWith(new Bitfield(PIECES).fill()));
    old.serve(1000);
    scene.seek();
    const fresh = scene.find(routeWith(new Bitfield(PIECES)));
    fresh.serve(1000);
    assert.equal(scene.connection.piecesOf(scene.channel)?.count, PIECES);
    assert.equal(scene.had.length, PIECES, 'nothing is announced twice');
  });

  it('requests again what a stream owed that broke while it was replaced', async () => {
    const old = scene.find();
    old.serve(1000);
    for (let piece = 0; piece < 6; piece++) scene.connection.requests.request(scene.channel, piece);
    old.serve(170);
    scene.seek();
    const fresh = scene.find();
    fresh.serve(1000);
    old.reset();
    await new Promise(setImmediate);
    fresh.serve(100_000);
    assert.deepEqual([...scene.got.keys()].sort(), [0, 1, 2, 3, 4, 5]);
    assert.ok(!scene.isEnded && scene.closed.length === 0);
    assert.equal(scene.buffers.free, 4);
  });

  it('continues on the old stream if the new one breaks', async () => {
    const old = scene.find();
    old.serve(1000);
    scene.connection.requests.request(scene.channel, 10); // the old one stays for its answer
    scene.seek();
    const fresh = scene.find();
    fresh.serve(1000);
    for (let piece = 0; piece < 6; piece++) scene.connection.requests.request(scene.channel, piece);
    assert.deepEqual(piecesAsked(fresh), [0, 1, 2, 3, 4, 5]);
    const late = scene.connection.open(scene.handler());
    fresh.reset();
    await new Promise(setImmediate);
    old.serve(100_000);
    scene.connection.requests.request(late, 9);
    old.serve(100_000);
    assert.deepEqual(
      [...scene.got.keys()].sort((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 9, 10],
    );
    assert.ok(!scene.isEnded && scene.closed.length === 0);
  });

  it('closes the channel whose blocks were requested one by one on a stream that broke', async () => {
    const old = scene.find();
    old.serve(1000);
    const other = scene.connection.open(scene.handler());
    old.serve(1000);
    scene.connection.requests.requestBlock(scene.channel, 0, 0, 20);
    scene.connection.requests.request(other, 1);
    scene.seek();
    const fresh = scene.find();
    fresh.serve(1000);
    scene.connection.requests.requestBlock(scene.channel, 0, 20, 20);
    assert.deepEqual(piecesAsked(fresh), [], 'a piece stays where it began');
    old.reset();
    await new Promise(setImmediate);
    fresh.serve(100_000);
    assert.deepEqual([scene.closed, [...scene.got.keys()]], [['lost'], [1]]);
  });

  it('looks for another way when the peer does not answer, and leaves the dead stream at once', async () => {
    const old = scene.find();
    old.serve(1000);
    old.answersPings = false;
    scene.connection.requests.request(scene.channel, 0);
    for (let second = 0; second < 5; second++) scene.tick();
    assert.equal(scene.connectSought, undefined);
    scene.tick();
    assert.equal(scene.connectSought, 'auto');
    const fresh = scene.find();
    assert.ok(!old.isOpen);
    fresh.serve(100_000);
    assert.deepEqual([...scene.got.keys()], [0]);
    await new Promise(setImmediate);
    assert.ok(!scene.isEnded);
  });

  it('looks for another way at once when the peer moved, and begins anew when it is announced again later', async () => {
    const old = scene.find();
    old.serve(1000);
    old.answersPings = false;
    const moved = placed(2);
    scene.connection.announced(SOURCE, scene.clock.nowMs());
    scene.tick();
    scene.tick();
    assert.equal(scene.connectSought, undefined, 'it is where it was');
    scene.connection.announced(moved, scene.clock.nowMs());
    scene.tick();
    assert.equal(scene.connectSought, 'direct', 'perhaps there is a better way now');
    scene.tick();
    assert.equal(scene.connectSought, 'auto', 'the stream is dead, so that any way will do');
    assert.deepEqual(scene.search?.order.source, moved);
    const before = scene.search;
    scene.connection.announced(moved, scene.clock.nowMs());
    assert.equal(scene.search, before, 'a young search goes on');
    for (let second = 0; second < 3; second++) scene.clock.pass(1000);
    scene.connection.announced(moved, scene.clock.nowMs());
    assert.notEqual(scene.search, before);
    scene.find();
    assert.ok(!old.isOpen);
    await new Promise(setImmediate);
    assert.ok(!scene.isEnded);
  });

  it('leaves a stream that does not answer once it found another, whenever the peer is announced again', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 15 }), { maxLength: 4 }),
        fc.integer({ min: 0, max: 5 }),
        (at, wait) => {
          begin();
          const old = scene.find();
          old.serve(1000);
          old.answersPings = false;
          scene.connection.requests.request(scene.channel, 0);
          for (let second = 1; second <= 20 && !scene.search; second++) {
            scene.tick();
            if (at.includes(second)) scene.connection.announced(placed(second), scene.clock.nowMs());
          }
          for (let second = 0; second < wait; second++) scene.tick();
          if (scene.isEnded) return; // it was taken for dead, and a new connection begins
          const fresh = scene.find();
          for (let second = 0; second < 4; second++) {
            fresh.serve(100_000);
            scene.tick();
          }
          fresh.serve(100_000);
          assert.deepEqual([old.isOpen, [...scene.got.keys()]], [false, [0]]);
          scene.connection.destroy();
        },
      ),
    );
  });

  it('does not take a peer for dead that is slow, or a disk that is behind', () => {
    const old = scene.find();
    old.serve(1000);
    scene.connection.requests.request(scene.channel, 0);
    for (let second = 0; second < 60; second++) {
      scene.tick();
      old.serve(20);
    }
    assert.equal(scene.searches, 2, 'only the first, and one after a minute on the relay');
  });

  it('ends with the last stream, and tells each channel once', async () => {
    const old = scene.find();
    scene.seek();
    const fresh = scene.find();
    old.reset();
    fresh.reset();
    await new Promise(setImmediate);
    assert.deepEqual([scene.isEnded, scene.closed], [true, ['turnedAway']]);
  });

  it('loses no piece and gets none twice without a break, whatever happens when', async () => {
    const action = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ type: fc.constant('serve'), which: fc.nat(1), bytes: fc.integer({ min: 1, max: 400 }) }),
      },
      { weight: 6, arbitrary: fc.record({ type: fc.constant('request'), which: fc.nat(5), bytes: fc.nat() }) },
      {
        weight: 1,
        arbitrary: fc.record({
          type: fc.constantFrom('cancel', 'seek', 'find', 'break', 'tick'),
          which: fc.nat(1),
          bytes: fc.nat(),
        }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 120 }), async (actions) => {
        begin();
        let streams = [scene.find()];
        streams[0]?.serve(1000);
        const wanted = new Set<number>();
        let next = 0;
        let hasBroken = false;
        for (const { type, which, bytes } of actions) {
          streams = streams.filter(({ isOpen }) => isOpen);
          if (type === 'serve') streams[which]?.serve(bytes);
          else if (type === 'request')
            for (let count = 0; count < which && next < PIECES; count++) {
              wanted.add(next);
              scene.connection.requests.request(scene.channel, next++);
            }
          else if (type === 'cancel' && wanted.size > 0) {
            const piece = [...wanted][bytes % wanted.size] ?? 0;
            if (scene.got.has(piece)) continue;
            scene.connection.requests.cancel(scene.channel, piece);
            scene.connection.requests.request(scene.channel, piece);
            hasBroken = true; // both answers may come
          } else if (type === 'seek') scene.seek();
          else if (type === 'find' && scene.search) streams.push(scene.find());
          else if (type === 'break' && streams.length === 2) {
            streams[which]?.reset();
            hasBroken = true;
            await new Promise(setImmediate);
          } else if (type === 'tick') for (const stream of streams) stream.serve(1);
        }
        for (let round = 0; round < 3; round++) {
          for (const stream of streams) while (!stream.isIdle) stream.serve(1000);
          scene.tick();
        }
        assert.deepEqual([...scene.got.keys()].sort(), [...wanted].sort());
        if (!hasBroken) assert.ok([...scene.got.values()].every((copies) => copies === 1));
        assert.equal(streams.filter(({ isOpen }) => isOpen).length, 1);
        assert.deepEqual([scene.closed, scene.isEnded, scene.buffers.free], [[], false, 4]);
        scene.connection.destroy();
      }),
      { numRuns: 300 },
    );
  });
});
