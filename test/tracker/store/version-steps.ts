import assert from 'node:assert/strict';
import { ShoalError } from '../../../sdk/protocol/index.js';
import type { Store } from '../../../tracker/store/store.js';
import type { NewVersion } from '../../../tracker/store/versions.js';
import { madeManifest } from '../made-manifest.js';
import { stopShare } from './stop-share.js';
import { CONTENTS, KEPT, USERS, type VersionModel, type VersionStep } from './version-model.js';

const PAGE = { limit: 1000 };

/** What triggers count, beside what there is: no row of the answer may differ. */
export const MISCOUNTED = `
  SELECT 'files' AS what, group_key AS key FROM groups
    WHERE files <> (SELECT count(*) FROM files WHERE files.group_key = groups.group_key)
  UNION ALL SELECT 'versions', group_key FROM groups
    WHERE versions <> (SELECT count(*) FROM versions WHERE versions.group_key = groups.group_key)
  UNION ALL SELECT 'removed', group_key FROM groups
    WHERE removed <> (SELECT count(*) FROM removed_files WHERE removed_files.group_key = groups.group_key)
  UNION ALL SELECT 'versions of a file', file_key FROM files WHERE versions <> (
    SELECT count(*) FROM versions WHERE versions.group_key = files.group_key AND versions.file_key = files.file_key)
  UNION ALL SELECT 'newest', file_key FROM files WHERE NOT EXISTS (
    SELECT 1 FROM versions WHERE versions.group_key = files.group_key AND versions.file_key = files.file_key
      AND versions.version = files.version AND versions.manifest_id = files.manifest_id)
  UNION ALL SELECT 'shares of a user', user_key FROM users
    WHERE files <> (SELECT count(*) FROM shares WHERE shares.user_key = users.user_key)
  UNION ALL SELECT 'bytes of a user', user_key FROM users WHERE bytes <> (
    SELECT coalesce(sum(size_bytes), 0) FROM shares JOIN versions USING (group_key, file_key, version)
      JOIN manifests USING (manifest_id) WHERE shares.user_key = users.user_key)
  UNION ALL SELECT 'shares of a device', device_id FROM devices WHERE files <> (
    SELECT count(*) FROM shares WHERE shares.user_key = devices.user_key AND shares.device_id = devices.device_id)
  UNION ALL SELECT 'unused', manifest_id FROM manifests WHERE (manifest_id IN (SELECT manifest_id FROM unused_manifests))
    = (manifest_id IN (SELECT manifest_id FROM versions))`;

/** A group of all users, which keeps as many versions as the model. */
export async function formGroup(store: Store, groupId: string): Promise<void> {
  await store.createGroup(groupId, 'u0', 1, { keepVersions: KEPT, keepDays: 0 });
  for (const userId of USERS.slice(1)) {
    await store.requestToJoin(groupId, userId, 2);
    await store.decideRequest(groupId, 'u0', userId, true, 3);
  }
}

export function content(seed: number, sizeBytes = 5 + seed): Omit<NewVersion, 'fileName' | 'base'> {
  const { manifestId, manifest } = madeManifest(seed);
  return { manifestId, manifest: { ...manifest, sizeBytes } };
}

/** Does in a store what a step of the model says, and returns the outcome as the model words it. */
export async function takeStep(
  store: Store,
  groupId: string,
  taken: VersionStep,
  { base, isOpen, nowMs }: Pick<VersionModel, 'isOpen'> & { base: number; nowMs: number },
): Promise<string> {
  const { kind, user: userId, device, name: fileName } = taken;
  const about = { groupId, userId, deviceId: device, nowMs };
  const item = { fileName, ...content(taken.content) };
  try {
    if (kind === 'publish' || kind === 'share') {
      const [one] =
        kind === 'share'
          ? await store.shareFiles({ ...about, files: [item] })
          : await store.publishVersions({ ...about, files: [{ ...item, base }] });
      if (!one || 'code' in one) throw one ?? new Error('nothing');
      return `ok ${one.file.version} ${one.file.sharedBy}`;
    }
    if (kind === 'stop') await stopShare(store, { groupId, userId, deviceId: device, fileName });
    if (kind === 'remove') {
      const [one] = await store.removeFiles({ groupId, userId, nowMs, fileNames: [fileName] });
      if (one && 'code' in one) throw one;
    }
    if (kind === 'open') await store.changeGroup(groupId, 'u0', { publishers: isOpen ? 'author' : 'members' });
    if (kind === 'forget') await store.sweep(nowMs + 1, 0);
    return 'ok';
  } catch (error) {
    if (!(error instanceof ShoalError)) throw error;
    return error.newest ? `${error.code} ${error.newest.version}` : error.code;
  }
}

/** Each version as a line, as the model has it. */
export async function linesOf(store: Store, groupId: string): Promise<string[]> {
  const contents = Array.from({ length: CONTENTS }, (_, seed) => madeManifest(seed).manifestId);
  const listed: string[] = [];
  for (const file of await store.listFiles(groupId, 'u1', PAGE)) {
    const { versions } = await store.listVersions(groupId, 'u1', file.fileName, PAGE);
    assert.deepEqual([versions[0]?.version, versions[0]?.manifestId], [file.version, file.manifestId]);
    for (const { version, manifestId, publishedBy, members } of versions.toReversed())
      listed.push(`${file.fileName} ${version} ${contents.indexOf(manifestId)} ${publishedBy} ${members}`);
  }
  return listed;
}
