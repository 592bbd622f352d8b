import { nameKey } from '@shoal/sdk/protocol';
import type { Kysely } from 'kysely';
import { fileNotFound, manifestMissing, nameTaken, notShared } from '../refusals.js';
import type { StoppedFile, Store, StoredFile } from '../store.js';
import { type GroupRow, requireMemberGroup } from './group-queries.js';
import type { Tables } from './tables.js';

type Files = Pick<
  Store,
  'shareFile' | 'stopShare' | 'listFiles' | 'findFile' | 'findContent' | 'putManifest' | 'readManifest'
>;

/** What is shared in groups, by which devices, and the manifests. */
export function sqliteFiles(db: Kysely<Tables>): Files {
  return {
    shareFile: ({ groupId, userId, deviceId, fileName, manifestId, nowMs }) =>
      db.transaction().execute(async (tx) => {
        const group = await requireMemberGroup(tx, groupId, userId);
        const there = await fileRow(tx, group, fileName);
        if (there && there.manifestId !== manifestId) throw nameTaken(there.fileName, there.sharedBy);
        if (!there) {
          const manifest = await tx
            .selectFrom('manifests')
            .select('manifest_id')
            .where('manifest_id', '=', manifestId)
            .executeTakeFirst();
          if (!manifest) throw manifestMissing();
          const { group_key } = group;
          await tx
            .insertInto('files')
            .values({
              group_key,
              file_key: nameKey(fileName),
              file_name: fileName,
              manifest_id: manifestId,
              shared_by: userId,
              shared_at_ms: nowMs,
            })
            .execute();
        }
        await tx
          .insertInto('shares')
          .values({
            group_key: group.group_key,
            file_key: nameKey(fileName),
            user_key: nameKey(userId),
            device_id: deviceId,
          })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
        return requireFile(tx, group, fileName);
      }),

    stopShare: ({ groupId, userId, deviceId, fileName }) =>
      db.transaction().execute(async (tx) => {
        const group = await requireMemberGroup(tx, groupId, userId);
        const file = await requireFile(tx, group, fileName);
        const fileKey = nameKey(fileName);
        const { numDeletedRows } = await tx
          .deleteFrom('shares')
          .where('group_key', '=', group.group_key)
          .where('file_key', '=', fileKey)
          .where('user_key', '=', nameKey(userId))
          .where('device_id', '=', deviceId)
          .executeTakeFirstOrThrow();
        if (numDeletedRows === 0n) throw notShared(group.group_id, file.fileName);
        const gone = await dropUnshared(tx, group.group_key, [fileKey]);
        const other = await tx
          .selectFrom('shares')
          .innerJoin('files', (join) =>
            join.onRef('files.group_key', '=', 'shares.group_key').onRef('files.file_key', '=', 'shares.file_key'),
          )
          .select('files.file_key')
          .where('shares.group_key', '=', group.group_key)
          .where('shares.user_key', '=', nameKey(userId))
          .where('shares.device_id', '=', deviceId)
          .where('files.manifest_id', '=', file.manifestId)
          .executeTakeFirst();
        const { groupId: canonical, fileName: name, manifestId } = file;
        return {
          groupId: canonical,
          fileName: name,
          manifestId,
          fileGone: gone.length > 0,
          stillShared: other !== undefined,
        };
      }),

    async listFiles(groupId, userId) {
      const group = await requireMemberGroup(db, groupId, userId);
      const rows = await fileQuery(db, group).orderBy('files.file_key').execute();
      return rows.map((row) => toFile(group, row));
    },

    findFile: async (groupId, userId, fileName) =>
      requireFile(db, await requireMemberGroup(db, groupId, userId), fileName),

    async findContent(groupId, userId, manifestId) {
      const group = await requireMemberGroup(db, groupId, userId);
      const row = await fileQuery(db, group).where('files.manifest_id', '=', manifestId).executeTakeFirst();
      if (!row) throw fileNotFound(group.group_id, `with the manifest ${manifestId}`);
      return toFile(group, row);
    },

    async putManifest({ manifestId, sizeBytes, bytes, nowMs }) {
      await db
        .insertInto('manifests')
        .values({ manifest_id: manifestId, size_bytes: sizeBytes, bytes, created_at_ms: nowMs })
        .onConflict((conflict) => conflict.column('manifest_id').doUpdateSet({ created_at_ms: nowMs }))
        .execute();
    },

    async readManifest(manifestId, userId) {
      const row = await db
        .selectFrom('manifests')
        .innerJoin('files', 'files.manifest_id', 'manifests.manifest_id')
        .innerJoin('memberships', 'memberships.group_key', 'files.group_key')
        .select('manifests.bytes')
        .where('manifests.manifest_id', '=', manifestId)
        .where('memberships.user_key', '=', nameKey(userId))
        .executeTakeFirst();
      return row && new Uint8Array(row.bytes);
    },
  };
}

/** Ends all that a user shares in a group; the files that nobody shares any more. */
export async function dropShares(tx: Kysely<Tables>, groupKey: string, userKey: string): Promise<StoppedFile[]> {
  const dropped = await tx
    .deleteFrom('shares')
    .where('group_key', '=', groupKey)
    .where('user_key', '=', userKey)
    .returning('file_key')
    .execute();
  return dropUnshared(tx, groupKey, [...new Set(dropped.map((row) => row.file_key))]);
}

async function dropUnshared(tx: Kysely<Tables>, groupKey: string, fileKeys: readonly string[]): Promise<StoppedFile[]> {
  const stopped: StoppedFile[] = [];
  for (const fileKey of fileKeys) {
    const row = await tx
      .deleteFrom('files')
      .where('group_key', '=', groupKey)
      .where('file_key', '=', fileKey)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('shares').select('device_id').where('group_key', '=', groupKey).where('file_key', '=', fileKey),
          ),
        ),
      )
      .returning(['file_name', 'manifest_id'])
      .executeTakeFirst();
    if (row) stopped.push({ fileName: row.file_name, manifestId: row.manifest_id });
  }
  return stopped;
}

function fileQuery(db: Kysely<Tables>, group: GroupRow) {
  return db
    .selectFrom('files')
    .innerJoin('manifests', 'manifests.manifest_id', 'files.manifest_id')
    .select(['files.file_name', 'files.manifest_id', 'files.shared_by', 'files.shared_at_ms', 'manifests.size_bytes'])
    .where('files.group_key', '=', group.group_key);
}

async function fileRow(db: Kysely<Tables>, group: GroupRow, fileName: string): Promise<StoredFile | undefined> {
  const row = await fileQuery(db, group).where('files.file_key', '=', nameKey(fileName)).executeTakeFirst();
  return row && toFile(group, row);
}

/** @throws ShoalError `FILE_NOT_FOUND` */
async function requireFile(db: Kysely<Tables>, group: GroupRow, fileName: string): Promise<StoredFile> {
  const file = await fileRow(db, group, fileName);
  if (!file) throw fileNotFound(group.group_id, fileName);
  return file;
}

type FileRow = Pick<Tables['files'], 'file_name' | 'manifest_id' | 'shared_by' | 'shared_at_ms'> &
  Pick<Tables['manifests'], 'size_bytes'>;

function toFile(group: GroupRow, row: FileRow): StoredFile {
  return {
    groupId: group.group_id,
    fileName: row.file_name,
    manifestId: row.manifest_id,
    sizeBytes: row.size_bytes,
    sharedBy: row.shared_by,
    sharedAtMs: row.shared_at_ms,
  };
}
