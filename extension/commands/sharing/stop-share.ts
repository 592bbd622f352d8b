import type { Share } from '@shoal/sdk';
import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { shareKey } from '../../contract/records.js';
import { askChoice } from '../../editor/ask.js';
import { withPatience } from '../../editor/patience.js';
import { settings } from '../../editor/settings.js';
import { tellError } from '../../editor/tell.js';
import { filesOf } from '../../model/presenters/present-folders.js';
import { isIn } from '../../model/tree/file-folders.js';
import { ofKinds, rowsMeant } from '../../model/tree/selection.js';
import type { FolderNode, TreeNode } from '../../model/tree/tree-nodes.js';
import { t } from '../../words/index.js';
import { ensureSignedIn } from '../accounts/signed-in.js';

/** Stops sharing files. One share can be undone; several need a confirmation. */
export async function stopShare(app: App, node?: TreeNode, selected?: readonly TreeNode[]): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  const nodes = rowsMeant(node, selected);
  const shares = nodes.length > 0 ? sharesAt(app, nodes) : await askShare(app);
  const [first] = shares;
  if (!first) return;
  const [folder] = ofKinds(nodes, 'folder');
  if (!folder && shares.length === 1) {
    await app.client.stopShare(first.groupId, first.fileName);
    await app.groups.onFilesChanged(first.groupId);
    void offerUndo(app, first);
    return;
  }
  if (!(await confirm(shares, nodes.length === 1 ? folder : undefined))) return;
  if (folder && nodes.length === 1) {
    await app.client.stopFolder(folder.groupId, folder.folder);
    await app.groups.onFilesChanged(folder.groupId);
    return;
  }
  for (const groupId of new Set(shares.map((share) => share.groupId))) {
    const inGroup = shares.filter((share) => share.groupId === groupId);
    await stopAll(
      app,
      groupId,
      inGroup.map(({ fileName }) => fileName),
    );
  }
}

/** Stops sharing many files of a group in one call. Files that are still being registered stay shared. */
export async function stopAll(app: App, groupId: string, fileNames: readonly string[]): Promise<void> {
  const title = t('Stopping the share of {0} files', fileNames.length);
  try {
    await withPatience(title, true, (_report, signal) => app.client.stopShares(groupId, fileNames, { signal }));
  } finally {
    await app.groups.onFilesChanged(groupId);
  }
}

/** The shares of rows in the tree, each once; a folder stands for all of its files. */
function sharesAt(app: App, nodes: readonly TreeNode[]): Share[] {
  const found = new Map<string, Share>();
  for (const node of ofKinds(nodes, 'file', 'folder')) {
    const isMeant = ({ groupId, fileName }: Share) =>
      groupId === node.groupId && (node.kind === 'file' ? fileName === node.fileName : isIn(node.folder, fileName));
    for (const share of app.client.shares().filter(isMeant)) found.set(shareKey(share), share);
  }
  return [...found.values()];
}

async function confirm(shares: readonly Share[], folder: FolderNode | undefined): Promise<boolean> {
  const stop = t('Stop Sharing');
  const files = filesOf(shares.length);
  const text = folder
    ? t('Stop sharing the folder {0} in {1}: {2}?', folder.folder, folder.groupId, files)
    : t('Stop sharing {0}?', files);
  const detail = t('The group can no longer download them from you. Your files stay where they are.');
  return (await vscode.window.showWarningMessage(text, { modal: true, detail }, stop)) === stop;
}

async function offerUndo(app: App, { groupId, fileName, path }: Share): Promise<void> {
  const undo = t('Undo');
  const text = t('{0} is no longer shared in {1}.', fileName, groupId);
  if ((await vscode.window.showInformationMessage(text, undo)) !== undo) return;
  try {
    await app.client.shareFile(path, groupId, { fileName, algorithm: settings.digest });
    await app.groups.onFilesChanged(groupId);
  } catch (error) {
    await tellError(error, app.log);
  }
}

async function askShare(app: App): Promise<Share[]> {
  const shares = app.client.shares();
  if (shares.length === 0) {
    void vscode.window.showInformationMessage(t('You are not sharing any files.'));
    return [];
  }
  const choices = shares.map((share) => ({
    ...{ label: share.fileName, description: share.groupId, detail: share.path, value: share },
  }));
  const answer = await askChoice({ title: t('Stop Sharing'), placeholder: t('Which file') }, choices);
  return answer === undefined || typeof answer === 'symbol' ? [] : [answer];
}
