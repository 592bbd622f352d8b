import type { ReadonlyBitfield } from '../../sdk/transfer/index.js';
import type { EventQueue } from './event-queue.js';

/** What can be chosen in what ships, to see what it is good for. */
export interface Policy {
  readonly blockBytes: number;
  readonly maxBlockBytes: number;
  readonly maxQueued: number;
  /** See UploadScheduler. */
  readonly slots: number;
  readonly turnBytes: number;
  /** Sources that a peer is connected to at most. */
  readonly maxSources: number;
  /** Whether a seeder spreads the first copy. */
  readonly spread: boolean;
}

/** A member of a swarm: on the connections that ship, or on a model of them. */
export interface SwarmMember {
  readonly joinedMs: number;
  /** When it had the whole file. */
  readonly doneMs: number | undefined;
  readonly pieces: ReadonlyBitfield;
  readonly sentBytes: number;
  /** Bytes that came and were of no use. */
  readonly wastedBytes: number;
  join(): void;
  leave(): void;
}

/** What a member has around it. */
export interface World {
  readonly queue: EventQueue;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  onDone(): void;
  onSent(peer: SwarmMember): void;
}
