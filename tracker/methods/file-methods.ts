import { type ErrorCode, MAX_PAGE_FILES, MAX_SOURCES, parseNewFilePath, ShoalError } from '@shoal/sdk/protocol';
import { sourcesFor } from '../reach/source-view.js';
import type { Connection } from '../server/connections/connection.js';
import type { NewShare, StoppedShare, Store } from '../store/store.js';
import type { HeldFile } from '../store/versions.js';
import type { Holding } from '../swarm/swarm.js';
import type { Handlers, MethodContext } from './context.js';
import { viewFile } from './file-views.js';
import { tellMembers } from './members.js';
import { cutPage } from './pages.js';

type FileMethods = Pick<
  Handlers,
  'listFiles' | 'shareFile' | 'stopShare' | 'announce' | 'withdraw' | 'findSources' | 'unwatch'
>;

/** Announced contents between two checks of the time: a millisecond of work. */
const ITEMS_A_STEP = 100;

/** Methods for shared files and their sources. */
export const fileMethods: FileMethods = {
  async listFiles({ groupId, folder, after, limit = MAX_PAGE_FILES }, connection, { store, swarm }) {
    const { userId } = connection.requireSession();
    const files = await store.listFiles(groupId, userId, { folder, after, limit: limit + 1 });
    const [page, next] = cutPage(files, limit, ({ fileName }) => fileName);
    return { files: await Promise.all(page.map((file) => viewFile(file, swarm))), next };
  },

  async shareFile({ groupId, ...share }, connection, context) {
    const [stored] = await shareAll(
      groupId,
      [{ ...share, fileName: parseNewFilePath(share.fileName) }],
      connection,
      context,
    );
    if (!stored || stored instanceof ShoalError) throw stored ?? new ShoalError('INTERNAL', 'Nothing was shared.');
    const { groupId: canonical } = stored.file;
    const newest = await viewFile(stored.newest, context.swarm);
    await tellMembers(canonical, context, { event: 'fileShared', payload: { groupId: canonical, file: newest } });
    return { file: await viewFile(stored.file, context.swarm) };
  },

  async stopShare({ groupId, fileName }, connection, context) {
    const [stopped] = await stopAll(groupId, [fileName], connection, context);
    if (!stopped || stopped instanceof ShoalError) throw stopped ?? new ShoalError('INTERNAL', 'Nothing was stopped.');
    const { fileName: name, manifestId, fileGone } = stopped;
    const payload = { groupId: stopped.groupId, manifestId, fileName: name };
    if (fileGone) await tellMembers(stopped.groupId, context, { event: 'fileStopped', payload });
    return {};
  },

  async announce({ items }, connection, { store, swarm, hub, slices }) {
    const { userId, deviceId } = connection.requireSession();
    const refused: { groupId: string; manifestId: string; code: string }[] = [];
    for (const [named, ofGroup] of byGroup(items)) {
      for (let at = 0; at < ofGroup.length; at += ITEMS_A_STEP) {
        // Before the check of the membership: a member who is removed during the pause must not announce anything.
        await slices.pause(connection);
        connection.requireSession();
        const step = ofGroup.slice(at, at + ITEMS_A_STEP);
        const here = await findContents(store, named, userId, step);
        for (const { manifestId, complete } of step) {
          if (!here.found.has(manifestId)) {
            refused.push({ groupId: named, manifestId, code: here.refusal });
            continue;
          }
          const holding = { groupId: here.groupId, manifestId };
          try {
            if (await swarm.announce(deviceId, holding, complete)) await hub.publishCame(deviceId, holding);
          } catch (error) {
            if (!(error instanceof ShoalError)) throw error;
            refused.push({ groupId: named, manifestId, code: error.code });
          }
        }
      }
    }
    return { refused };
  },

  async withdraw({ items }, connection, { swarm, hub, slices }) {
    const { deviceId } = connection.requireSession();
    for (const item of items) {
      await slices.pause(connection);
      connection.requireSession();
      const withdrawn = await swarm.withdraw(deviceId, item);
      if (withdrawn) await hub.publishWent(deviceId, withdrawn);
    }
    return {};
  },

  async findSources({ groupId, fileName, version, exclude = [] }, connection, { store, swarm, hub, limits, sites }) {
    const { userId, deviceId } = connection.requireSession();
    const stored = await store.findFile(groupId, userId, fileName, version);
    const holding = { groupId: stored.groupId, manifestId: stored.manifestId };
    if (!hub.watches(connection, holding) && connection.watched.size >= limits.watches) {
      throw new ShoalError(
        'RATE_LIMITED',
        `You are downloading ${limits.watches} files: wait until some are complete.`,
      );
    }
    await hub.watch(connection, holding);
    const known = await swarm.sample(holding, MAX_SOURCES, new Set([...exclude, deviceId]));
    return { file: await viewFile(stored, swarm), sources: sourcesFor(known, connection.viewer, sites) };
  },

  async unwatch({ served = [], ...holding }, connection, { swarm, hub }) {
    const { userId } = connection.requireSession();
    if (hub.watches(connection, holding)) await swarm.vouch(userId, served, holding);
    hub.unwatch(connection, holding);
    return {};
  },
};

function byGroup<T extends Holding>(items: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const known = groups.get(item.groupId);
    if (known) known.push(item);
    else groups.set(item.groupId, [item]);
  }
  return groups;
}

/**
 * Returns which of some contents the files of a group have. For a non-member it returns none, and the code of the
 * refusal.
 */
async function findContents(
  store: Store,
  groupId: string,
  userId: string,
  items: readonly Holding[],
): Promise<{ groupId: string; found: ReadonlySet<string>; refusal: ErrorCode }> {
  try {
    const manifestIds = items.map(({ manifestId }) => manifestId);
    return { ...(await store.findContents(groupId, userId, manifestIds)), refusal: 'FILE_NOT_FOUND' };
  } catch (error) {
    if (!(error instanceof ShoalError)) throw error;
    return { groupId, found: new Set(), refusal: error.code };
  }
}

/** Registers files and announces this device as their source. The caller notifies the members. */
export async function shareAll(
  groupId: string,
  files: readonly NewShare[],
  connection: Connection,
  context: MethodContext,
): Promise<(HeldFile | ShoalError)[]> {
  const { userId, deviceId } = connection.requireSession();
  await admitFiles(files.length, connection, context);
  const { store, now } = context;
  const stored = await store.shareFiles({ groupId, userId, deviceId, files, nowMs: now() });
  await announceAll(stored, connection, context);
  if (connection.accepts('fileUpdated')) return stored;
  return stored.map((one) => {
    const isNew = one instanceof ShoalError && (one.code === 'FILE_REMOVED' || one.code === 'VERSION_NOT_FOUND');
    return isNew ? new ShoalError('NAME_TAKEN', one.message) : one; // which version 0.1 takes as final
  });
}

/** Checks the quotas of files that a device is about to share. @throws ShoalError `RATE_LIMITED`, `QUOTA_EXCEEDED` */
export async function admitFiles(
  count: number,
  connection: Connection,
  { swarm, budgets }: MethodContext,
): Promise<void> {
  await budgets.spend('filesPerAddress', connection.address, count);
  if ((await swarm.roomOf(connection.requireSession().deviceId)) < count)
    throw new ShoalError('QUOTA_EXCEEDED', 'This device announces the maximum number of files: stop sharing some.');
}

/** Announces this device as a source of what it has now. */
export async function announceAll(
  held: readonly (HeldFile | ShoalError)[],
  connection: Connection,
  { swarm, hub }: MethodContext,
): Promise<void> {
  const { deviceId } = connection.requireSession();
  for (const one of held) {
    if (one instanceof ShoalError) continue;
    const holding = { groupId: one.file.groupId, manifestId: one.file.manifestId };
    if (await swarm.announce(deviceId, holding, true)) await hub.publishCame(deviceId, holding);
  }
}

/** Ends shares of this device; the caller tells the members. */
export async function stopAll(
  groupId: string,
  fileNames: readonly string[],
  connection: Connection,
  { store, swarm, hub, slices }: MethodContext,
): Promise<(StoppedShare | ShoalError)[]> {
  const { userId, deviceId } = connection.requireSession();
  const results = await store.stopShares({ groupId, userId, deviceId, fileNames });
  for (const stopped of results) {
    if (stopped instanceof ShoalError || stopped.withdrawn === undefined) continue;
    await slices.pause(connection);
    const withdrawn = await swarm.withdraw(deviceId, { groupId: stopped.groupId, manifestId: stopped.withdrawn });
    if (withdrawn) await hub.publishWent(deviceId, withdrawn);
  }
  return results;
}
