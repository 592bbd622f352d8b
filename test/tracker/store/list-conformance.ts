import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { GroupPage, Store } from '../../../tracker/store/store.js';
import { hasCode } from '../../support/has-code.js';
import { runs, type StorePlace } from './store-conformance.js';

const GROUPS = ['Zebra', 'a', 'b', 'B-', 'ä', 'lab 10', 'lab 9', 'Ω'];

/** The requirements of lists for every store: pages of any size add up to the whole list. */
export function describeLists(name: string, place: () => Promise<StorePlace>, effort = 1): void {
  describe(`lists of the store in ${name}`, () => {
    let here: StorePlace;
    let store: Store;

    beforeEach(async () => {
      here = await place();
      store = await here.open();
      for (const userId of ['ann', 'bob', 'cem']) await store.createUser({ userId, passwordHash: '', nowMs: 1 });
    });
    afterEach(async () => {
      await store.close();
      await here.remove();
    });

    /** Requests pages until one is not full. */
    async function inPages<T, P>(limit: number, ask: (after: P | undefined) => Promise<T[]>, placeOf: (row: T) => P) {
      const all: T[] = [];
      for (let after: P | undefined; ; ) {
        const page = await ask(after);
        assert.ok(page.length <= limit);
        all.push(...page);
        const last = page.at(-1);
        if (page.length < limit || last === undefined) return all;
        after = placeOf(last);
      }
    }

    it("contain every group once, with the user's standing; and only the user's own with mine", async () => {
      for (const [index, groupId] of GROUPS.entries()) {
        await store.createGroup(groupId, index % 2 === 0 ? 'ann' : 'bob', 1000);
        if (index % 4 > 1) await store.requestToJoin(groupId, 'cem', 1001);
        if (index % 4 === 3) await store.decideRequest(groupId, 'bob', 'cem', true, 1002);
      }
      for (const userId of ['ann', 'bob', 'cem']) {
        const whole = await store.listGroups(userId, { limit: 100 });
        assert.deepEqual(whole.map(({ groupId }) => groupId).sort(), [...GROUPS].sort());
        const mine = whole.filter(({ standing }) => standing === 'owner' || standing === 'member');
        for (const limit of [1, 2, 3, 7, 8, 9]) {
          const list = (wanted: Omit<GroupPage, 'limit' | 'after'>) =>
            inPages(
              limit,
              (after: string | undefined) => store.listGroups(userId, { ...wanted, after, limit }),
              ({ groupId }) => groupId,
            );
          assert.deepEqual(await list({}), whole);
          assert.deepEqual(await list({ mine: true }), mine);
        }
      }
      const counts = (await store.listGroups('cem', { limit: 100 })).map(({ members, standing }) => [
        standing,
        members,
      ]);
      assert.deepEqual(
        counts.sort(),
        [
          ...Array.from({ length: 4 }, () => ['none', 1]),
          ...Array.from({ length: 2 }, () => ['requested', 1]),
          ...Array.from({ length: 2 }, () => ['member', 2]),
        ].sort(),
      );
    });

    it('contain every member and every join request once, oldest first, also many at one moment', async () => {
      const userIds = Array.from({ length: 5 }, (_, index) => `user ${index}`);
      for (const userId of userIds) await store.createUser({ userId, passwordHash: '', nowMs: 1 });
      let round = 0;
      const times = fc.array(fc.nat({ max: 2 }), { minLength: 5, maxLength: 5 });
      await fc.assert(
        fc.asyncProperty(times, fc.integer({ min: 1, max: 6 }), fc.nat({ max: 5 }), async (asked, limit, accepted) => {
          const groupId = `group ${round++}`;
          await store.createGroup(groupId, 'ann', 1);
          for (const [index, userId] of userIds.entries())
            await store.requestToJoin(groupId, userId, asked[index] ?? 0);
          for (const userId of userIds.slice(0, accepted)) await store.decideRequest(groupId, 'ann', userId, true, 5);
          const requests = await inPages(
            limit,
            (after: { atMs: number; userId: string } | undefined) =>
              store.listRequests(groupId, 'ann', { after, limit }),
            ({ requestedAtMs, userId }) => ({ atMs: requestedAtMs, userId }),
          );
          assert.deepEqual(requests.map(({ userId }) => userId).sort(), userIds.slice(accepted).sort());
          const times = requests.map(({ requestedAtMs }) => requestedAtMs);
          assert.deepEqual(
            times,
            [...times].sort((a, b) => a - b),
          );
          const members = await inPages(
            limit,
            (after: { atMs: number; userId: string } | undefined) => store.listMembers(groupId, { after, limit }),
            ({ sinceMs, userId }) => ({ atMs: sinceMs, userId }),
          );
          assert.deepEqual(
            members.map(({ userId }) => userId),
            ['ann', ...userIds.slice(0, accepted)],
          );
          assert.deepEqual(await store.listMembers(groupId), members);
          for (const userId of userIds.slice(accepted)) await store.leaveGroup(groupId, userId);
          for (const userId of userIds.slice(0, accepted)) await store.leaveGroup(groupId, userId);
        }),
        { numRuns: runs(12, effort) },
      );
    });

    it('of a group are visible only to those concerned', async () => {
      await store.createGroup('lab', 'ann', 1);
      await assert.rejects(store.listRequests('lab', 'bob', { limit: 1 }), hasCode('NOT_THE_OWNER'));
      await assert.rejects(store.listMembers('none', { limit: 1 }), hasCode('GROUP_NOT_FOUND'));
    });
  });
}
