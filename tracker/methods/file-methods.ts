import { MAX_SOURCES, parseFileName, ShoalError, type SharedFile } from '@shoal/sdk/protocol';
import type { StoredFile } from '../store/store.js';
import type { Swarm } from '../swarm/swarm.js';
import type { Handlers } from './context.js';
import { memberIds } from './group-methods.js';

type FileMethods = Pick<
  Handlers,
  'listFiles' | 'shareFile' | 'stopShare' | 'announce' | 'withdraw' | 'findSources' | 'unwatch'
>;

/** Shared files, and where they can be had. */
export const fileMethods: FileMethods = {
  async listFiles({ groupId }, connection, { store, swarm }) {
    const files = await store.listFiles(groupId, connection.requireSession().userId);
    return { files: await Promise.all(files.map((file) => viewFile(file, swarm))) };
  },

  async shareFile({ groupId, fileName, manifestId }, connection, context) {
    const { userId, deviceId } = connection.requireSession();
    const { store, swarm, hub, now } = context;
    const stored = await store.shareFile({
      groupId,
      userId,
      deviceId,
      fileName: parseFileName(fileName),
      manifestId,
      nowMs: now(),
    });
    const holding = { groupId: stored.groupId, manifestId };
    if (await swarm.announce(deviceId, holding, true)) await hub.publishCame(deviceId, holding);
    const file = await viewFile(stored, swarm);
    const userIds = await memberIds(stored.groupId, context);
    await swarm.publish({
      audience: { kind: 'users', userIds },
      event: 'fileShared',
      payload: { groupId: stored.groupId, file },
    });
    return { file };
  },

  async stopShare({ groupId, fileName }, connection, context) {
    const { userId, deviceId } = connection.requireSession();
    const { store, swarm, hub } = context;
    const stopped = await store.stopShare({ groupId, userId, deviceId, fileName });
    const holding = { groupId: stopped.groupId, manifestId: stopped.manifestId };
    const withdrawn = stopped.stillShared ? undefined : await swarm.withdraw(deviceId, holding);
    if (withdrawn) await hub.publishWent(deviceId, withdrawn);
    if (stopped.fileGone) {
      const userIds = await memberIds(stopped.groupId, context);
      const payload = { ...holding, fileName: stopped.fileName };
      await swarm.publish({ audience: { kind: 'users', userIds }, event: 'fileStopped', payload });
    }
    return {};
  },

  async announce({ items }, connection, { store, swarm, hub }) {
    const { userId, deviceId } = connection.requireSession();
    const refused: { groupId: string; manifestId: string; code: string }[] = [];
    for (const { groupId, manifestId, complete } of items) {
      try {
        const file = await store.findContent(groupId, userId, manifestId);
        const holding = { groupId: file.groupId, manifestId };
        if (await swarm.announce(deviceId, holding, complete)) await hub.publishCame(deviceId, holding);
      } catch (error) {
        if (!(error instanceof ShoalError)) throw error;
        refused.push({ groupId, manifestId, code: error.code });
      }
    }
    return { refused };
  },

  async withdraw({ items }, connection, { swarm, hub }) {
    const { deviceId } = connection.requireSession();
    for (const item of items) {
      const withdrawn = await swarm.withdraw(deviceId, item);
      if (withdrawn) await hub.publishWent(deviceId, withdrawn);
    }
    return {};
  },

  async findSources({ groupId, fileName }, connection, { store, swarm, hub, limits }) {
    const { userId, deviceId } = connection.requireSession();
    const stored = await store.findFile(groupId, userId, fileName);
    const holding = { groupId: stored.groupId, manifestId: stored.manifestId };
    if (!hub.watches(connection, holding) && connection.watched.size >= limits.watches) {
      throw new ShoalError('RATE_LIMITED', `You download ${limits.watches} files at once: wait until some are done.`);
    }
    hub.watch(connection, holding);
    return { file: await viewFile(stored, swarm), sources: await swarm.sample(holding, MAX_SOURCES, deviceId) };
  },

  async unwatch(holding, connection, { hub }) {
    connection.requireSession();
    hub.unwatch(connection, holding);
    return {};
  },
};

async function viewFile({ groupId, ...file }: StoredFile, swarm: Swarm): Promise<SharedFile> {
  return { ...file, ...(await swarm.count({ groupId, manifestId: file.manifestId })) };
}
