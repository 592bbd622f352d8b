import { resolve } from 'node:path';
import {
  type FolderDownload,
  type FolderShareOptions,
  type LoginResult,
  nameKey,
  type Share,
  type ShoalClient,
  ShoalError,
  type StreamableDownload,
} from '@shoal/sdk';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { AgentContract } from '../contract/contract.js';
import { folderRecordOf, recordOf, unavailableRecord } from '../contract/records.js';
import { type Handlers, type Result, tell } from '../daemon/index.js';
import type { Broadcast } from './broadcast.js';
import type { News } from './news.js';
import { SECRET_RULES } from './secret-names.js';
import type { Supervisor } from './supervisor.js';
import { survey } from './survey.js';

const NOTHING = {};
const FOLDER_PROGRESS_EVERY_MS = 100;
/** The code of `Download.pieces` for a verified piece without a connected source. */
const VERIFIED = 2;

/** Answers the requests of a window with the answers of the client. */
export function answersFor(
  window: MessageConnection,
  supervisor: Supervisor,
  broadcast: Broadcast,
  news: News,
): Handlers<AgentContract> {
  /** Calls the client for something without a result. */
  const act = async (ask: (client: ShoalClient) => Promise<void>): Promise<typeof NOTHING> => {
    await ask(await supervisor.ready());
    broadcast.review();
    return NOTHING;
  };
  /**
   * Calls the client for a change of groups, and notifies every window, because the tracker does not notify the user
   * who made the change.
   */
  const change = async <T>(ask: (client: ShoalClient) => Promise<T>): Promise<T> => {
    const result = await ask(await supervisor.ready());
    broadcast.tell('groupsChanged', NOTHING);
    broadcast.review();
    news.onGroupsChanged();
    return result;
  };
  const signIn = async (
    ask: (client: ShoalClient) => Promise<LoginResult>,
  ): Promise<Result<AgentContract, 'login'>> => {
    const { restored, lost, checking, unavailable, ...session } = await ask(await supervisor.ready());
    supervisor.onSignedIn(session.sessionToken);
    const shares = { restored: [...restored], lost: [...lost], checking: [...checking] };
    return { ...session, ...shares, unavailable: unavailable.map(unavailableRecord) };
  };
  return {
    attach: () => ({
      status: supervisor.status,
      downloads: broadcast.downloads(),
      folders: broadcast.folders(),
      uploads: broadcast.uploads(),
      shares: broadcast.shares(),
      sharedFolders: broadcast.sharedFolders(),
    }),
    setUp: async (setup) => {
      await supervisor.setUp(setup);
      return NOTHING;
    },
    setLimits: async (limits) => {
      supervisor.setLimits(limits);
      return NOTHING;
    },
    setKeptVersions: async (changes) => {
      supervisor.setKeptVersions(changes);
      return NOTHING;
    },
    settle: async () => {
      await supervisor.settled();
      return supervisor.status;
    },
    retry: async () => {
      await supervisor.retry();
      return NOTHING;
    },
    keepSession: async ({ tracker, token }) => {
      await supervisor.keepSession(tracker, token);
      return NOTHING;
    },
    createUser: ({ userId, password }, signal) => act((client) => client.createUser(userId, password, { signal })),
    login: ({ userId, password }, signal) => signIn((client) => client.login(userId, password, { signal })),
    resumeSession: ({ token }, signal) => signIn((client) => client.resumeSession(token, { signal })),
    logout: async (_params, signal) => {
      try {
        return await act((client) => client.logout({ signal }));
      } finally {
        supervisor.onSignedIn(undefined);
      }
    },
    changePassword: ({ current, next }, signal) => act((client) => client.changePassword(current, next, { signal })),
    createGroup: ({ groupId, ...settings }, signal) =>
      change((client) => client.createGroup(groupId, { ...settings, signal })),
    changeGroup: ({ groupId, ...settings }, signal) =>
      change((client) => client.changeGroup(groupId, { ...settings, signal })),
    joinGroup: ({ groupId }, signal) => change((client) => client.joinGroup(groupId, { signal })),
    leaveGroup: ({ groupId }, signal) => change((client) => client.leaveGroup(groupId, { signal })),
    listGroups: async (_params, signal) => ({ groups: await (await supervisor.ready()).listGroups({ signal }) }),
    listMembers: async ({ groupId }, signal) => ({
      members: await (await supervisor.ready()).listMembers(groupId, { signal }),
    }),
    listRequests: async ({ groupId }, signal) => ({
      requests: await (await supervisor.ready()).listRequests(groupId, { signal }),
    }),
    acceptRequest: ({ groupId, userId }, signal) => act((client) => client.acceptRequest(groupId, userId, { signal })),
    rejectRequest: ({ groupId, userId }, signal) => act((client) => client.rejectRequest(groupId, userId, { signal })),
    removeMember: ({ groupId, userId }, signal) => act((client) => client.removeMember(groupId, userId, { signal })),
    listFiles: async ({ groupId, folder }, signal) => ({
      files: await (await supervisor.ready()).listFiles(groupId, { signal, folder }),
    }),
    listVersions: async ({ groupId, fileName }, signal) => ({
      versions: await (await supervisor.ready()).listVersions(groupId, fileName, { signal }),
    }),
    revertFile: async ({ groupId, fileName, version, note }, signal) => {
      const client = await supervisor.ready();
      const newest = await client.revertFile(groupId, fileName, version, {
        signal,
        ...(note !== undefined && { note }),
      });
      broadcast.tellShares();
      return newest;
    },
    removeFile: async ({ groupId, fileName }, signal) => {
      await act((client) => client.removeFile(groupId, fileName, { signal }));
      broadcast.tellShares();
      return NOTHING;
    },
    shareFile: async ({ shareId, path, groupId, fileName, algorithm, base, note }, signal) => {
      const client = await supervisor.ready();
      const shared = await client.shareFile(path, groupId, {
        signal,
        ...(fileName !== undefined && { fileName }),
        ...(algorithm !== undefined && { algorithm }),
        ...{ base, note },
        onProgress: (hashedBytes, sizeBytes) =>
          tell<AgentContract>(window, 'hashing', { shareId, hashedBytes, sizeBytes }),
      });
      const isShared = (one: Share) => one.manifestId === shared.manifestId && one.path === resolve(path);
      const share = client.shares().find((one) => isShared(one) && nameKey(one.groupId) === nameKey(groupId));
      if (!share) throw new ShoalError('NOT_SHARED', `${shared.fileName} was shared, and stopped at once.`);
      broadcast.onShared(share);
      return { shared, share: { ...share } };
    },
    shareFolder: async ({ shareId, path, groupId, withoutSecrets, ...given }, signal) => {
      const exclude = [...(given.exclude ?? []), ...(withoutSecrets ? SECRET_RULES : [])];
      const options = { ...given, exclude };
      let toldAtMs = -Infinity;
      const onProgress: FolderShareOptions['onProgress'] = (progress) => {
        const nowMs = performance.now();
        if (nowMs - toldAtMs < FOLDER_PROGRESS_EVERY_MS) return;
        toldAtMs = nowMs;
        tell<AgentContract>(window, 'sharingFolder', { shareId, ...progress });
      };
      const client = await supervisor.ready();
      const { skipped, ...shared } = await client.shareFolder(path, groupId, { ...options, signal, onProgress });
      broadcast.tellShares();
      broadcast.tellSharedFolders();
      return { ...shared, skipped: skipped.map((entry) => ({ ...entry })) };
    },
    moveShares: async ({ moves }) => {
      const moved = await (await supervisor.ready()).moveShares(moves);
      broadcast.tellShares();
      return { shares: moved.map((share) => ({ ...share })) };
    },
    survey: async ({ paths }, signal) => survey(await supervisor.ready(), paths, signal),
    openVersion: async ({ groupId, fileName, version, maxBytes }, signal) =>
      (await supervisor.ready()).openVersion(groupId, fileName, version, { signal, maxBytes }),
    sharedFolders: async () => ({
      folders: (await supervisor.ready()).sharedFolders().map(({ problem, ...folder }) => ({
        ...folder,
        problem: problem && { code: problem.code, message: problem.message },
      })),
    }),
    watchFolder: async ({ groupId, folder, watch }) => {
      await (await supervisor.ready()).watchFolder(groupId, folder, watch);
      broadcast.tellSharedFolders();
      return NOTHING;
    },
    stopFolder: ({ groupId, folder }, signal) => act((client) => client.stopFolder(groupId, folder, { signal })),
    stopShares: ({ groupId, fileNames }, signal) => act((client) => client.stopShares(groupId, fileNames, { signal })),
    stopShare: ({ groupId, fileName }, signal) => act((client) => client.stopShare(groupId, fileName, { signal })),
    downloadFile: async ({ groupId, fileName, destination, announce, ...options }) => {
      const download = (await supervisor.ready()).downloadFile(groupId, fileName, destination, options);
      if (announce) broadcast.expectEnd(download.id);
      broadcast.review();
      return recordOf(download, undefined, announce);
    },
    downloadFolder: async ({ groupId, folder, destination, announce, ...options }) => {
      const download = (await supervisor.ready()).downloadFolder(groupId, folder, destination, options);
      if (announce) broadcast.expectEnd(download.id);
      broadcast.review();
      return folderRecordOf(download, undefined, announce);
    },
    pauseDownload: ({ id }) => act((client) => findAny(client, id).pause()),
    resumeDownload: ({ id, announce }) =>
      act(async (client) => {
        const download = findAny(client, id);
        if (announce) broadcast.expectEnd(id);
        download.resume();
      }),
    cancelDownload: ({ id }) =>
      act(async (client) => {
        const download = findAny(client, id);
        broadcast.releaseEnds([id]);
        await download.cancel();
      }),
    claimEnds: ({ ids }) => ({ granted: broadcast.releaseEnds(ids) }),
    tuneDownload: ({ id, limitBytesPerSecond, priority, position, sequential }) =>
      act(async (client) => {
        const download = findAny(client, id);
        if (limitBytesPerSecond !== undefined) await download.setLimit(limitBytesPerSecond);
        if (priority !== undefined) await download.setPriority(priority);
        if (position !== undefined) await download.moveTo(position);
        if (sequential !== undefined) await download.setSequential(sequential);
      }),
    listNews: async () => {
      await supervisor.settled();
      return { groups: await news.list() };
    },
    seeNews: ({ groupId, untilMs }) => {
      news.see(groupId, untilMs);
      return NOTHING;
    },
    claimNews: ({ groupIds }) => ({ granted: news.claim(groupIds) }),
    clearDownloads: () => act(async () => broadcast.clearDownloads()),
    describePieces: async ({ id }) => {
      const client = await supervisor.ready();
      const finished = broadcast.finished(id);
      const pieces = finished ? new Uint8Array(finished.pieceCount).fill(VERIFIED) : await find(client, id).pieces();
      return { pieces: Buffer.from(pieces).toString('base64') };
    },
  };
}

function findAny(client: ShoalClient, id: string): StreamableDownload | FolderDownload {
  return client.folderDownloads().find((download) => download.id === id) ?? find(client, id);
}

function find(client: ShoalClient, id: string): StreamableDownload {
  const found = client.downloads().find((download) => download.id === id);
  if (found) return found;
  throw new ShoalError('DOWNLOAD_NOT_FOUND', 'That download is over: refresh the list.');
}
