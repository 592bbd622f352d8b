import { type RedisCluster, startRedisCluster } from './redis-cluster.js';
import { ensureRedis } from './redis-server.js';

let shared: Promise<RedisCluster> | undefined;

/** The Redis Cluster of this test run. It starts when a test first needs it, and ends after the last test. */
export function sharedRedisCluster(): Promise<RedisCluster> {
  shared ??= ensureRedis().then(() => startRedisCluster());
  return shared;
}

// A hook outside of any suite runs after the last test of the process.
after(async () => {
  await (await shared?.catch(() => undefined))?.stop();
});
