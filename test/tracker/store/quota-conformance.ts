import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ShoalError } from '../../../sdk/protocol/index.js';
import { DEFAULT_QUOTAS, type Quotas } from '../../../tracker/store/quotas.js';
import type { NewShare, Store } from '../../../tracker/store/store.js';
import { hasCode } from '../../support/has-code.js';
import { madeManifest } from '../made-manifest.js';
import { stopShare } from './stop-share.js';
import { runs, type StorePlace } from './store-conformance.js';

const USERS = ['u0', 'u1'];
const DEVICES = ['aa'.repeat(32), 'bb'.repeat(32)];
const GROUPS = ['one', 'two'];
const NAMES = ['a', 'b', 'c', 'd'];

/** A refusal with the bound and the remedy. */
const over = (bound: number | string) => (error: unknown) => {
  assert.ok(hasCode('QUOTA_EXCEEDED')(error), String(error));
  assert.match(
    (error as ShoalError).message,
    new RegExp(`\\b${bound}\\b.*the maximum.*: .*, or ask the tracker's operator\\.$`),
  );
  return true;
};

const step = fc.record({
  kind: fc.constantFrom('share' as const, 'share' as const, 'stop' as const, 'leave' as const, 'dissolve' as const),
  user: fc.constantFrom(...USERS),
  device: fc.constantFrom(...DEVICES),
  group: fc.constantFrom(...GROUPS),
  names: fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** The shares as lines `group name user device`; every file has five bytes. */
class ShareModel {
  readonly shares = new Set<string>();
  readonly #quotas: Quotas;

  constructor(quotas: Quotas) {
    this.#quotas = quotas;
  }

  share({ group, user, device, names }: Step): string[] {
    return names.map((name) => {
      const line = `${group} ${name} ${user} ${device}`;
      if (this.shares.has(line)) return name;
      const mine = this.#count((_g, _n, by) => by === user);
      const here = this.#count((_g, _n, by, on) => by === user && on === device);
      const inGroup = new Set(
        [...this.shares].filter((one) => one.startsWith(`${group} `)).map((one) => one.split(' ')[1]),
      );
      const { filesPerUser, filesPerDevice, filesPerGroup, bytesPerUser } = this.#quotas;
      const isFull = mine >= filesPerUser || here >= filesPerDevice || (mine + 1) * 5 > bytesPerUser;
      if (isFull || (!inGroup.has(name) && inGroup.size >= filesPerGroup)) return 'QUOTA_EXCEEDED';
      this.shares.add(line);
      return name;
    });
  }

  drop(isDropped: (group: string, name: string, user: string, device: string) => boolean): void {
    for (const line of this.shares) {
      const [group = '', name = '', user = '', device = ''] = line.split(' ');
      if (isDropped(group, name, user, device)) this.shares.delete(line);
    }
  }

  #count(isCounted: (group: string, name: string, user: string, device: string) => boolean): number {
    const kept = new ShareModel(this.#quotas);
    for (const line of this.shares) kept.shares.add(line);
    kept.drop((...parts) => !isCounted(...parts));
    return kept.shares.size;
  }
}

/** The requirements of quotas for every store. */
export function describeQuotas(name: string, place: () => Promise<StorePlace>, effort = 1): void {
  describe(`quotas of the store in ${name}`, () => {
    let here: StorePlace;
    let store: Store;

    beforeEach(async () => {
      here = await place();
    });
    afterEach(async () => {
      await store.close();
      await here.remove();
    });

    async function open(quotas: Partial<Quotas>, ...userIds: string[]): Promise<void> {
      store = await here.open(quotas);
      for (const userId of userIds) await store.createUser({ userId, passwordHash: '', nowMs: 1 });
    }

    const share = (userId: string, files: NewShare[], groupId = 'lab') =>
      store.shareFiles({ groupId, userId, deviceId: DEVICES[0] ?? '', files, nowMs: 5 });
    const put = (seed: number, userId: string, bytes = madeManifest(seed).manifest.bytes) => {
      const { manifestId, manifest } = madeManifest(seed);
      return store.putManifest({ manifestId, sizeBytes: manifest.sizeBytes, bytes, userId, nowMs: 1000 });
    };

    it('bound the groups that a user owns, without effect on others', async () => {
      await open({ groupsOwnedPerUser: 2 }, 'ann', 'bob');
      await store.createGroup('a', 'ann', 1);
      await store.createGroup('b', 'ann', 1);
      await assert.rejects(store.createGroup('c', 'ann', 1), over(2));
      await assert.rejects(store.createGroup('a', 'ann', 1), hasCode('GROUP_EXISTS'));
      assert.deepEqual(
        (await store.listGroups('bob', { limit: 9 })).map(({ groupId }) => groupId),
        ['a', 'b'],
      );
      await store.createGroup('c', 'bob', 1);
      await store.leaveGroup('a', 'ann');
      await store.createGroup('a', 'ann', 1);
    });

    it('bound the groups and join requests of a user, so that each request can be accepted', async () => {
      await open({ groupsPerUser: 2 }, 'ann', 'bob', 'cem');
      for (const groupId of ['a', 'b']) await store.createGroup(groupId, 'ann', 1);
      await store.createGroup('c', 'cem', 1);
      await store.requestToJoin('a', 'bob', 1);
      await store.createGroup('own', 'bob', 1);
      await assert.rejects(store.requestToJoin('b', 'bob', 1), over(2));
      await assert.rejects(store.createGroup('more', 'bob', 1), over(2));
      await store.decideRequest('a', 'ann', 'bob', true, 1);
      await assert.rejects(store.requestToJoin('c', 'bob', 1), over(2));
      await store.leaveGroup('a', 'bob');
      await store.requestToJoin('c', 'bob', 1);
    });

    it('bound the join requests of a user, and those in a group', async () => {
      await open({ requestsPerUser: 1, requestsPerGroup: 2 }, 'ann', 'bob', 'cem', 'dan');
      for (const groupId of ['a', 'b']) await store.createGroup(groupId, 'ann', 1);
      await store.requestToJoin('a', 'bob', 1);
      await assert.rejects(store.requestToJoin('b', 'bob', 1), over(1));
      await store.requestToJoin('a', 'cem', 1);
      await assert.rejects(store.requestToJoin('a', 'dan', 1), over(2));
      await store.decideRequest('a', 'ann', 'bob', false, 1);
      await store.requestToJoin('a', 'dan', 1);
      await store.requestToJoin('b', 'bob', 1);
    });

    it('bound shares, whatever is shared, stopped, left and dissolved in any order', async () => {
      const quotas = { ...DEFAULT_QUOTAS, filesPerDevice: 3, filesPerUser: 5, filesPerGroup: 3, bytesPerUser: 24 };
      await open(quotas, ...USERS);
      const begin = async (groupId: string) => {
        await store.createGroup(groupId, 'u0', 1);
        await join(groupId);
      };
      const join = async (groupId: string) => {
        await store.requestToJoin(groupId, 'u1', 1);
        await store.decideRequest(groupId, 'u0', 'u1', true, 1);
      };
      const end = async (groupId: string) => {
        await store.removeMember(groupId, 'u0', 'u1');
        await store.leaveGroup(groupId, 'u0');
      };
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const model = new ShareModel(quotas);
          for (const group of GROUPS) await begin(group);
          for (const taken of steps) {
            const { kind, user: userId, device: deviceId, group: groupId, names } = taken;
            if (kind === 'share') {
              const files = names.map((fileName) => ({ fileName, ...madeManifest(NAMES.indexOf(fileName)) }));
              const results = await store.shareFiles({ groupId, userId, deviceId, files, nowMs: 5 });
              const outcomes = results.map((one) => ('code' in one ? one.code : one.file.fileName));
              assert.deepEqual(outcomes, model.share(taken), JSON.stringify(taken));
            } else if (kind === 'stop') {
              for (const fileName of names)
                await stopShare(store, { groupId, userId, deviceId, fileName }).catch((error: unknown) => {
                  if (!/NOT_SHARED|FILE_NOT_FOUND/.test(String((error as ShoalError).code))) throw error;
                });
              model.drop((g, n, by, on) => g === groupId && names.includes(n) && by === userId && on === deviceId);
            } else {
              if (kind === 'leave') await store.leaveGroup(groupId, 'u1').then(() => join(groupId));
              else await end(groupId).then(() => begin(groupId));
              model.drop((g, _n, by) => g === groupId && (kind === 'dissolve' || by === 'u1'));
            }
          }
          for (const group of GROUPS) await end(group);
        }),
        { numRuns: runs(20, effort) },
      );
    });

    it('let a device share its shares again, also at the bound', async () => {
      await open({ filesPerDevice: 2, bytesPerUser: 10 }, 'ann');
      await store.createGroup('lab', 'ann', 1);
      const files = ['a', 'b'].map((fileName, seed) => ({ fileName, ...madeManifest(seed) }));
      for (const _again of [1, 2]) assert.ok((await share('ann', files)).every((one) => !('code' in one)));
      const [, , more] = await share('ann', [...files, { fileName: 'c', ...madeManifest(3) }]);
      assert.ok(more && over(2)(more));
      assert.equal((await store.listFiles('lab', 'ann', { limit: 9 })).length, 2);
    });

    it('bound unused manifests by uploader, and refuse manifests of users without a group', async () => {
      await open({ unusedManifestBytesPerUser: 3 * 1024 * 1024 }, 'ann', 'bob', 'eve');
      await store.createGroup('lab', 'ann', 1);
      await store.createGroup('club', 'bob', 1);
      await assert.rejects(put(1, 'eve'), hasCode('NOT_A_MEMBER'));
      await assert.rejects(store.admitManifest('eve', 1), hasCode('NOT_A_MEMBER'));
      const large = new Uint8Array(2 * 1024 * 1024);
      await put(1, 'ann', large);
      await put(1, 'ann', large);
      await assert.rejects(put(2, 'ann', large), over('3 MiB'));
      await assert.rejects(store.admitManifest('ann', large.length), over('3 MiB'));
      await store.admitManifest('ann', 1024 * 1024);
      await put(2, 'bob', large);
      await share('ann', [{ fileName: 'a', manifestId: madeManifest(1).manifestId }]);
      await put(3, 'ann', large);
      await stopShare(store, { groupId: 'lab', userId: 'ann', deviceId: DEVICES[0] ?? '', fileName: 'a' });
      await assert.rejects(put(4, 'ann'), over('3 MiB'));
      await store.sweep(5000, 5000);
      await put(4, 'ann', large);
      assert.equal(await store.readManifest(madeManifest(1).manifestId, 'ann'), undefined);
    });

    it('count many small manifests by their disk usage', async () => {
      await open({ unusedManifestBytesPerUser: 10 * 4096 }, 'ann');
      await store.createGroup('lab', 'ann', 1);
      for (let seed = 0; seed < 10; seed++) await put(seed, 'ann');
      await assert.rejects(put(10, 'ann'), hasCode('QUOTA_EXCEEDED'));
      await share('ann', [{ fileName: 'a', manifestId: madeManifest(0).manifestId }]);
      await store.leaveGroup('lab', 'ann');
      await store.createGroup('lab', 'ann', 2);
      await assert.rejects(put(10, 'ann'), hasCode('QUOTA_EXCEEDED'), 'those of a dissolved group count again');
    });

    it('read no more manifests into memory than requested', async () => {
      await open({}, 'ann');
      await store.createGroup('lab', 'ann', 1);
      const large = new Uint8Array(1024 * 1024);
      for (const seed of [1, 2, 3]) await put(seed, 'ann', seed === 2 ? large.subarray(0, 10) : large);
      const ids = [1, 2, 3].map((seed) => madeManifest(seed).manifestId);
      await share(
        'ann',
        ids.flatMap((manifestId) => ['x', 'y'].map((fileName) => ({ fileName: manifestId + fileName, manifestId }))),
      );
      const read = async (most: number) => [...(await store.readManifests('lab', 'ann', ids, most)).keys()];
      assert.deepEqual((await read(3e6)).sort(), [...ids].sort());
      assert.deepEqual((await read(large.length + 10)).sort(), [ids[0], ids[1]].sort());
      assert.deepEqual(await read(large.length - 1), [ids[1]]);
      assert.deepEqual(await read(1), []);
      assert.equal((await store.readManifest(ids[0] ?? '', 'ann'))?.length, large.length);
    });
  });
}
