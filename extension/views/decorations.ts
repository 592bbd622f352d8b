import * as vscode from 'vscode';
import { settings } from '../editor/settings.js';
import type { ShareIndex } from '../model/share-index.js';
import { t } from '../words/index.js';

/** Marks the files in the explorer that this computer shares. */
export class ShareDecorations implements vscode.FileDecorationProvider {
  readonly #shares: ShareIndex;
  readonly #changed = new vscode.EventEmitter<vscode.Uri[] | undefined>();
  readonly onDidChangeFileDecorations = this.#changed.event;

  constructor(shares: ShareIndex) {
    this.#shares = shares;
  }

  /** Some files are shared, or no longer; without them, the user wants marks or none. */
  refresh(paths?: readonly string[]): void {
    if (paths?.length === 0) return;
    this.#changed.fire(paths?.map((path) => vscode.Uri.file(path)));
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (uri.scheme !== 'file' || !settings.decorateExplorer) return undefined;
    const groups = this.#shares.groupsOf(uri.fsPath);
    if (groups.length === 0) return undefined;
    return {
      badge: '⇅',
      tooltip: t('Shared in {0}', groups.join(', ')),
      color: new vscode.ThemeColor('charts.blue'),
    };
  }
}
