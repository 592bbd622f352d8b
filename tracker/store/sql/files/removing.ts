import type { ShoalError } from '@shoal/sdk/protocol';
import { type Kysely, sql } from 'kysely';
import { fileNotFound, notTheAuthor, versionConflict } from '../../file-errors.js';
import type { Quotas } from '../../quotas.js';
import type { NamesToRemove, RemovedFile } from '../../versions.js';
import type { GroupRow } from '../group-queries.js';
import { keyOf } from '../name-keys.js';
import type { Tables } from '../tables.js';
import { listOf } from '../words.js';
import { fileQuery, toFile } from './file-queries.js';

/** Versions that one step removes; a name has them all removed at once. */
const MOST_VERSIONS = 2000;

interface Remover {
  readonly group: GroupRow;
  readonly userId: string;
  readonly nowMs: number;
}

/** Removes names with all their versions and shares, and remembers their contents; see `Store.removeFiles`. */
export async function removeAll(
  tx: Kysely<Tables>,
  remover: Remover,
  { fileNames, bases }: Pick<NamesToRemove, 'fileNames' | 'bases'>,
  { removedPerGroup }: Quotas,
): Promise<(RemovedFile | ShoalError)[]> {
  const { group, userId, nowMs } = remover;
  const keys = [...new Set(fileNames.map(keyOf))];
  const rows = keys.length > 0 ? await fileQuery(tx, group).where('files.file_key', 'in', keys).execute() : [];
  const files = new Map(rows.map((row) => [keyOf(row.file_name), { file: toFile(group, row), kept: row.versions }]));
  const mine = (sharedBy: string) => [group.owner_key, keyOf(sharedBy)].includes(keyOf(userId));
  const results: (Omit<RemovedFile, 'gone'> | ShoalError)[] = [];
  const removed: string[] = [];
  let versions = 0;
  for (const [index, fileName] of fileNames.entries()) {
    const key = keyOf(fileName);
    const there = files.get(key);
    if (!there) results.push(fileNotFound(group.group_id, fileName));
    else if (!mine(there.file.sharedBy)) results.push(notTheAuthor(there.file, group.owner_id));
    else if ((bases?.[index] ?? there.file.version) !== there.file.version) results.push(versionConflict(there.file));
    else {
      versions += there.kept;
      if (removed.length > 0 && versions > MOST_VERSIONS) break;
      files.delete(key);
      removed.push(key);
      const { groupId, fileName: name, manifestId } = there.file;
      results.push({ groupId, fileName: name, manifestId });
    }
  }
  const gone = removed.length > 0 ? await remove(tx, group, removed, nowMs) : new Map<string, string[]>();
  await forgetOldest(tx, group.group_key, removedPerGroup);
  return results.map((one) => ('code' in one ? one : { ...one, gone: gone.get(keyOf(one.fileName)) ?? [] }));
}

/** @returns by key the contents that no other name of the group has */
async function remove(
  tx: Kysely<Tables>,
  { group_key }: GroupRow,
  removed: readonly string[],
  nowMs: number,
): Promise<Map<string, string[]>> {
  const keys = sql<string>`(select value from ${listOf(tx, removed)} as asked)`;
  const { rows: contents } = await sql<{ file_key: string; manifest_id: string }>`
    select distinct file_key, manifest_id from versions
    where group_key = ${group_key} and file_key in ${keys}`.execute(tx);
  await sql`
    insert into removed_files (group_key, file_key, manifest_id, removed_at_ms)
    select distinct group_key, file_key, manifest_id, cast(${nowMs} as bigint) from versions
    where group_key = ${group_key} and file_key in ${keys}
    on conflict (group_key, file_key, manifest_id) do update set removed_at_ms = excluded.removed_at_ms`.execute(tx);
  for (const table of ['shares', 'files'] as const) // the versions go with the files
    await tx.deleteFrom(table).where('group_key', '=', group_key).where('file_key', 'in', keys).execute();
  const manifestIds = contents.map((one) => one.manifest_id);
  const { rows } = await sql<{ manifest_id: string }>`
    select asked.value as manifest_id from ${listOf(tx, manifestIds)} as asked
    where exists (
      select 1 from versions where versions.manifest_id = asked.value and versions.group_key = ${group_key}
    )`.execute(tx);
  const still = new Set(rows.map((row) => row.manifest_id));
  const gone = new Map<string, string[]>();
  for (const { file_key, manifest_id } of contents) {
    if (still.has(manifest_id)) continue;
    const ofFile = gone.get(file_key);
    if (ofFile) ofFile.push(manifest_id);
    else gone.set(file_key, [manifest_id]);
  }
  return gone;
}

async function forgetOldest(tx: Kysely<Tables>, groupKey: string, most: number): Promise<void> {
  const { removed } = await tx
    .selectFrom('groups')
    .select('removed')
    .where('group_key', '=', groupKey)
    .executeTakeFirstOrThrow();
  if (removed <= most) return;
  await sql`
    delete from removed_files where (group_key, file_key, manifest_id) in (
      select group_key, file_key, manifest_id from removed_files
      where group_key = ${groupKey}
      order by removed_at_ms limit ${removed - most}
    )`.execute(tx);
}
