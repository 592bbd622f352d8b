import type { ShoalError } from '@shoal/sdk/protocol';
import { type Kysely, sql } from 'kysely';
import { fileNotFound, notShared } from '../../file-errors.js';
import type { StoppedFile, StoppedShare } from '../../store.js';
import type { GroupRow } from '../group-queries.js';
import { keyOf } from '../name-keys.js';
import type { Tables } from '../tables.js';
import { listOf, rowsOf } from '../words.js';
import { fileQuery, toFile } from './file-queries.js';

interface Sharer {
  readonly group: GroupRow;
  readonly userId: string;
  readonly deviceId: string;
}

/** Ends shares of a device, in a few statements for all of them; why one cannot be ended stands in its place: `FILE_NOT_FOUND`, `NOT_SHARED`. */
export async function stopAll(
  tx: Kysely<Tables>,
  { group, userId, deviceId }: Sharer,
  fileNames: readonly string[],
): Promise<(StoppedShare | ShoalError)[]> {
  const keys = [...new Set(fileNames.map(keyOf))];
  if (keys.length === 0) return [];
  const rows = await fileQuery(tx, group).where('files.file_key', 'in', keys).execute();
  const files = new Map(rows.map((row) => [keyOf(row.file_name), toFile(group, row)]));
  const ended = await tx
    .deleteFrom('shares')
    .where('group_key', '=', group.group_key)
    .where('file_key', 'in', keys)
    .where('user_key', '=', keyOf(userId))
    .where('device_id', '=', deviceId)
    .returning(['file_key', 'version'])
    .execute();
  const shared = new Set(ended.map((row) => row.file_key));
  const held = await contentsOf(tx, group, ended);
  const gone = new Set((await dropUnshared(tx, group.group_key, [...shared])).map(({ fileName }) => keyOf(fileName)));
  const still = await contentsStillShared(tx, { group, userId, deviceId }, [...held.values()]);
  return fileNames.map((fileName) => {
    const key = keyOf(fileName);
    const file = files.get(key);
    if (!file) return fileNotFound(group.group_id, fileName);
    if (!shared.delete(key))
      return gone.has(key) ? fileNotFound(group.group_id, fileName) : notShared(group.group_id, file.fileName);
    const { groupId, fileName: name, manifestId } = file;
    const heldId = held.get(key);
    const withdrawn = heldId === undefined || still.has(heldId) ? undefined : heldId;
    return { groupId, fileName: name, manifestId, fileGone: gone.has(key), withdrawn };
  });
}

/**
 * The contents of versions, by key. A version that the group has forgotten has none. `cross join` keeps the order: SQLite would read all
 * versions of the group otherwise, for each step of many.
 */
async function contentsOf(
  tx: Kysely<Tables>,
  { group_key }: GroupRow,
  versions: readonly { file_key: string; version: number | null }[],
): Promise<Map<string, string>> {
  const asked = rowsOf(
    tx,
    versions.map(({ file_key, version }) => [file_key, version]),
  );
  const { rows } = await sql<{ file_key: string; manifest_id: string }>`
    select file_key, manifest_id from ${asked} as asked cross join versions
    where group_key = ${group_key} and file_key = asked.value ->> 0 and version = cast(asked.value ->> 1 as bigint)
  `.execute(tx);
  return new Map(rows.map((row) => [row.file_key, row.manifest_id]));
}

/** Those of some contents that the device shares under other names. */
async function contentsStillShared(
  tx: Kysely<Tables>,
  { group, userId, deviceId }: Sharer,
  manifestIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ manifest_id: string }>`
    select asked.value as manifest_id from ${listOf(tx, [...new Set(manifestIds)])} as asked
    where exists (
      select 1 from versions join shares using (group_key, file_key, version)
      where versions.manifest_id = asked.value and versions.group_key = ${group.group_key}
        and shares.user_key = ${keyOf(userId)} and shares.device_id = ${deviceId}
    )`.execute(tx);
  return new Set(rows.map((row) => row.manifest_id));
}

/** Takes files off the list that nobody shares, with all their versions. One statement, however many there are: one for each file held up everybody three times as long. */
export async function dropUnshared(
  tx: Kysely<Tables>,
  groupKey: string,
  fileKeys: readonly string[],
): Promise<StoppedFile[]> {
  const { rows } = await sql<{ file_name: string; manifest_id: string }>`
    delete from files
    where group_key = ${groupKey}
      and file_key in (select value from ${listOf(tx, fileKeys)} as asked)
      and not exists (select 1 from shares where shares.group_key = files.group_key and shares.file_key = files.file_key)
    returning file_name, manifest_id`.execute(tx);
  return rows.map((row) => ({ fileName: row.file_name, manifestId: row.manifest_id }));
}
