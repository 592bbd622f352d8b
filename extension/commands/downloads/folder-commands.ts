import type { SharedFile } from '@shoal/sdk';
import * as vscode from 'vscode';
import type { App } from '../../app.js';
import type { FolderRecord } from '../../contract/contract.js';
import { askChoice, askInTurn } from '../../editor/ask.js';
import { filesOf } from '../../model/presenters/present-folders.js';
import { FileFolders } from '../../model/tree/file-folders.js';
import { rowsMeant } from '../../model/tree/selection.js';
import { isMine } from '../../model/tree/standing.js';
import type { FolderNode, TreeNode } from '../../model/tree/tree-nodes.js';
import type { TransferNode } from '../../views/transfers-view.js';
import { EditorError, formatBytes, t } from '../../words/index.js';
import { askGroup, inNoGroup } from '../accounts/signed-in.js';
import { download } from './download-commands.js';

type Node = TransferNode | TreeNode;

/** Downloads the selection, each folder as one, or a folder that the user chooses. */
export async function downloadFolder(app: App, node?: TreeNode, selected?: readonly TreeNode[]): Promise<void> {
  await download(app, node, selected, () => askFolder(app));
}

/** Writes the failed files of a folder download to the log, and shows the log. */
export async function showMissing(app: App, node?: Node, selected?: readonly Node[]): Promise<void> {
  const failed = [...app.client.mirror.folders.values()].filter(({ failures = [] }) => failures.length > 0);
  const rows = rowsMeant(node, selected);
  const about = failed.filter((folder) => rows.length === 0 || rows.some((row) => isAbout(row, folder)));
  if (about.length === 0) void vscode.window.showInformationMessage(t('No files are missing.'));
  for (const folder of about) logMissing(app, folder);
  if (about.length > 0) app.log.show();
}

function isAbout(node: Node, folder: FolderRecord): boolean {
  if (node.kind === 'folderDownload') return node.id === folder.id;
  return node.kind === 'folder' && node.groupId === folder.groupId && node.folder === folder.folder;
}

/** Writes the failed files of a folder download to the log. */
export function logMissing(
  { log }: App,
  { folder, groupId, failures = [], failedFiles, fileCount }: FolderRecord,
): void {
  log.warn(`${failedFiles} of ${fileCount} files of ${folder} in ${groupId} could not be had:`);
  for (const failure of failures) log.warn(`  ${failure.fileName}: ${failure.code}: ${failure.message}`);
  if (failedFiles > failures.length) log.warn(`  … and ${failedFiles - failures.length} more`);
}

/** Asks for a group, then for one of its top folders. */
export async function askFolder(app: App): Promise<Pick<FolderNode, 'groupId' | 'folder'>[]> {
  const title = t('Download Folder');
  let groupId: string | undefined;
  let folder: string | undefined;
  const steps = [
    async () => {
      const answer = await askGroup(app, { title, ...inNoGroup() }, isMine);
      if (typeof answer === 'string') groupId = answer;
      return answer;
    },
    async () => {
      const choices = app.client.listFiles(groupId ?? '').then((files) => folderChoices(groupId ?? '', files));
      const answer = await askChoice({ title, placeholder: t('Which folder') }, choices);
      if (typeof answer === 'string') folder = answer;
      return answer;
    },
  ];
  const done = await askInTurn(steps);
  return done && groupId !== undefined && folder !== undefined ? [{ groupId, folder }] : [];
}

function folderChoices(groupId: string, files: readonly SharedFile[]) {
  const tree = new FileFolders(files);
  const { folders } = tree.children('');
  if (folders.length === 0)
    throw new EditorError('FILE_NOT_FOUND', t('Nobody has shared a folder in {0} yet.', groupId));
  return folders.map((folder) => {
    const { files: count, bytes } = tree.figures(folder) ?? { files: 0, bytes: 0 };
    return { label: folder, description: `${filesOf(count)}, ${formatBytes(bytes)}`, value: folder };
  });
}
