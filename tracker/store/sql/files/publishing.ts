import { MAX_VERSION, ShoalError } from '@shoal/sdk/protocol';
import type { Kysely } from 'kysely';
import { fileRemoved, nameTaken, versionConflict } from '../../file-errors.js';
import type { Quotas } from '../../quotas.js';
import type { StoredFile } from '../../store.js';
import { tooManyVersions } from '../../store-errors.js';
import type { NewVersion, PublishedFile } from '../../versions.js';
import { keyOf } from '../name-keys.js';
import type { Tables } from '../tables.js';
import { noAdditions, writeAll } from './holding.js';
import {
  admitName,
  contentKey,
  type Known,
  type KnownFile,
  type KnownVersion,
  lookUp,
  remember,
  type Sharer,
  sizeIn,
} from './known-names.js';
import { allowanceFor } from './share-allowance.js';

/** Whether a user may publish versions of a file. */
export function mayPublish({ sharedBy }: Pick<StoredFile, 'sharedBy'>, { group, userId }: Sharer): boolean {
  const userKey = keyOf(userId);
  return group.publishers === 'members' || group.owner_key === userKey || keyOf(sharedBy) === userKey;
}

/** Publishes versions one after the other, as if each were published alone; see `shareAll`. */
export async function publishAll(
  tx: Kysely<Tables>,
  sharer: Sharer,
  items: readonly NewVersion[],
  quotas: Quotas,
): Promise<(PublishedFile | ShoalError)[]> {
  const known = await lookUp(tx, sharer.group, items);
  const allowance = await allowanceFor(tx, sharer, items, known, quotas);
  const additions = noAdditions();
  const cleared = new Set<string>();
  const results = items.map((item): PublishedFile | ShoalError => {
    try {
      const key = keyOf(item.fileName);
      const there = known.files.get(key);
      const published = there && publishedBefore(known, there, item, sharer);
      const version = published ?? nextVersion(known, there, item, sharer, quotas);
      const { file } = version;
      allowance.take(key, file.sizeBytes, published ? 'nothing' : there ? 'version' : 'file');
      additions.held.set(key, file.version);
      if (published) return { file, newest: there.file, change: 'none' };
      remember(known, version);
      additions.manifests.push(item);
      additions.versions.push(version);
      if (!there && known.removed.has(key)) cleared.add(key);
      return { file, newest: file, change: there ? 'updated' : 'made' };
    } catch (error) {
      if (error instanceof ShoalError) return error; // the item changed nothing
      throw error;
    }
  });
  await writeAll(tx, sharer, additions);
  if (cleared.size > 0)
    await tx
      .deleteFrom('removed_files')
      .where('group_key', '=', sharer.group.group_key)
      .where('file_key', 'in', [...cleared])
      .execute();
  return results;
}

/**
 * The version that this publication is already: the newest one has its content, or it is repeated because its answer was lost.
 */
function publishedBefore(
  known: Known,
  newest: KnownFile,
  { fileName, manifestId, base }: NewVersion,
  { deviceId }: Sharer,
): KnownVersion | undefined {
  if (newest.file.manifestId === manifestId) return newest;
  const same = known.contents.get(contentKey(keyOf(fileName), manifestId));
  return same?.file.version === base + 1 && same.deviceId === deviceId ? same : undefined;
}

/** @throws ShoalError `NAME_TAKEN`, `VERSION_CONFLICT`, `FILE_REMOVED`, `MANIFEST_MISSING`, `QUOTA_EXCEEDED` */
function nextVersion(
  known: Known,
  there: KnownFile | undefined,
  item: NewVersion,
  sharer: Sharer,
  quotas: Quotas,
): KnownVersion {
  const { fileName, manifestId, base, note, modifiedMs, executable } = item;
  const { group, userId, deviceId, nowMs } = sharer;
  const newest = there?.file;
  if (newest && !mayPublish(newest, sharer)) throw nameTaken(newest, { fileName, userId, mayPublish: false });
  if (newest && newest.version !== base) throw versionConflict(newest);
  if (!newest && base > 0 && known.removed.has(keyOf(fileName))) throw fileRemoved(group.group_id, fileName);
  const sizeBytes = sizeIn(known, item);
  if (!newest) admitName(known, fileName, userId);
  if ((there?.kept ?? 0) >= quotas.versionsPerFile || base >= MAX_VERSION)
    throw tooManyVersions(newest?.fileName ?? fileName, quotas.versionsPerFile);
  const name = { fileName: newest?.fileName ?? fileName, sharedBy: newest?.sharedBy ?? userId };
  const file = { groupId: group.group_id, ...name, sharedAtMs: newest?.sharedAtMs ?? nowMs, manifestId, sizeBytes };
  const terms = {
    ...(note !== undefined && { note }),
    ...(modifiedMs !== undefined && { modifiedMs }),
    ...(executable !== undefined && { executable }),
  };
  return { file: { ...file, version: base + 1, publishedBy: userId, publishedAtMs: nowMs, ...terms }, deviceId };
}
