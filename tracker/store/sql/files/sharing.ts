import { ShoalError } from '@shoal/sdk/protocol';
import type { Kysely } from 'kysely';
import { fileRemoved, nameTaken, versionForgotten } from '../../file-errors.js';
import type { Quotas } from '../../quotas.js';
import type { NewShare } from '../../store.js';
import type { HeldFile } from '../../versions.js';
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
import { mayPublish } from './publishing.js';
import { allowanceFor } from './share-allowance.js';

/**
 * Registers files one after the other, as if each were registered alone. It reads first and writes afterwards, with few
 * statements, because a folder has hundreds of files.
 */
export async function shareAll(
  tx: Kysely<Tables>,
  sharer: Sharer,
  files: readonly NewShare[],
  quotas: Quotas,
): Promise<(HeldFile | ShoalError)[]> {
  const known = await lookUp(tx, sharer.group, files);
  const allowance = await allowanceFor(tx, sharer, files, known, quotas);
  const forgotten = await forgottenAmong(tx, sharer, known, files);
  const additions = noAdditions();
  const results = files.map((item) => {
    try {
      const key = keyOf(item.fileName);
      const there = known.files.get(key);
      const version = there
        ? keptVersion(known, there, item, sharer, forgotten)
        : firstVersion(known, key, item, sharer);
      const { file } = version;
      allowance.take(key, file.sizeBytes, there ? 'nothing' : 'file');
      if (!there) {
        remember(known, version);
        additions.manifests.push(item);
        additions.versions.push(version);
      }
      additions.held.set(key, file.version);
      return { file, newest: there?.file ?? file };
    } catch (error) {
      if (error instanceof ShoalError) return error; // the item changed nothing
      throw error;
    }
  });
  await writeAll(tx, sharer, additions);
  return results;
}

/** @throws ShoalError `VERSION_NOT_FOUND`, `NAME_TAKEN` */
function keptVersion(
  known: Known,
  { file }: KnownFile,
  { fileName, manifestId }: NewShare,
  sharer: Sharer,
  forgotten: ReadonlySet<string>,
): KnownVersion {
  const key = keyOf(fileName);
  const kept = known.contents.get(contentKey(key, manifestId));
  if (kept) return kept;
  if (forgotten.has(key)) throw versionForgotten(file.groupId, file.fileName);
  throw nameTaken(file, { fileName, userId: sharer.userId, mayPublish: mayPublish(file, sharer) });
}

/** @throws ShoalError `FILE_REMOVED`, `NAME_TAKEN`, `MANIFEST_MISSING` */
function firstVersion(known: Known, key: string, item: NewShare, sharer: Sharer): KnownVersion {
  const { fileName, manifestId } = item;
  const { group, userId, deviceId, nowMs } = sharer;
  if (known.removed.has(contentKey(key, manifestId))) throw fileRemoved(group.group_id, fileName);
  const sizeBytes = sizeIn(known, item);
  admitName(known, fileName, userId);
  const made = { sharedBy: userId, sharedAtMs: nowMs, version: 1, publishedBy: userId, publishedAtMs: nowMs };
  return { file: { groupId: group.group_id, fileName, manifestId, sizeBytes, ...made }, deviceId };
}

/** The keys of those files of which the device has a version that the group has forgotten. It matters only for contents that the group does not have. */
async function forgottenAmong(
  tx: Kysely<Tables>,
  { group, userId, deviceId }: Sharer,
  known: Known,
  files: readonly NewShare[],
): Promise<ReadonlySet<string>> {
  const keys = files.flatMap(({ fileName, manifestId }) => {
    const key = keyOf(fileName);
    return known.files.has(key) && !known.contents.has(contentKey(key, manifestId)) ? [key] : [];
  });
  if (keys.length === 0) return new Set();
  const rows = await tx
    .selectFrom('shares')
    .select('file_key')
    .where('group_key', '=', group.group_key)
    .where('file_key', 'in', [...new Set(keys)])
    .where('user_key', '=', keyOf(userId))
    .where('device_id', '=', deviceId)
    .where('version', 'is', null)
    .execute();
  return new Set(rows.map((row) => row.file_key));
}
