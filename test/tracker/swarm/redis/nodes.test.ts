import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Swarm } from '../../../../tracker/swarm/swarm.js';
import { sharedRedisCluster } from '../../../support/shared-redis.js';
import { until, untilSeen } from '../../../support/until.js';
import { deviceOf, heardBy, openMortalNode, openNode } from './redis-nodes.js';

describe('nodes of a tracker in one Redis Cluster', () => {
  let here: Swarm;
  let there: Swarm;
  /** A content of the test's own, because the cluster is shared. */
  let file: { groupId: string; manifestId: string };
  /** Ids of devices, and the names of their users. */
  let [ann, bob] = ['', ''];

  beforeEach(async () => {
    const cluster = await sharedRedisCluster();
    [here, there] = await Promise.all([openNode(cluster, 'here'), openNode(cluster, 'there')]);
    const id = randomBytes(8).toString('hex');
    file = { groupId: `lab ${id}`, manifestId: id.repeat(4) };
    [ann, bob] = [`a0${id.slice(2)}`.repeat(4), `b0${id.slice(2)}`.repeat(4)];
  });
  afterEach(() => Promise.all([here.close(), there.close()]));

  const sample = async (swarm: Swarm) => (await swarm.sample(file, 50, new Set())).map((one) => one.deviceId).sort();
  const share = async (swarm: Swarm, deviceId: string, isComplete = true) => {
    await swarm.connect(deviceOf(deviceId));
    await swarm.announce(deviceId, file, isComplete);
  };
  const tellCame = async (swarm: Swarm, deviceId: string) => {
    const source = await swarm.source(deviceId, file);
    assert.ok(source);
    const audience = { kind: 'watchers', holding: file, exceptDeviceId: deviceId } as const;
    await swarm.publish({ event: 'source', holding: file, source, isReachOnly: false, audience });
  };

  it('find the devices and contents of one another', async () => {
    await share(here, ann);
    await share(there, bob, false);
    for (const swarm of [here, there]) {
      assert.deepEqual(
        await untilSeen(
          () => sample(swarm),
          (all) => all.length === 2,
          20,
        ),
        [ann, bob],
      );
      assert.deepEqual(await swarm.count(file), { sharersOnline: 2, completeSources: 1 });
      assert.equal(await swarm.countUsers(file), 1);
    }
    const { groupId } = file;
    assert.equal((await here.device(bob))?.seen, '192.0.2.1');
    assert.deepEqual([await here.holdsIn(bob, groupId), await here.holdsIn(bob, 'other')], [true, false]);
    assert.equal((await here.source(bob, file))?.complete, false);
    await there.disconnect(bob);
    await until(async () => (await sample(here)).length === 1 && !(await here.holdsIn(bob, groupId)));
    await until(async () => (await here.device(bob)) === undefined);
  });

  it('of another tracker know nothing of these, in groups of the same name', async () => {
    const other = await openNode(await sharedRedisCluster(), 'other', { fingerprint: 'cd'.repeat(32) });
    try {
      const heard = heardBy(other);
      await other.watch(file);
      await share(here, ann);
      await share(other, bob);
      await tellCame(here, ann);
      await until(async () => (await there.count(file)).sharersOnline === 1);
      await until(async () => (await there.device(ann)) !== undefined);
      assert.deepEqual([await sample(there), await sample(other)], [[ann], [bob]]);
      assert.deepEqual([await other.device(ann), await there.device(bob)], [undefined, undefined]);
      await tellCame(other, bob);
      assert.deepEqual(heard, [`came ${bob}`]);
    } finally {
      await other.close();
    }
  });

  it('keep places at the relay of a third one for devices of two', async () => {
    const announce = { host: '127.0.0.1', port: 6970 };
    const third = await openNode(await sharedRedisCluster(), 'third', { announce, hasRelay: true });
    try {
      const [requester, source] = [ann, bob].map((deviceId) => ({ deviceId, userId: deviceId, seen: '192.0.2.1' }));
      assert.ok(requester && source && here.relays);
      const { relays } = here;
      await until(() => relays.areThere);
      assert.deepEqual(here.nodes(), [announce]);
      assert.equal(third.relays?.areThere, false, 'it is not another one for itself');
      assert.equal(await relays.ask(requester, source), undefined, 'it has no room');
      const asked: unknown[] = [];
      const tokens = { requester: 'r'.repeat(22), source: 's'.repeat(22) };
      third.relays?.serve((...devices) => {
        asked.push(devices);
        return tokens;
      });
      assert.deepEqual(await relays.ask(requester, source), { tokens, via: announce });
      assert.deepEqual(asked, [[ann, bob].map((deviceId) => ({ deviceId, userId: deviceId }))]);
      assert.equal(await third.leave(), true);
      await until(() => !relays.areThere && here.nodes().length === 0);
    } finally {
      await third.close();
    }
  });

  it('carry events to the nodes that they concern, in order', async () => {
    const heard = heardBy(there);
    await there.connect(deviceOf(bob));
    await there.watch(file);
    await here.connect(deviceOf(ann));
    for (let index = 0; index < 100; index++) {
      const userIds = [index % 2 === 0 ? bob : ann];
      const payload = { ...file, fileName: `${index}` };
      await here.publish({ audience: { kind: 'users', userIds }, event: 'fileStopped', payload });
    }
    await here.announce(ann, file, true);
    await tellCame(here, ann);
    await untilSeen(
      () => [...heard],
      (all) => all.length === 51,
    );
    assert.deepEqual(new Set(heard), new Set(['fileStopped', `came ${ann}`]));
    there.unwatch(file);
    await tellCame(here, ann);
    const audience = { kind: 'device', deviceId: bob } as const;
    await here.publish({ audience, event: 'reach', payload: { addresses: [] } });
    await until(() => heard.length === 52);
    assert.equal(heard.at(-1), 'reach');
  });

  it('end the connection of a device that signs in at another node', async () => {
    const [former, latter] = [heardBy(here), heardBy(there)];
    await share(here, ann);
    await until(async () => (await there.device(ann)) !== undefined);
    await there.connect(deviceOf(ann));
    await until(() => former.includes('sessionEnded'));
    await here.disconnect(ann);
    await untilSeen(
      () => here.device(ann),
      (device) => device !== undefined,
    );
    assert.deepEqual(latter, []);
  });

  it('count a device once that came from a node which cannot say that it left', async () => {
    await share(here, ann);
    await share(here, bob);
    await until(async () => (await there.count(file)).completeSources === 2);
    await share(there, ann, false);
    await untilSeen(
      () => there.count(file),
      ({ sharersOnline, completeSources }) => sharersOnline === 2 && completeSources === 1,
      20,
    );
  });

  it('withdraw what a former member or nobody may have any more', async () => {
    const heard = heardBy(here);
    await share(here, ann);
    await share(there, bob);
    await here.watch(file);
    await until(async () => (await sample(here)).length === 2);
    assert.deepEqual(await here.withdrawUser(bob, file.groupId), [], 'its node announces that');
    await until(() => heard.includes(`went ${bob}`));
    assert.deepEqual(await sample(here), [ann]);
    await there.announce(bob, file, true);
    await until(async () => (await sample(here)).length === 2);
    assert.deepEqual(await here.withdrawAll(file), [ann]);
    await until(() => heard.filter((text) => text === `went ${bob}`).length === 2);
    assert.deepEqual([await sample(here), await sample(there)], [[], []]);
  });

  it('notice a node that is lost, with all of its devices', async () => {
    const { swarm: mortal, kill } = await openMortalNode(await sharedRedisCluster());
    const heard = heardBy(here);
    await here.watch(file);
    await share(mortal, ann);
    await share(there, bob);
    await tellCame(mortal, ann);
    await tellCame(there, bob);
    await until(() => heard.length === 2);
    kill();
    await until(() => heard.includes(`went ${ann}`));
    assert.deepEqual(await sample(here), [bob]);
    await until(async () => (await here.count(file)).sharersOnline === 1);
    assert.equal(await here.device(ann), undefined);
    assert.equal(await here.holdsIn(ann, file.groupId), false);
    await mortal.close();
  });
});
