import { lookOf } from '../../look-alike.js';
import type { SqlDatabase } from '../transact.js';

/** Fills in the skeletons of names that an older tracker wrote. SQL cannot calculate them. */
export async function fillLooks({ transact }: Pick<SqlDatabase, 'transact'>): Promise<void> {
  await transact(undefined, async (tx) => {
    for (const { user_id: name, user_key: key } of await tx
      .selectFrom('users')
      .select(['user_id', 'user_key'])
      .where('look', 'is', null)
      .execute())
      await tx
        .updateTable('users')
        .set({ look: lookOf(name) })
        .where('user_key', '=', key)
        .execute();
    for (const { group_id: name, group_key: key } of await tx
      .selectFrom('groups')
      .select(['group_id', 'group_key'])
      .where('look', 'is', null)
      .execute())
      await tx
        .updateTable('groups')
        .set({ look: lookOf(name) })
        .where('group_key', '=', key)
        .execute();
  });
}
