import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SuperSeeder } from '../../../../sdk/transfer/upload/super-seeder.js';
import { seeded } from '../../../support/seeded.js';

const LENGTH = 1000;

/** A first copy, and what everyone was told and has asked for. */
class Watched {
  readonly spread: SuperSeeder<string>;
  readonly told = new Map<string, Set<number>>();
  readonly sent: number[] = [];
  readonly #pieceCount: number;
  now = 0;

  constructor(pieceCount: number, seed: number) {
    this.#pieceCount = pieceCount;
    this.spread = new SuperSeeder<string>({ pieceCount, lengthOf: () => LENGTH, random: seeded(seed) });
  }

  open(peer: string): void {
    this.told.set(peer, new Set(this.spread.open(peer)));
  }

  close(peer: string): void {
    this.spread.close(peer);
    this.told.delete(peer);
  }

  /** Deals; returns what was told anew. */
  deal(): { peer: string; piece: number }[] {
    const reveals = this.spread.deal(this.now);
    for (const { peer, piece } of reveals) {
      const told = this.told.get(peer);
      assert.ok(told !== undefined && !told.has(piece), `${peer} was told of ${piece} before, or is not there`);
      assert.ok(piece >= 0 && piece < this.#pieceCount);
      told.add(piece);
    }
    return reveals;
  }

  send(peer: string, piece: number): void {
    this.spread.requested(peer, piece, 0, LENGTH, this.now);
    this.spread.sent(peer, piece, 0, LENGTH, this.now);
    this.sent.push(piece);
  }
}

describe('SuperSeeder', () => {
  it('tells the only peer of everything once sixteen pieces were sent to it, and the next ones of nothing but what they are dealt', () => {
    const watched = new Watched(64, 1);
    watched.open('ann');
    for (let sent = 0; sent < 16; ) {
      const dealt = watched.deal();
      assert.ok(dealt.length > 0 && dealt.length <= 4);
      for (const { piece } of dealt) if (sent++ < 16) watched.send('ann', piece);
    }
    watched.deal();
    assert.equal(watched.told.get('ann')?.size, 64);
    for (let piece = 0; piece < 64; piece++) assert.equal(watched.spread.wanted('ann', piece), false, 'it knows all');
    watched.open('bob');
    watched.open('cyd');
    assert.equal(watched.told.get('bob')?.size, 0);
    const dealt = watched.deal();
    assert.ok(dealt.length > 0 && dealt.length <= 4);
    assert.equal(new Set(dealt.map(({ piece }) => piece)).size, dealt.length, 'each piece is dealt to one');
  });

  it('tells the only peer of everything when it does not ask for what it is dealt: it lacks something else', () => {
    const watched = new Watched(64, 1);
    watched.open('ann');
    watched.deal();
    watched.now += 500;
    watched.deal();
    assert.equal(watched.told.get('ann')?.size, 4);
    watched.now += 1;
    watched.deal();
    assert.equal(watched.told.get('ann')?.size, 64);
  });

  it('counts anew what the only peer was sent when another came and went', () => {
    const watched = new Watched(64, 1);
    watched.open('ann');
    for (let sent = 0; sent < 12; ) {
      for (const { piece } of watched.deal()) {
        watched.send('ann', piece);
        sent++;
      }
    }
    watched.open('bob');
    watched.close('bob');
    for (const { piece } of watched.deal()) watched.send('ann', piece);
    watched.deal();
    assert.ok((watched.told.get('ann')?.size ?? 64) < 64);
  });

  it('tells of a piece at once whoever needs it before others, once', () => {
    const watched = new Watched(64, 1);
    for (const peer of ['ann', 'bob', 'cyd']) watched.open(peer);
    const dealt = watched.deal();
    const held = [...Array(64).keys()].find((piece) => !dealt.some((one) => one.piece === piece)) ?? -1;
    assert.equal(watched.spread.wanted('bob', held), true);
    assert.equal(watched.spread.wanted('bob', held), false, 'it knows');
    assert.equal(watched.spread.wanted('eve', held), false, 'nobody');
    watched.told.get('bob')?.add(held);
    watched.send('bob', held);
    for (const { peer, piece } of dealt) watched.send(peer, piece);
    for (let left = 0; left < 64; left++) {
      for (const { peer, piece } of watched.deal()) {
        assert.ok(piece !== held || watched.spread.isOver, 'out already');
        watched.send(peer, piece);
      }
    }
    assert.equal(watched.spread.isOver, true);
  });

  it('deals nobody a piece that someone asks for', () => {
    const watched = new Watched(24, 1);
    watched.open('ann');
    while (watched.sent.length < 16) for (const { piece } of watched.deal()) watched.send('ann', piece);
    watched.deal();
    const [last, ...asked] = [...Array(24).keys()].filter((piece) => !watched.sent.includes(piece));
    for (const piece of asked) watched.spread.requested('ann', piece, 0, LENGTH, 0);
    watched.open('bob');
    assert.deepEqual(watched.deal(), [{ peer: 'bob', piece: last }]);
  });

  it('sends every piece once before any twice, to peers who ask for what they are dealt', () => {
    const peers = fc.integer({ min: 2, max: 12 });
    fc.assert(
      fc.property(peers, fc.integer({ min: 1, max: 300 }), fc.integer(), (count, pieceCount, seed) => {
        const watched = new Watched(pieceCount, seed);
        watched.open('idle');
        for (let peer = 0; peer < count; peer++) watched.open(`${peer}`);
        while (!watched.spread.isOver) {
          const dealt = watched.deal();
          assert.ok(dealt.length > 0, 'nothing is dealt, and nothing was sent');
          for (const { peer, piece } of dealt) watched.send(peer, piece);
        }
        assert.equal(new Set(watched.sent).size, pieceCount);
        assert.equal(watched.sent.length, pieceCount);
        while (watched.deal().length > 0);
        for (const told of watched.told.values()) assert.equal(told.size, pieceCount, 'in the end all know all');
      }),
    );
  });

  it('tells everyone of everything in the end, whatever they do', () => {
    const step = fc.record({
      what: fc.constantFrom('open', 'close', 'deal', 'request', 'withdraw', 'send', 'wait'),
      peer: fc.constantFrom('ann', 'bob', 'cyd', 'dan'),
      piece: fc.nat(),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 80 }),
        fc.array(step, { maxLength: 80 }),
        fc.integer(),
        (size, steps, seed) => {
          const watched = new Watched(size, seed);
          for (const { what, peer, piece: number } of steps) {
            const told = [...(watched.told.get(peer) ?? [])];
            const piece = told[number % Math.max(1, told.length)];
            if (what === 'open' && !watched.told.has(peer)) watched.open(peer);
            else if (what === 'close') watched.close(peer);
            else if (what === 'deal') watched.deal();
            else if (what === 'wait') watched.now += 700;
            else if (piece === undefined) continue;
            else if (what === 'request') watched.spread.requested(peer, piece, 0, LENGTH, watched.now);
            else if (what === 'withdraw') watched.spread.withdrawn(peer, piece);
            else watched.send(peer, piece);
          }
          if (!watched.told.has('eve')) watched.open('eve');
          for (let ticks = 0; ticks < 2000 && [...watched.told.values()].some((told) => told.size < size); ticks++) {
            watched.now += 250;
            watched.deal();
          }
          for (const [peer, told] of watched.told) assert.equal(told.size, size, `${peer} is kept from something`);
        },
      ),
    );
  });

  it('takes a file for known when what is dealt is not asked for', () => {
    const watched = new Watched(320, 1);
    for (const peer of ['ann', 'bob', 'cyd']) watched.open(peer);
    while (!watched.spread.isOver) {
      watched.deal();
      watched.now += 1001;
      assert.ok(watched.now < 10_000);
    }
    watched.deal();
    assert.equal(watched.told.get('cyd')?.size, 320);
  });

  /** What each of many peers does with a piece that it is dealt. */
  const SPOILERS: Readonly<Record<string, (watched: Watched, peer: string, piece: number) => void>> = {
    'ask for the first byte': ({ spread, now }, peer, piece) => {
      spread.requested(peer, piece, 0, 1, now);
      spread.sent(peer, piece, 0, 1, now);
    },
    'ask for the last byte': ({ spread, now }, peer, piece) => {
      spread.requested(peer, piece, LENGTH - 1, 1, now);
      spread.sent(peer, piece, LENGTH - 1, 1, now);
    },
    'ask for it and take the beginning': ({ spread, now }, peer, piece) => {
      spread.requested(peer, piece, 0, LENGTH, now);
      spread.sent(peer, piece, 0, LENGTH / 2, now);
    },
    'ask for it and take it back': ({ spread, now }, peer, piece) => {
      spread.requested(peer, piece, 0, LENGTH, now);
      spread.withdrawn(peer, piece);
    },
    'do not ask for it': () => {},
  };

  for (const [what, spoil] of Object.entries(SPOILERS)) {
    it(`is whole within ten seconds of its own clock at one who takes what it is dealt, though thirty ${what}`, () => {
      for (const pieceCount of [3, 40, 400]) {
        const watched = new Watched(pieceCount, pieceCount);
        for (let peer = 0; peer < 30; peer++) watched.open(`spoiler ${peer}`);
        watched.open('ann');
        const got = new Set<number>();
        while (got.size < pieceCount) {
          assert.ok(watched.now < 10_000, `${got.size} of ${pieceCount} pieces`);
          let dealt = watched.deal();
          while (dealt.length > 0) {
            for (const { peer, piece } of dealt) {
              if (peer !== 'ann') spoil(watched, peer, piece);
              else if (got.add(piece)) watched.send(peer, piece);
            }
            dealt = watched.deal();
          }
          watched.now += 250;
        }
      }
    });
  }

  it('counts a piece as sent when one peer was sent all of it, in order and without a gap', () => {
    const { spread } = new Watched(8, 1);
    for (const peer of ['ann', 'bob']) spread.open(peer);
    assert.equal(spread.sent('ann', 0, 0, 400, 0), false);
    assert.equal(spread.sent('bob', 0, 400, 600, 0), false, 'another one’s rest');
    assert.equal(spread.sent('ann', 0, 700, 300, 0), false, 'a gap');
    assert.equal(spread.sent('ann', 0, 0, 400, 0), false);
    assert.equal(spread.sent('ann', 0, 0, 400, 0), false, 'the same once more');
    assert.equal(spread.sent('ann', 0, 400, 600, 0), true);
  });
});
