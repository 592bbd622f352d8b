import type { OwnShareStore, Sharer } from '../../own-shares.js';
import { requireMemberGroup } from '../group-queries.js';
import { keyOf } from '../name-keys.js';
import type { SqlDatabase } from '../transact.js';

/** What one device shares. */
export function sqlOwnShares({ db }: Pick<SqlDatabase, 'db'>): OwnShareStore {
  const sharesOf = async ({ groupId, userId, deviceId }: Sharer, afterKey: string | undefined, limit: number) => {
    const { group_key } = await requireMemberGroup(db, groupId, userId);
    const query = db
      .selectFrom('shares')
      .where('shares.group_key', '=', group_key)
      .where('shares.user_key', '=', keyOf(userId))
      .where('shares.device_id', '=', deviceId)
      .orderBy('shares.file_key')
      .limit(limit);
    return afterKey === undefined ? query : query.where('shares.file_key', '>', afterKey);
  };
  return {
    async listShares(sharer, { after, limit }) {
      const query = await sharesOf(sharer, after === undefined ? undefined : keyOf(after), limit);
      const rows = await query
        .innerJoin('files', (join) =>
          join.onRef('files.group_key', '=', 'shares.group_key').onRef('files.file_key', '=', 'shares.file_key'),
        )
        .select('files.file_name')
        .execute();
      return rows.map((row) => row.file_name);
    },

    async listShareKeys(sharer, { after, limit }) {
      const rows = await (await sharesOf(sharer, after, limit)).select('shares.file_key').execute();
      return rows.map((row) => row.file_key);
    },
  };
}
