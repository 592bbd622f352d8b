import * as vscode from 'vscode';
import type { App } from '../../app.js';
import type { SharedFolderRecord } from '../../contract/contract.js';
import { askMany } from '../../editor/ask.js';
import { ofKinds, rowsMeant } from '../../model/tree/selection.js';
import type { TreeNode } from '../../model/tree/tree-nodes.js';
import { t } from '../../words/index.js';
import { ensureSignedIn } from '../accounts/signed-in.js';

const TOLD_MS = 8000;

/** Shares later changes in folders, too: in the selection, or in those that the user ticks in the list of all shared folders. */
export function watchFolder(app: App, node?: TreeNode, selected?: readonly TreeNode[]): Promise<void> {
  return changeWatches(app, true, rowsMeant(node, selected));
}

/** Shares later changes in folders no more. The folders stay shared. */
export function unwatchFolder(app: App, node?: TreeNode, selected?: readonly TreeNode[]): Promise<void> {
  return changeWatches(app, false, rowsMeant(node, selected));
}

async function changeWatches(app: App, watch: boolean, rows: readonly TreeNode[]): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  if (rows.length === 0) return chooseWatched(app);
  const { mirror } = app.client;
  const meant = ofKinds(rows, 'folder').flatMap(({ groupId, folder }) => mirror.sharedFolder(groupId, folder) ?? []);
  await setWatches(app, meant, () => watch);
}

/** A list of all shared folders with a check mark at each that is kept up to date. */
async function chooseWatched(app: App): Promise<void> {
  const folders = await app.client.listSharedFolders();
  if (folders.length === 0) {
    void vscode.window.showInformationMessage(t('You are not sharing any folders.'));
    return;
  }
  const choices = folders.map((folder) => ({
    ...{ label: folder.folder, description: folder.groupId, detail: folder.path },
    ...{ value: folder, isTaken: folder.watch },
  }));
  const title = t('Folders to Keep Up to Date');
  const question = { title, placeholder: t('Later changes in these folders are shared too') };
  const taken = await askMany<SharedFolderRecord>(question, choices, () => title);
  if (!Array.isArray(taken)) return;
  const ticked = new Set<SharedFolderRecord>(taken);
  await setWatches(app, folders, (folder) => ticked.has(folder));
}

async function setWatches(
  app: App,
  folders: readonly SharedFolderRecord[],
  isWatched: (folder: SharedFolderRecord) => boolean,
): Promise<void> {
  const changed = folders.filter((folder) => folder.watch !== isWatched(folder));
  for (const one of changed) {
    const watch = isWatched(one);
    await app.client.watchFolder(one.groupId, one.folder, watch);
    const text = watch
      ? t('{0} is kept up to date in {1}.', one.folder, one.groupId)
      : t('{0} is no longer kept up to date in {1}.', one.folder, one.groupId);
    vscode.window.setStatusBarMessage(`$(check) ${text}`, TOLD_MS);
  }
}
