import type { GroupSettings } from '@shoal/sdk/protocol';
import type { Kysely } from 'kysely';
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

/** @throws ShoalError `GROUP_NOT_FOUND` */
export async function requireGroup(db: Kysely<Tables>, groupId: string): Promise<GroupRow> {
  const row = await db
    .selectFrom('groups')
    .innerJoin('users', 'users.user_key', 'groups.owner_key')
    .select([
      'groups.group_key',
      'groups.group_id',
      'groups.owner_key',
      'groups.epoch',
      'groups.members',
      'groups.files',
      'groups.versions',
      'groups.removed',
      'groups.publishers',
      'groups.keep_versions',
      'groups.keep_days',
    ])
    .select('users.user_id as owner_id')
    .where('groups.group_key', '=', keyOf(groupId))
    .executeTakeFirst();
  if (!row) throw groupNotFound(groupId);
  return row;
}

/** @throws ShoalError `GROUP_NOT_FOUND`, `NOT_THE_OWNER` */
export async function requireOwnedGroup(db: Kysely<Tables>, groupId: string, ownerId: string): Promise<GroupRow> {
  const group = await requireGroup(db, groupId);
  if (group.owner_key !== keyOf(ownerId)) throw notTheOwner(group.group_id, group.owner_id);
  return group;
}

/** @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
export async function requireMemberGroup(db: Kysely<Tables>, groupId: string, userId: string): Promise<GroupRow> {
  const group = await requireGroup(db, groupId);
  if (!(await isMember(db, group.group_key, keyOf(userId)))) throw notAMember(group.group_id);
  return group;
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
  const view = { groupId: group.group_id, ownerId: group.owner_id, members: group.members };
  const asMember = { ...view, epoch: group.epoch, ...settingsOf(group) };
  if (group.owner_key === userKey) return { ...asMember, standing: 'owner' };
  if (await isMember(db, group.group_key, userKey)) return { ...asMember, standing: 'member' };
  return { ...view, standing: (await hasRequested(db, group.group_key, userKey)) ? 'requested' : 'none', epoch: 0 };
}

export function settingsOf(row: Pick<GroupRow, 'publishers' | 'keep_versions' | 'keep_days'>): Required<GroupSettings> {
  return { publishers: row.publishers, keepVersions: row.keep_versions, keepDays: row.keep_days };
}
