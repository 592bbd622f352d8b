import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { openSwarm } from '../../../../tracker/swarm/open-swarm.js';
import type { RedisCluster } from '../../../support/redis-cluster.js';

const DEVICES = 1000;
const CONTENTS = 50;

/** Bytes that a device, and a content that a device has, take in the primaries of a cluster. */
export async function redisBytes(cluster: RedisCluster): Promise<{ device: number; content: number }> {
  const swarm = await openSwarm({
    ...{ urls: cluster.urls.join(','), announcesPerDevice: CONTENTS, announce: undefined, logger: undefined },
    ...{ fingerprint: 'ef'.repeat(32), hasRelay: false },
  });
  try {
    const empty = await usedBytes(cluster);
    const deviceIds = Array.from({ length: DEVICES }, () => randomBytes(32).toString('hex'));
    for (const [index, deviceId] of deviceIds.entries()) {
      const host = `198.51.100.${index % 250}`;
      const addresses = (['seen', 'global', 'private'] as const).map((kind, at) => ({
        ...{ host: at === 0 ? host : `203.0.113.${at}`, port: 40_000, kind, verdict: 'unchecked' as const },
      }));
      await swarm.connect({
        ...{ deviceId, userId: `user-${index}`, endpoint: { host, port: 40_000 }, seen: host, addresses },
        ...{ reach: undefined, isChecked: true, serves: true, meets: true },
      });
    }
    const withDevices = await settled(cluster);
    for (const [index, deviceId] of deviceIds.entries()) {
      for (let content = 0; content < CONTENTS; content++) {
        const file = `${index % 100} ${content}`; // ten devices of a group have the same
        const manifestId = Buffer.from(file).toString('hex').padEnd(64, '0');
        await swarm.announce(deviceId, { groupId: `group-${index % 100}`, manifestId }, true);
      }
    }
    const withContents = await settled(cluster);
    return { device: (withDevices - empty) / DEVICES, content: (withContents - withDevices) / DEVICES / CONTENTS };
  } finally {
    await swarm.close();
  }
}

/** When nothing more is written. */
async function settled(cluster: RedisCluster): Promise<number> {
  for (let before = -1; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const now = await usedBytes(cluster);
    if (Math.abs(now - before) < now / 1000) return now;
    before = now;
  }
}

async function usedBytes({ primaries }: RedisCluster): Promise<number> {
  const used = await Promise.all(
    primaries.map(async ({ port }) => {
      const redis = new Redis({ port });
      try {
        const info = await redis.info('memory');
        return Number(/^used_memory_dataset:(\d+)/m.exec(info)?.[1]);
      } finally {
        redis.disconnect();
      }
    }),
  );
  return used.reduce((sum, bytes) => sum + bytes, 0);
}
