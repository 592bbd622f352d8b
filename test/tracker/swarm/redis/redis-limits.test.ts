import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { SharedLimits } from '../../../../tracker/swarm/shared-limits.js';
import type { Swarm } from '../../../../tracker/swarm/swarm.js';
import { hasCode } from '../../../support/has-code.js';
import { sharedRedisCluster } from '../../../support/shared-redis.js';
import { untilSeen } from '../../../support/until.js';
import { deviceOf, openMortalNode, openNode } from './redis-nodes.js';

describe('limits at all nodes of a tracker', () => {
  let swarms: Swarm[];
  let [here, there]: SharedLimits[] = [];
  /** Of this test, because the cluster is shared. */
  let ann = '';
  const guess = (address: string, deviceId = address, knowsDevice = false) => ({
    ...{ account: ann, address: `${ann} ${address}`, deviceId: `${ann} ${deviceId}`, knowsDevice },
  });

  beforeEach(async () => {
    const cluster = await sharedRedisCluster();
    swarms = await Promise.all([openNode(cluster, 'here'), openNode(cluster, 'there')]);
    [here, there] = swarms.flatMap(({ limits }) => limits ?? []);
    ann = randomBytes(8).toString('hex');
  });
  afterEach(() => Promise.all(swarms.map((swarm) => swarm.close())));

  it('slow down guesses wherever they are made, and are cleared by a right one', async () => {
    assert.ok(here && there);
    assert.equal(await there.guesses.check(guess('home'), 0), 'signIn');
    for (let time = 0; time < 4; time++) await here.guesses.failed(guess('home'), 0);
    assert.equal(await there.guesses.check(guess('home'), 0), 'doubtful');
    await there.guesses.failed(guess('home'), 0);
    for (const { guesses } of [here, there])
      await assert.rejects(async () => guesses.check(guess('home'), 0), hasCode('RATE_LIMITED'));
    assert.equal(await here.guesses.check(guess('elsewhere'), 0), 'signIn');
    assert.equal(await there.guesses.check(guess('home', 'own', true), 0), 'signIn', 'her own device');
    await there.guesses.succeeded(guess('home'));
    assert.equal(await there.guesses.check(guess('home', 'new'), 0), 'signIn');
  });

  it('share a budget, whose tokens come back', async () => {
    assert.ok(here && there);
    const rate = { atOnce: 3, perHour: 3600 };
    assert.deepEqual([await here.take(ann, rate, 1), await there.take(ann, rate, 2)], [0, 0]);
    const waitMs = await here.take(ann, rate, 1);
    assert.ok(waitMs > 0 && waitMs <= 1000, `${waitMs}`);
    assert.equal(await there.take(`${ann} other`, rate, 99), 0, 'more than all counts as all');
    await untilSeen(
      () => there?.take(ann, rate, 1),
      (wait) => wait === 0,
    );
  });

  it('share slots, which are free again when they are freed or their time is over', async () => {
    assert.ok(here && there);
    const [one, other] = [here, there];
    const take = (limits: SharedLimits, holder: string, ms = 60_000) => limits.takeSlot(`called ${ann}`, holder, 2, ms);
    assert.deepEqual([await take(one, 'a'), await take(other, 'b', 100), await take(one, 'c')], [true, true, false]);
    await untilSeen(
      () => take(other, 'c'),
      (isFree) => isFree,
    );
    assert.equal(await take(one, 'd'), false);
    await other.freeSlot(`called ${ann}`, 'a');
    assert.equal(await take(one, 'd'), true);
    assert.equal(await one.takeSlot(`called other ${ann}`, 'a', 1, 60_000), true);
  });

  it('count the devices of a user at other nodes that are alive', async () => {
    assert.ok(here && there);
    const limits = here;
    const { swarm: mortal, kill } = await openMortalNode(await sharedRedisCluster());
    const [first, second, third] = ['1', '2', '3'].map((digit) => digit.repeat(48) + ann);
    await swarms[0]?.connect(deviceOf(`${first}`, ann));
    await swarms[1]?.connect(deviceOf(`${second}`, ann));
    await mortal.connect(deviceOf(`${third}`, ann));
    await untilSeen(
      () => limits.devicesElsewhere(ann.toUpperCase(), ''),
      (count) => count === 2,
    );
    assert.equal(await limits.devicesElsewhere(ann, `${second}`), 1, 'a device that moves');
    kill();
    await untilSeen(
      () => limits.devicesElsewhere(ann, ''),
      (count) => count === 1,
    );
    await mortal.close();
    await swarms[1]?.disconnect(`${second}`);
    await untilSeen(
      () => limits.devicesElsewhere(ann, ''),
      (count) => count === 0,
    );
  });

  it('are those of one node while the cluster is away', async () => {
    const { swarm, kill } = await openMortalNode(await sharedRedisCluster());
    const { limits } = swarm;
    assert.ok(limits);
    kill();
    for (let time = 0; time < 5; time++) await limits.guesses.failed(guess('home'), 0);
    await assert.rejects(async () => limits.guesses.check(guess('home'), 0), hasCode('RATE_LIMITED'));
    assert.equal(await limits.take(ann, { atOnce: 1, perHour: 1 }, 1), 0);
    assert.ok((await limits.take(ann, { atOnce: 1, perHour: 1 }, 1)) > 0);
    assert.equal(await limits.devicesElsewhere(ann, ''), 0);
    await swarm.close();
  });
});
