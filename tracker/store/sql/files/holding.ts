import type { Kysely } from 'kysely';
import type { NewShare } from '../../store.js';
import { keyOf } from '../name-keys.js';
import type { Tables } from '../tables.js';
import type { KnownVersion, Sharer } from './known-names.js';

/** What a request adds: at the end it is written in few statements, because a folder has hundreds of files. */
export interface Additions {
  /** Manifests that came with the request. */
  readonly manifests: NewShare[];
  /** New versions, in order. */
  readonly versions: KnownVersion[];
  /** The version that the device has of each name, by key. */
  readonly held: Map<string, number>;
}

export function noAdditions(): Additions {
  return { manifests: [], versions: [], held: new Map() };
}

export async function writeAll(tx: Kysely<Tables>, sharer: Sharer, additions: Additions): Promise<void> {
  const manifests = additions.manifests.flatMap(({ manifestId, manifest }) =>
    manifest ? { manifestId, ...manifest } : [],
  );
  await keepManifests(tx, manifests, sharer.nowMs);
  if (additions.versions.length > 0) await addVersions(tx, sharer, additions.versions);
  await hold(tx, sharer, additions.held);
}

async function addVersions(
  tx: Kysely<Tables>,
  { group: { group_key } }: Sharer,
  versions: readonly KnownVersion[],
): Promise<void> {
  const newest = new Map(versions.map(({ file }) => [keyOf(file.fileName), file]));
  const files = Array.from(newest, ([file_key, file]) => ({
    ...{ group_key, file_key, file_name: file.fileName, manifest_id: file.manifestId, version: file.version },
    ...{ shared_by: file.sharedBy, shared_at_ms: file.sharedAtMs },
  }));
  await tx
    .insertInto('files')
    .values(files)
    .onConflict((conflict) =>
      conflict.columns(['group_key', 'file_key']).doUpdateSet(({ ref }) => ({
        manifest_id: ref('excluded.manifest_id'),
        version: ref('excluded.version'),
      })),
    )
    .execute();
  const rows = versions.map(({ file, deviceId }) => ({
    ...{ group_key, file_key: keyOf(file.fileName), version: file.version, manifest_id: file.manifestId },
    ...{ published_by: file.publishedBy, device_id: deviceId, published_at_ms: file.publishedAtMs },
    ...{ note: file.note ?? null, modified_ms: file.modifiedMs ?? null },
    executable: file.executable === undefined ? null : Number(file.executable),
  }));
  await tx.insertInto('versions').values(rows).execute();
}

async function hold(
  tx: Kysely<Tables>,
  { group: { group_key }, userId, deviceId }: Sharer,
  held: ReadonlyMap<string, number>,
): Promise<void> {
  if (held.size === 0) return;
  const shares = Array.from(held, ([file_key, version]) => ({
    ...{ group_key, file_key, user_key: keyOf(userId), device_id: deviceId, version },
  }));
  await tx
    .insertInto('shares')
    .values(shares)
    .onConflict((conflict) =>
      conflict
        .columns(['group_key', 'file_key', 'user_key', 'device_id'])
        .doUpdateSet(({ ref }) => ({ version: ref('excluded.version') }))
        .whereRef('shares.version', 'is distinct from', ({ ref }) => ref('excluded.version')),
    )
    .execute();
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
