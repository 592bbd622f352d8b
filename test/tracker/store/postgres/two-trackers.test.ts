import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ShoalError } from '../../../../sdk/protocol/index.js';
import type { Store } from '../../../../tracker/store/store.js';
import type { StorePlace } from '../store-conformance.js';
import { DEVICES, NAMES, USERS, VersionModel, type VersionStep } from '../version-model.js';
import { content, formGroup, linesOf, MISCOUNTED, takeStep } from '../version-steps.js';
import { emptyPlace } from './postgres-place.js';

const [DEVICE = ''] = DEVICES;

describe('two trackers on one PostgreSQL', () => {
  let here: StorePlace;
  let stores: readonly [Store, Store];

  beforeEach(async () => {
    here = await emptyPlace();
    stores = [await here.open({ filesPerUser: 8 }), await here.open({ filesPerUser: 8 })];
    for (const userId of USERS) await stores[0].createUser({ userId, passwordHash: '', nowMs: 1 });
  });
  afterEach(async () => {
    for (const store of stores) await store.close();
    await here.remove();
  });

  /** One of the two, in turn. */
  const storeOf = (index: number) => stores[index % 2 === 0 ? 0 : 1];

  async function codesOf(outcomes: readonly Promise<unknown>[]): Promise<string[]> {
    const settled = await Promise.allSettled(outcomes);
    return settled.map((one) => {
      if (one.status === 'fulfilled') return 'ok';
      return one.reason instanceof ShoalError ? one.reason.code : String(one.reason);
    });
  }

  it('accept one of many publications on the same version, and tell the others the newest', async () => {
    await formGroup(stores[0], 'lab');
    for (let base = 0; base < 5; base++) {
      const publications = Array.from({ length: 6 }, async (_none, index) => {
        const about = { groupId: 'lab', userId: 'u0', deviceId: DEVICE, nowMs: 5 };
        const file = { fileName: 'a', base, ...content(10 * base + index) };
        const [one] = await storeOf(index).publishVersions({ ...about, files: [file] });
        if (!one || 'code' in one) throw one ?? new Error('nothing');
        return one.file.version;
      });
      const codes = await codesOf(publications);
      assert.deepEqual(codes.toSorted(), [...Array.from({ length: 5 }, () => 'VERSION_CONFLICT'), 'ok']);
    }
    const { versions } = await stores[1].listVersions('lab', 'u0', 'a', { limit: 9 });
    assert.deepEqual(
      versions.map(({ version }) => version),
      [5, 4, 3, 2, 1],
    );
  });

  it('exceed no quota together, and create one user and one group of a name', async () => {
    for (const groupId of ['one', 'two']) await formGroup(stores[0], groupId);
    const shares = Array.from({ length: 12 }, async (_none, index) => {
      const about = { groupId: index % 3 === 0 ? 'one' : 'two', userId: 'u0', deviceId: DEVICE, nowMs: 5 };
      const [one] = await storeOf(index).shareFiles({
        ...about,
        files: [{ fileName: `file ${index}`, ...content(index) }],
      });
      if (!one || 'code' in one) throw one ?? new Error('nothing');
    });
    const codes = await codesOf(shares);
    assert.equal(codes.filter((code) => code === 'ok').length, 8);
    assert.ok(
      codes.every((code) => code === 'ok' || code === 'QUOTA_EXCEEDED'),
      codes.join(),
    );
    const users = ['Zoë', 'zoë', 'ZOË'].map((userId, index) =>
      storeOf(index).createUser({ userId, passwordHash: '', nowMs: 1 }),
    );
    assert.deepEqual((await codesOf(users)).toSorted(), ['USER_EXISTS', 'USER_EXISTS', 'ok']);
    const groups = ['Lab', 'lab', 'LAB'].map((groupId, index) => storeOf(index).createGroup(groupId, `u${index}`, 9));
    assert.deepEqual((await codesOf(groups)).toSorted(), ['GROUP_EXISTS', 'GROUP_EXISTS', 'ok']);
    assert.deepEqual(await here.query(MISCOUNTED), []);
  });

  it('accept members in an order without ties, however many are accepted at once', async () => {
    await stores[0].createGroup('lab', 'u0', 1);
    const members = Array.from({ length: 10 }, (_none, index) => `member ${index}`);
    for (const userId of members) {
      await stores[0].createUser({ userId, passwordHash: '', nowMs: 1 });
      await stores[0].requestToJoin('lab', userId, 2);
    }
    await Promise.all(members.map((userId, index) => storeOf(index).decideRequest('lab', 'u0', userId, true, 3)));
    const since = (await stores[1].listMembers('lab')).map(({ sinceMs }) => sinceMs);
    assert.equal(new Set(since).size, 11);
    const left = await codesOf(['u0', ...members].map((userId, index) => storeOf(index).leaveGroup('lab', userId)));
    assert.ok(
      left.every((code) => code === 'ok'),
      left.join(),
    );
    assert.deepEqual(await stores[0].listGroups('u0', { limit: 9 }), []);
  });

  it('answer drawn requests at once as if they came one after the other, in some order', async () => {
    const step = fc.record({
      kind: fc.constantFrom(...(['publish', 'publish', 'share', 'stop', 'remove'] as const)),
      user: fc.constantFrom(...USERS),
      device: fc.constantFrom(...DEVICES),
      name: fc.constantFrom(...NAMES),
      content: fc.nat({ max: 2 }),
      behind: fc.constantFrom(0, 0, 1),
    });
    const batches = fc.array(fc.array(step, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(batches, async (drawn) => {
        const groupId = `group ${round++}`;
        await formGroup(stores[0], groupId);
        const history: Named[] = [];
        for (const batch of drawn) {
          const model = replayed(history);
          const named = batch.map((taken, index) => ({ taken, base: model.baseOf(taken), index }));
          const outcomes = await Promise.all(
            named.map(({ taken, base, index }) =>
              takeStep(storeOf(index), groupId, taken, { base, isOpen: false, nowMs: 10 + history.length }),
            ),
          );
          const lines = (await linesOf(stores[1], groupId)).sort();
          const order = ordersOf(named).find((one) => {
            const model = replayed(history);
            return (
              one.every(({ taken, base, index }) => model.take(taken, base) === outcomes[index]) &&
              model.lines.sort().join() === lines.join()
            );
          });
          assert.ok(order, `no order explains ${JSON.stringify({ named, outcomes, lines, before: model.lines })}`);
          history.push(...order);
        }
        assert.deepEqual(await here.query(MISCOUNTED), []);
        for (const userId of USERS) await stores[0].leaveGroup(groupId, userId);
      }),
      { numRuns: 12 },
    );
  });
});

/** A step, and the base that its publisher names. */
interface Named {
  readonly taken: VersionStep;
  readonly base: number;
}

function replayed(history: readonly Named[]): VersionModel {
  const model = new VersionModel();
  for (const { taken, base } of history) model.take(taken, base);
  return model;
}

/** All orders of some. */
function ordersOf<T>(some: readonly T[]): T[][] {
  const [first, ...rest] = some;
  if (first === undefined) return [[]];
  return ordersOf(rest).flatMap((order) => some.map((_none, at) => order.toSpliced(at, 0, first)));
}
