import { foldersOf } from '@shoal/sdk/protocol';
import { type Kysely, sql } from 'kysely';
import { folderTaken, type Holder } from '../../file-errors.js';
import type { NewShare, StoredFile } from '../../store.js';
import { manifestMissing } from '../../store-errors.js';
import type { GroupRow } from '../group-queries.js';
import { keyOf } from '../name-keys.js';
import type { Tables } from '../tables.js';
import { rowsOf } from '../words.js';
import { behindFolder, contentQuery, fileQuery, toFile } from './file-queries.js';

/** Who registers or publishes, and when. */
export interface Sharer {
  readonly group: GroupRow;
  readonly userId: string;
  readonly deviceId: string;
  readonly nowMs: number;
}

/** A version, and the device that published it. */
export interface KnownVersion {
  readonly file: StoredFile;
  readonly deviceId: string;
}

/** The newest version of a name, and the number of versions that are kept. */
export interface KnownFile extends KnownVersion {
  readonly kept: number;
}

/** What the database knows about the names and contents of one request, from one query each for all of them. */
export interface Known {
  /** Existing files by key. */
  readonly files: Map<string, KnownFile>;
  /** Versions of existing files by key and content (`contentKey`): for each, the latest with that content. */
  readonly contents: Map<string, KnownVersion>;
  /** Keys of removed names, and what they had (`contentKey`). */
  readonly removed: ReadonlySet<string>;
  /** Existing files by key, where the new names need a folder. */
  readonly filesAsFolders: Map<string, Holder>;
  /** Existing folders by key, each with one of its files. */
  readonly folders: Map<string, Holder>;
  /** Sizes of the stored manifests. */
  readonly sizes: Map<string, number>;
}

export function contentKey(fileKey: string, manifestId: string): string {
  return `${fileKey}\n${manifestId}`;
}

export async function lookUp(tx: Kysely<Tables>, group: GroupRow, files: readonly NewShare[]): Promise<Known> {
  const keys = [...new Set(files.map(({ fileName }) => keyOf(fileName)))];
  const rows = keys.length > 0 ? await fileQuery(tx, group).where('files.file_key', 'in', keys).execute() : [];
  const there = new Map(
    rows.map((row) => [
      keyOf(row.file_name),
      { file: toFile(group, row), deviceId: row.device_id, kept: row.versions },
    ]),
  );
  const fresh = files.filter(({ fileName }) => !there.has(keyOf(fileName)));
  const others = files.filter(({ fileName, manifestId }) => {
    const newest = there.get(keyOf(fileName));
    return newest && newest.file.manifestId !== manifestId;
  });
  return {
    files: there,
    contents: await contentsAmong(tx, group, [...there.values()], others),
    removed: await removedAmong(tx, group, fresh),
    filesAsFolders: await filesNamed(
      tx,
      group,
      new Set(fresh.flatMap(({ fileName }) => foldersOf(fileName).map(keyOf))),
    ),
    folders: await foldersAmong(tx, group, new Set(fresh.map(({ fileName }) => keyOf(fileName)))),
    sizes: await sizesOf(
      tx,
      new Set([...fresh, ...others].flatMap(({ manifest, manifestId }) => (manifest ? [] : manifestId))),
    ),
  };
}

/** @throws ShoalError `MANIFEST_MISSING` */
export function sizeIn(known: Known, { manifest, manifestId }: NewShare): number {
  const sizeBytes = manifest?.sizeBytes ?? known.sizes.get(manifestId);
  if (sizeBytes === undefined) throw manifestMissing();
  return sizeBytes;
}

/**
 * Checks that a new name is free: a name belongs either to a file or to a folder, because a downloader could not store both.
 * @throws ShoalError `NAME_TAKEN`
 */
export function admitName(known: Known, fileName: string, userId: string): void {
  const asFolder = foldersOf(fileName)
    .map((folder) => known.filesAsFolders.get(keyOf(folder)) ?? known.files.get(keyOf(folder))?.file)
    .find(Boolean);
  const holder = asFolder ?? known.folders.get(keyOf(fileName));
  if (holder) throw folderTaken(holder, userId);
}

/** Makes a new version known to the following items. */
export function remember(known: Known, version: KnownVersion): void {
  const { file } = version;
  const key = keyOf(file.fileName);
  known.files.set(key, { ...version, kept: (known.files.get(key)?.kept ?? 0) + 1 });
  known.contents.set(contentKey(key, file.manifestId), version);
  for (const folder of foldersOf(file.fileName).map(keyOf))
    if (!known.folders.has(folder)) known.folders.set(folder, file);
  known.sizes.set(file.manifestId, file.sizeBytes);
}

async function contentsAmong(
  tx: Kysely<Tables>,
  group: GroupRow,
  newest: readonly KnownFile[],
  others: readonly NewShare[],
): Promise<Map<string, KnownVersion>> {
  const found = new Map<string, KnownVersion>();
  if (others.length > 0) {
    const rows = await contentQuery(tx, group, pairsOf(others)).execute();
    for (const row of rows) {
      const version = { file: toFile(group, row), deviceId: row.device_id };
      found.set(contentKey(keyOf(row.file_name), row.manifest_id), version);
    }
  }
  for (const one of newest) found.set(contentKey(keyOf(one.file.fileName), one.file.manifestId), one);
  return found;
}

function pairsOf(files: readonly NewShare[]): (readonly [fileKey: string, manifestId: string])[] {
  return files.map(({ fileName, manifestId }) => [keyOf(fileName), manifestId]);
}

async function removedAmong(
  tx: Kysely<Tables>,
  { group_key, removed }: GroupRow,
  files: readonly NewShare[],
): Promise<ReadonlySet<string>> {
  if (files.length === 0 || removed === 0) return new Set();
  const { rows } = await sql<{ file_key: string; manifest_id: string; has: boolean | number }>`
    select asked.value ->> 0 as file_key, asked.value ->> 1 as manifest_id, exists (
      select 1 from removed_files where removed_files.group_key = ${group_key}
        and removed_files.file_key = asked.value ->> 0 and removed_files.manifest_id = asked.value ->> 1
    ) as has
    from ${rowsOf(tx, pairsOf(files))} as asked where exists (
      select 1 from removed_files where removed_files.group_key = ${group_key}
        and removed_files.file_key = asked.value ->> 0
    )`.execute(tx);
  return new Set(
    rows.flatMap(({ file_key, manifest_id, has }) => [file_key, ...(has ? [contentKey(file_key, manifest_id)] : [])]),
  );
}

async function filesNamed(
  tx: Kysely<Tables>,
  { group_key }: GroupRow,
  keys: ReadonlySet<string>,
): Promise<Map<string, Holder>> {
  if (keys.size === 0) return new Map();
  const rows = await tx
    .selectFrom('files')
    .select(['file_key', 'file_name', 'shared_by'])
    .where('group_key', '=', group_key)
    .where('file_key', 'in', [...keys])
    .execute();
  return new Map(rows.map((row) => [row.file_key, { fileName: row.file_name, sharedBy: row.shared_by }]));
}

async function foldersAmong(
  tx: Kysely<Tables>,
  { group_key }: GroupRow,
  keys: ReadonlySet<string>,
): Promise<Map<string, Holder>> {
  if (keys.size === 0) return new Map();
  const asked = sql.join(Array.from(keys, (key) => sql`(${key}, ${`${key}/`}, ${behindFolder(key)})`));
  const { rows } = await sql<{ folder: string; file_name: string; shared_by: string }>`
    with asked (folder, first, behind) as (values ${asked})
    select asked.folder, files.file_name, files.shared_by from asked
    join files on files.group_key = ${group_key} and files.file_key = (
      select min(below.file_key) from files as below
      where below.group_key = ${group_key} and below.file_key > asked.first and below.file_key < asked.behind
    )`.execute(tx);
  return new Map(rows.map((row) => [row.folder, { fileName: row.file_name, sharedBy: row.shared_by }]));
}

async function sizesOf(tx: Kysely<Tables>, manifestIds: ReadonlySet<string>): Promise<Map<string, number>> {
  if (manifestIds.size === 0) return new Map();
  const rows = await tx
    .selectFrom('manifests')
    .select(['manifest_id', 'size_bytes'])
    .where('manifest_id', 'in', [...manifestIds])
    .execute();
  return new Map(rows.map((row) => [row.manifest_id, row.size_bytes]));
}
