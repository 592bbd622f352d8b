import { isTakenFor, lookOf } from '../look-alike.js';
import type { Store } from '../store.js';
import { userExists, userLooksAlike } from '../store-errors.js';
import { keyOf } from './name-keys.js';
import type { SqlDatabase } from './transact.js';

type Accounts = Pick<
  Store,
  | 'createUser'
  | 'findUser'
  | 'changePassword'
  | 'createSession'
  | 'extendSession'
  | 'findSession'
  | 'endSession'
  | 'seeDevice'
  | 'knowsDevice'
>;

/** A device that signs in again within this time is not written again. */
const SEEN_AGAIN_MS = 24 * 3_600_000;

/** Users, their sessions and devices. */
export function sqlAccounts({ db, transact }: SqlDatabase): Accounts {
  return {
    createUser: ({ userId, passwordHash, nowMs }) =>
      transact(undefined, async (tx) => {
        const look = lookOf(userId);
        const alike = await tx.selectFrom('users').select('user_id').where('look', '=', look).execute();
        const { numInsertedOrUpdatedRows } = await tx
          .insertInto('users')
          .values({
            ...{ user_key: keyOf(userId), user_id: userId, look },
            ...{ password_hash: passwordHash, created_at_ms: nowMs },
          })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirstOrThrow();
        if (numInsertedOrUpdatedRows === 0n) throw userExists(userId);
        const other = alike.find((row) => isTakenFor(userId, row.user_id));
        if (other) throw userLooksAlike(userId, other.user_id);
      }),

    async findUser(userId) {
      const row = await db
        .selectFrom('users')
        .select(['user_id', 'password_hash'])
        .where('user_key', '=', keyOf(userId))
        .executeTakeFirst();
      return row && { userId: row.user_id, passwordHash: row.password_hash };
    },

    changePassword: ({ userId, formerHash, passwordHash, tokenHash }) =>
      transact(undefined, async (tx) => {
        const { numUpdatedRows } = await tx
          .updateTable('users')
          .set({ password_hash: passwordHash })
          .where('user_key', '=', keyOf(userId))
          .where('password_hash', '=', formerHash)
          .executeTakeFirstOrThrow();
        if (numUpdatedRows === 0n) return false;
        await tx
          .deleteFrom('sessions')
          .where('user_key', '=', keyOf(userId))
          .where('token_hash', '!=', tokenHash)
          .execute();
        return true;
      }),

    createSession: ({ tokenHash, userId, expiresAtMs }) =>
      transact(undefined, async (tx) => {
        await tx
          .insertInto('sessions')
          .values({ token_hash: tokenHash, user_key: keyOf(userId), expires_at_ms: expiresAtMs })
          .execute();
      }),

    extendSession: (tokenHash, nowMs, expiresAtMs) =>
      transact(undefined, async (tx) => {
        const row = await tx
          .updateTable('sessions')
          .set({ expires_at_ms: expiresAtMs })
          .where('token_hash', '=', tokenHash)
          .where('expires_at_ms', '>', nowMs)
          .returning('user_key')
          .executeTakeFirst();
        if (!row) return undefined;
        const user = await tx
          .selectFrom('users')
          .select('user_id')
          .where('user_key', '=', row.user_key)
          .executeTakeFirstOrThrow();
        return { userId: user.user_id };
      }),

    findSession: (tokenHash, nowMs) =>
      db
        .selectFrom('sessions')
        .innerJoin('users', 'users.user_key', 'sessions.user_key')
        .select(['users.user_id as userId', 'sessions.expires_at_ms as expiresAtMs'])
        .where('token_hash', '=', tokenHash)
        .where('expires_at_ms', '>', nowMs)
        .executeTakeFirst(),

    endSession: (tokenHash) =>
      transact(undefined, async (tx) => {
        await tx.deleteFrom('sessions').where('token_hash', '=', tokenHash).execute();
      }),

    async seeDevice(userId, deviceId, nowMs) {
      const known = await db
        .selectFrom('devices')
        .select('seen_at_ms')
        .where('user_key', '=', keyOf(userId))
        .where('device_id', '=', deviceId)
        .executeTakeFirst();
      if (known && nowMs - known.seen_at_ms < SEEN_AGAIN_MS) return;
      await transact(undefined, async (tx) => {
        await tx
          .insertInto('devices')
          .values({ user_key: keyOf(userId), device_id: deviceId, seen_at_ms: nowMs })
          .onConflict((conflict) => conflict.columns(['user_key', 'device_id']).doUpdateSet({ seen_at_ms: nowMs }))
          .execute();
      });
    },

    async knowsDevice(userId, deviceId) {
      const row = await db
        .selectFrom('devices')
        .select('device_id')
        .where('user_key', '=', keyOf(userId))
        .where('device_id', '=', deviceId)
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}
