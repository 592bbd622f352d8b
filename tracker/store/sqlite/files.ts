import { foldersOf, nameKey, ShoalError } from '@shoal/sdk/protocol';
import type { Kysely } from 'kysely';
import { fileNotFound, folderTaken, manifestMissing, nameTaken, notShared } from '../refusals.js';
import type { NewShare, StoppedFile, Store, StoredFile } from '../store.js';
import { type GroupRow, requireMemberGroup } from './group-queries.js';
import type { Tables } from './tables.js';

type Files = Pick<
  Store,
  | 'shareFiles'
  | 'stopShare'
  | 'listFiles'
  | 'findFile'
  | 'findFiles'
  | 'findContent'
  | 'putManifest'
  | 'readManifest'
  | 'readManifests'
>;

/** What is shared in groups, by which devices, and the manifests. */
export function sqliteFiles(db: Kysely<Tables>): Files {
  return {
    shareFiles: ({ groupId, userId, deviceId, nowMs, files }) =>
      db.transaction().execute(async (tx) => {
        const group = await requireMemberGroup(tx, groupId, userId);
        const sharer = { group, userId, deviceId, nowMs, folders: new Set<string>() };
        const results: (StoredFile | ShoalError)[] = [];
        for (const file of files) {
          results.push(
            await share(tx, sharer, file).catch((error: unknown) => {
              if (error instanceof ShoalError) return error; // it has changed nothing
              throw error;
            }),
          );
        }
        return results;
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

    async listFiles(groupId, userId, { folder, after, limit }) {
      const group = await requireMemberGroup(db, groupId, userId);
      let query = fileQuery(db, group).orderBy('files.file_key').limit(limit);
      if (folder !== undefined) query = query.where('files.file_key', '>', `${nameKey(folder)}/`);
      if (folder !== undefined) query = query.where('files.file_key', '<', behindFolder(nameKey(folder)));
      if (after !== undefined) query = query.where('files.file_key', '>', nameKey(after));
      return (await query.execute()).map((row) => toFile(group, row));
    },

    async findFiles(groupId, userId, fileNames) {
      const group = await requireMemberGroup(db, groupId, userId);
      const keys = fileNames.map(nameKey);
      const rows = await fileQuery(db, group).where('files.file_key', 'in', keys).execute();
      const found = new Map(rows.map((row) => [nameKey(row.file_name), toFile(group, row)]));
      return keys.map((key) => found.get(key));
    },

    findFile: async (groupId, userId, fileName) =>
      requireFile(db, await requireMemberGroup(db, groupId, userId), fileName),

    async findContent(groupId, userId, manifestId) {
      const group = await requireMemberGroup(db, groupId, userId);
      const row = await fileQuery(db, group).where('files.manifest_id', '=', manifestId).executeTakeFirst();
      if (!row) throw fileNotFound(group.group_id, `with the manifest ${manifestId}`);
      return toFile(group, row);
    },

    putManifest: (manifest) => keepManifest(db, manifest),

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

    async readManifests(groupId, userId, manifestIds) {
      const group = await requireMemberGroup(db, groupId, userId);
      const rows = await db
        .selectFrom('manifests')
        .innerJoin('files', 'files.manifest_id', 'manifests.manifest_id')
        .select(['manifests.manifest_id', 'manifests.bytes'])
        .where('files.group_key', '=', group.group_key)
        .where('manifests.manifest_id', 'in', manifestIds)
        .execute();
      return new Map(rows.map((row) => [row.manifest_id, new Uint8Array(row.bytes)]));
    },
  };
}

interface Sharer {
  readonly group: GroupRow;
  readonly userId: string;
  readonly deviceId: string;
  readonly nowMs: number;
  /** Folders that were looked for already, and are no files. */
  readonly folders: Set<string>;
}

/** Shares one file. Nothing is written before all that can refuse it was asked. @throws ShoalError `NAME_TAKEN`, `MANIFEST_MISSING` */
async function share(
  tx: Kysely<Tables>,
  sharer: Sharer,
  { fileName, manifestId, manifest }: NewShare,
): Promise<StoredFile> {
  const { group, userId, deviceId, nowMs } = sharer;
  const { group_key, group_id } = group;
  const file_key = nameKey(fileName);
  const there = await fileRow(tx, group, fileName);
  if (there && there.manifestId !== manifestId) throw nameTaken(there.fileName, there.sharedBy);
  const file = there ?? {
    ...{ groupId: group_id, fileName, manifestId, sharedBy: userId, sharedAtMs: nowMs },
    sizeBytes: manifest?.sizeBytes ?? (await sizeOfManifest(tx, manifestId)),
  };
  if (!there) {
    await refuseFileAsFolder(tx, group, fileName, sharer.folders);
    if (manifest) await keepManifest(tx, { manifestId, nowMs, ...manifest });
    const values = { group_key, file_key, file_name: fileName, manifest_id: manifestId };
    await tx
      .insertInto('files')
      .values({ ...values, shared_by: userId, shared_at_ms: nowMs })
      .execute();
  }
  await tx
    .insertInto('shares')
    .values({ group_key, file_key, user_key: nameKey(userId), device_id: deviceId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return file;
}

/** @throws ShoalError `MANIFEST_MISSING` */
async function sizeOfManifest(tx: Kysely<Tables>, manifestId: string): Promise<number> {
  const row = await tx
    .selectFrom('manifests')
    .select('size_bytes')
    .where('manifest_id', '=', manifestId)
    .executeTakeFirst();
  if (!row) throw manifestMissing();
  return row.size_bytes;
}

/**
 * A name is a file's or a folder's: who fetches both could not put them side by side.
 * @param free folders that are known not to be files' names; those that are found to be none are added
 * @throws ShoalError `NAME_TAKEN`
 */
async function refuseFileAsFolder(
  tx: Kysely<Tables>,
  { group_key }: GroupRow,
  fileName: string,
  free: Set<string>,
): Promise<void> {
  const key = nameKey(fileName);
  const folders = foldersOf(fileName)
    .map(nameKey)
    .filter((folder) => !free.has(folder));
  const files = tx.selectFrom('files').select(['file_name', 'shared_by']).where('group_key', '=', group_key).limit(1);
  const below = files.where('file_key', '>', `${key}/`).where('file_key', '<', behindFolder(key));
  const other =
    (folders.length > 0 && (await files.where('file_key', 'in', folders).executeTakeFirst())) ||
    (await below.executeTakeFirst());
  if (other) throw folderTaken(other.file_name, other.shared_by);
  for (const folder of folders) free.add(folder);
}

/** What every key in a folder comes before: the slash's next character takes its place. */
function behindFolder(folderKey: string): string {
  return `${folderKey}0`;
}

async function keepManifest(
  db: Kysely<Tables>,
  { manifestId, sizeBytes, bytes, nowMs }: Parameters<Files['putManifest']>[0],
): Promise<void> {
  await db
    .insertInto('manifests')
    .values({ manifest_id: manifestId, size_bytes: sizeBytes, bytes, created_at_ms: nowMs })
    .onConflict((conflict) => conflict.column('manifest_id').doUpdateSet({ created_at_ms: nowMs }))
    .execute();
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
