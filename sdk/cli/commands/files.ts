import { type FolderShareResult, formatBytes, type ShareResult } from '../../index.js';
import type { PeerClient } from '../client.js';
import { defineCommand } from '../command.js';
import { fromHome } from '../paths.js';
import { describeSharedChanges } from '../texts/folder-text.js';
import { count, percentOf } from '../texts/format.js';
import { FILE_PATH, FOLDER_OF_GROUP, FOLDER_PATH, GROUP } from './arguments.js';
import { plainName, sameName } from './find-download.js';
import { conflictInTermsOfCommands, numberFrom } from './versioned-name.js';

export const FILE_COMMANDS = [
  defineCommand({
    name: 'list_files',
    args: [GROUP, FOLDER_OF_GROUP],
    summary: "a group's files, or those of a folder in it: size, complete sources, sharers online, who shared it, name",
    async run({ group_id, folder }, { client, signal }) {
      const files = await client.listFiles(group_id, { signal, folder: folder && plainName(folder) });
      const entries = files.map((file) => [
        formatBytes(file.sizeBytes),
        count(file.completeSources, 'complete source'),
        `${count(file.sharersOnline, 'sharer')} online`,
        `shared by ${file.sharedBy}${(file.version ?? 1) > 1 ? `, version ${file.version}` : ''}`,
        file.fileName,
      ]);
      return { line: count(files.length, 'file'), entries };
    },
  }),
  defineCommand({
    name: 'upload_file',
    args: [FILE_PATH, GROUP],
    options: { base: 'N', note: 'TEXT' },
    summary: 'share a file with a group, or its new version; the file stays where it is',
    async run({ filepath, group_id }, { client, signal, showWork }, { base, note }) {
      const onProgress = (hashed: number, size: number) => showWork(`hashing ${filepath} ${percentOf(hashed, size)}%`);
      const wish = {
        ...(base !== undefined && { base: numberFrom('base', base) }),
        ...(note !== undefined && { note }),
      };
      const sharing = client.shareFile(fromHome(filepath), group_id, { ...wish, signal, onProgress });
      const file = await sharing.catch((error: unknown) => {
        throw conflictInTermsOfCommands(error, filepath, group_id);
      });
      return { line: describeShared(file, group_id) };
    },
  }),
  defineCommand({
    name: 'upload_folder',
    args: [FOLDER_PATH, GROUP],
    switches: ['list-skipped', 'watch'],
    summary:
      'share the files of a folder, except those that its .gitignore and .shoalignore exclude, or what has changed in it since; --watch: share all later changes too; --list-skipped: list the files that could not be shared',
    async run({ folderpath, group_id }, { client, signal, showWork, memory }, switches) {
      const shared = await client.shareFolder(fromHome(folderpath), group_id, {
        signal,
        watch: switches.watch ?? false,
        onProgress: ({ doneFiles, fileCount }) => showWork(`sharing ${folderpath}: ${doneFiles} of ${fileCount} files`),
      });
      memory.skipped = shared;
      const what = `${count(shared.files, 'file')}, ${formatBytes(shared.bytes)}`;
      const line = `shared folder ${shared.folder} (${what}) in ${group_id}: ${describeSharedChanges(shared)}${switches.watch ? describeWatch(client, group_id, shared.folder) : ''}`;
      if (!switches['list-skipped']) return { line: line + describeSkipped(shared.skipped) };
      return { line: `${line}; ${shared.skipped.length} skipped`, entries: entriesOf(shared.skipped) };
    },
  }),
  defineCommand({
    name: 'show_skipped',
    args: [],
    summary: 'list the files that the last upload_folder could not share, and why',
    run(_words, { memory: { skipped } }) {
      if (!skipped) return { line: 'no folder was shared since the start' };
      const entries = entriesOf(skipped.skipped);
      return { line: `${count(entries.length, 'file')} skipped of folder ${skipped.folder}`, entries };
    },
  }),
];

function describeShared(
  { fileName, sizeBytes, fileDigest, version = 1, outcome }: ShareResult,
  groupId: string,
): string {
  const file = `${fileName} (${formatBytes(sizeBytes)})`;
  if (outcome === 'unchanged') return `unchanged: ${file} in ${groupId} is version ${version} already`;
  if (outcome === 'published') return `published ${file} in ${groupId} as version ${version}`;
  const already = version > 1 ? `, where it is version ${version} already` : '';
  return `shared ${file} in ${groupId}${already}; SHA-1 ${fileDigest}`;
}

/** Skipped files that the answer names. */
const TOLD = 3;
/** Skipped files that the answer names at most: all those whose names cannot stand beside another, up to this number. */
const MOST_TOLD = 10;

type Skipped = FolderShareResult['skipped'];

function describeSkipped(skipped: Skipped): string {
  if (skipped.length === 0) return '';
  const clashing = skipped.filter(({ besidePlace }) => besidePlace !== undefined);
  const others = skipped.filter(({ besidePlace }) => besidePlace === undefined);
  const told = [...clashing, ...others].slice(0, Math.min(Math.max(TOLD, clashing.length), MOST_TOLD));
  const more = skipped.length - told.length;
  const rest = more > 0 ? `, and ${more} more; show_skipped lists all` : '';
  return `; ${skipped.length} skipped: ${told.map(({ path, why }) => `${path} (${why})`).join(', ')}${rest}`;
}

function entriesOf(skipped: Skipped): string[][] {
  return skipped.map(({ path, why }) => [path, why]);
}

function describeWatch(client: PeerClient, groupId: string, folder: string): string {
  const shared = client.sharedFolders().find((one) => sameName(one.groupId, groupId) && sameName(one.folder, folder));
  return shared?.polling ? `; watched in part: ${shared.polling.why}` : '; watched';
}
