import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ChannelHandler } from '../../../../sdk/engine/peers/channel-handler.js';
import { DownloadConnection } from '../../../../sdk/engine/peers/download-connection.js';
import { PieceBuffers } from '../../../../sdk/engine/storage/disk-workers/piece-buffers.js';
import type { SearchCallbacks, SearchOrder } from '../../../../sdk/engine/ways/route-search.js';
import { type Manifest, pieceLength, type Source } from '../../../../sdk/protocol/index.js';
import { Bitfield } from '../../../../sdk/transfer/index.js';
import { TurnClock } from '../../../support/turn-clock.js';
import { ScriptedRoute } from './scripted-route.js';

const PIECES = 40;
const PIECE = 50;
const MANIFEST: Manifest = {
  ...{ id: 'a1'.repeat(32), algorithm: 'sha1', sizeBytes: PIECES * PIECE - 7, pieceBytes: PIECE, pieceCount: PIECES },
  ...{ fileDigest: new Uint8Array(20), pieceDigests: new Uint8Array(20 * PIECES) },
};
const SOURCE: Source = {
  ...{ deviceId: 'd'.repeat(64), userId: 'sam', host: '198.51.100.1', port: 9000, complete: true, meets: true },
};

function contentOf(piece: number): Uint8Array {
  return new Uint8Array(pieceLength(MANIFEST, piece)).map((_zero, at) => (piece * 31 + at) % 251);
}

function routeWith(bits = new Bitfield(PIECES).fill()): ScriptedRoute {
  return new ScriptedRoute('relay', { bits: bits.toBytes(), pieceCount: PIECES, contentOf });
}

describe('a connection that moves to another way', () => {
  let clock: TurnClock;
  let buffers: PieceBuffers;
  let connection: DownloadConnection;
  let search: { readonly order: SearchOrder; readonly callbacks: SearchCallbacks } | undefined;
  let searches: number;
  let isEnded: boolean;
  let got: Map<number, number>;
  let had: number[];
  let closed: string[];
  let channel: number;

  beforeEach(() => begin());
  afterEach(() => connection.destroy());

  function begin(): void {
    clock = new TurnClock();
    buffers = new PieceBuffers(4);
    searches = 0;
    isEnded = false;
    got = new Map();
    had = [];
    closed = [];
    connection = new DownloadConnection(SOURCE, 'lab', {
      ...{ clock, buffers, ticketFor: () => 'ticket', connect: () => 'auto' },
      search: (order, callbacks) => {
        searches++;
        search = { order, callbacks };
        return { announced: () => {}, destroy: () => (search = undefined) };
      },
      onEnd: () => (isEnded = true),
    });
    channel = connection.open(handler());
  }

  function handler(): ChannelHandler {
    return {
      ...{ groupId: 'lab', manifest: MANIFEST },
      onPieceMap: (pieces) => had.push(...pieces),
      onHave: (piece) => had.push(piece),
      onAnswer: () => {},
      onBytes: () => {},
      onPiece: (piece, buffer) => {
        assert.deepEqual(new Uint8Array(buffer.bytes.subarray(0, pieceLength(MANIFEST, piece))), contentOf(piece));
        got.set(piece, (got.get(piece) ?? 0) + 1);
        buffers.giveBack(buffer);
      },
      onClosed: (reason) => closed.push(reason.kind),
    };
  }

  /** The search under way finds this route. */
  function find(route = routeWith()): ScriptedRoute {
    const found = search;
    search = undefined;
    assert.ok(found, 'it searches');
    found.callbacks.onFound(route);
    return route;
  }

  /** Another way is looked for. */
  function seek(): void {
    connection.networkChanged(clock.nowMs());
    connection.tick(clock.nowMs());
  }

  function tick(): void {
    clock.pass(1000);
    connection.tick(clock.nowMs());
  }

  /** The ways of the search under way. */
  const connectSought = () => search?.order.connect;
  const pieces = (route: ScriptedRoute, type: 'request' | 'cancel' = 'request') =>
    route.frames.flatMap((frame) => (frame.type === type ? frame.piece : []));

  it('sends new requests on the new stream, lets the old one answer, and closes it', () => {
    const old = find();
    old.serve(1000);
    for (let piece = 0; piece < 6; piece++) connection.requests.request(channel, piece);
    old.serve(80);
    seek();
    assert.equal(connectSought(), 'direct');
    const fresh = find();
    connection.requests.request(channel, 6);
    assert.deepEqual(pieces(fresh), [], 'before it is known what the peer has there');
    fresh.serve(1000);
    connection.requests.request(channel, 7);
    assert.deepEqual([pieces(old), pieces(fresh)], [[0, 1, 2, 3, 4, 5, 6], [7]]);
    tick();
    assert.ok(old.isOpen);
    old.serve(100_000);
    fresh.serve(100_000);
    tick();
    assert.deepEqual([old.isOpen, old.outcome, fresh.isOpen], [false, 'worked', true]);
    assert.deepEqual([...got.keys()].sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.ok([...got.values()].every((copies) => copies === 1));
    assert.deepEqual([closed, had.length], [[], PIECES]);
  });

  it('knows what either stream announces', () => {
    const old = find(routeWith(new Bitfield(PIECES).fill()));
    old.serve(1000);
    seek();
    const fresh = find(routeWith(new Bitfield(PIECES)));
    fresh.serve(1000);
    assert.equal(connection.piecesOf(channel)?.count, PIECES);
    assert.equal(had.length, PIECES, 'nothing is announced twice');
  });

  it('requests again what a stream owed that broke while it was replaced', async () => {
    const old = find();
    old.serve(1000);
    for (let piece = 0; piece < 6; piece++) connection.requests.request(channel, piece);
    old.serve(170);
    seek();
    const fresh = find();
    fresh.serve(1000);
    old.reset();
    await new Promise(setImmediate);
    fresh.serve(100_000);
    assert.deepEqual([...got.keys()].sort(), [0, 1, 2, 3, 4, 5]);
    assert.ok(!isEnded && closed.length === 0);
    assert.equal(buffers.free, 4);
  });

  it('continues on the old stream if the new one breaks', async () => {
    const old = find();
    old.serve(1000);
    connection.requests.request(channel, 10); // the old one stays for its answer
    seek();
    const fresh = find();
    fresh.serve(1000);
    for (let piece = 0; piece < 6; piece++) connection.requests.request(channel, piece);
    assert.deepEqual(pieces(fresh), [0, 1, 2, 3, 4, 5]);
    const late = connection.open(handler());
    fresh.reset();
    await new Promise(setImmediate);
    old.serve(100_000);
    connection.requests.request(late, 9);
    old.serve(100_000);
    assert.deepEqual(
      [...got.keys()].sort((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 9, 10],
    );
    assert.ok(!isEnded && closed.length === 0);
  });

  it('closes the channel whose blocks were requested one by one on a stream that broke', async () => {
    const old = find();
    old.serve(1000);
    const other = connection.open(handler());
    old.serve(1000);
    connection.requests.requestBlock(channel, 0, 0, 20);
    connection.requests.request(other, 1);
    seek();
    const fresh = find();
    fresh.serve(1000);
    connection.requests.requestBlock(channel, 0, 20, 20);
    assert.deepEqual(pieces(fresh), [], 'a piece stays where it began');
    old.reset();
    await new Promise(setImmediate);
    fresh.serve(100_000);
    assert.deepEqual([closed, [...got.keys()]], [['lost'], [1]]);
  });

  it('looks for another way when the peer does not answer, and leaves the dead stream at once', async () => {
    const old = find();
    old.serve(1000);
    old.answersPings = false;
    connection.requests.request(channel, 0);
    for (let second = 0; second < 5; second++) tick();
    assert.equal(connectSought(), undefined);
    tick();
    assert.equal(connectSought(), 'auto');
    const fresh = find();
    assert.ok(!old.isOpen);
    fresh.serve(100_000);
    assert.deepEqual([...got.keys()], [0]);
    await new Promise(setImmediate);
    assert.ok(!isEnded);
  });

  it('looks for another way at once when the peer moved, and begins anew when it is announced again later', async () => {
    const old = find();
    old.serve(1000);
    old.answersPings = false;
    const moved: Source = { ...SOURCE, addresses: [{ host: '198.51.100.2', port: 9000, kind: 'seen' }] };
    connection.announced(SOURCE, clock.nowMs());
    tick();
    tick();
    assert.equal(connectSought(), undefined, 'it is where it was');
    connection.announced(moved, clock.nowMs());
    tick();
    assert.equal(connectSought(), 'direct', 'perhaps there is a better way now');
    tick();
    assert.equal(connectSought(), 'auto', 'the stream is dead, so that any way will do');
    assert.deepEqual(search?.order.source, moved);
    const before = search;
    connection.announced(moved, clock.nowMs());
    assert.equal(search, before, 'a young search goes on');
    for (let second = 0; second < 3; second++) clock.pass(1000);
    connection.announced(moved, clock.nowMs());
    assert.notEqual(search, before);
    find();
    assert.ok(!old.isOpen);
    await new Promise(setImmediate);
    assert.ok(!isEnded);
  });

  it('does not take a peer for dead that is slow, or a disk that is behind', () => {
    const old = find();
    old.serve(1000);
    connection.requests.request(channel, 0);
    for (let second = 0; second < 60; second++) {
      tick();
      old.serve(20);
    }
    assert.equal(searches, 2, 'only the first, and one after a minute on the relay');
  });

  it('ends with the last stream, and tells each channel once', async () => {
    const old = find();
    seek();
    const fresh = find();
    old.reset();
    fresh.reset();
    await new Promise(setImmediate);
    assert.deepEqual([isEnded, closed], [true, ['turnedAway']]);
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
        let streams = [find()];
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
              connection.requests.request(channel, next++);
            }
          else if (type === 'cancel' && wanted.size > 0) {
            const piece = [...wanted][bytes % wanted.size] ?? 0;
            if (got.has(piece)) continue;
            connection.requests.cancel(channel, piece);
            connection.requests.request(channel, piece);
            hasBroken = true; // both answers may come
          } else if (type === 'seek') seek();
          else if (type === 'find' && search) streams.push(find());
          else if (type === 'break' && streams.length === 2) {
            streams[which]?.reset();
            hasBroken = true;
            await new Promise(setImmediate);
          } else if (type === 'tick') for (const stream of streams) stream.serve(1);
        }
        for (let round = 0; round < 3; round++) {
          for (const stream of streams) while (!stream.isIdle) stream.serve(1000);
          tick();
        }
        assert.deepEqual([...got.keys()].sort(), [...wanted].sort());
        if (!hasBroken) assert.ok([...got.values()].every((copies) => copies === 1));
        assert.equal(streams.filter(({ isOpen }) => isOpen).length, 1);
        assert.deepEqual([closed, isEnded, buffers.free], [[], false, 4]);
        connection.destroy();
      }),
      { numRuns: 300 },
    );
  });
});
