import { type Kysely, sql } from 'kysely';
import type { StoredFile } from '../store.js';
import type { VersionFacts } from '../versions.js';
import type { GroupRow } from './group-queries.js';
import type { Tables } from './tables.js';

const COLUMNS = [
  ...(['files.file_name', 'files.shared_by', 'files.shared_at_ms', 'files.versions', 'manifests.size_bytes'] as const),
  ...(['versions.version', 'versions.manifest_id', 'versions.published_by', 'versions.published_at_ms'] as const),
  ...(['versions.device_id', 'versions.note', 'versions.modified_ms', 'versions.executable'] as const),
] as const;

/** All versions of a group's files, with their sizes. */
export function versionQuery(db: Kysely<Tables>, group: GroupRow) {
  return db
    .selectFrom('files')
    .innerJoin('versions', (join) =>
      join.onRef('versions.group_key', '=', 'files.group_key').onRef('versions.file_key', '=', 'files.file_key'),
    )
    .innerJoin('manifests', 'manifests.manifest_id', 'versions.manifest_id')
    .select(COLUMNS)
    .where('files.group_key', '=', group.group_key);
}

/** A group's files with their newest versions. The plus signs make SQLite follow the index of the files, so that their order is free. */
export function fileQuery(db: Kysely<Tables>, group: GroupRow) {
  return db
    .selectFrom('files')
    .innerJoin('versions', (join) =>
      join
        .on('versions.group_key', '=', sql<string>`+files.group_key`)
        .on('versions.file_key', '=', sql<string>`+files.file_key`)
        .on('versions.version', '=', sql<number>`+files.version`),
    )
    .innerJoin('manifests', 'manifests.manifest_id', 'versions.manifest_id')
    .select(COLUMNS)
    .where('files.group_key', '=', group.group_key);
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
