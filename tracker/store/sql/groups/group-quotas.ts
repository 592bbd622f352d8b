import type { Kysely } from 'kysely';
import type { Quotas } from '../../quotas.js';
import { inTooManyGroups, ownsTooManyGroups, tooManyRequesters, tooManyRequests } from '../../store-errors.js';
import type { GroupRow } from '../group-queries.js';
import type { Tables } from '../tables.js';

/** Checks the quotas for a new group of its owner. @throws ShoalError `QUOTA_EXCEEDED` */
export async function admitGroup(tx: Kysely<Tables>, ownerKey: string, quotas: Quotas): Promise<void> {
  const { groupsOwnedPerUser, groupsPerUser } = quotas;
  if ((await count(tx, 'groups', 'owner_key', ownerKey)) > groupsOwnedPerUser)
    throw ownsTooManyGroups(groupsOwnedPerUser);
  if ((await groupsOf(tx, ownerKey)) >= groupsPerUser) throw inTooManyGroups(groupsPerUser);
}

/**
 * Checks the quotas for a new join request. It counts as a group, so that its acceptance exceeds no quota. @throws
 * ShoalError `QUOTA_EXCEEDED`
 */
export async function admitRequest(
  tx: Kysely<Tables>,
  group: GroupRow,
  userKey: string,
  { groupsPerUser, requestsPerUser, requestsPerGroup }: Quotas,
): Promise<void> {
  if ((await count(tx, 'requests', 'user_key', userKey)) >= requestsPerUser) throw tooManyRequests(requestsPerUser);
  if ((await groupsOf(tx, userKey)) >= groupsPerUser) throw inTooManyGroups(groupsPerUser);
  if ((await count(tx, 'requests', 'group_key', group.group_key)) >= requestsPerGroup)
    throw tooManyRequesters(group.group_id, group.owner_id, requestsPerGroup);
}

async function groupsOf(tx: Kysely<Tables>, userKey: string): Promise<number> {
  return (await count(tx, 'memberships', 'user_key', userKey)) + (await count(tx, 'requests', 'user_key', userKey));
}

async function count<T extends 'groups' | 'memberships' | 'requests'>(
  tx: Kysely<Tables>,
  table: T,
  column: T extends 'groups' ? 'owner_key' : 'group_key' | 'user_key',
  key: string,
): Promise<number> {
  const { ref } = tx.dynamic;
  const row = await tx
    .selectFrom(table as 'memberships')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where(ref<'user_key'>(column), '=', key)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}
