import type { ReadonlyBitfield } from '../../sdk/transfer/index.js';
import type { EventQueue } from './event-queue.js';

/** Options of the shipped code that a simulation can vary to measure their effect. */
export interface Policy {
  readonly blockBytes: number;
  readonly maxBlockBytes: number;
  readonly maxQueued: number;
  /** See UploadScheduler. */
  readonly slots: number;
  readonly turnBytes: number;
  /** Maximum number of sources that a peer is connected to. */
  readonly maxSources: number;
  /** Whether a sole seeder uses super-seeding. */
  readonly spread: boolean;
}

/** A member of a swarm, on the shipped connections or on a model of them. */
export interface SwarmMember {
  readonly joinedMs: number;
  /** The time at which it completed the file. */
  readonly doneMs: number | undefined;
  readonly pieces: ReadonlyBitfield;
  readonly sentBytes: number;
  /** Received bytes that were of no use. */
  readonly wastedBytes: number;
  join(): void;
  leave(): void;
}

/** The environment of a member. */
export interface World {
  readonly queue: EventQueue;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  onDone(): void;
  onSent(peer: SwarmMember): void;
}
