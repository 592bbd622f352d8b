import { lastName } from '@shoal/sdk/protocol';
import type { App } from '../../app.js';
import { askMany } from '../../editor/ask.js';
import { type Child, partOf } from '../../model/downloads/folder-part.js';
import { filesOf } from '../../model/presenters/present-folders.js';
import { FileFolders, type FolderFigures } from '../../model/tree/file-folders.js';
import { ofKinds, rowsMeant } from '../../model/tree/selection.js';
import type { TreeNode } from '../../model/tree/tree-nodes.js';
import { EditorError, formatBytes, t } from '../../words/index.js';
import { ensureSignedIn } from '../accounts/signed-in.js';
import { fetchAll } from './fetching.js';
import { askFolder } from './folder-commands.js';

/** Downloads the subfolders and files of a folder that the user chooses. */
export async function downloadPart(app: App, node?: TreeNode, selected?: readonly TreeNode[]): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  const [row] = ofKinds(rowsMeant(node, selected), 'folder');
  const [wanted] = row ? [row] : await askFolder(app);
  if (!wanted) return;
  const { groupId, folder } = wanted;
  const files = await app.client.listFiles(groupId, { folder });
  const tree = new FileFolders(files);
  const sizes = new Map(files.map(({ fileName, sizeBytes }) => [fileName, sizeBytes]));
  const { folders, fileNames } = tree.children(folder);
  const children = [...folders.map((path) => childOf(path, true)), ...fileNames.map((path) => childOf(path, false))];
  const figures = (path: string): FolderFigures => tree.figures(path) ?? { files: 1, bytes: sizes.get(path) ?? 0 };
  const choices = children.map((child) => ({
    label: `${child.isFolder ? '$(folder)' : '$(file)'} ${lastName(child.path)}`,
    description: child.isFolder ? inWords(figures(child.path)) : formatBytes(figures(child.path).bytes),
    ...{ value: child.path, isTaken: true },
  }));
  const titleOf = (chosen: readonly string[]) =>
    t('Download Part of {0}: {1}', folder, inWords(sumOf(chosen.map(figures))));
  const title = titleOf(children.map(({ path }) => path));
  const taken = await askMany({ title, placeholder: t('What to download') }, choices, titleOf);
  if (!Array.isArray(taken) || taken.length === 0) return;
  const part = partOf(folder, children, new Set(taken));
  if (!part)
    throw new EditorError(
      'INVALID_ARGUMENT',
      t('Too many entries are chosen: choose whole subfolders, or fewer files.'),
    );
  await fetchAll(app, [{ groupId, folder, ...part }]);
}

function inWords({ files, bytes }: FolderFigures): string {
  return `${filesOf(files)}, ${formatBytes(bytes)}`;
}

function sumOf(parts: readonly FolderFigures[]): FolderFigures {
  const sum = (field: keyof FolderFigures) => parts.reduce((all, one) => all + one[field], 0);
  return { files: sum('files'), bytes: sum('bytes') };
}

function childOf(path: string, isFolder: boolean): Child {
  return { path, isFolder };
}
