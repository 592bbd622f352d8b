import type { EventQueue } from './event-queue.js';
import type { SimPeer } from './peer.js';
import type { SimTracker } from './tracker.js';

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

/** What a peer of the simulation has around it. */
export interface World {
  readonly queue: EventQueue;
  readonly tracker: SimTracker;
  readonly pieceCount: number;
  readonly pieceBytes: number;
  readonly policy: Policy;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  onDone(peer: SimPeer): void;
  onSent(peer: SimPeer): void;
}
