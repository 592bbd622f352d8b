import assert from 'node:assert/strict';
import { Bitfield } from '../../../../sdk/transfer/bitfield.js';
import { DownloadPlan } from '../../../../sdk/transfer/download/download-plan.js';
import type { Cancel } from '../../../../sdk/transfer/download/plan-messages.js';
import { inReadingOrder, type PieceRange } from '../../../../sdk/transfer/interleave.js';
import { seeded } from '../../../support/seeded.js';

const PIECE_BYTES = 524_288;
/** Nobody is late, or behind, before. */
const PATIENCE_MS = 1000;
const MAX_ANSWERS = 3;

interface Peer {
  has: Bitfield;
  present: boolean;
}

/** A plan, and beside it what it must hold to: what is asked of whom, as seen from the outside. */
export class ObservedPlan {
  readonly plan: DownloadPlan;
  readonly peers = new Map<number, Peer>();
  readonly banned = new Set<number>();
  readonly verified = new Set<number>();
  /** Requests in flight: for each piece, of whom. */
  readonly asked = new Map<number, Set<number>>();
  /** Sources that stalled, or left and owed something, and brought nothing since: others are asked first. */
  readonly failed = new Set<number>();
  /** Sources that ever brought a piece. */
  readonly gave = new Set<number>();
  /** Copies that arrived and are being checked, oldest first. */
  readonly checking: { id: number; piece: number }[] = [];
  /** What someone waits for, in the order in which it is wanted. */
  urgent: readonly number[] = [];
  /** When each source was last asked for a piece, by both. */
  readonly #askedAt = new Map<string, number>();
  readonly #pieceCount: number;
  /** Pieces of which answers have begun, and whose. */
  readonly answered = new Map<number, Set<number>>();
  now = 0;

  constructor(pieceCount: number, seed: number) {
    this.#pieceCount = pieceCount;
    const verified = new Bitfield(pieceCount);
    this.plan = new DownloadPlan({ pieceCount, pieceBytes: PIECE_BYTES, verified, random: seeded(seed) });
  }

  requestsOf(id: number): number[] {
    return [...this.asked].filter(([, sources]) => sources.has(id)).map(([piece]) => piece);
  }

  /** Someone reads some of the file, and gives up what was read before. */
  read(ranges: readonly PieceRange[]): void {
    this.urgent = inReadingOrder(ranges);
    this.plan.setUrgent(ranges);
  }

  join(id: number, has: Bitfield): void {
    if (this.peers.get(id)?.present) return;
    assert.equal(this.plan.addSource(id, this.now), !this.banned.has(id));
    if (this.banned.has(id)) return;
    this.plan.sourceReady(id, has, this.now);
    this.peers.set(id, { has: has.clone(), present: true });
  }

  leave(id: number): void {
    const peer = this.peers.get(id);
    if (!peer?.present) return;
    if (this.requestsOf(id).length > 0) this.failed.add(id);
    peer.present = false;
    this.plan.sourceLost(id, this.now);
    for (const piece of this.requestsOf(id)) this.#end(id, piece);
  }

  have(id: number, piece: number): void {
    const peer = this.peers.get(id);
    if (!peer?.present) return;
    peer.has.set(piece);
    this.plan.sourceHas(id, piece);
  }

  arrive(id: number, piece: number): void {
    this.gave.add(id);
    this.plan.received(id, PIECE_BYTES, this.now);
    const isOfUse = !this.isChecked(piece) && !this.verified.has(piece);
    assert.equal(this.plan.pieceArrived(id, piece, this.now), isOfUse);
    if (isOfUse) this.checking.push({ id, piece });
    this.#end(id, piece);
  }

  /** The copy that has been checked for longest is right, or wrong, and then its source may be asked for it once more. */
  judge(verdict: 'right' | 'wrong' | 'doubtful'): void {
    const copy = this.checking.shift();
    if (copy && verdict === 'right') this.#verify(copy.id, copy.piece);
    else if (copy && verdict === 'wrong') this.corrupt(copy.id, copy.piece);
    else if (copy) this.#doubt(copy.id, copy.piece);
  }

  #doubt(id: number, piece: number): void {
    const cancels = this.plan.pieceDoubted(id, piece, this.now);
    const peer = this.peers.get(id);
    if (peer) peer.present = false;
    this.#end(id, piece);
    this.#endAll(cancels);
    assert.deepEqual(this.requestsOf(id), []);
  }

  begin(id: number, piece: number): void {
    const cancels = this.plan.begun(id, piece, this.now);
    const answers = this.answered.get(piece);
    if (!answers) {
      const others = [...(this.asked.get(piece) ?? [])].filter((other) => other !== id);
      assert.deepEqual(new Set(cancels.map(({ source }) => source)), new Set(others));
      this.answered.set(piece, new Set([id]));
    } else {
      const isNew = !answers.has(id);
      assert.equal(cancels.length, isNew && answers.size === MAX_ANSWERS ? 1 : 0);
      assert.ok(cancels.every(({ source }) => source !== id && answers.has(source)));
      answers.add(id);
    }
    this.#endAll(cancels);
  }

  deliver(id: number, piece: number): void {
    this.gave.add(id);
    this.plan.received(id, PIECE_BYTES, this.now);
    this.#verify(id, piece);
    assert.deepEqual(this.plan.pieceVerified(id, piece, this.now), []);
  }

  #verify(id: number, piece: number): void {
    const cancels = this.plan.pieceVerified(id, piece, this.now);
    const others = [...(this.asked.get(piece) ?? [])].filter((other) => other !== id);
    assert.deepEqual(new Set(cancels.map(({ source }) => source)), new Set(this.verified.has(piece) ? [] : others));
    assert.ok(cancels.every((cancel) => cancel.piece === piece));
    if (!this.verified.has(piece)) this.failed.delete(id);
    this.verified.add(piece);
    this.asked.delete(piece);
    this.answered.delete(piece);
  }

  corrupt(id: number, piece: number): void {
    const cancels = this.plan.pieceCorrupt(id, piece, this.now);
    this.banned.add(id);
    const peer = this.peers.get(id);
    if (peer) peer.present = false;
    this.#end(id, piece);
    this.#endAll(cancels);
    assert.deepEqual(this.requestsOf(id), []);
  }

  /** Lets time pass, a minute at most. */
  wait(ms: number): void {
    this.now += Math.min(ms, 60_000);
    this.#endAll(this.plan.expire(this.now));
    for (const id of this.peers.keys()) if (this.plan.sourceState(id)?.name === 'snubbed') this.failed.add(id);
  }

  assign(): void {
    const busy = new Set([...this.asked.values()].flatMap((sources) => [...sources]));
    const doubled = new Set<number>();
    for (const { source, piece } of this.plan.assign(this.now)) {
      const peer = this.peers.get(source);
      assert.equal(this.plan.sourceState(source)?.name, 'ready');
      assert.ok(peer?.present && peer.has.has(piece) && !this.verified.has(piece));
      assert.ok(!this.isChecked(piece), 'asked for while a copy is being checked');
      const others = this.asked.get(piece);
      if (others) {
        this.#checkDuplicate(source, piece, busy.has(source), doubled.has(source));
        doubled.add(source);
        assert.ok(!others.has(source));
      } else {
        const left = this.#leftToAskFor().filter((one) => peer.has.has(one));
        const urgent = this.urgent.find((one) => left.includes(one));
        assert.equal(piece, urgent ?? piece, 'something else before what is urgent, or out of order');
      }
      this.asked.set(piece, new Set(others).add(source));
      this.#askedAt.set(`${source} ${piece}`, this.now);
    }
    this.#check();
  }

  isChecked(piece: number): boolean {
    return this.checking.some((copy) => copy.piece === piece);
  }

  #checkDuplicate(source: number, piece: number, wasBusy: boolean, isAnother: boolean): void {
    const waits = [...(this.asked.get(piece) ?? [])].map(
      (other) => this.now - (this.#askedAt.get(`${other} ${piece}`) ?? 0),
    );
    const haveHadTime = waits.filter((ms) => ms >= PATIENCE_MS).length;
    if (this.urgent.includes(piece) && haveHadTime === waits.length) return; // it is late
    const peer = this.peers.get(source);
    const left = this.#leftToAskFor().filter((other) => peer?.has.has(other));
    if (!this.failed.has(source))
      assert.deepEqual(left, [], 'asked twice though there is something else to ask of the source');
    assert.ok(!wasBusy, 'a duplicate for a source that is not idle');
    if (haveHadTime === waits.length) return; // all who were asked may be behind
    if (haveHadTime > 0 && this.gave.has(source)) return; // and it takes over from them, whoever else was asked meanwhile
    assert.ok(!isAnother, 'several duplicates for a source, though others have just been asked');
    const most = 3 + 2 * haveHadTime + (this.gave.has(source) ? 3 : 0); // those that never gave keep no place from it
    assert.ok(waits.length - haveHadTime < most, 'too many are asked at once');
    if (this.#leftToAskFor().length > 0) assert.ok(!this.answered.has(piece), 'a duplicate of what is being answered');
  }

  #check(): void {
    assert.equal(this.plan.inFlight, this.asked.size);
    assert.equal(this.plan.missing, this.#pieceCount - this.verified.size);
    for (const id of this.peers.keys()) {
      const requests = this.requestsOf(id).length;
      assert.equal(this.plan.sourceStats(id, this.now)?.inFlight, requests);
      assert.ok(requests <= 64);
    }
    for (const piece of this.#leftToAskFor().filter((one) => this.urgent.includes(one))) {
      for (const [id, peer] of this.peers) {
        if (!peer.present || !peer.has.has(piece) || this.plan.sourceState(id)?.name !== 'ready') continue;
        if (this.failed.has(id)) continue;
        assert.ok(this.requestsOf(id).length > 0, 'an urgent piece is not asked of a source that has nothing to do');
      }
    }
    const able = [...this.peers].filter(
      ([id, peer]) =>
        this.plan.sourceState(id)?.name === 'ready' &&
        !this.failed.has(id) && // those have their turn when others find nothing more
        this.#missing().every((piece) => peer.has.has(piece)),
    );
    const mayBeAsked = (piece: number) =>
      !this.answered.has(piece) && !this.isChecked(piece) && (this.asked.get(piece)?.size ?? 0) < 3;
    if (able.length >= 2 && this.#missing().some(mayBeAsked)) {
      const busy = able.filter(([id]) => this.requestsOf(id).length > 0);
      assert.ok(busy.length >= 2, 'one source does all the work');
    }
  }

  #missing(): number[] {
    return Array.from({ length: this.#pieceCount }, (_, piece) => piece).filter((piece) => !this.verified.has(piece));
  }

  #leftToAskFor(): number[] {
    const held = (piece: number): boolean =>
      [...this.peers.values()].some((peer) => peer.present && peer.has.has(piece));
    return this.#missing().filter((piece) => !this.asked.has(piece) && !this.isChecked(piece) && held(piece));
  }

  #end(id: number, piece: number): void {
    const sources = this.asked.get(piece);
    sources?.delete(id);
    const answers = this.answered.get(piece);
    if (answers?.delete(id) && answers.size === 0) this.answered.delete(piece);
    if (sources?.size === 0) this.asked.delete(piece);
  }

  #endAll(cancels: readonly Cancel[]): void {
    for (const { source, piece } of cancels) this.#end(source, piece);
  }
}
