import * as vscode from 'vscode';
import { settings } from '../editor/settings.js';
import type { ShareIndex } from '../model/sharing/share-index.js';
import { t } from '../words/index.js';

/** Marks the shared files in the explorer, and those that were edited since. */
export class ShareDecorations implements vscode.FileDecorationProvider {
  readonly #shares: ShareIndex;
  readonly #changed = new vscode.EventEmitter<vscode.Uri[] | undefined>();
  readonly onDidChangeFileDecorations = this.#changed.event;

  constructor(shares: ShareIndex) {
    this.#shares = shares;
  }

  /** Some files are no longer or newly shared, or edited; without paths, the setting changed. */
  refresh(paths?: readonly string[]): void {
    if (paths?.length === 0) return;
    this.#changed.fire(paths?.map((path) => vscode.Uri.file(path)));
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (uri.scheme !== 'file' || !settings.decorateExplorer) return undefined;
    const groups = this.#shares.groupsOf(uri.fsPath);
    if (groups.length === 0) return undefined;
    const editedIn = this.#shares.editedIn(uri.fsPath);
    if (editedIn.length > 0) {
      return {
        badge: '⇅*',
        tooltip: t('Edited since shared in {0}', editedIn.join(', ')),
        color: new vscode.ThemeColor('gitDecoration.modifiedResourceForeground'),
      };
    }
    return {
      badge: '⇅',
      tooltip: t('Shared in {0}', groups.join(', ')),
      color: new vscode.ThemeColor('charts.blue'),
    };
  }
}
