import type { Endpoint } from '../../../../sdk/protocol/index.js';
import { placeOf } from '../../../../tracker/reach/announced.js';
import { connectCluster } from '../../../../tracker/swarm/redis/cluster/connect.js';
import { parseSwarmUrls } from '../../../../tracker/swarm/redis/cluster/swarm-url.js';
import type { SwarmTiming } from '../../../../tracker/swarm/redis/cluster/timing.js';
import { openRedisSwarm, swarmIn } from '../../../../tracker/swarm/redis/open-redis-swarm.js';
import type { Message, OnlineDevice, Swarm } from '../../../../tracker/swarm/swarm.js';
import type { RedisCluster } from '../../../support/redis-cluster.js';

/** Times for tests: everything happens within seconds. */
export const FAST: Partial<SwarmTiming> = {
  leaseMs: 1500,
  renewMs: 300,
  graceMs: 900,
  repairMs: 1000,
  secondLookMs: 1000,
};

/** The fingerprint of the tracker of these nodes. */
export const FINGERPRINT = 'ab'.repeat(32);

function optionsOf(cluster: RedisCluster, nodeId: string, timing: Partial<SwarmTiming>) {
  const urls = parseSwarmUrls(cluster.urls.join(','));
  return { urls, fingerprint: FINGERPRINT, nodeId, announcesPerDevice: 1000, timing };
}

/** Opens a node of a tracker in a cluster. */
export function openNode(
  cluster: RedisCluster,
  nodeId = 'node',
  { timing = FAST, ...more }: NodeOptions = {},
): Promise<Swarm> {
  return openRedisSwarm({ ...optionsOf(cluster, nodeId, timing), ...more });
}

interface NodeOptions {
  readonly timing?: Partial<SwarmTiming>;
  readonly announce?: Endpoint | undefined;
  readonly hasRelay?: boolean;
  /** Of another tracker. */
  readonly fingerprint?: string;
}

/** A node that can be cut off from the cluster, as if its process was killed. */
export async function openMortalNode(cluster: RedisCluster): Promise<{ swarm: Swarm; kill: () => void }> {
  const options = optionsOf(cluster, 'mortal', FAST);
  const connected = await connectCluster(options.urls);
  const swarm = swarmIn(connected, options);
  await swarm.start();
  return { swarm, kill: () => connected.disconnect() };
}

/** A device that serves at an address. */
export function deviceOf(deviceId: string, userId = deviceId): OnlineDevice {
  return { ...placeOf({ endpoint: { port: 1024 } }, '192.0.2.1', true), deviceId, userId, meets: true };
}

/** What a node tells its clients, as short texts. */
export function heardBy(swarm: Swarm): string[] {
  const heard: string[] = [];
  swarm.onMessage((message) => heard.push(shortened(message)));
  return heard;
}

function shortened(message: Message): string {
  if (message.event === 'source') return `came ${message.source.deviceId}`;
  if (message.event === 'sourceWent') return `went ${message.payload.deviceId}`;
  if (message.event === 'missed' && message.audience.kind === 'users')
    return `missed ${message.audience.userIds.join(' ')}`;
  return message.event;
}
