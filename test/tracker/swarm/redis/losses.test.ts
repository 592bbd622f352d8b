import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { contentChannel, Keys, userChannel } from '../../../../tracker/swarm/redis/cluster/keys.js';
import type { Swarm } from '../../../../tracker/swarm/swarm.js';
import { hasCode } from '../../../support/has-code.js';
import { type RedisCluster, startRedisCluster } from '../../../support/redis-cluster.js';
import { until } from '../../../support/until.js';
import { deviceOf, FINGERPRINT, heardBy, openNode } from './redis-nodes.js';

const SHARED = 30;

describe('a Redis Cluster that loses something', () => {
  let cluster: RedisCluster;
  let here: Swarm;
  let there: Swarm;
  let heard: string[];
  const holdings = Array.from({ length: SHARED }, (_, index) => ({
    groupId: `group ${index}`,
    manifestId: index.toString(16).padStart(64, '0'),
  }));
  const [file = { groupId: '', manifestId: '' }] = holdings;
  const [ann, bob] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')];

  beforeEach(async () => {
    cluster = await startRedisCluster();
    [here, there] = await Promise.all([openNode(cluster, 'here'), openNode(cluster, 'there')]);
    heard = heardBy(here);
    await here.connect(deviceOf(ann));
    await there.connect(deviceOf(bob));
    for (const holding of holdings) {
      await here.watch(holding);
      await there.announce(bob, holding, true);
      await tellCame(there, bob, holding);
    }
    await until(() => heard.length === SHARED);
  });
  afterEach(async () => {
    await Promise.all([here.close(), there.close()]);
    await cluster.stop();
  });

  async function tellCame(swarm: Swarm, deviceId: string, holding: typeof file) {
    const source = await swarm.source(deviceId, holding);
    assert.ok(source);
    const audience = { kind: 'watchers', holding, exceptDeviceId: deviceId } as const;
    await swarm.publish({ event: 'source', holding, source, isReachOnly: false, audience });
  }
  const isSampled = async (holding: typeof file) => (await here.sample(holding, 9, new Set())).length === 1;
  const isWhole = async () => (await Promise.all(holdings.map(isSampled))).every((isThere) => isThere);
  async function onPrimary(at: number, act: (redis: Redis) => Promise<unknown>) {
    const redis = new Redis({ port: cluster.primaries[at]?.port ?? 0, lazyConnect: true });
    await redis.connect();
    await act(redis).finally(() => redis.disconnect());
  }

  it('is written anew by its nodes after it lost everything, and no client hears a source go', async () => {
    let isOver = false;
    const load = (async () => {
      for (let index = 0; !isOver; index++) {
        const holding = holdings[index % SHARED] ?? file;
        if (await there.announce(bob, holding, Math.floor(index / SHARED) % 2 === 1))
          await tellCame(there, bob, holding);
        await sleep(2);
      }
    })();
    for (const at of [0, 1, 2]) await onPrimary(at, (redis) => redis.flushall());
    assert.equal(await isWhole(), false);
    await until(isWhole);
    // Numbers that begin anew are a loss: what is watched is read again, twice.
    const reads = heard.length;
    await until(() => heard.length > reads + SHARED);
    isOver = true;
    await load;
    assert.equal(heard.filter((text) => text.startsWith('went')).length, 0);
    await until(async () => (await here.device(bob)) !== undefined && (await here.holdsIn(bob, file.groupId)));
  });

  it('carries events and has everything again after a primary was killed', async () => {
    await cluster.primaries[0]?.stop();
    await until(isWhole);
    for (const holding of holdings) {
      heard.length = 0;
      await until(async () => {
        await tellCame(there, bob, holding);
        return heard.includes(`came ${bob}`);
      });
    }
    for (const holding of holdings) await there.withdraw(bob, holding);
    await until(async () => !(await Promise.all(holdings.map(isSampled))).some((isThere) => isThere));
  });

  it('is read anew where an event was lost: clients hear of what came and went, and users ask again', async () => {
    const [other = file, third = file] = holdings.slice(1);
    heard.length = 0;
    const cem = randomBytes(32).toString('hex');
    await there.connect(deviceOf(cem));
    await there.announce(cem, file, true);
    await there.withdraw(bob, other);
    await until(async () => (await here.sample(file, 9, new Set())).length === 2 && !(await isSampled(other)));
    assert.deepEqual(heard, [], 'nobody published that');
    const lose = (channel: number) =>
      Promise.all(
        [0, 1, 2].map((at) =>
          onPrimary(at, (redis) => redis.incr(new Keys(FINGERPRINT).sequence(channel)).catch(() => {})),
        ),
      );
    for (const holding of [file, other]) await lose(contentChannel(holding));
    await lose(userChannel(ann));
    await until(() => [`came ${cem}`, `went ${bob}`, `missed ${ann}`].every((text) => heard.includes(text)));
    assert.ok(await isSampled(third));
  });

  it('leaves a node with what it knows while it is away, tells so, and is used again when it is back', async () => {
    await here.announce(ann, file, true);
    const all = [...cluster.primaries, ...cluster.replicas];
    for (const server of all) server.signal('SIGSTOP');
    assert.deepEqual(await here.sample(file, 9, new Set()).then((sources) => sources.map((one) => one.deviceId)), [
      ann,
    ]);
    assert.deepEqual(await here.count(file), { sharersOnline: 1, completeSources: 1 });
    await until(async () => here.check().then(() => false, hasCode('SWARM_UNREACHABLE')));
    for (const server of all) server.signal('SIGCONT');
    await until(async () => (await here.count(file)).sharersOnline === 2);
    await until(async () =>
      here.check().then(
        () => true,
        () => false,
      ),
    );
  });
});
