import type { Kysely } from 'kysely';
import type { Quotas } from '../../quotas.js';
import type { StoredVersion, VersionPage, VersionStore } from '../../versions.js';
import { type GroupRow, requireMemberGroup } from '../group-queries.js';
import { keyOf } from '../name-keys.js';
import type { Tables } from '../tables.js';
import type { SqlDatabase } from '../transact.js';
import { toVersion, versionQuery } from './file-queries.js';
import { requireFile } from './files.js';
import { publishAll } from './publishing.js';
import { removeAll } from './removing.js';

/** The versions of files. */
export function sqlVersions({ db, transact }: SqlDatabase, quotas: Quotas): VersionStore {
  return {
    publishVersions: ({ groupId, userId, deviceId, nowMs, files }) =>
      transact(keyOf(groupId), async (tx) => {
        const group = await requireMemberGroup(tx, groupId, userId);
        return publishAll(tx, { group, userId, deviceId, nowMs }, files, quotas);
      }),

    async listVersions(groupId, userId, fileName, page) {
      const group = await requireMemberGroup(db, groupId, userId);
      await requireFile(db, group, fileName);
      return { groupId: group.group_id, versions: await listVersions(db, group, keyOf(fileName), page) };
    },

    removeFiles: ({ groupId, userId, nowMs, fileNames, bases }) =>
      transact(keyOf(groupId), async (tx) => {
        const group = await requireMemberGroup(tx, groupId, userId);
        return removeAll(tx, { group, userId, nowMs }, { fileNames, bases }, quotas);
      }),
  };
}

async function listVersions(
  db: Kysely<Tables>,
  group: GroupRow,
  fileKey: string,
  { before, limit }: VersionPage,
): Promise<StoredVersion[]> {
  let query = versionQuery(db, group)
    .where('files.file_key', '=', fileKey)
    .orderBy('versions.version', 'desc')
    .limit(limit);
  if (before !== undefined) query = query.where('versions.version', '<', before);
  const rows = await query.execute();
  const members = await membersByVersion(db, group, fileKey);
  return rows.map((row) => ({
    ...toVersion(row),
    manifestId: row.manifest_id,
    sizeBytes: row.size_bytes,
    deviceId: row.device_id,
    members: members.get(row.version)?.size ?? 0,
  }));
}

/** The users of whom a device has each version. */
async function membersByVersion(
  db: Kysely<Tables>,
  { group_key }: GroupRow,
  fileKey: string,
): Promise<Map<number | null, ReadonlySet<string>>> {
  const rows = await db
    .selectFrom('shares')
    .select(['version', 'user_key'])
    .where('group_key', '=', group_key)
    .where('file_key', '=', fileKey)
    .execute();
  const members = new Map<number | null, Set<string>>();
  for (const { version, user_key } of rows) members.set(version, (members.get(version) ?? new Set()).add(user_key));
  return members;
}
