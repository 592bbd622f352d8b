import { MAX_BLOCK_BYTES, MAX_OUTSTANDING_REQUESTS, MAX_SOURCES, PIECE_BYTES } from '../../sdk/protocol/index.js';
import { seeded } from '../support/seeded.js';
import { EventQueue } from './event-queue.js';
import type { LineOptions } from '../support/line.js';
import { SimPeer } from './peer.js';
import { SimTracker } from './tracker.js';
import type { Policy, World } from './world.js';

/** One who downloads, and when it comes and goes. */
export interface MemberPlan {
  readonly line: LineOptions;
  readonly joinMs: number;
  /** How long it stays, done or not; for ever by default. */
  readonly stayMs?: number;
}

export interface SwarmPlan {
  readonly pieceCount: number;
  readonly seeder: LineOptions;
  readonly members: readonly MemberPlan[];
  /** The seeder leaves once it has sent the file so many times over. */
  readonly seederLeavesAfterCopies?: number;
  readonly seed: number;
  readonly policy?: Partial<Policy>;
}

export interface SwarmResult {
  /** Milliseconds from each member's coming to its whole file, in ascending order; those that left before are not in it. */
  readonly doneMs: readonly number[];
  /** Milliseconds from the beginning until the last one of those that stayed was done. */
  readonly lastMs: number;
  /** Members that stayed and did not get the whole file. */
  readonly unfinished: number;
  /** The lower bound for the last one of all. */
  readonly boundMs: number;
  /** How many times over the seeder sent the file, in bytes. */
  readonly seederCopies: number;
  /** Bytes that came in vain, as a part of all that came. */
  readonly waste: number;
  /** Requests taken back because a source stalled, for each member. */
  readonly stalls: number;
  readonly events: number;
}

export const SHIPPED: Policy = {
  blockBytes: MAX_BLOCK_BYTES,
  maxBlockBytes: PIECE_BYTES,
  maxQueued: MAX_OUTSTANDING_REQUESTS,
  turnBytes: PIECE_BYTES,
  slots: 4,
  maxSources: MAX_SOURCES,
  spread: true,
};

/** Nothing more happens in a swarm that takes so many times the bound. */
const GIVE_UP_AFTER_BOUNDS = 20;

/** Runs a swarm until everyone who stays has the file, or nobody can get it any more. */
export function runSwarm(plan: SwarmPlan): SwarmResult {
  const { pieceCount, members, seed } = plan;
  const fileBytes = pieceCount * PIECE_BYTES;
  const random = seeded(seed);
  const queue = new EventQueue();
  let awaited = members.length;
  const world: World = {
    queue,
    tracker: new SimTracker(random),
    pieceCount,
    pieceBytes: PIECE_BYTES,
    random,
    policy: { ...SHIPPED, ...plan.policy },
    onDone: () => (awaited -= 1),
    onSent: (peer) => {
      if (peer === seeder && peer.sentBytes >= (plan.seederLeavesAfterCopies ?? Infinity) * fileBytes) peer.leave();
    },
  };
  const seeder = new SimPeer(0, plan.seeder, true, world);
  seeder.join();
  const leavers = new Set<SimPeer>();
  const peers = members.map(({ line, joinMs, stayMs }, index) => {
    const peer = new SimPeer(index + 1, line, false, world);
    queue.at(joinMs, () => peer.join());
    if (stayMs !== undefined) {
      queue.at(joinMs + stayMs, () => {
        if (peer.doneMs === undefined) awaited -= 1;
        leavers.add(peer);
        peer.leave();
      });
    }
    return peer;
  });
  const boundMs = lowerBoundMs(fileBytes, plan.seeder, members);
  const lastJoinMs = Math.max(...members.map(({ joinMs }) => joinMs));
  while (awaited > 0 && queue.step(lastJoinMs + boundMs * GIVE_UP_AFTER_BOUNDS));
  const done = peers.filter((peer) => peer.doneMs !== undefined);
  const wasted = peers.reduce((sum, peer) => sum + peer.wastedBytes, 0);
  const received = peers.reduce((sum, peer) => sum + peer.pieces.count, 0) * PIECE_BYTES;
  return {
    doneMs: done.map((peer) => (peer.doneMs ?? NaN) - peer.joinedMs).sort((one, other) => one - other),
    lastMs: Math.max(0, ...done.map((peer) => peer.doneMs ?? NaN)),
    unfinished: peers.filter((peer) => peer.doneMs === undefined && !leavers.has(peer)).length,
    boundMs,
    seederCopies: seeder.sentBytes / fileBytes,
    waste: wasted / (received + wasted),
    stalls: peers.reduce((sum, peer) => sum + peer.stalls, 0) / peers.length,
    events: queue.count,
  };
}

/** No swarm is faster (Kumar and Ross, 2006): the seeder sends all, the slowest receives all, all send what all receive. */
export function lowerBoundMs(fileBytes: number, seeder: LineOptions, members: readonly MemberPlan[]): number {
  const slowest = Math.min(...members.map(({ line }) => line.downBytesPerSecond));
  const upload = members.reduce((sum, { line }) => sum + line.upBytesPerSecond, seeder.upBytesPerSecond);
  const seconds = [fileBytes / seeder.upBytesPerSecond, fileBytes / slowest, (members.length * fileBytes) / upload];
  return Math.max(...seconds) * 1000;
}
