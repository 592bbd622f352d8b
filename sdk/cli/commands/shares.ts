import { formatBytes, nameKey, type Share, ShoalError } from '../../index.js';
import type { PeerClient } from '../client.js';
import { defineCommand } from '../command.js';
import { STATE_WORDS } from '../display/share-notices.js';
import { count, formatSpeed, percentOf } from '../texts/format.js';
import { sharedFolderEntries } from '../texts/shared-folder-text.js';
import { GROUP, OPTIONAL_GROUP, SHARE } from './arguments.js';
import { plainName, sameName } from './find-download.js';

export const SHARE_COMMANDS = [
  defineCommand({
    name: 'list_shares',
    args: [OPTIONAL_GROUP],
    summary: 'list your shared folders and files, in all groups or in one: size, path, group, name, and what is wrong',
    run({ group_id }, { client }) {
      const shares = sharesIn(client, group_id);
      const folders = inGroup(client.sharedFolders(), group_id);
      const files = shares.flatMap(({ groupId, fileName, older = [], ...share }) => [
        entryOf(`[${groupId}] ${fileName}`, share),
        ...older.map((file) => entryOf(`[${groupId}] ${fileName}@${file.version}`, file)),
      ]);
      const entries = [...sharedFolderEntries(folders, shares), ...files];
      return { line: count(entries.length, 'share'), entries };
    },
  }),
  defineCommand({
    name: 'stop_share',
    args: [GROUP, SHARE],
    summary: 'stop sharing a file, or all of your files in a folder',
    async run({ group_id, file_name }, { client, signal }) {
      const shares = sharesIn(client, group_id);
      const inFolder = shares.filter(({ fileName }) => isIn(fileName, file_name));
      const isFile = !file_name.endsWith('/') && shares.some(({ fileName }) => sameName(fileName, file_name));
      const isFolder = client
        .sharedFolders()
        .some((one) => sameName(one.groupId, group_id) && sameName(one.folder, plainName(file_name)));
      if (isFile || (inFolder.length === 0 && !isFolder && !file_name.endsWith('/'))) {
        await client.stopShare(group_id, file_name, { signal });
        return { line: `stopped sharing ${file_name} in ${group_id}` };
      }
      if (inFolder.length === 0 && !isFolder) throw new ShoalError('NOT_SHARED', nothingIn(file_name, group_id));
      await client.stopFolder(group_id, plainName(file_name), { signal });
      const what = `folder ${plainName(file_name)} (${count(inFolder.length, 'file')})`;
      return { line: `stopped sharing ${what} in ${group_id}` };
    },
  }),
  defineCommand({
    name: 'show_uploads',
    args: [],
    summary: 'list what others download from you: percentage, speed, user, group, name',
    run(_words, { client }) {
      const uploads = client.uploads();
      const entries = uploads.map(({ groupId, fileName, sizeBytes, userId, bytes, bytesPerSecond }) => [
        `${percentOf(Math.min(bytes, sizeBytes), sizeBytes)}% of ${formatBytes(sizeBytes)}`,
        formatSpeed(bytesPerSecond),
        `to ${userId}`,
        `[${groupId}] ${fileName}`,
      ]);
      return { line: count(uploads.length, 'upload'), entries };
    },
  }),
];

function entryOf(name: string, { path, sizeBytes, state }: Pick<Share, 'path' | 'sizeBytes' | 'state'>): string[] {
  const trouble =
    state.name === 'available' ? [] : [STATE_WORDS[state.name], ...(state.why === undefined ? [] : [state.why])];
  return [formatBytes(sizeBytes), path, name, ...trouble];
}

function sharesIn(client: PeerClient, groupId: string | undefined): Share[] {
  return inGroup(client.shares(), groupId);
}

function inGroup<T extends { readonly groupId: string }>(all: readonly T[], groupId: string | undefined): T[] {
  return all.filter((one) => groupId === undefined || sameName(one.groupId, groupId));
}

function isIn(fileName: string, folder: string): boolean {
  return nameKey(fileName).startsWith(`${nameKey(plainName(folder))}/`);
}

function nothingIn(folder: string, groupId: string): string {
  return `You share nothing in folder ${plainName(folder)} of ${groupId}: list_shares lists your shares.`;
}
