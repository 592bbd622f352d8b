import { Bitfield, DownloadPlan } from '../../sdk/transfer/index.js';
import { drawn, seeded } from '../support/seeded.js';
import { EventQueue } from './event-queue.js';

const PIECE_BYTES = 512 * 1024;
const TICK_MS = 250;
/** Nothing that goes on at all takes longer. */
const HOUR_MS = 3_600_000;

/** How a source holds what it is asked for. */
export type Hold =
  /** Begins an answer at once, and sends a byte of it every two seconds. */
  | 'trickles'
  /** Lets every request wait. */
  | 'waits'
  /** Begins an answer, and sends nothing of it. */
  | 'begins'
  /** Sends its first pieces as fast as anyone, then trickles. */
  | 'lures'
  /** Sends all the time, at a hundredth of the honest source's rate. */
  | 'crawls'
  /** Goes and comes back every two seconds, and gives nothing in between. */
  | 'returns';

export const HOLDS: readonly Hold[] = ['trickles', 'waits', 'begins', 'lures', 'crawls', 'returns'];

export interface HostageSituation {
  readonly pieceCount: number;
  /** The sources that hold what they are asked for; one honest one is there besides, with everything. */
  readonly holders: readonly Hold[];
  /** Whether they are devices of one member. */
  readonly ofOneMember: boolean;
  /** Whether they say that they have not all of the file, as those do who still download it. */
  readonly arePartial: boolean;
  readonly honestBytesPerSecond: number;
  readonly latencyMs: number;
  readonly seed: number;
}

/** A situation as the seed has it. */
export function drawHostage(seed: number): HostageSituation {
  const random = seeded(seed);
  const kind = HOLDS[drawn(random, HOLDS.length)];
  const count = 1 + drawn(random, 49);
  return {
    pieceCount: random() < 0.3 ? 1 + drawn(random, 8) : 1 + drawn(random, 300),
    holders: Array.from({ length: count }, () =>
      random() < 0.7 ? (kind ?? 'trickles') : (HOLDS[drawn(random, HOLDS.length)] ?? 'trickles'),
    ),
    ofOneMember: random() < 0.5,
    arePartial: random() < 0.3,
    honestBytesPerSecond: 1e6 * 50 ** random(),
    latencyMs: 1 + drawn(random, 60),
    seed,
  };
}

/** A source, and the end of the connection that asks it. */
class SimSource {
  readonly id: number;
  readonly hold: Hold | undefined;
  readonly msPerPiece: number;
  requests: number[] = [];
  begunPiece: number | undefined;
  freeAtMs = 0;
  given = 0;

  constructor(id: number, hold: Hold | undefined, msPerPiece: number) {
    this.id = id;
    this.hold = hold;
    this.msPerPiece = msPerPiece;
  }

  /** Whether it sends a piece as it should, the next time. */
  get delivers(): boolean {
    return this.hold === undefined || this.hold === 'crawls' || (this.hold === 'lures' && this.given < 3);
  }
}

/** How long a download takes from one honest source among some that hold what they are asked for; undefined when it never ends. */
export function runHostage(situation: HostageSituation): number | undefined {
  const { pieceCount, holders, ofOneMember, arePartial, honestBytesPerSecond, latencyMs } = situation;
  const random = seeded(situation.seed);
  const queue = new EventQueue();
  const verified = new Bitfield(pieceCount);
  const plan = new DownloadPlan({ pieceCount, pieceBytes: PIECE_BYTES, verified, random });
  const honestMs = (PIECE_BYTES * 1000) / honestBytesPerSecond;
  const sources = [undefined, ...holders].map(
    (hold, id) => new SimSource(id, hold, hold === 'crawls' ? 100 * honestMs : honestMs),
  );

  const cancelAll = (cancels: readonly { source: number; piece: number }[]): void => {
    for (const { source: id, piece } of cancels) {
      const source = sources[id];
      if (!source) continue;
      source.requests = source.requests.filter((one) => one !== piece);
      if (source.begunPiece !== piece) continue;
      source.begunPiece = undefined;
      queue.in(latencyMs, () => serve(source));
    }
  };
  const assign = (): void => {
    for (const { source: id, piece } of plan.assign(queue.nowMs)) {
      const source = sources[id];
      source?.requests.push(piece);
      if (source) queue.in(2 * latencyMs, () => serve(source));
    }
  };
  const isBegun = (source: SimSource, piece: number): boolean => source.begunPiece === piece;
  const serve = (source: SimSource): void => {
    const [piece] = source.requests;
    if (piece === undefined || source.begunPiece !== undefined || source.hold === 'waits' || source.hold === 'returns')
      return;
    source.begunPiece = piece;
    cancelAll(plan.begun(source.id, piece, queue.nowMs));
    assign();
    if (source.delivers) send(source, piece, 4);
    else if (source.hold !== 'begins') trickle(source, piece);
  };
  const send = (source: SimSource, piece: number, quartersLeft: number): void => {
    queue.in(source.msPerPiece / 4, () => {
      if (!isBegun(source, piece)) return;
      plan.received(source.id, PIECE_BYTES / 4, queue.nowMs);
      if (quartersLeft > 1) return send(source, piece, quartersLeft - 1);
      source.begunPiece = undefined;
      source.requests.shift();
      source.given += 1;
      if (plan.pieceArrived(source.id, piece, queue.nowMs))
        cancelAll(plan.pieceVerified(source.id, piece, queue.nowMs));
      assign();
      serve(source);
    });
  };
  const trickle = (source: SimSource, piece: number): void => {
    queue.in(2000, () => {
      if (!isBegun(source, piece)) return;
      plan.received(source.id, 1, queue.nowMs);
      trickle(source, piece);
    });
  };
  const connect = (source: SimSource): void => {
    if (plan.isComplete) return;
    const isHonest = source.hold === undefined;
    plan.addSource(source.id, queue.nowMs, isHonest ? 'honest' : ofOneMember ? 'member' : `member ${source.id}`);
    queue.in(4 * latencyMs, () => {
      const has = new Bitfield(pieceCount).fill();
      if (!isHonest && arePartial) has.clear(drawn(random, pieceCount));
      plan.sourceReady(source.id, has, queue.nowMs);
      assign();
      if (source.hold !== 'returns') return;
      queue.in(2000, () => {
        source.requests = [];
        plan.sourceLost(source.id, queue.nowMs);
        assign();
        queue.in(100, () => connect(source));
      });
    });
  };
  const tick = (): void => {
    cancelAll(plan.expire(queue.nowMs));
    assign();
    queue.in(TICK_MS, tick);
  };
  for (const source of sources) queue.in(random() * 300, () => connect(source));
  tick();
  while (!plan.isComplete && queue.step(HOUR_MS));
  return plan.isComplete ? queue.nowMs : undefined;
}

/** How much longer a download takes for those who hold what they are asked for. */
export function costOfHostage(situation: HostageSituation): number {
  const aloneMs = runHostage({ ...situation, holders: [] });
  return (runHostage(situation) ?? Infinity) - (aloneMs ?? Infinity);
}
