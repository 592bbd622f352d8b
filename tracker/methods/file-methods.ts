import { decodeManifest, MAX_SOURCES, nameKey, parseFileName, ShoalError, type SharedFile } from '@shoal/sdk/protocol';
import type { StoredFile } from '../store/store.js';
import type { Swarm } from '../swarm/swarm.js';
import type { Handlers } from './context.js';
import { memberIds } from './group-methods.js';

type FileMethods = Pick<
  Handlers,
  | 'listFiles'
  | 'shareFiles'
  | 'locateFiles'
  | 'getManifests'
  | 'shareFile'
  | 'stopShare'
  | 'announce'
  | 'withdraw'
  | 'findSources'
  | 'unwatch'
>;

/** Shared files, and where they can be had. */
export const fileMethods: FileMethods = {
  async listFiles({ groupId, folder, after, limit = 500 }, connection, { store, swarm }) {
    let files = await store.listFiles(groupId, connection.requireSession().userId);
    if (folder !== undefined) files = files.filter((f) => nameKey(f.fileName).startsWith(`${nameKey(folder)}/`));
    files.sort((a, b) => (nameKey(a.fileName) < nameKey(b.fileName) ? -1 : 1));
    if (after !== undefined) files = files.filter((f) => nameKey(f.fileName) > nameKey(after));
    const page = files.slice(0, limit);
    const next = files.length > page.length ? (page.at(-1)?.fileName ?? null) : null;
    return { files: await Promise.all(page.map((file) => viewFile(file, swarm))), next };
  },

  async shareFiles({ groupId, files }, connection, context) {
    const results = [];
    for (const one of files) {
      try {
        if (one.manifest) {
          const bytes = Buffer.from(one.manifest, 'base64url');
          await context.store.putManifest({
            manifestId: one.manifestId,
            sizeBytes: decodeManifest(bytes).sizeBytes,
            bytes,
            nowMs: context.now(),
          });
        }
        results.push(
          await fileMethods.shareFile(
            { groupId, fileName: one.fileName, manifestId: one.manifestId },
            connection,
            context,
          ),
        );
      } catch (error) {
        const { code, message } = ShoalError.from(error);
        results.push({ code, message });
      }
    }
    return { files: results };
  },

  async getManifests({ manifestIds }, connection, { store }) {
    const { userId } = connection.requireSession();
    const manifests = await Promise.all(
      manifestIds.map(async (id) => {
        const bytes = await store.readManifest(id, userId);
        return bytes ? Buffer.from(bytes).toString('base64url') : null;
      }),
    );
    return { manifests };
  },

  async locateFiles({ groupId, fileNames }, connection, { store, swarm }) {
    const { userId, deviceId } = connection.requireSession();
    const devices: { deviceId: string; userId: string; host: string; port: number }[] = [];
    const files = [];
    for (const fileName of fileNames) {
      try {
        const stored = await store.findFile(groupId, userId, fileName);
        const sample = await swarm.sample({ groupId: stored.groupId, manifestId: stored.manifestId }, 8, deviceId);
        const sources = sample.map(({ complete, ...device }) => {
          let index = devices.findIndex((one) => one.deviceId === device.deviceId);
          if (index < 0) index = devices.push(device) - 1;
          return { device: index, complete };
        });
        files.push({ file: await viewFile(stored, swarm), sources });
      } catch (error) {
        const { code, message } = ShoalError.from(error);
        files.push({ code, message });
      }
    }
    return { files, devices };
  },

  async shareFile({ groupId, fileName, manifestId }, connection, context) {
    const { userId, deviceId } = connection.requireSession();
    const { store, swarm, hub, now } = context;
    const stored = await store.shareFile({
      groupId,
      userId,
      deviceId,
      fileName: fileName
        .split('/')
        .map((one) => parseFileName(one))
        .join('/'),
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
