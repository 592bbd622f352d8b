import { foldersOf, nameKey, ShoalError } from '@shoal/sdk/protocol';
import { type Kysely, sql } from 'kysely';
import type { Quotas } from '../quotas.js';
import type { NewShare, StoredFile } from '../store.js';
import { folderTaken, type Holder, manifestMissing, nameTaken } from '../store-errors.js';
import { behindFolder, fileQuery, toFile } from './file-queries.js';
import type { GroupRow } from './group-queries.js';
import { ShareAllowance } from './share-allowance.js';
import type { Tables } from './tables.js';

interface Sharer {
  readonly group: GroupRow;
  readonly userId: string;
  readonly deviceId: string;
  readonly nowMs: number;
}

/** What the database knows about the names and contents to share, from one query each for all of them. */
interface Known {
  /** Existing files by key. */
  readonly files: Map<string, StoredFile>;
  /** Existing files by key, where the new names need a folder. */
  readonly filesAsFolders: Map<string, Holder>;
  /** Existing folders by key, each with one of its files. */
  readonly folders: Map<string, Holder>;
  /** Sizes of the stored manifests. */
  readonly sizes: Map<string, number>;
}

/**
 * Shares files one after the other, as if each were shared alone. It reads first and writes afterwards, with few
 * statements, because a folder has hundreds of files.
 */
export async function shareAll(
  tx: Kysely<Tables>,
  sharer: Sharer,
  files: readonly NewShare[],
  quotas: Quotas,
): Promise<(StoredFile | ShoalError)[]> {
  const known = await lookUp(tx, sharer.group, files);
  const allowance = await allowanceFor(tx, sharer, files, known, quotas);
  const added = new Map<string, NewShare>();
  const shared = new Set<string>();
  const results = files.map((file) => {
    try {
      const key = nameKey(file.fileName);
      const there = known.files.get(key);
      const result = there ? sameContent(there, file, sharer) : newFile(known, key, file, sharer);
      allowance.take(key, result.sizeBytes, !there);
      if (!there) remember(known, key, result);
      if (!there) added.set(key, file);
      shared.add(key);
      return result;
    } catch (error) {
      if (error instanceof ShoalError) return error; // the item changed nothing
      throw error;
    }
  });
  await write(tx, sharer, added, shared);
  return results;
}

/** Stores manifests, each once. An existing one counts as new again. */
export async function keepManifests(
  db: Kysely<Tables>,
  manifests: readonly { manifestId: string; sizeBytes: number; bytes: Uint8Array }[],
  nowMs: number,
): Promise<void> {
  const rows = new Map(
    manifests.map(({ manifestId, sizeBytes, bytes }) => [
      manifestId,
      { manifest_id: manifestId, size_bytes: sizeBytes, bytes, created_at_ms: nowMs },
    ]),
  );
  if (rows.size === 0) return;
  await db
    .insertInto('manifests')
    .values([...rows.values()])
    .onConflict((conflict) => conflict.column('manifest_id').doUpdateSet({ created_at_ms: nowMs }))
    .execute();
}

function allowanceFor(
  tx: Kysely<Tables>,
  sharer: Sharer,
  files: readonly NewShare[],
  known: Known,
  quotas: Quotas,
): Promise<ShareAllowance> {
  const keys = files.map(({ fileName }) => nameKey(fileName));
  const sizes = files.map(
    ({ manifestId, manifest }, index) =>
      manifest?.sizeBytes ?? known.sizes.get(manifestId) ?? known.files.get(keys[index] ?? '')?.sizeBytes ?? 0,
  );
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return ShareAllowance.of(tx, sharer, keys, bytes, quotas);
}

/** @throws ShoalError `NAME_TAKEN` */
function sameContent(there: StoredFile, { fileName, manifestId }: NewShare, { userId }: Sharer): StoredFile {
  if (there.manifestId !== manifestId) throw nameTaken(there, { fileName, userId });
  return there;
}

/**
 * A name belongs either to a file or to a folder, because a downloader could not store both.
 * @throws ShoalError `NAME_TAKEN`, `MANIFEST_MISSING`
 */
function newFile(
  known: Known,
  key: string,
  { fileName, manifestId, manifest }: NewShare,
  { group, userId, nowMs }: Sharer,
): StoredFile {
  const sizeBytes = manifest?.sizeBytes ?? known.sizes.get(manifestId);
  if (sizeBytes === undefined) throw manifestMissing();
  const asFolder = foldersOf(fileName)
    .map((folder) => known.filesAsFolders.get(nameKey(folder)) ?? known.files.get(nameKey(folder)))
    .find(Boolean);
  const holder = asFolder ?? known.folders.get(key);
  if (holder) throw folderTaken(holder, userId);
  return { groupId: group.group_id, fileName, manifestId, sizeBytes, sharedBy: userId, sharedAtMs: nowMs };
}

/** Makes the file known to the following items. */
function remember(known: Known, key: string, file: StoredFile): void {
  known.files.set(key, file);
  for (const folder of foldersOf(file.fileName).map(nameKey))
    if (!known.folders.has(folder)) known.folders.set(folder, file);
  known.sizes.set(file.manifestId, file.sizeBytes);
}

async function lookUp(tx: Kysely<Tables>, group: GroupRow, files: readonly NewShare[]): Promise<Known> {
  const keys = [...new Set(files.map(({ fileName }) => nameKey(fileName)))];
  const rows = keys.length > 0 ? await fileQuery(tx, group).where('files.file_key', 'in', keys).execute() : [];
  const there = new Map(rows.map((row) => [nameKey(row.file_name), toFile(group, row)]));
  const fresh = files.filter(({ fileName }) => !there.has(nameKey(fileName)));
  return {
    files: there,
    filesAsFolders: await filesNamed(
      tx,
      group,
      new Set(fresh.flatMap(({ fileName }) => foldersOf(fileName).map(nameKey))),
    ),
    folders: await foldersAmong(tx, group, new Set(fresh.map(({ fileName }) => nameKey(fileName)))),
    sizes: await sizesOf(tx, new Set(fresh.flatMap(({ manifest, manifestId }) => (manifest ? [] : manifestId)))),
  };
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

async function write(
  tx: Kysely<Tables>,
  { group: { group_key }, userId, deviceId, nowMs }: Sharer,
  added: ReadonlyMap<string, NewShare>,
  shared: ReadonlySet<string>,
): Promise<void> {
  const manifests = [...added.values()].flatMap(({ manifestId, manifest }) =>
    manifest ? { manifestId, ...manifest } : [],
  );
  await keepManifests(tx, manifests, nowMs);
  const about = { group_key, shared_by: userId, shared_at_ms: nowMs };
  const files = Array.from(added, ([file_key, { fileName, manifestId }]) => ({
    ...about,
    ...{ file_key, file_name: fileName, manifest_id: manifestId },
  }));
  if (files.length > 0) await tx.insertInto('files').values(files).execute();
  const shares = Array.from(shared, (file_key) => ({
    ...{ group_key, file_key, user_key: nameKey(userId), device_id: deviceId },
  }));
  if (shares.length === 0) return;
  await tx
    .insertInto('shares')
    .values(shares)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
