import { hostname } from 'node:os';
import type { Endpoint } from '@shoal/sdk/protocol';
import type { Logger } from 'pino';
import type { Swarm } from './swarm.js';

/** Between two log lines about a cluster that is away. */
const TOLD_EVERY_MS = 10_000;

export interface SwarmPlace {
  /** As `--swarm` takes them. */
  readonly urls: string;
  /** Of the tracker. */
  readonly fingerprint: string;
  readonly announcesPerDevice: number;
  /** Where clients dial this node. */
  readonly announce: Endpoint | undefined;
  /** Whether this node relays. */
  readonly hasRelay: boolean;
  readonly logger: Logger | undefined;
}

/**
 * Opens the swarm that nodes of a tracker share.
 * @throws ShoalError `USAGE`, `SWARM_INVALID`, `SWARM_UNREACHABLE`
 */
export async function openSwarm({ urls, logger, ...place }: SwarmPlace): Promise<Swarm> {
  const { openRedisSwarm, parseSwarmUrls } = await import('./redis/index.js'); // which most trackers never need
  let toldMs = Number.NEGATIVE_INFINITY;
  return openRedisSwarm({
    urls: parseSwarmUrls(urls),
    ...place,
    nodeId:
      hostname()
        .replaceAll(/[^\w.-]/g, '-')
        .slice(0, 64) || 'node',
    onTrouble: (what, error) => {
      if (performance.now() - toldMs < TOLD_EVERY_MS) return;
      toldMs = performance.now();
      // The text alone: an error of a sign-in has the password among its properties.
      const reason = error instanceof Error ? error.message : undefined;
      logger?.warn({ reason }, `${what}: this node serves what it knows`);
    },
  });
}
