import { type Kysely, sql } from 'kysely';
import type { EmptyFolderStore } from '../../empty-folders.js';
import { folderNotFound, sharesNothingBelow } from '../../file-errors.js';
import type { Quotas } from '../../quotas.js';
import { tooManyEmptyFolders } from '../../store-errors.js';
import { type GroupRow, requireMemberGroup } from '../group-queries.js';
import { keyOf } from '../name-keys.js';
import type { Tables } from '../tables.js';
import type { SqlDatabase } from '../transact.js';
import { listOf, rowsOf } from '../words.js';
import { behindFolder } from './file-queries.js';
import type { Place } from './forgetting.js';

/** Rows that one step looks at. */
const ROWS_A_STEP = 1000;

/** Whether the folder below which a row of `empty_folders` was set has a file. */
const HAS_FILES = sql<boolean>`exists (
  select 1 from files where files.group_key = empty_folders.group_key
    and files.file_key > empty_folders.root_key || '/' and files.file_key < empty_folders.root_key || '0'
)`;

/** The empty folders of groups. */
export function sqlEmptyFolders({ db, transact }: SqlDatabase, { emptyFoldersPerGroup }: Quotas): EmptyFolderStore {
  return {
    setEmptyFolders: ({ groupId, userId, folder, empty }) =>
      transact(keyOf(groupId), async (tx) => {
        const group = await requireMemberGroup(tx, groupId, userId);
        const [rootKey, userKey] = [keyOf(folder), keyOf(userId)];
        if (!(await hasBelow(tx, 'files', group, rootKey))) throw folderNotFound(group.group_id, folder);
        if (group.owner_key !== userKey && !(await hasBelow(tx, 'shares', group, rootKey, userKey)))
          throw sharesNothingBelow(group.group_id, folder);
        await replace(tx, group, rootKey, empty);
        const { count } = await tx
          .selectFrom('empty_folders')
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .where('group_key', '=', group.group_key)
          .executeTakeFirstOrThrow();
        if (empty.length > 0 && count > emptyFoldersPerGroup)
          throw tooManyEmptyFolders(group.group_id, emptyFoldersPerGroup);
      }),

    async listEmptyFolders(groupId, userId, folder, { after, limit }) {
      const group = await requireMemberGroup(db, groupId, userId);
      const key = keyOf(folder);
      if (!(await hasBelow(db, 'files', group, key))) return [];
      let query = db
        .selectFrom('empty_folders')
        .select('folder_name')
        .where('group_key', '=', group.group_key)
        .where('folder_key', '>', `${key}/`)
        .where('folder_key', '<', behindFolder(key))
        .where(HAS_FILES)
        .orderBy('folder_key')
        .limit(limit);
      if (after !== undefined) query = query.where('folder_key', '>', keyOf(after));
      return (await query.execute()).map((row) => row.folder_name);
    },
  };
}

/** Forgets empty folders of folders that have no file any more, in one small step. @returns where the next step begins */
export async function forgetEmptyFolders(tx: Kysely<Tables>, after: Place): Promise<Place | undefined> {
  const rows = await tx
    .selectFrom('empty_folders')
    .select(['group_key', 'folder_key'])
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('group_key', 'folder_key'), '>', tuple(after.groupKey, after.fileKey)),
    )
    .orderBy('group_key')
    .orderBy('folder_key')
    .limit(ROWS_A_STEP)
    .execute();
  const last = rows.at(-1);
  if (!last) return undefined;
  await tx
    .deleteFrom('empty_folders')
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('group_key', 'folder_key'), '>', tuple(after.groupKey, after.fileKey)),
    )
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('group_key', 'folder_key'), '<=', tuple(last.group_key, last.folder_key)),
    )
    .where(({ not }) => not(HAS_FILES))
    .execute();
  return rows.length < ROWS_A_STEP ? undefined : { groupKey: last.group_key, fileKey: last.folder_key };
}

/** Whether the group has a file below a folder, or a share of a user. */
async function hasBelow(
  db: Kysely<Tables>,
  table: 'files' | 'shares',
  { group_key }: GroupRow,
  folderKey: string,
  userKey?: string,
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from ${sql.table(table)}
    where group_key = ${group_key} and file_key > ${`${folderKey}/`} and file_key < ${behindFolder(folderKey)}
      ${userKey === undefined ? sql`` : sql`and user_key = ${userKey}`}
    limit 1`.execute(db);
  return rows.length > 0;
}

/** One statement for all rows that go and one for all that come: what stays is not written again. */
async function replace(
  tx: Kysely<Tables>,
  { group_key }: GroupRow,
  rootKey: string,
  empty: readonly string[],
): Promise<void> {
  const named = new Map(empty.map((name) => [keyOf(name), name]));
  await tx
    .deleteFrom('empty_folders')
    .where('group_key', '=', group_key)
    .where('folder_key', '>', `${rootKey}/`)
    .where('folder_key', '<', behindFolder(rootKey))
    .where('folder_key', 'not in', sql<string>`(select value from ${listOf(tx, [...named.keys()])} as asked)`)
    .execute();
  await sql`
    insert into empty_folders (group_key, folder_key, folder_name, root_key)
    select ${group_key}, value ->> 0, value ->> 1, ${rootKey} from ${rowsOf(tx, [...named])} as asked
    where true on conflict (group_key, folder_key) do update
      set folder_name = excluded.folder_name, root_key = excluded.root_key
      where empty_folders.folder_name <> excluded.folder_name or empty_folders.root_key <> excluded.root_key`.execute(
    tx,
  );
}
