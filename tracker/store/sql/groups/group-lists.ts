import type { Kysely } from 'kysely';
import type { GroupPage, StoredGroup, StoredMember, StoredRequest, TimePage } from '../../store.js';
import { type GroupRow, viewOfMember } from '../group-queries.js';
import { keyOf } from '../name-keys.js';
import type { Tables } from '../tables.js';

/** Every list follows an index from a start position, so a page costs only its own rows. */

const COLUMNS = [
  'groups.group_id',
  'groups.owner_key',
  'groups.epoch',
  'groups.members',
  'groups.publishers',
  'groups.keep_versions',
  'groups.keep_days',
] as const;

/** Groups as one user sees them, sorted by key. */
export function listGroups(db: Kysely<Tables>, userKey: string, page: GroupPage): Promise<StoredGroup[]> {
  return page.mine ? listOwnGroups(db, userKey, page) : listAllGroups(db, userKey, page);
}

async function listAllGroups(
  db: Kysely<Tables>,
  userKey: string,
  { after = '', limit }: GroupPage,
): Promise<StoredGroup[]> {
  const rows = await db
    .selectFrom('groups')
    .innerJoin('users', 'users.user_key', 'groups.owner_key')
    .leftJoin('memberships as mine', (join) =>
      join.onRef('mine.group_key', '=', 'groups.group_key').on('mine.user_key', '=', userKey),
    )
    .leftJoin('requests', (join) =>
      join.onRef('requests.group_key', '=', 'groups.group_key').on('requests.user_key', '=', userKey),
    )
    .select(COLUMNS)
    .select(['users.user_id as owner_id', 'mine.user_key as member', 'requests.user_key as requester'])
    .where('groups.group_key', '>', keyOf(after))
    .orderBy('groups.group_key')
    .limit(limit)
    .execute();
  return rows.map(({ member, requester, ...row }) => {
    if (member !== null) return viewOfMember(row, userKey);
    const { group_id: groupId, owner_id: ownerId, members } = row;
    return { groupId, ownerId, members, standing: requester === null ? 'none' : 'requested', epoch: 0 };
  });
}

async function listOwnGroups(
  db: Kysely<Tables>,
  userKey: string,
  { after = '', limit }: GroupPage,
): Promise<StoredGroup[]> {
  const rows = await db
    .selectFrom('memberships as mine')
    .innerJoin('groups', 'groups.group_key', 'mine.group_key')
    .innerJoin('users', 'users.user_key', 'groups.owner_key')
    .select(COLUMNS)
    .select('users.user_id as owner_id')
    .where('mine.user_key', '=', userKey)
    .where('mine.group_key', '>', keyOf(after))
    .orderBy('mine.group_key')
    .limit(limit)
    .execute();
  return rows.map((row) => viewOfMember(row, userKey));
}

export async function listMembers(db: Kysely<Tables>, group: GroupRow, page?: TimePage): Promise<StoredMember[]> {
  let query = db
    .selectFrom('memberships')
    .innerJoin('users', 'users.user_key', 'memberships.user_key')
    .select(['users.user_id', 'users.user_key', 'memberships.since_ms'])
    .where('memberships.group_key', '=', group.group_key)
    .orderBy('memberships.since_ms'); // no two members of a group have the same
  if (page) query = query.limit(page.limit);
  if (page?.after) query = query.where('memberships.since_ms', '>', page.after.atMs);
  const rows = await query.execute();
  return rows.map((row) => ({
    userId: row.user_id,
    owner: row.user_key === group.owner_key,
    sinceMs: row.since_ms,
  }));
}

export async function listRequests(
  db: Kysely<Tables>,
  group: GroupRow,
  { after, limit }: TimePage,
): Promise<StoredRequest[]> {
  let query = db
    .selectFrom('requests')
    .innerJoin('users', 'users.user_key', 'requests.user_key')
    .select(['users.user_id', 'requests.requested_at_ms'])
    .where('requests.group_key', '=', group.group_key)
    .orderBy('requests.requested_at_ms')
    .orderBy('requests.user_key')
    .limit(limit);
  if (after) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('requests.requested_at_ms', 'requests.user_key'), '>', tuple(after.atMs, keyOf(after.userId))),
    );
  }
  return (await query.execute()).map((row) => ({ userId: row.user_id, requestedAtMs: row.requested_at_ms }));
}
