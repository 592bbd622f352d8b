import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { StoredFile } from '../../store.js';
import type { VersionFacts } from '../../versions.js';
import type { GroupRow } from '../group-queries.js';
import type { Tables } from '../tables.js';
import { rowsOf } from '../words.js';

const COLUMNS = [
  ...(['files.file_name', 'files.shared_by', 'files.shared_at_ms', 'files.versions', 'manifests.size_bytes'] as const),
  ...(['versions.version', 'versions.manifest_id', 'versions.published_by', 'versions.published_at_ms'] as const),
  ...(['versions.device_id', 'versions.note', 'versions.modified_ms', 'versions.executable'] as const),
] as const;

/**
 * All versions of a group's files, with their sizes. In SQLite, a cross join keeps the order of the tables: files first, because it
 * might otherwise read every version of the group.
 */
export function versionQuery(db: Kysely<Tables>, group: GroupRow) {
  return db
    .selectFrom('files')
    .crossJoin('versions')
    .crossJoin('manifests')
    .select(COLUMNS)
    .where('files.group_key', '=', group.group_key)
    .whereRef('versions.group_key', '=', 'files.group_key')
    .whereRef('versions.file_key', '=', 'files.file_key')
    .whereRef('manifests.manifest_id', '=', 'versions.manifest_id');
}

/** A group's files with their newest versions. */
export function fileQuery(db: Kysely<Tables>, group: GroupRow) {
  return versionQuery(db, group).whereRef('versions.version', '=', 'files.version');
}

const NEWEST = sql.raw(
  `${COLUMNS.join(', ')} from files cross join versions cross join manifests ` +
    'where versions.group_key = files.group_key and versions.file_key = files.file_key ' +
    'and versions.version = files.version and manifests.manifest_id = versions.manifest_id',
);

/**
 * A group's files as `fileQuery` finds them, with a condition on their keys, and an order or a limit. As text it takes half of the time:
 * members look for files all the time, and a built query costs more than its execution.
 */
export async function findNewest(
  db: Kysely<Tables>,
  group: GroupRow,
  rest: RawBuilder<unknown>,
): Promise<StoredFile[]> {
  const { rows } = await sql<FileRow>`
    select ${NEWEST} and files.group_key = ${group.group_key} and ${rest}`.execute(db);
  return rows.map((row) => toFile(group, row));
}

/** For some names and contents: the latest version of the name that has the content. */
export function contentQuery(
  db: Kysely<Tables>,
  { group_key }: GroupRow,
  pairs: readonly (readonly [fileKey: string, manifestId: string])[],
) {
  const wanted = sql<{ file_key: string; version: number | null }>`(
    select asked.value ->> 0 as file_key, (
      select max(version) from versions as same where same.manifest_id = asked.value ->> 1
        and same.group_key = ${group_key} and same.file_key = asked.value ->> 0
    ) as version from ${rowsOf(db, pairs)} as asked
  )`.as('wanted');
  return db
    .selectFrom(wanted)
    .crossJoin('versions')
    .crossJoin('files')
    .crossJoin('manifests')
    .select(COLUMNS)
    .where('versions.group_key', '=', group_key)
    .whereRef('versions.file_key', '=', 'wanted.file_key')
    .whereRef('versions.version', '=', 'wanted.version')
    .whereRef('files.group_key', '=', 'versions.group_key')
    .whereRef('files.file_key', '=', 'versions.file_key')
    .whereRef('manifests.manifest_id', '=', 'versions.manifest_id');
}

type VersionRow = Pick<
  Tables['versions'],
  'version' | 'published_by' | 'published_at_ms' | 'note' | 'modified_ms' | 'executable'
>;
type FileRow = Pick<Tables['files'], 'file_name' | 'shared_by' | 'shared_at_ms'> &
  Pick<Tables['manifests'], 'size_bytes'> &
  Pick<Tables['versions'], 'manifest_id'> &
  VersionRow;

export function toFile(group: Pick<GroupRow, 'group_id'>, row: FileRow): StoredFile {
  return {
    groupId: group.group_id,
    fileName: row.file_name,
    manifestId: row.manifest_id,
    sizeBytes: row.size_bytes,
    sharedBy: row.shared_by,
    sharedAtMs: row.shared_at_ms,
    ...toVersion(row),
  };
}

export function toVersion(row: VersionRow): VersionFacts {
  return {
    version: row.version,
    publishedBy: row.published_by,
    publishedAtMs: row.published_at_ms,
    ...(row.note !== null && { note: row.note }),
    ...(row.modified_ms !== null && { modifiedMs: row.modified_ms }),
    ...(row.executable !== null && { executable: row.executable !== 0 }),
  };
}

/** The upper bound of all keys in a folder: its key with the slash replaced by the next character. */
export function behindFolder(folderKey: string): string {
  return `${folderKey}0`;
}
