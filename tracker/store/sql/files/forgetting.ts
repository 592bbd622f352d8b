import { type Kysely, sql } from 'kysely';
import type { Tables } from '../tables.js';

const DAY_MS = 86_400_000;

/** How long the contents of removed names are remembered. */
const REMOVED_KEPT_MS = 400 * DAY_MS;

/** Rows that one step looks at or deletes. */
const ROWS_A_STEP = 200;

/** A name, as a position in the order of all names. */
export interface Place {
  readonly groupKey: string;
  readonly fileKey: string;
}

/**
 * Forgets versions that are neither among the newest of their file nor young, as the settings of their groups say, in one small
 * step. A device that has such a version still shares the name: its share has no version then.
 * @returns where the next step begins; undefined at the end
 */
export async function forgetVersions(tx: Kysely<Tables>, after: Place, nowMs: number): Promise<Place | undefined> {
  const names = await tx
    .selectFrom('files')
    .innerJoin('groups', 'groups.group_key', 'files.group_key')
    .select(['files.group_key', 'files.file_key', 'files.versions', 'groups.keep_versions', 'groups.keep_days'])
    .where('files.versions', '>', sql.lit(1))
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('files.group_key', 'files.file_key'), '>', tuple(after.groupKey, after.fileKey)),
    )
    .orderBy('files.group_key')
    .orderBy('files.file_key')
    .limit(ROWS_A_STEP)
    .execute();
  let left = ROWS_A_STEP;
  let done = after;
  for (const name of names) {
    const oldest = name.versions > name.keep_versions ? await oldVersions(tx, name, nowMs, left) : [];
    if (oldest.length > 0) await forget(tx, name, oldest);
    left -= oldest.length;
    if (left === 0) return done; // this name may have more
    done = { groupKey: name.group_key, fileKey: name.file_key };
  }
  return names.length < ROWS_A_STEP ? undefined : done;
}

type Name = Pick<Tables['files'], 'group_key' | 'file_key'> & {
  readonly keep_versions: number;
  readonly keep_days: number;
};

async function oldVersions(tx: Kysely<Tables>, name: Name, nowMs: number, limit: number): Promise<number[]> {
  const rows = await tx
    .selectFrom('versions')
    .select(['version', 'published_at_ms'])
    .where('group_key', '=', name.group_key)
    .where('file_key', '=', name.file_key)
    .where('version', '<', ({ selectFrom }) =>
      selectFrom('versions as newer')
        .select('newer.version')
        .where('newer.group_key', '=', name.group_key)
        .where('newer.file_key', '=', name.file_key)
        .orderBy('newer.version', 'desc')
        .limit(1)
        .offset(name.keep_versions - 1),
    )
    .orderBy('version')
    .limit(limit)
    .execute();
  const firstYoung = rows.findIndex((row) => row.published_at_ms >= nowMs - name.keep_days * DAY_MS);
  return rows.slice(0, firstYoung < 0 ? rows.length : firstYoung).map((row) => row.version);
}

async function forget(tx: Kysely<Tables>, { group_key, file_key }: Name, versions: readonly number[]): Promise<void> {
  await tx
    .updateTable('shares')
    .set({ version: null })
    .where('group_key', '=', group_key)
    .where('file_key', '=', file_key)
    .where('version', 'in', versions)
    .execute();
  await tx
    .deleteFrom('versions')
    .where('group_key', '=', group_key)
    .where('file_key', '=', file_key)
    .where('version', 'in', versions)
    .execute();
}

/** Deletes unused manifests from before `sinceMs`, in one small step. @returns whether there may be more */
export async function dropUnused(db: Kysely<Tables>, sinceMs: number): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`
    delete from manifests where manifest_id in (
      select manifest_id from unused_manifests join manifests using (manifest_id)
      where created_at_ms < ${sinceMs} limit ${ROWS_A_STEP}
    )`.execute(db);
  return numAffectedRows === BigInt(ROWS_A_STEP);
}

/** Forgets the contents of names that were removed long ago, in one small step. @returns whether there may be more */
export async function forgetRemoved(db: Kysely<Tables>, nowMs: number): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`
    delete from removed_files where (group_key, file_key, manifest_id) in (
      select group_key, file_key, manifest_id from removed_files where removed_at_ms < ${nowMs - REMOVED_KEPT_MS}
      order by removed_at_ms limit ${ROWS_A_STEP}
    )`.execute(db);
  return numAffectedRows === BigInt(ROWS_A_STEP);
}
