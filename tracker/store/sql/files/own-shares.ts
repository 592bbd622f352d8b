import { nameKey } from '@shoal/sdk/protocol';
import type { Kysely } from 'kysely';
import type { OwnShareStore, Sharer } from '../../own-shares.js';
import { requireMemberGroup } from '../group-queries.js';
import type { Tables } from '../tables.js';

/** What one device shares. */
export function sqlOwnShares(db: Kysely<Tables>): OwnShareStore {
  const sharesOf = async ({ groupId, userId, deviceId }: Sharer, afterKey: string | undefined, limit: number) => {
    const { group_key } = await requireMemberGroup(db, groupId, userId);
    const query = db
      .selectFrom('shares')
      .where('shares.group_key', '=', group_key)
      .where('shares.user_key', '=', nameKey(userId))
      .where('shares.device_id', '=', deviceId)
      .orderBy('shares.file_key')
      .limit(limit);
    return afterKey === undefined ? query : query.where('shares.file_key', '>', afterKey);
  };
  return {
    async listShares(sharer, { after, limit }) {
      const query = await sharesOf(sharer, after === undefined ? undefined : nameKey(after), limit);
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
