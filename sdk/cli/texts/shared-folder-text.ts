import { formatBytes, nameKey, type Share, type SharedFolder } from '../../index.js';
import { count } from './format.js';

/** The entries of shared folders in a list of shares: size, path, group and name, number of files, and what is wrong. */
export function sharedFolderEntries(folders: readonly SharedFolder[], shares: readonly Share[]): string[][] {
  const contents = new Map(folders.map((folder) => [keyOf(folder.groupId, folder.folder), { files: 0, bytes: 0 }]));
  if (folders.length > 0) for (const share of shares) addTo(contents, share);
  return folders.map(({ groupId, folder, path, watch, problem, polling }) => {
    const { files, bytes } = contents.get(keyOf(groupId, folder)) ?? { files: 0, bytes: 0 };
    return [
      ...[formatBytes(bytes), path, `[${groupId}] ${folder}/`],
      `${watch ? 'watched folder' : 'folder'} of ${count(files, 'file')}`,
      ...(problem ? [problem.message] : []),
      ...(polling ? [polling.why] : []),
    ];
  });
}

/** Adds a share to each of the folders that it is in. */
function addTo(contents: ReadonlyMap<string, { files: number; bytes: number }>, share: Share): void {
  const key = keyOf(share.groupId, share.fileName);
  for (let end = key.indexOf('/'); end >= 0; end = key.indexOf('/', end + 1)) {
    const content = contents.get(key.slice(0, end));
    if (!content) continue;
    content.files += 1;
    content.bytes += share.sizeBytes;
  }
}

function keyOf(groupId: string, name: string): string {
  return `${nameKey(groupId)}\n${nameKey(name)}`;
}
