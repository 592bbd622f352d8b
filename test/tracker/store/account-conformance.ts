import assert from 'node:assert/strict';
import type { Store } from '../../../tracker/store/store.js';
import { hasCode } from '../../support/has-code.js';
import type { StorePlace } from './store-conformance.js';

const DEVICE = 'aa'.repeat(32);

/** The requirements for accounts in every store, whatever its storage. */
export function describeAccounts(name: string, place: () => Promise<StorePlace>): void {
  describe(`accounts in the store in ${name}`, () => {
    let here: StorePlace;
    let store: Store;

    beforeEach(async () => {
      here = await place();
      store = await here.open();
    });
    afterEach(async () => {
      await store.close();
      await here.remove();
    });

    async function reopen(): Promise<void> {
      await store.close();
      store = await here.open();
    }

    async function users(...userIds: string[]): Promise<void> {
      for (const userId of userIds) await store.createUser({ userId, passwordHash: `hash of ${userId}`, nowMs: 1 });
    }

    it('keeps users, and no two with names that look alike', async () => {
      await users('Zoë');
      assert.deepEqual(await store.findUser('zoË'), { userId: 'Zoë', passwordHash: 'hash of Zoë' });
      assert.equal(await store.findUser('nobody'), undefined);
      await assert.rejects(users('ZOË'), hasCode('USER_EXISTS'));
      await reopen();
      assert.equal((await store.findUser('Zoë'))?.userId, 'Zoë');
    });

    it('creates no user and no group that looks like an existing one', async () => {
      await store.createUser({ userId: 'Bob', passwordHash: '', nowMs: 1 });
      await store.createUser({ userId: 'poca1', passwordHash: '', nowMs: 1 });
      for (const userId of ['ВОВ', 'роса1', 'ВoВ', 'bоb'])
        await assert.rejects(store.createUser({ userId, passwordHash: '', nowMs: 1 }), hasCode('USER_EXISTS'), userId);
      assert.equal(await store.findUser('ВОВ'), undefined, 'nothing is left of it');
      for (const userId of ['pocal', 'Вася', 'böb']) await store.createUser({ userId, passwordHash: '', nowMs: 1 });
      await store.createGroup('сор', 'Bob', 1);
      await assert.rejects(store.createGroup('Cop', 'Bob', 1), hasCode('GROUP_EXISTS'));
      await store.createGroup('copy', 'Bob', 1);
      assert.deepEqual((await store.listGroups('Bob', { limit: 10 })).map((group) => group.groupId).sort(), [
        'copy',
        'сор',
      ]);
    });

    it('keeps sessions until they expire or end', async () => {
      await users('ann');
      await store.createSession({ tokenHash: 't1', userId: 'ann', expiresAtMs: 100 });
      await store.createSession({ tokenHash: 't2', userId: 'ann', expiresAtMs: 100 });
      await reopen();
      assert.deepEqual(await store.extendSession('t1', 99, 200), { userId: 'ann' });
      assert.deepEqual(await store.extendSession('t1', 150, 200), { userId: 'ann' });
      assert.equal(await store.extendSession('t1', 200, 300), undefined);
      await store.endSession('t2');
      assert.equal(await store.extendSession('t2', 50, 300), undefined);
      await store.sweep(1000, 0);
      await store.seeDevice('ann', DEVICE, 1);
      await store.seeDevice('ann', DEVICE, 2);
      assert.equal(await store.knowsDevice('ANN', DEVICE), true);
      assert.equal(await store.knowsDevice('ann', DEVICE.replace(/./, 'f')), false);
      assert.equal(await store.knowsDevice('nobody', DEVICE), false);
    });

    it('changes a password once, and ends all sessions of the user but one', async () => {
      await users('ann', 'bob');
      for (const [tokenHash, userId] of [
        ['t1', 'ann'],
        ['t2', 'ann'],
        ['t3', 'bob'],
      ] as const)
        await store.createSession({ tokenHash, userId, expiresAtMs: 100 });
      const change = { userId: 'ANN', formerHash: 'hash of ann', passwordHash: 'new', tokenHash: 't1' };
      assert.equal(await store.changePassword({ ...change, formerHash: 'hash of bob' }), false);
      assert.deepEqual(await store.findSession('t2', 1), { userId: 'ann', expiresAtMs: 100 });
      assert.equal(await store.changePassword(change), true);
      assert.equal(await store.changePassword({ ...change, passwordHash: 'newer' }), false);
      await reopen();
      assert.equal((await store.findUser('ann'))?.passwordHash, 'new');
      assert.deepEqual(await Promise.all(['t1', 't2', 't3'].map((token) => store.findSession(token, 1))), [
        { userId: 'ann', expiresAtMs: 100 },
        undefined,
        { userId: 'bob', expiresAtMs: 100 },
      ]);
    });
  });
}
