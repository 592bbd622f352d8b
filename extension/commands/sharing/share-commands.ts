import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { isUri } from '../../editor/uris.js';
import { fileInTab } from '../../model/sharing/tab-file.js';
import { t } from '../../words/index.js';
import { ensureSignedIn } from '../accounts/signed-in.js';
import { askAndRemember, type ChosenGroup, groupToShareIn } from './share-group.js';
import { shareIn } from './share-run.js';

/** Shares files and folders from the explorer, a tab or a dialog. It asks for the group once, and then remembers it. */
export function shareFile(app: App, uri?: unknown, selected?: unknown): Promise<void> {
  return shareInGroup(app, () => groupToShareIn(app), uri, selected);
}

/** Like `shareFile`, with a dialog for folders, because on most systems one dialog cannot choose both. */
export async function shareFolder(app: App): Promise<void> {
  const [openLabel, title] = [t('Share'), t('Share in Group')];
  const options = { canSelectFiles: false, canSelectFolders: true, canSelectMany: true, openLabel, title };
  const uris = await vscode.window.showOpenDialog(options);
  if (uris) await shareFile(app, undefined, uris);
}

/** Shares files in a group that the user chooses each time. */
export function shareFileElsewhere(app: App, uri?: unknown, selected?: unknown): Promise<void> {
  return shareInGroup(app, () => askAndRemember(app), uri, selected);
}

async function shareInGroup(
  app: App,
  findGroup: () => Promise<ChosenGroup | undefined>,
  uri: unknown,
  selected: unknown,
): Promise<void> {
  const uris = await urisToShare(uri, selected);
  if (uris.length === 0 || !(await ensureSignedIn(app))) return;
  const group = await findGroup();
  if (group !== undefined) await shareIn(app, uris, group);
}

/** The selection of the explorer, the clicked editor, or the choice in a dialog, which begins at the open file. */
async function urisToShare(uri: unknown, selected: unknown): Promise<vscode.Uri[]> {
  if (Array.isArray(selected) && selected.some(isUri)) return selected.filter(isUri);
  if (isUri(uri)) return [uri];
  const open = fileInTab(vscode.window.tabGroups.activeTabGroup.activeTab?.input, isUri);
  const chosen = await vscode.window.showOpenDialog({
    ...(open && { defaultUri: open }),
    canSelectMany: true,
    openLabel: t('Share'),
    title: t('Share in Group'),
  });
  return chosen ?? [];
}
