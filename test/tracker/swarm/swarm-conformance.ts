import assert from 'node:assert/strict';
import { placeOf } from '../../../tracker/reach/announced.js';
import type { Message, Published, Swarm } from '../../../tracker/swarm/swarm.js';
import { hasCode } from '../../support/has-code.js';

const FILE = { groupId: 'lab', manifestId: '11'.repeat(32) };
const OTHER = { groupId: 'lab', manifestId: '22'.repeat(32) };
const ELSEWHERE = { groupId: 'other', manifestId: FILE.manifestId };

/** The requirements for every swarm, whatever its storage. */
export function describeSwarm(name: string, open: () => Promise<Swarm>): void {
  describe(`the swarm in ${name}`, () => {
    let swarm: Swarm;
    beforeEach(async () => {
      swarm = await open();
    });
    afterEach(() => swarm.close());

    const connect = (deviceId: string, userId = deviceId, port: number | null = 1024) =>
      swarm.connect({
        ...placeOf({ endpoint: port === null ? null : { port } }, '192.0.2.1', true),
        deviceId,
        userId,
        meets: true,
      });
    const sources = async (except = '') =>
      (await swarm.sample(FILE, 50, new Set([except]))).map((one) => [one.deviceId, one.complete]).sort();

    it('knows the contents of devices while they are online', async () => {
      await connect('a');
      await connect('b');
      assert.equal(await swarm.announce('a', FILE, true), true);
      assert.equal(await swarm.announce('b', FILE, false), true);
      assert.equal(await swarm.announce('b', FILE, false), false, 'that is no news');
      assert.deepEqual(await sources(), [
        ['a', true],
        ['b', false],
      ]);
      assert.deepEqual(await swarm.count(FILE), { sharersOnline: 2, completeSources: 1 });
      assert.equal(await swarm.announce('b', FILE, true), true);
      assert.deepEqual(await swarm.count(FILE), { sharersOnline: 2, completeSources: 2 });
      await swarm.announce('b', OTHER, true);
      assert.deepEqual((await swarm.disconnect('b')).map((one) => one.manifestId).sort(), [
        FILE.manifestId,
        OTHER.manifestId,
      ]);
      assert.deepEqual(await sources(), [['a', true]]);
      assert.deepEqual(await swarm.disconnect('b'), []);
      assert.equal(await swarm.announce('b', FILE, true), false, 'who is not online holds nothing');
      assert.deepEqual(await swarm.counts(), { devices: 1, sources: 1 });
    });

    it('keeps groups apart', async () => {
      await connect('a');
      await swarm.announce('a', FILE, true);
      assert.deepEqual(await swarm.sample(ELSEWHERE, 50, new Set()), []);
      assert.equal(await swarm.withdraw('a', ELSEWHERE), undefined);
      assert.deepEqual(await swarm.withdraw('a', { ...FILE, groupId: 'LAB' }), FILE, 'in whatever case it is said');
      assert.deepEqual(await sources(), []);
    });

    it('returns the complete record of a source, and none for a device that serves nothing', async () => {
      await connect('a', 'ann', 7001);
      await connect('b', 'bob', null);
      await swarm.announce('a', FILE, true);
      await swarm.announce('b', FILE, true);
      const { addresses, endpoint, ...source } = (await swarm.source('a', FILE)) ?? {};
      const address = { host: '192.0.2.1', port: 7001 };
      assert.deepEqual([addresses, endpoint], [[{ ...address, kind: 'seen', verdict: 'unchecked' }], address]);
      const reach = { reach: undefined, isChecked: false, serves: true, meets: true, seen: '192.0.2.1' };
      assert.deepEqual(source, { deviceId: 'a', userId: 'ann', complete: true, ...reach });
      assert.equal(await swarm.source('b', FILE), undefined);
      assert.equal(await swarm.source('a', OTHER), undefined);
      assert.deepEqual(await swarm.count(FILE), { sharersOnline: 1, completeSources: 1 });
    });

    it('changes where a device is reached, and keeps what it has', async () => {
      await connect('a', 'ann');
      await swarm.announce('a', FILE, true);
      const place = placeOf({ endpoint: { port: 7002 } }, '192.0.2.9', true);
      assert.equal(await swarm.relocate('a', place), true);
      assert.deepEqual(await swarm.device('a'), { ...place, deviceId: 'a', userId: 'ann', meets: true });
      assert.equal((await swarm.source('a', FILE))?.seen, '192.0.2.9');
      assert.equal(await swarm.relocate('b', place), false);
      assert.equal(await swarm.device('b'), undefined);
    });

    it('knows in which groups a device has something', async () => {
      await connect('a');
      for (const holding of [FILE, OTHER, OTHER, ELSEWHERE]) await swarm.announce('a', holding, false);
      await swarm.announce('a', FILE, true);
      assert.deepEqual(
        (await swarm.holdings('a')).map((one) => one.groupId),
        ['lab', 'lab', 'other'],
      );
      assert.deepEqual([await swarm.holdsIn('a', 'LAB'), await swarm.holdsIn('a', 'none')], [true, false]);
      await swarm.withdraw('a', FILE);
      assert.equal(await swarm.holdsIn('a', 'lab'), true);
      await swarm.withdraw('a', OTHER);
      assert.equal(await swarm.holdsIn('a', 'lab'), false);
      assert.equal(await swarm.holdsIn('a', 'other'), true);
      await swarm.disconnect('a');
      assert.equal(await swarm.holdsIn('a', 'other'), false);
      assert.deepEqual(await swarm.holdings('a'), []);
    });

    it('forgets the contents of a device when it connects again', async () => {
      await connect('a');
      await swarm.announce('a', FILE, true);
      await connect('a');
      assert.deepEqual(await sources(), []);
    });

    it('withdraws everything of a user in one group, on every device', async () => {
      await connect('a1', 'ann');
      await connect('a2', 'ANN');
      await connect('b', 'bob');
      for (const device of ['a1', 'a2', 'b']) await swarm.announce(device, FILE, true);
      await swarm.announce('a1', ELSEWHERE, true);
      const withdrawn = await swarm.withdrawUser('Ann', 'lab');
      assert.deepEqual(withdrawn.map((one) => one.deviceId).sort(), ['a1', 'a2']);
      assert.deepEqual(await sources(), [['b', true]]);
      assert.equal((await swarm.sample(ELSEWHERE, 50, new Set())).length, 1);
    });

    it('returns a random sample, bounded, without the caller', async () => {
      for (let index = 0; index < 12; index++) {
        await connect(`d${index}`);
        await swarm.announce(`d${index}`, FILE, true);
      }
      const seen = new Map<string, number>();
      for (let draw = 0; draw < 400; draw++) {
        const sample = await swarm.sample(FILE, 3, new Set(['d0']));
        assert.equal(new Set(sample.map((one) => one.deviceId)).size, 3);
        for (const { deviceId } of sample) seen.set(deviceId, (seen.get(deviceId) ?? 0) + 1);
      }
      assert.equal(seen.has('d0'), false);
      assert.equal(seen.size, 11);
      for (const times of seen.values())
        assert.ok(times > 50 && times < 200, `drawn ${times} times, and not about 109`);
    });

    it('prefers users whose devices were vouched for by others', async () => {
      for (const device of ['a1', 'a2', 'a3']) {
        await connect(device, 'ann');
        await swarm.announce(device, FILE, true);
      }
      await swarm.vouch('ANN', ['a1'], FILE);
      await swarm.vouch('bob', ['a2', 'nobody'], OTHER);
      const first = async () =>
        new Set(
          await Promise.all(
            Array.from({ length: 40 }, async () => (await swarm.sample(FILE, 1, new Set()))[0]?.deviceId),
          ),
        );
      assert.equal((await first()).size, 3, 'nobody vouched for them');
      await swarm.vouch('bob', ['a3', 'nobody'], FILE);
      assert.deepEqual([...(await first())], ['a3']);
    });

    it('accepts a bounded number of contents per device, and still updates those', async () => {
      await connect('a');
      for (let index = 0; index < 1000; index++)
        await swarm.announce('a', { ...FILE, manifestId: index.toString(16).padStart(64, '0') }, false);
      assert.equal(await swarm.roomOf('a'), 0);
      await assert.rejects(swarm.announce('a', FILE, true), hasCode('QUOTA_EXCEEDED'));
      assert.equal(await swarm.announce('a', { ...FILE, manifestId: '0'.repeat(64) }, true), true);
      await swarm.withdraw('a', { ...FILE, manifestId: '0'.repeat(64) });
      assert.equal(await swarm.announce('a', FILE, true), true);
    });

    it('counts the users who have all of a content, and withdraws it from all devices', async () => {
      for (const [deviceId, userId, isComplete] of [
        ['a1', 'Ann', true],
        ['a2', 'ann', true],
        ['b', 'bob', true],
        ['c', 'cem', false],
      ] as const) {
        await connect(deviceId, userId);
        await swarm.announce(deviceId, FILE, isComplete);
      }
      await swarm.announce('b', OTHER, true);
      await swarm.announce('b', ELSEWHERE, true);
      assert.equal(await swarm.countUsers(FILE), 2);
      assert.deepEqual((await swarm.withdrawAll({ ...FILE, groupId: 'LAB' })).sort(), ['a1', 'a2', 'b', 'c']);
      assert.deepEqual(await sources(), []);
      assert.deepEqual(await swarm.withdrawAll(FILE), []);
      assert.deepEqual([await swarm.countUsers(FILE), await swarm.countUsers(OTHER)], [0, 1]);
      assert.equal(await swarm.countUsers(ELSEWHERE), 1);
    });

    it('carries messages to all listeners, in order', async () => {
      const heard: Message[][] = [[], []];
      for (const list of heard) swarm.onMessage((message) => list.push(message));
      const audience = { kind: 'users', userIds: ['ann'] } as const;
      const message = (fileName: string): Published => ({
        audience,
        event: 'fileStopped',
        payload: { ...FILE, fileName },
      });
      for (const name of ['one', 'two']) await swarm.publish(message(name));
      assert.deepEqual(heard, [
        [message('one'), message('two')],
        [message('one'), message('two')],
      ]);
    });
  });
}
