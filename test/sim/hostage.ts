import { Bitfield, DownloadPlan } from '../../sdk/transfer/index.js';
import { drawn, seeded } from '../support/seeded.js';
import { EventQueue } from './event-queue.js';

const PIECE_BYTES = 512 * 1024;
const TICK_MS = 250;
/** Limit of simulated time: no download that makes progress takes longer. */
const HOUR_MS = 3_600_000;

/** How a source delays its answers. */
export type Hold =
  /** Begins to answer at once, and sends one byte every two seconds. */
  | 'trickles'
  /** Never answers a request. */
  | 'waits'
  /** Begins to answer, and sends no data. */
  | 'begins'
  /** Sends its first pieces as fast as an honest source, then trickles. */
  | 'lures'
  /** Sends continuously, at a hundredth of the honest source's rate. */
  | 'crawls'
  /** Disconnects and reconnects every two seconds, and sends nothing in between. */
  | 'returns';

export const HOLDS: readonly Hold[] = ['trickles', 'waits', 'begins', 'lures', 'crawls', 'returns'];

export interface HostageSituation {
  readonly pieceCount: number;
  /** The delaying sources. One honest source with all pieces exists besides them. */
  readonly holders: readonly Hold[];
  /** Whether they are devices of the same member. */
  readonly ofOneMember: boolean;
  /** Whether they announce an incomplete file, like peers that still download it. */
  readonly arePartial: boolean;
  readonly honestBytesPerSecond: number;
  readonly latencyMs: number;
  readonly seed: number;
}

/** Draws a situation from a seed. */
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

/** A source, and the state of the connection that requests from it. */
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

  /** Whether it sends the next piece steadily. */
  get delivers(): boolean {
    return this.hold === undefined || this.hold === 'crawls' || (this.hold === 'lures' && this.given < 3);
  }
}

/** The time of a download from one honest source among delaying ones; undefined if it never ends. */
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

/** The extra time of a download that delaying sources cause. */
export function costOfHostage(situation: HostageSituation): number {
  const aloneMs = runHostage({ ...situation, holders: [] });
  return (runHostage(situation) ?? Infinity) - (aloneMs ?? Infinity);
}
