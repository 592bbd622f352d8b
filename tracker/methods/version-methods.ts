import {
  MAX_PAGE_VERSIONS,
  parseNewFilePath,
  type SharedFile,
  ShoalError,
  type TrackerParams,
} from '@shoal/sdk/protocol';
import type { Connection } from '../server/connections/connection.js';
import type { NewVersion, PublishedFile, RemovedFile, VersionTerms } from '../store/versions.js';
import { orRefusal, parseShare, placeResults } from './batch-items.js';
import type { Handlers, MethodContext } from './context.js';
import { admitFiles, announceAll } from './file-methods.js';
import { type FileOrRefusal, fitting, refusal, tellFiles, viewFile, viewRefusal } from './file-views.js';
import { tellMembers } from './members.js';
import { cutPage } from './pages.js';

type VersionMethods = Pick<Handlers, 'publishVersion' | 'publishVersions' | 'listVersions' | 'removeFiles'>;

/** Methods for versions of files. */
export const versionMethods: VersionMethods = {
  async publishVersion({ groupId, ...item }, connection, context) {
    const { swarm } = context;
    const version = { ...item, fileName: parseNewFilePath(item.fileName), ...parseTerms(item) };
    const [published] = await publishAll(groupId, [version], connection, context);
    if (!published) throw new ShoalError('INTERNAL', 'Nothing was published.');
    if (published instanceof ShoalError) throw await viewRefusal(published, groupId, swarm);
    const file = await viewFile(published.newest, swarm);
    const { groupId: canonical } = published.file;
    const event = published.change === 'updated' ? 'fileUpdated' : 'fileShared';
    await tellMembers(canonical, context, { event, payload: { groupId: canonical, file } });
    return { file: await viewFile(published.file, swarm) };
  },

  async publishVersions({ groupId, files }, connection, context) {
    const { swarm } = context;
    const parsed = files.map((item) => orRefusal(() => parseVersion(item)));
    const good = parsed.flatMap((one) => (one instanceof ShoalError ? [] : [one]));
    const published = await publishAll(groupId, good, connection, context);
    const news: { filesShared: SharedFile[]; filesUpdated: SharedFile[] } = { filesShared: [], filesUpdated: [] };
    let canonical = groupId;
    const results: FileOrRefusal[] = [];
    for (const one of placeResults(parsed, published)) {
      if (one instanceof ShoalError) {
        results.push(refusal(await viewRefusal(one, groupId, swarm)));
        continue;
      }
      canonical = one.file.groupId;
      news[one.change === 'updated' ? 'filesUpdated' : 'filesShared'].push(await viewFile(one.newest, swarm));
      results.push({ file: await viewFile(one.file, swarm) });
    }
    for (const event of ['filesShared', 'filesUpdated'] as const)
      await tellFiles(event, canonical, news[event], context);
    return { files: fitting(results) };
  },

  async listVersions({ groupId, fileName, before, limit = MAX_PAGE_VERSIONS }, connection, { store, swarm, slices }) {
    const { userId } = connection.requireSession();
    const found = await store.listVersions(groupId, userId, fileName, { before, limit: limit + 1 });
    const [page, next] = cutPage(found.versions, limit, ({ version }) => version);
    const versions = [];
    for (const version of page) {
      await slices.pause(connection); // to count the users of a content with many devices takes a millisecond
      const users = await swarm.countUsers({ groupId: found.groupId, manifestId: version.manifestId });
      // A device may announce a version that it keeps beside the one that it shares.
      versions.push({ ...version, members: Math.max(version.members, users), membersOnline: users });
    }
    return { versions, next };
  },

  async removeFiles({ groupId, fileNames, bases }, connection, context) {
    const { userId } = connection.requireSession();
    if (bases && bases.length !== fileNames.length)
      throw new ShoalError('INVALID_ARGUMENT', 'There is one base for each file, or none: send as many.');
    const { store, slices, now } = context;
    const results: (RemovedFile | ShoalError)[] = [];
    while (results.length < fileNames.length) {
      const at = results.length;
      const rest = { fileNames: fileNames.slice(at), bases: bases?.slice(at) };
      const step = await store.removeFiles({ groupId, userId, ...rest, nowMs: now() });
      const removed = step.flatMap((one) => (one instanceof ShoalError ? [] : [one]));
      if (removed[0]) await tellRemoved(removed[0].groupId, removed, userId, context);
      results.push(...step);
      await slices.pause(connection);
    }
    return { files: results.map((one) => (one instanceof ShoalError ? refusal(one) : {})) };
  },
};

/** Publishes versions and announces this device as their source. The caller notifies the members. */
async function publishAll(
  groupId: string,
  files: readonly NewVersion[],
  connection: Connection,
  context: MethodContext,
): Promise<(PublishedFile | ShoalError)[]> {
  const { userId, deviceId } = connection.requireSession();
  await admitFiles(files.length, connection, context);
  const { store, now } = context;
  const published = await store.publishVersions({ groupId, userId, deviceId, files, nowMs: now() });
  await announceAll(published, connection, context);
  return published;
}

/** Withdraws all sources of the removed contents, and notifies the members. */
async function tellRemoved(
  groupId: string,
  removed: readonly RemovedFile[],
  removedBy: string,
  context: MethodContext,
): Promise<void> {
  const { swarm, hub } = context;
  for (const manifestId of removed.flatMap(({ gone }) => gone)) {
    const holding = { groupId, manifestId };
    for (const deviceId of await swarm.withdrawAll(holding)) await hub.publishWent(deviceId, holding);
  }
  const files = removed.map(({ fileName, manifestId }) => ({ fileName, manifestId }));
  await tellMembers(groupId, context, { event: 'filesRemoved', payload: { groupId, files, removedBy } });
}

function parseVersion(item: TrackerParams<'publishVersions'>['files'][number]): NewVersion {
  return { ...parseShare(item), base: item.base, ...parseTerms(item) };
}

/** Control characters, except line breaks. */
const CONTROL = /[^\P{Cc}\n]/u;

/** @throws ShoalError `INVALID_ARGUMENT` */
function parseTerms({ note, modifiedMs, executable }: VersionTerms): VersionTerms {
  if (note !== undefined && CONTROL.test(note))
    throw new ShoalError(
      'INVALID_ARGUMENT',
      'A note contains no control characters except line breaks: leave them out.',
    );
  return { note: note === '' ? undefined : note, modifiedMs, executable };
}
