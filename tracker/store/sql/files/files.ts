import { type Kysely, sql } from 'kysely';
import { fileNotFound, versionNotFound } from '../../file-errors.js';
import type { Quotas } from '../../quotas.js';
import type { StoppedFile, Store, StoredFile } from '../../store.js';
import { groupNotFound, notAMember } from '../../store-errors.js';
import { type GroupRow, requireMemberGroup } from '../group-queries.js';
import { keyOf } from '../name-keys.js';
import type { Tables } from '../tables.js';
import type { SqlDatabase } from '../transact.js';
import { listOf } from '../words.js';
import { behindFolder, fileQuery, findNewest, toFile, versionQuery } from './file-queries.js';
import { shareAll } from './sharing.js';
import { dropUnshared, stopAll } from './stopping.js';

type Files = Pick<Store, 'shareFiles' | 'stopShares' | 'listFiles' | 'findFile' | 'findFiles' | 'findContents'>;

/** The files of groups, and the devices that share them. */
export function sqlFiles({ db, transact }: SqlDatabase, quotas: Quotas): Files {
  return {
    shareFiles: ({ groupId, userId, deviceId, nowMs, files }) =>
      transact(keyOf(groupId), async (tx) => {
        const group = await requireMemberGroup(tx, groupId, userId);
        return shareAll(tx, { group, userId, deviceId, nowMs }, files, quotas);
      }),

    stopShares: ({ groupId, userId, deviceId, fileNames }) =>
      transact(keyOf(groupId), async (tx) => {
        const group = await requireMemberGroup(tx, groupId, userId);
        return stopAll(tx, { group, userId, deviceId }, fileNames);
      }),

    async listFiles(groupId, userId, { folder, after, limit }) {
      const group = await requireMemberGroup(db, groupId, userId);
      const from = laterKey(folder === undefined ? '' : `${keyOf(folder)}/`, keyOf(after ?? ''));
      const inFolder = folder === undefined ? sql`` : sql`and files.file_key < ${behindFolder(keyOf(folder))}`;
      const page = sql`${inFolder} order by files.file_key limit ${limit}`;
      return findNewest(db, group, sql`files.file_key > ${from} ${page}`);
    },

    async findFiles(groupId, userId, fileNames) {
      const group = await requireMemberGroup(db, groupId, userId);
      const keys = fileNames.map(keyOf);
      const rows = await fileQuery(db, group).where('files.file_key', 'in', keys).execute();
      const found = new Map(rows.map((row) => [keyOf(row.file_name), toFile(group, row)]));
      return keys.map((key) => found.get(key));
    },

    async findFile(groupId, userId, fileName, version) {
      const group = await requireMemberGroup(db, groupId, userId);
      const newest = await requireFile(db, group, fileName);
      if (version === undefined || version === newest.version) return newest;
      const row = await versionQuery(db, group)
        .where('files.file_key', '=', keyOf(fileName))
        .where('versions.version', '=', version)
        .executeTakeFirst();
      if (!row) throw versionNotFound(group.group_id, newest.fileName, version);
      return toFile(group, row);
    },

    async findContents(groupId, userId, manifestIds) {
      // One query, because devices announce what they have all the time.
      const { rows } = await sql<{ group_id: string; member: string | null; manifest_id: string | null }>`
        select groups.group_id, mine.user_key as member, asked.value as manifest_id from groups
        left join memberships as mine on mine.group_key = groups.group_key and mine.user_key = ${keyOf(userId)}
        left join ${listOf(db, manifestIds)} as asked on exists (
          select 1 from versions where versions.manifest_id = asked.value and versions.group_key = groups.group_key
        )
        where groups.group_key = ${keyOf(groupId)}`.execute(db);
      const [first] = rows;
      if (!first) throw groupNotFound(groupId);
      if (first.member === null) throw notAMember(first.group_id);
      return { groupId: first.group_id, found: new Set(rows.flatMap((row) => row.manifest_id ?? [])) };
    },
  };
}

/** The later one of two keys, in the order of the database. */
function laterKey(one: string, other: string): string {
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0 ? other : one;
}

/** Ends all shares of a user in a group. Returns the files that nobody shares any more. */
export async function dropShares(tx: Kysely<Tables>, groupKey: string, userKey: string): Promise<StoppedFile[]> {
  const dropped = await tx
    .deleteFrom('shares')
    .where('group_key', '=', groupKey)
    .where('user_key', '=', userKey)
    .returning('file_key')
    .execute();
  return dropUnshared(tx, groupKey, [...new Set(dropped.map((row) => row.file_key))]);
}

/** Ends all shares in a group that is about to be dissolved. */
export async function dropAllShares(tx: Kysely<Tables>, groupKey: string): Promise<void> {
  await tx.deleteFrom('shares').where('group_key', '=', groupKey).execute();
}

/** @throws ShoalError `FILE_NOT_FOUND` */
export async function requireFile(db: Kysely<Tables>, group: GroupRow, fileName: string): Promise<StoredFile> {
  const [file] = await findNewest(db, group, sql`files.file_key = ${keyOf(fileName)}`);
  if (!file) throw fileNotFound(group.group_id, fileName);
  return file;
}
