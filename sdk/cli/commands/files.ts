import { type FolderShareResult, formatBytes } from '../../index.js';
import { defineCommand } from '../command.js';
import { count, percentOf } from '../format.js';
import { fromHome } from '../paths.js';
import { FILE_PATH, FOLDER_OF_GROUP, FOLDER_PATH, GROUP } from './arguments.js';
import { plainName } from './find-download.js';

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
        `shared by ${file.sharedBy}`,
        file.fileName,
      ]);
      return { line: count(files.length, 'file'), entries };
    },
  }),
  defineCommand({
    name: 'upload_file',
    args: [FILE_PATH, GROUP],
    summary: 'share a file with a group; the file stays where it is',
    async run({ filepath, group_id }, { client, signal, showWork }) {
      const onProgress = (hashed: number, size: number) => showWork(`hashing ${filepath} ${percentOf(hashed, size)}%`);
      const file = await client.shareFile(fromHome(filepath), group_id, { signal, onProgress });
      return {
        line: `shared ${file.fileName} (${formatBytes(file.sizeBytes)}) in ${group_id}; SHA-1 ${file.fileDigest}`,
      };
    },
  }),
  defineCommand({
    name: 'upload_folder',
    args: [FOLDER_PATH, GROUP],
    switches: ['list-skipped'],
    summary:
      'share the files of a folder, except those that its .gitignore and .shoalignore exclude; --list-skipped: list the files that could not be shared',
    async run({ folderpath, group_id }, { client, signal, showWork, memory }, switches) {
      const shared = await client.shareFolder(fromHome(folderpath), group_id, {
        signal,
        onProgress: ({ doneFiles, fileCount }) => showWork(`sharing ${folderpath}: ${doneFiles} of ${fileCount} files`),
      });
      memory.skipped = shared;
      const what = `${count(shared.files, 'file')}, ${formatBytes(shared.bytes)}`;
      const line = `shared folder ${shared.folder} (${what}) in ${group_id}`;
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
