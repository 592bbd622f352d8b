import { type Kysely, sql } from 'kysely';
import type { Quotas } from '../../quotas.js';
import type { Store } from '../../store.js';
import { inNoGroup, tooManyUnusedManifests } from '../../store-errors.js';
import { type GroupRow, requireMemberGroup } from '../group-queries.js';
import { keyOf } from '../name-keys.js';
import type { Tables } from '../tables.js';
import type { SqlDatabase } from '../transact.js';
import { keepManifests } from './holding.js';

type Manifests = Pick<Store, 'admitManifest' | 'putManifest' | 'readManifest' | 'readManifests'>;

/** Disk usage of the smallest manifest: its row and its entries in two indexes. */
const LEAST_BYTES = 4096;

/** The manifests of files. */
export function sqlManifests({ db, transact }: SqlDatabase, quotas: Quotas): Manifests {
  return {
    admitManifest: (userId, byteCount) => admit(db, keyOf(userId), byteCount, quotas),

    putManifest: ({ manifestId, sizeBytes, bytes, userId, nowMs }) =>
      transact(keyOf(userId), async (tx) => {
        const userKey = keyOf(userId);
        const isNew = !(await isKept(tx, manifestId));
        await admit(tx, userKey, isNew ? bytes.length : 0, quotas);
        await keepManifests(tx, [{ manifestId, sizeBytes, bytes }], nowMs);
        if (!isNew) return;
        const byte_count = Math.max(LEAST_BYTES, bytes.length);
        await tx
          .insertInto('unused_manifests')
          .values({ manifest_id: manifestId, user_key: userKey, byte_count })
          .execute();
      }),

    async readManifest(manifestId, userId) {
      const row = await db
        .selectFrom('versions')
        .innerJoin('memberships', 'memberships.group_key', 'versions.group_key')
        .innerJoin('manifests', 'manifests.manifest_id', 'versions.manifest_id')
        .select('manifests.bytes')
        .where('versions.manifest_id', '=', manifestId)
        .where('memberships.user_key', '=', keyOf(userId))
        .limit(1) // any number of versions may have it
        .executeTakeFirst();
      return row && new Uint8Array(row.bytes);
    },

    async readManifests(groupId, userId, manifestIds, mostBytes) {
      const group = await requireMemberGroup(db, groupId, userId);
      const sizes = await sizesOf(db, group, manifestIds);
      let left = mostBytes;
      const wanted = new Set(
        manifestIds.filter((id) => {
          const size = sizes.get(id) ?? Infinity;
          if (size > left) return false;
          left -= size;
          return true;
        }),
      );
      if (wanted.size === 0) return new Map();
      const rows = await db
        .selectFrom('manifests')
        .select(['manifest_id', 'bytes'])
        .where('manifest_id', 'in', [...wanted])
        .execute();
      return new Map(rows.map((row) => [row.manifest_id, new Uint8Array(row.bytes)]));
    },
  };
}

async function isKept(tx: Kysely<Tables>, manifestId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('manifests')
    .select('manifest_id')
    .where('manifest_id', '=', manifestId)
    .executeTakeFirst();
  return row !== undefined;
}

/** @throws ShoalError `NOT_A_MEMBER`, `QUOTA_EXCEEDED` */
async function admit(db: Kysely<Tables>, userKey: string, byteCount: number, quotas: Quotas): Promise<void> {
  const membership = await db
    .selectFrom('memberships')
    .innerJoin('users', 'users.user_key', 'memberships.user_key')
    .select('users.unused_bytes')
    .where('memberships.user_key', '=', userKey)
    .limit(1)
    .executeTakeFirst();
  if (!membership) throw inNoGroup();
  const { unusedManifestBytesPerUser } = quotas;
  if (byteCount > 0 && membership.unused_bytes + Math.max(LEAST_BYTES, byteCount) > unusedManifestBytesPerUser)
    throw tooManyUnusedManifests(unusedManifestBytesPerUser);
}

/** The sizes of those manifests that versions in the group have, without reading the manifests. */
async function sizesOf(
  db: Kysely<Tables>,
  { group_key }: GroupRow,
  manifestIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('manifests')
    .select(['manifest_id', sql<number>`length(bytes)`.as('byte_count')])
    .where('manifest_id', 'in', manifestIds)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('versions')
          .select('file_key')
          .where('versions.group_key', '=', group_key)
          .whereRef('versions.manifest_id', '=', 'manifests.manifest_id'),
      ),
    )
    .execute();
  return new Map(rows.map((row) => [row.manifest_id, row.byte_count]));
}
