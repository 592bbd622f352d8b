import { setImmediate as nextTurn } from 'node:timers/promises';
import { PieceBuffers } from '../../sdk/engine/storage/disk-workers/piece-buffers.js';
import {
  createManifest,
  encodeManifest,
  MAX_BLOCK_BYTES,
  MAX_OUTSTANDING_REQUESTS,
  MAX_SOURCES,
  PIECE_BYTES,
} from '../../sdk/protocol/index.js';
import { Line, type LineOptions } from '../support/line.js';
import { MemoryNetwork } from '../support/memory-network.js';
import { seeded } from '../support/seeded.js';
import { ConnectedPeer, type ConnectedWorld } from './connected-peer.js';
import { EventQueue } from './event-queue.js';
import { ModelledPeer, type ModelledWorld } from './modelled-peer.js';
import { simClock } from './sim-clock.js';
import { SimTracker } from './tracker.js';
import type { Policy, SwarmMember, World } from './world.js';

/** A downloader, and when it joins and leaves. */
export interface MemberPlan {
  readonly line: LineOptions;
  readonly joinMs: number;
  /** How long it stays, complete or not. Default: forever. */
  readonly stayMs?: number;
}

export interface SwarmPlan {
  readonly pieceCount: number;
  readonly seeder: LineOptions;
  readonly members: readonly MemberPlan[];
  /** The seeder leaves after it has sent this many copies of the file. */
  readonly seederLeavesAfterCopies?: number;
  readonly seed: number;
  readonly policy?: Partial<Policy>;
}

export interface SwarmResult {
  /** Milliseconds from each member's join to its complete file, in ascending order. Members that left earlier are omitted. */
  readonly doneMs: readonly number[];
  /** Milliseconds from the start until the last remaining member completed the file. */
  readonly lastMs: number;
  /** Members that stayed and did not complete the file. */
  readonly unfinished: number;
  /** The lower bound of the last completion. */
  readonly boundMs: number;
  /** Copies of the file that the seeder sent, by bytes. */
  readonly seederCopies: number;
  /** The fraction of received bytes that was of no use. */
  readonly waste: number;
  readonly events: number;
}

const SHIPPED: Policy = {
  blockBytes: MAX_BLOCK_BYTES,
  maxBlockBytes: PIECE_BYTES,
  maxQueued: MAX_OUTSTANDING_REQUESTS,
  turnBytes: PIECE_BYTES,
  slots: 4,
  maxSources: MAX_SOURCES,
  spread: true,
};

/** A swarm is given up after this many times the lower bound. */
const GIVE_UP_AFTER_BOUNDS = 20;
/** Average number of pieces that a peer receives at the same time. */
const BUFFERS_A_PEER = 16;
/** Larger swarms are modelled by default: real connections copy every byte, which takes about six times as long. */
const MAX_CONNECTED_PEERS = 16;

/** Whether peers use the shipped connections or a model of them. The model has no bytes, and its policy can be varied. */
export type SwarmKind = 'connected' | 'modelled';

/** Creates a member. The first one is the seeder, which has the whole file. */
type MakeMember = (id: number, line: LineOptions) => SwarmMember;

/** Asynchronous work of the real connections and their admission outside the event queue. */
interface Settled {
  /** Resolves once no such work is pending. */
  settle(): Promise<void> | undefined;
}

/** Runs a swarm until every member that stays has the file, or until no member can complete it any more. */
export async function runSwarm(plan: SwarmPlan, kind = kindOf(plan)): Promise<SwarmResult> {
  const { pieceCount, members, seed } = plan;
  const fileBytes = pieceCount * PIECE_BYTES;
  const queue = new EventQueue();
  let awaited = members.length;
  const world: World = {
    queue,
    random: seeded(seed),
    onDone: () => (awaited -= 1),
    onSent: (peer) => {
      if (peer !== seeder || peer.sentBytes < (plan.seederLeavesAfterCopies ?? Infinity) * fileBytes) return;
      queue.in(0, () => peer.leave());
    },
  };
  const { make, settle } = kind === 'connected' ? connected(plan, world) : modelled(plan, world);
  const seeder = make(0, plan.seeder);
  seeder.join();
  const leavers = new Set<SwarmMember>();
  const peers = members.map(({ line, joinMs, stayMs }, index) => {
    const peer = make(index + 1, line);
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
  const untilMs = Math.max(...members.map(({ joinMs }) => joinMs)) + boundMs * GIVE_UP_AFTER_BOUNDS;
  while (awaited > 0 && queue.step(untilMs)) await settle?.();
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
    events: queue.count,
  };
}

export function kindOf({ members, policy }: SwarmPlan): SwarmKind {
  return members.length > MAX_CONNECTED_PEERS || policy ? 'modelled' : 'connected';
}

function modelled({ pieceCount, policy }: SwarmPlan, world: World): { make: MakeMember; settle?: undefined } {
  const around: ModelledWorld = {
    ...world,
    tracker: new SimTracker(world.random),
    pieceCount,
    pieceBytes: PIECE_BYTES,
    policy: { ...SHIPPED, ...policy },
  };
  return { make: (id, line) => new ModelledPeer(id, line, id === 0, around) };
}

function connected({ pieceCount, members }: SwarmPlan, world: World): { make: MakeMember } & Settled {
  const lines = new Map<string, Line>();
  const clock = simClock(world.queue);
  let isSettled = true;
  const around: ConnectedWorld = {
    ...world,
    tracker: new SimTracker(world.random),
    clock,
    network: new MemoryNetwork({ clock, lineOf: (deviceId) => lines.get(deviceId) }),
    buffers: new PieceBuffers(BUFFERS_A_PEER * members.length),
    manifest: manifestOf(pieceCount),
    onAwaited: () => (isSettled = false),
  };
  return {
    make: (id, options) => {
      const line = new Line(options);
      const peer = new ConnectedPeer(id, line, id === 0, around);
      lines.set(peer.source.deviceId, line);
      return peer;
    },
    settle: () => {
      if (isSettled) return undefined;
      isSettled = true;
      return nextTurn();
    },
  };
}

/** The manifest of a file whose digests are never verified. */
function manifestOf(pieceCount: number): Uint8Array {
  const digests = { fileDigest: Buffer.alloc(20), pieceDigests: Buffer.alloc(20 * pieceCount) };
  return encodeManifest(createManifest({ algorithm: 'sha1', sizeBytes: pieceCount * PIECE_BYTES, ...digests }));
}

/**
 * The lower bound of any swarm (Kumar and Ross, 2006): the seeder uploads the file, the slowest member downloads it, and all uplinks
 * together carry all downloads.
 */
export function lowerBoundMs(fileBytes: number, seeder: LineOptions, members: readonly MemberPlan[]): number {
  const slowest = Math.min(...members.map(({ line }) => line.downBytesPerSecond));
  const upload = members.reduce((sum, { line }) => sum + line.upBytesPerSecond, seeder.upBytesPerSecond);
  const seconds = [fileBytes / seeder.upBytesPerSecond, fileBytes / slowest, (members.length * fileBytes) / upload];
  return Math.max(...seconds) * 1000;
}
