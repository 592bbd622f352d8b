import type { Kysely } from 'kysely';
import type { StoredFile } from '../store.js';
import type { GroupRow } from './group-queries.js';
import type { Tables } from './tables.js';

/** A group's files, with their sizes. */
export function fileQuery(db: Kysely<Tables>, group: GroupRow) {
  return db
    .selectFrom('files')
    .innerJoin('manifests', 'manifests.manifest_id', 'files.manifest_id')
    .select(['files.file_name', 'files.manifest_id', 'files.shared_by', 'files.shared_at_ms', 'manifests.size_bytes'])
    .where('files.group_key', '=', group.group_key);
}

type FileRow = Pick<Tables['files'], 'file_name' | 'manifest_id' | 'shared_by' | 'shared_at_ms'> &
  Pick<Tables['manifests'], 'size_bytes'>;

export function toFile(group: GroupRow, row: FileRow): StoredFile {
  return {
    groupId: group.group_id,
    fileName: row.file_name,
    manifestId: row.manifest_id,
    sizeBytes: row.size_bytes,
    sharedBy: row.shared_by,
    sharedAtMs: row.shared_at_ms,
  };
}

/** The upper bound of all keys in a folder: its key with the slash replaced by the next character. */
export function behindFolder(folderKey: string): string {
  return `${folderKey}0`;
}
