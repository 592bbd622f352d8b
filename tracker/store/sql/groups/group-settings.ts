import type { GroupSettings } from '@shoal/sdk/protocol';
import type { Kysely, Updateable } from 'kysely';
import { keyOf } from '../name-keys.js';
import type { Tables } from '../tables.js';

/** What an epoch may be beyond that of a group that is created now: removals of members since. */
const MOST_REMOVALS = 1_000_000;

/** The columns of the settings that are named. */
export function columnsOf({
  publishers,
  keepVersions,
  keepDays,
}: GroupSettings): Pick<Updateable<Tables['groups']>, 'publishers' | 'keep_versions' | 'keep_days'> {
  return {
    ...(publishers !== undefined && { publishers }),
    ...(keepVersions !== undefined && { keep_versions: keepVersions }),
    ...(keepDays !== undefined && { keep_days: keepDays }),
  };
}

/** Raises epochs; see `Store.raiseEpochs`. An epoch begins with the microsecond in which its group is created. */
export async function raiseEpochs(
  tx: Kysely<Tables>,
  proven: readonly { readonly groupId: string; readonly epoch: number }[],
  nowMs: number,
): Promise<void> {
  const most = nowMs * 1000 + MOST_REMOVALS;
  for (const { groupId, epoch } of proven) {
    if (epoch > most) continue;
    await tx
      .updateTable('groups')
      .set({ epoch })
      .where('group_key', '=', keyOf(groupId))
      .where('epoch', '<', epoch)
      .execute();
  }
}
