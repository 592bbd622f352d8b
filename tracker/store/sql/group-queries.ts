import type { GroupSettings } from '@shoal/sdk/protocol';
import { type Kysely, sql } from 'kysely';
import type { StoredGroup } from '../store.js';
import { groupNotFound, notAMember, notTheOwner } from '../store-errors.js';
import { keyOf } from './name-keys.js';
import type { Tables } from './tables.js';

export interface GroupRow {
  readonly group_key: string;
  readonly group_id: string;
  readonly owner_key: string;
  readonly owner_id: string;
  readonly epoch: number;
  readonly members: number;
  readonly files: number;
  readonly versions: number;
  readonly removed: number;
  readonly publishers: 'author' | 'members';
  readonly keep_versions: number;
  readonly keep_days: number;
}

const COLUMNS = sql.raw(
  'groups.group_key, groups.group_id, groups.owner_key, groups.epoch, groups.members, groups.files, groups.versions, ' +
    'groups.removed, groups.publishers, groups.keep_versions, groups.keep_days, users.user_id as owner_id',
);

// Nearly every request needs these two. As text they take half of the time: a built query costs more than its execution.

/** @throws ShoalError `GROUP_NOT_FOUND` */
export async function requireGroup(db: Kysely<Tables>, groupId: string): Promise<GroupRow> {
  const { rows } = await sql<GroupRow>`
    select ${COLUMNS} from groups join users on users.user_key = groups.owner_key
    where groups.group_key = ${keyOf(groupId)}`.execute(db);
  const [row] = rows;
  if (!row) throw groupNotFound(groupId);
  return row;
}

/** @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
export async function requireMemberGroup(db: Kysely<Tables>, groupId: string, userId: string): Promise<GroupRow> {
  const { rows } = await sql<GroupRow & { member: string | null }>`
    select ${COLUMNS}, mine.user_key as member from groups join users on users.user_key = groups.owner_key
    left join memberships as mine on mine.group_key = groups.group_key and mine.user_key = ${keyOf(userId)}
    where groups.group_key = ${keyOf(groupId)}`.execute(db);
  const [row] = rows;
  if (!row) throw groupNotFound(groupId);
  if (row.member === null) throw notAMember(row.group_id);
  return row;
}

/** @throws ShoalError `GROUP_NOT_FOUND`, `NOT_THE_OWNER` */
export async function requireOwnedGroup(db: Kysely<Tables>, groupId: string, ownerId: string): Promise<GroupRow> {
  const group = await requireGroup(db, groupId);
  if (group.owner_key !== keyOf(ownerId)) throw notTheOwner(group.group_id, group.owner_id);
  return group;
}

/** A group as one of its members sees it. */
export function viewOfMember(
  group: Omit<GroupRow, 'group_key' | 'files' | 'versions' | 'removed'>,
  userKey: string,
): StoredGroup {
  const { group_id: groupId, owner_id: ownerId, members, epoch } = group;
  const standing = group.owner_key === userKey ? 'owner' : 'member';
  return { groupId, ownerId, members, epoch, ...settingsOf(group), standing };
}

export async function isMember(db: Kysely<Tables>, groupKey: string, userKey: string): Promise<boolean> {
  const row = await db
    .selectFrom('memberships')
    .select('user_key')
    .where('group_key', '=', groupKey)
    .where('user_key', '=', userKey)
    .executeTakeFirst();
  return row !== undefined;
}

export async function hasRequested(db: Kysely<Tables>, groupKey: string, userKey: string): Promise<boolean> {
  const row = await db
    .selectFrom('requests')
    .select('user_key')
    .where('group_key', '=', groupKey)
    .where('user_key', '=', userKey)
    .executeTakeFirst();
  return row !== undefined;
}

/** A group as one user sees it. */
export async function viewGroup(db: Kysely<Tables>, group: GroupRow, userId: string): Promise<StoredGroup> {
  const userKey = keyOf(userId);
  if (group.owner_key === userKey || (await isMember(db, group.group_key, userKey)))
    return viewOfMember(group, userKey);
  const view = { groupId: group.group_id, ownerId: group.owner_id, members: group.members };
  return { ...view, standing: (await hasRequested(db, group.group_key, userKey)) ? 'requested' : 'none', epoch: 0 };
}

function settingsOf(row: Pick<GroupRow, 'publishers' | 'keep_versions' | 'keep_days'>): Required<GroupSettings> {
  return { publishers: row.publishers, keepVersions: row.keep_versions, keepDays: row.keep_days };
}
