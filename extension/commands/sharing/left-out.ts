import { basename, dirname } from 'node:path';
import type { SkippedFile } from '@shoal/sdk';
import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { t } from '../../words/index.js';

/** Shared folders whose left out files are remembered. */
const MOST_FOLDERS = 20;

/** Remembers what the last share of a folder left out. */
export function rememberLeftOut({ leftOut }: App, folder: string, skipped: readonly SkippedFile[]): void {
  leftOut.delete(folder);
  if (skipped.length > 0) leftOut.set(folder, skipped);
  const [oldest] = leftOut.keys();
  if (leftOut.size > MOST_FOLDERS && oldest !== undefined) leftOut.delete(oldest);
}

/** Lists the files that the last share of each folder left out, with the reasons. A choice shows the file. */
export async function showSkipped({ leftOut }: App): Promise<void> {
  const items = [...leftOut]
    .reverse()
    .flatMap(([folder, skipped]) => [
      { label: folder, kind: vscode.QuickPickItemKind.Separator },
      ...skipped.map(({ path, why }) => ({ label: basename(path), description: dirname(path), detail: why, path })),
    ]);
  if (items.length === 0) {
    void vscode.window.showInformationMessage(t('Nothing was left out of the folders that this window shared.'));
    return;
  }
  const options = { title: t('What Was Left Out'), matchOnDescription: true, matchOnDetail: true };
  const chosen = await vscode.window.showQuickPick(items, options);
  if (chosen && 'path' in chosen) await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(chosen.path));
}
