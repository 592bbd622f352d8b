import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePorts } from './free-ports.js';
import { ensureRedis, type RedisServer, redisFolder, startRedis } from './redis-server.js';
import { until } from './until.js';

const PRIMARIES = 3;
const SLOTS = 16_384;
/** After this time without an answer, a primary is replaced by its replica. */
const NODE_TIMEOUT_MS = 1000;

/** A Redis Cluster on loopback: three primaries, and a replica of each. */
export interface RedisCluster {
  /** For `--swarm`. */
  readonly urls: readonly string[];
  readonly primaries: readonly RedisServer[];
  readonly replicas: readonly RedisServer[];
  /** Ends all servers, and removes their folders. */
  stop(): Promise<void>;
}

/** Whether a server is a primary or a replica; undefined while it does not see the whole cluster, or no primary. */
export async function redisRole(port: number): Promise<'primary' | 'replica' | undefined> {
  const redis = new Redis({ port, retryStrategy: () => null, lazyConnect: true });
  redis.on('error', () => {}); // the next look may see more
  try {
    await redis.connect();
    const [state, replication] = await Promise.all([redis.cluster('INFO'), redis.info('replication')]);
    if (!String(state).includes('cluster_state:ok') || replication.includes('master_link_status:down'))
      return undefined;
    return replication.includes('role:master') ? 'primary' : 'replica';
  } catch {
    return undefined;
  } finally {
    redis.disconnect();
  }
}

interface Place {
  readonly id: string;
  readonly port: number;
  readonly busPort: number;
  readonly shard: number;
  readonly isPrimary: boolean;
}

/**
 * Starts a cluster. Each server finds the whole cluster in its *nodes.conf*, so that none has to be introduced to the others, which takes
 * seconds.
 */
export async function startRedisCluster(settings: Readonly<Record<string, string>> = {}): Promise<RedisCluster> {
  await ensureRedis();
  const ports = await freePorts(PRIMARIES * 4);
  const places = Array.from({ length: PRIMARIES * 2 }, (_, index): Place => {
    const [port = 0, busPort = 0] = ports.slice(index * 2);
    const shard = index % PRIMARIES;
    return { id: randomBytes(20).toString('hex'), port, busPort, shard, isPrimary: index < PRIMARIES };
  });
  const started = await Promise.allSettled(places.map((place) => startMember(place, places, settings)));
  const servers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const stop = async () => void (await Promise.all(servers.map((server) => server.stop())));
  const failed = started.find((one) => one.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const primaries = servers.slice(0, PRIMARIES);
  await Promise.all(servers.map(({ port }) => until(async () => (await redisRole(port)) !== undefined)));
  return {
    urls: primaries.map(({ port }) => `redis://127.0.0.1:${port}`),
    ...{ primaries, replicas: servers.slice(PRIMARIES), stop },
  };
}

async function startMember(
  place: Place,
  places: readonly Place[],
  settings: Readonly<Record<string, string>>,
): Promise<RedisServer> {
  const folder = await redisFolder();
  await writeFile(join(folder, 'nodes.conf'), nodesFile(place, places));
  const own = {
    ...{ 'cluster-enabled': 'yes', 'cluster-config-file': 'nodes.conf', 'cluster-port': `${place.busPort}` },
    ...{ 'cluster-node-timeout': `${NODE_TIMEOUT_MS}`, 'cluster-replica-validity-factor': '0' },
    ...{ 'repl-ping-replica-period': '1', ...settings },
  };
  return startRedis(place.port, own, folder);
}

/** What a server that has met all others writes down. */
function nodesFile(self: Place, places: readonly Place[]): string {
  const lines = places.map(({ id, port, busPort, shard, isPrimary }) => {
    const primary = places.find((one) => one.isPrimary && one.shard === shard);
    const flags = `${id === self.id ? 'myself,' : ''}${isPrimary ? 'master' : 'slave'}`;
    const first = Math.ceil((SLOTS * shard) / PRIMARIES);
    const last = Math.ceil((SLOTS * (shard + 1)) / PRIMARIES) - 1;
    const of = isPrimary ? '-' : primary?.id;
    return `${id} 127.0.0.1:${port}@${busPort} ${flags} ${of} 0 0 ${shard + 1} connected${isPrimary ? ` ${first}-${last}` : ''}`;
  });
  return `${lines.join('\n')}\nvars currentEpoch ${PRIMARIES} lastVoteEpoch 0\n`;
}
