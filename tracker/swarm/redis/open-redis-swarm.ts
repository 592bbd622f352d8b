import { randomBytes } from 'node:crypto';
import { type Endpoint, parseEndpoint, ShoalError } from '@shoal/sdk/protocol';
import { type Cluster, Redis } from 'ioredis';
import type { Swarm } from '../swarm.js';
import { Calls } from './cluster/calls.js';
import { connectCluster, connectionOptions } from './cluster/connect.js';
import { Keys } from './cluster/keys.js';
import type { SwarmUrls } from './cluster/swarm-url.js';
import { DEFAULT_TIMING, type SwarmTiming } from './cluster/timing.js';
import { Subscriptions } from './events/subscriptions.js';
import { RedisSwarm } from './redis-swarm.js';

export interface RedisSwarmOptions {
  readonly urls: SwarmUrls;
  /** Of the tracker. All of its nodes have the same, and trackers with others may use the cluster, too. */
  readonly fingerprint: string;
  /** Names the node in the cluster: 1 to 64 letters, digits, dots, dashes and underscores. */
  readonly nodeId: string;
  readonly announcesPerDevice: number;
  /** Where clients dial this node. Default: only where its operator told them. */
  readonly announce?: Endpoint | undefined;
  /** Whether this node relays for devices of others, at that address. Default false. */
  readonly hasRelay?: boolean;
  /** Called when the cluster does not answer, or answers something malformed. Default: nothing. */
  readonly onTrouble?: (what: string, error?: unknown) => void;
  readonly timing?: Partial<SwarmTiming>;
}

/**
 * Opens the swarm of a tracker with many nodes, in a Redis Cluster.
 * @throws ShoalError `SWARM_UNREACHABLE`, `SWARM_INVALID`, `INVALID_ARGUMENT`
 */
export async function openRedisSwarm(options: RedisSwarmOptions): Promise<Swarm> {
  if (!/^[\w.-]{1,64}$/.test(options.nodeId)) {
    const text = 'The name of a node has 1 to 64 letters, digits, dots, dashes and underscores.';
    throw new ShoalError('INVALID_ARGUMENT', text);
  }
  const swarm = swarmIn(await connectCluster(options.urls), options);
  try {
    await swarm.start();
    return swarm;
  } catch (error) {
    await swarm.close();
    throw error;
  }
}

/** The swarm in a cluster, not started yet. It closes the connections. */
export function swarmIn(
  cluster: Cluster,
  {
    urls,
    fingerprint,
    nodeId,
    announcesPerDevice,
    announce,
    hasRelay = false,
    onTrouble = () => {},
    timing,
  }: RedisSwarmOptions,
): RedisSwarm {
  const calls = new Calls(cluster, new Keys(fingerprint), onTrouble);
  const open = (server: string) => {
    const { host, port } = parseEndpoint(server);
    const settings = { ...connectionOptions(urls), host, port, lazyConnect: true, enableReadyCheck: false };
    return new Redis({ ...settings, retryStrategy: () => null, autoResubscribe: false, maxRetriesPerRequest: 0 });
  };
  return new RedisSwarm({
    // A node that starts anew is another one: what it left behind counts as lost.
    ...{
      calls,
      node: `${nodeId}:${randomBytes(6).toString('hex')}`,
      announcesPerDevice,
      announce,
      hasRelay,
      onTrouble,
    },
    timing: { ...DEFAULT_TIMING, ...timing },
    subscriptions: (events) => new Subscriptions({ calls, open, onTrouble, ...events }),
  });
}
