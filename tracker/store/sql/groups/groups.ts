import type { Kysely } from 'kysely';
import { isTakenFor, lookOf } from '../../look-alike.js';
import type { Quotas } from '../../quotas.js';
import type { Departure, Store } from '../../store.js';
import {
  alreadyAMember,
  alreadyRequested,
  groupExists,
  groupLooksAlike,
  isNoMember,
  notAMember,
  requestNotFound,
} from '../../store-errors.js';
import { dropAllShares, dropShares } from '../files/files.js';
import {
  type GroupRow,
  hasRequested,
  isMember,
  requireGroup,
  requireMemberGroup,
  requireOwnedGroup,
  viewGroup,
  viewOfMember,
} from '../group-queries.js';
import { keyOf } from '../name-keys.js';
import type { Tables } from '../tables.js';
import type { SqlDatabase } from '../transact.js';
import { listGroups, listMembers, listRequests } from './group-lists.js';
import { admitGroup, admitRequest } from './group-quotas.js';
import { columnsOf, raiseEpochs } from './group-settings.js';

type Groups = Pick<
  Store,
  | 'createGroup'
  | 'changeGroup'
  | 'raiseEpochs'
  | 'requestToJoin'
  | 'decideRequest'
  | 'leaveGroup'
  | 'removeMember'
  | 'listGroups'
  | 'requireMember'
  | 'membership'
  | 'listMembers'
  | 'listRequests'
>;

/** Groups, memberships and join requests. */
export function sqlGroups({ db, transact }: SqlDatabase, quotas: Quotas): Groups {
  return {
    createGroup: (groupId, userId, nowMs, settings = {}) =>
      transact(keyOf(groupId), async (tx) => {
        // Microseconds, so that a group that is created again under an old name starts beyond every ticket of the old
        // one, however many members were removed from it.
        const look = lookOf(groupId);
        const alike = await tx.selectFrom('groups').select('group_id').where('look', '=', look).execute();
        const group = {
          look,
          group_key: keyOf(groupId),
          group_id: groupId,
          owner_key: keyOf(userId),
          epoch: nowMs * 1000,
          ...columnsOf(settings),
        };
        const { numInsertedOrUpdatedRows } = await tx
          .insertInto('groups')
          .values(group)
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirstOrThrow();
        if (numInsertedOrUpdatedRows === 0n) throw groupExists(groupId);
        const other = alike.find((row) => isTakenFor(groupId, row.group_id));
        if (other) throw groupLooksAlike(groupId, other.group_id);
        await admitGroup(tx, group.owner_key, quotas);
        await addMember(tx, group.group_key, group.owner_key, nowMs);
        return viewGroup(tx, await requireGroup(tx, groupId), userId);
      }),

    changeGroup: (groupId, ownerId, settings) =>
      transact(keyOf(groupId), async (tx) => {
        const group = await requireOwnedGroup(tx, groupId, ownerId);
        const columns = columnsOf(settings);
        if (Object.keys(columns).length > 0)
          await tx.updateTable('groups').set(columns).where('group_key', '=', group.group_key).execute();
        return viewGroup(tx, await requireGroup(tx, groupId), ownerId);
      }),

    raiseEpochs: (proven, nowMs) => transact(undefined, (tx) => raiseEpochs(tx, proven, nowMs)),

    requestToJoin: (groupId, userId, nowMs) =>
      transact(keyOf(groupId), async (tx) => {
        const group = await requireGroup(tx, groupId);
        const userKey = keyOf(userId);
        if (await isMember(tx, group.group_key, userKey)) throw alreadyAMember(group.group_id);
        if (await hasRequested(tx, group.group_key, userKey)) throw alreadyRequested(group.group_id, group.owner_id);
        await admitRequest(tx, group, userKey, quotas);
        await tx
          .insertInto('requests')
          .values({ group_key: group.group_key, user_key: userKey, requested_at_ms: nowMs })
          .execute();
        return viewGroup(tx, group, userId);
      }),

    decideRequest: (groupId, ownerId, userId, accept, nowMs) =>
      transact(keyOf(groupId), async (tx) => {
        const group = await requireOwnedGroup(tx, groupId, ownerId);
        const userKey = keyOf(userId);
        if (!(await takeRequest(tx, group.group_key, userKey))) throw requestNotFound(group.group_id, userId);
        if (accept) await addMember(tx, group.group_key, userKey, nowMs);
        const canonical = await userIdOf(tx, userKey);
        return { groupId: group.group_id, userId: canonical, ownerId: group.owner_id, epoch: group.epoch };
      }),

    leaveGroup: (groupId, userId) =>
      transact(keyOf(groupId), async (tx) => {
        const group = await requireGroup(tx, groupId);
        const userKey = keyOf(userId);
        if (await takeRequest(tx, group.group_key, userKey)) return { kind: 'withdrawn', groupId: group.group_id };
        if (!(await isMember(tx, group.group_key, userKey))) throw notAMember(group.group_id);
        return endMembership(tx, group, userKey);
      }),

    removeMember: (groupId, ownerId, userId) =>
      transact(keyOf(groupId), async (tx) => {
        const group = await requireOwnedGroup(tx, groupId, ownerId);
        const userKey = keyOf(userId);
        if (!(await isMember(tx, group.group_key, userKey))) throw isNoMember(group.group_id, userId);
        return endMembership(tx, group, userKey);
      }),

    listGroups: (userId, page) => listGroups(db, keyOf(userId), page),

    requireMember: async (groupId, userId) =>
      viewOfMember(await requireMemberGroup(db, groupId, userId), keyOf(userId)),

    // Who comes adds to the number, and who goes to the epoch. An owner who dissolves a group and makes it again is alone.
    membership: async (groupId) => {
      const { owner_key, epoch, members } = await requireGroup(db, groupId);
      return { state: `${epoch} ${members} ${owner_key}`, members };
    },

    listMembers: async (groupId, page) => listMembers(db, await requireGroup(db, groupId), page),

    listRequests: async (groupId, ownerId, page) =>
      listRequests(db, await requireOwnedGroup(db, groupId, ownerId), page),
  };
}

/** Removes a join request. Returns false if there was none. */
async function takeRequest(tx: Kysely<Tables>, groupKey: string, userKey: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('requests')
    .where('group_key', '=', groupKey)
    .where('user_key', '=', userKey)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

/** Members of a group join at different milliseconds, so that their order is unambiguous. */
async function addMember(tx: Kysely<Tables>, groupKey: string, userKey: string, nowMs: number): Promise<void> {
  const { latest } = await tx
    .selectFrom('memberships')
    .select((eb) => eb.fn.max('since_ms').as('latest'))
    .where('group_key', '=', groupKey)
    .executeTakeFirstOrThrow();
  const sinceMs = latest === null ? nowMs : Math.max(nowMs, Number(latest) + 1);
  await tx.insertInto('memberships').values({ group_key: groupKey, user_key: userKey, since_ms: sinceMs }).execute();
}

/**
 * Removes a member: increments the epoch, ends the member's shares, hands over the ownership, and dissolves an empty
 * group.
 */
async function endMembership(tx: Kysely<Tables>, group: GroupRow, userKey: string): Promise<Departure> {
  const { group_key: groupKey, group_id: groupId } = group;
  const userId = await userIdOf(tx, userKey);
  const epoch = group.epoch + 1;
  await tx.deleteFrom('memberships').where('group_key', '=', groupKey).where('user_key', '=', userKey).execute();
  const heir = await tx
    .selectFrom('memberships')
    .innerJoin('users', 'users.user_key', 'memberships.user_key')
    .select(['users.user_key', 'users.user_id'])
    .where('memberships.group_key', '=', groupKey)
    .orderBy('memberships.since_ms')
    .executeTakeFirst();
  if (!heir) {
    const requesters = await tx
      .selectFrom('requests')
      .innerJoin('users', 'users.user_key', 'requests.user_key')
      .select('users.user_id')
      .where('requests.group_key', '=', groupKey)
      .execute();
    await dropAllShares(tx, groupKey);
    await tx.deleteFrom('groups').where('group_key', '=', groupKey).execute();
    return { kind: 'dissolved', groupId, userId, epoch, requesters: requesters.map((row) => row.user_id) };
  }
  const handsOver = group.owner_key === userKey;
  await tx
    .updateTable('groups')
    .set({ epoch, owner_key: handsOver ? heir.user_key : group.owner_key })
    .where('group_key', '=', groupKey)
    .execute();
  const stopped = await dropShares(tx, groupKey, userKey);
  const newOwnerId = handsOver ? heir.user_id : null;
  return { kind: 'left', groupId, userId, ownerId: newOwnerId ?? group.owner_id, newOwnerId, epoch, stopped };
}

async function userIdOf(tx: Kysely<Tables>, userKey: string): Promise<string> {
  const row = await tx.selectFrom('users').select('user_id').where('user_key', '=', userKey).executeTakeFirstOrThrow();
  return row.user_id;
}
