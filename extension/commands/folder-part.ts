import { lastName } from '@shoal/sdk/protocol';
import type { App } from '../app.js';
import { askMany } from '../editor/ask.js';
import { FileFolders } from '../model/file-folders.js';
import { type Child, partOf } from '../model/folder-part.js';
import { filesOf } from '../model/present-folders.js';
import { ofKinds, rowsMeant } from '../model/selection.js';
import type { TreeNode } from '../model/tree-nodes.js';
import { EditorError, formatBytes, t } from '../words/index.js';
import { fetchAll } from './fetching.js';
import { askFolder } from './folder-commands.js';
import { ensureSignedIn } from './signed-in.js';

/** Downloads the subfolders and files of a folder that the user chooses. */
export async function downloadPart(app: App, node?: TreeNode, selected?: readonly TreeNode[]): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  const [row] = ofKinds(rowsMeant(node, selected), 'folder');
  const [wanted] = row ? [row] : await askFolder(app);
  if (!wanted) return;
  const { groupId, folder } = wanted;
  const tree = new FileFolders(await app.client.listFiles(groupId, { folder }));
  const { folders, fileNames } = tree.children(folder);
  const children = [...folders.map((path) => childOf(path, true)), ...fileNames.map((path) => childOf(path, false))];
  const figures = (path: string) => {
    const { files, bytes } = tree.figures(path) ?? { files: 0, bytes: 0 };
    return `${filesOf(files)}, ${formatBytes(bytes)}`;
  };
  const choices = children.map((child) => ({
    label: `${child.isFolder ? '$(folder)' : '$(file)'} ${lastName(child.path)}`,
    ...(child.isFolder && { description: figures(child.path) }),
    ...{ value: child.path, isTaken: true },
  }));
  const title = t('Download Part of {0}', folder);
  const taken = await askMany({ title, placeholder: t('What to download') }, choices, (chosen) =>
    t('{0}: {1} of {2}', title, chosen.length, choices.length),
  );
  if (!Array.isArray(taken) || taken.length === 0) return;
  const part = partOf(folder, children, new Set(taken));
  if (!part)
    throw new EditorError(
      'INVALID_ARGUMENT',
      t('Too many entries are chosen: choose whole subfolders, or fewer files.'),
    );
  await fetchAll(app, [{ groupId, folder, ...part }]);
}

function childOf(path: string, isFolder: boolean): Child {
  return { path, isFolder };
}
