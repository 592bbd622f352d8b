/** Times of a swarm of many nodes, in milliseconds. */
export interface SwarmTiming {
  /** After this time without a renewal, a node's devices are offline. */
  readonly leaseMs: number;
  /** Between two renewals. */
  readonly renewMs: number;
  /** Time for a node to take its lease again after the cluster lost it. */
  readonly graceMs: number;
  /** Between two comparisons of what the cluster has with what this node has. */
  readonly repairMs: number;
  /** Between the two looks after which a missing source is gone. */
  readonly secondLookMs: number;
  /** Time until the cluster forgets what nobody writes again. */
  readonly forgetMs: number;
}

export const DEFAULT_TIMING: SwarmTiming = {
  leaseMs: 12_000,
  renewMs: 3000,
  graceMs: 7000,
  repairMs: 30_000,
  secondLookMs: 8000,
  forgetMs: 24 * 3_600_000,
};
