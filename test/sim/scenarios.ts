import { PIECE_BYTES } from '../../sdk/protocol/index.js';
import type { LineOptions } from '../support/line.js';
import { seeded } from '../support/seeded.js';
import type { MemberPlan, SwarmPlan } from './swarm.js';

export interface ScenarioSize {
  readonly peers: number;
  readonly pieceCount: number;
  readonly seed: number;
}

interface Scenario {
  readonly says: string;
  readonly defaults: { readonly peers: number; readonly sizeMib: number };
  plan(size: ScenarioSize): SwarmPlan;
}

/** 80 Mbit/s up, 160 Mbit/s down, 5 ms to the middle of the network. */
const LINE: LineOptions = { upBytesPerSecond: 10e6, downBytesPerSecond: 20e6, latencyMs: 5 };
const SYMMETRIC: LineOptions = { ...LINE, downBytesPerSecond: LINE.upBytesPerSecond };
/** Lines from a phone's to a server's. A seeder has the second best. */
const UNEQUAL: readonly LineOptions[] = [
  { upBytesPerSecond: 1e6, downBytesPerSecond: 6e6, latencyMs: 30 },
  { upBytesPerSecond: 2.5e6, downBytesPerSecond: 12e6, latencyMs: 15 },
  { upBytesPerSecond: 5e6, downBytesPerSecond: 12e6, latencyMs: 10 },
  LINE,
  { upBytesPerSecond: 25e6, downBytesPerSecond: 25e6, latencyMs: 2 },
];
/** Users start their downloads within this time of one another. */
const TOGETHER_MS = 100;

const MANY = { peers: 500, sizeMib: 256 };

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  equal: {
    says: 'one seeder; everyone has the same line, down twice as fast as up, and comes at the same time',
    defaults: MANY,
    plan: (size) => ({ ...size, seeder: LINE, members: together(size, () => LINE) }),
  },
  symmetric: {
    says: 'as equal, but down no faster than up: every line would have to be full all the time, both ways',
    defaults: MANY,
    plan: (size) => ({ ...size, seeder: SYMMETRIC, members: together(size, () => SYMMETRIC) }),
  },
  unequal: {
    says: 'five kinds of lines, from 1 to 25 MB/s up, and 4 to 60 ms between two peers',
    defaults: MANY,
    plan: (size) => ({
      ...size,
      seeder: LINE,
      members: together(size, (index) => UNEQUAL[index % UNEQUAL.length] ?? LINE),
    }),
  },
  churn: {
    says: 'equal lines; half of the members go away, at a random time until the bound is over, done or not',
    defaults: MANY,
    plan: (size) => {
      const random = seeded(size.seed + 1);
      const stayMs = (size.pieceCount * PIECE_BYTES * 1000) / LINE.upBytesPerSecond;
      const members = together(size, () => LINE).map((member, index) =>
        index % 2 === 0 ? member : { ...member, stayMs: random() * stayMs },
      );
      return { ...size, seeder: LINE, members };
    },
  },
  flash: {
    says: 'equal lines; one tenth comes at once, the others over half the bound, more and more of them',
    defaults: MANY,
    plan: (size) => {
      const random = seeded(size.seed + 1);
      const spanMs = (size.pieceCount * PIECE_BYTES * 500) / LINE.upBytesPerSecond;
      const members = together(size, () => LINE).map((member, index) =>
        index % 10 === 0 ? member : { ...member, joinMs: Math.sqrt(random()) * spanMs },
      );
      return { ...size, seeder: LINE, members };
    },
  },
  leave: {
    says: 'as equal, but the seeder goes away for good once it has sent 1.05 copies',
    defaults: { peers: 100, sizeMib: 256 },
    plan: (size) => ({ ...size, seeder: LINE, members: together(size, () => LINE), seederLeavesAfterCopies: 1.05 }),
  },
  eight: {
    says: 'eight peers and one seeder on symmetric lines: the twin of the test with real processes and shaped links',
    defaults: { peers: 8, sizeMib: 64 },
    plan: (size) => ({ ...size, seeder: SYMMETRIC, members: together(size, () => SYMMETRIC) }),
  },
};

function together({ peers, seed }: ScenarioSize, lineOf: (index: number) => LineOptions): MemberPlan[] {
  const random = seeded(seed);
  return Array.from({ length: peers }, (_, index) => ({ line: lineOf(index), joinMs: random() * TOGETHER_MS }));
}
