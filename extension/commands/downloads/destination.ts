import { mkdir } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { settings } from '../../editor/settings.js';
import { t } from '../../words/index.js';

const REMEMBERED_FOLDER = 'downloadFolder';

/** The folder for downloads: that of the settings, or one that the user chooses, with the last one suggested. */
export async function destinationFolder(app: App): Promise<string | undefined> {
  const fallback = settings.downloadFolder;
  if (!settings.askForDownloadFolder) {
    await mkdir(fallback, { recursive: true });
    return fallback;
  }
  return askDestination(app, app.context.globalState.get<string>(REMEMBERED_FOLDER) ?? fallback);
}

export async function askDestination(app: App, start: string): Promise<string | undefined> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      defaultUri: vscode.Uri.file(start),
      ...{ canSelectFiles: false, canSelectFolders: true, canSelectMany: false },
      ...{ openLabel: t('Download Here'), title: t('Download to') },
    })) ?? [];
  if (!folder) return undefined;
  await app.context.globalState.update(REMEMBERED_FOLDER, folder.fsPath);
  return folder.fsPath;
}
