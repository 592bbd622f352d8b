import { sep } from 'node:path';
import * as vscode from 'vscode';
import { fileInTab } from '../model/sharing/tab-file.js';
import { t } from '../words/index.js';
import { isUri } from './uris.js';

/** Offers to save files with unsaved changes before they are shared. Returns false if the user cancels. */
export async function saveFirst(paths: readonly string[]): Promise<boolean> {
  const unsaved = unsavedAmong(paths);
  const [first] = unsaved;
  if (!first) return true;
  const [save, asOnDisk] = [t('Save and Share'), t('Share as Saved Before')];
  const text =
    unsaved.length === 1
      ? t('{0} has unsaved changes.', vscode.workspace.asRelativePath(first))
      : t('{0} files have unsaved changes.', unsaved.length);
  const detail = t('The version on the disk is shared.');
  const choice = await vscode.window.showWarningMessage(text, { modal: true, detail }, save, asOnDisk);
  if (choice !== save) return choice === asOnDisk;
  return saveAll(unsaved);
}

/** Saves files. Returns false after the first that cannot be saved; the editor has reported why. */
export async function saveAll(uris: readonly vscode.Uri[]): Promise<boolean> {
  for (const uri of uris) if ((await vscode.workspace.save(uri)) === undefined) return false;
  return true;
}

/** Unsaved texts, notebooks and custom editors of these files and folders. */
export function unsavedAmong(paths: readonly string[]): vscode.Uri[] {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter(({ isDirty }) => isDirty);
  const inTabs = tabs.flatMap(({ input }) => fileInTab(input, isUri) ?? []);
  const texts = vscode.workspace.textDocuments.filter(({ isDirty }) => isDirty).map(({ uri }) => uri);
  const isMeant = ({ scheme, fsPath }: vscode.Uri) =>
    scheme === 'file' && paths.some((path) => fsPath === path || fsPath.startsWith(path + sep));
  const meant = [...texts, ...inTabs].filter(isMeant);
  return [...new Map(meant.map((uri) => [uri.toString(), uri])).values()];
}
