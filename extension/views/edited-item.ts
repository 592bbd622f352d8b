import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { App } from '../app.js';
import { settings } from '../editor/settings.js';
import { isUri } from '../editor/uris.js';
import { mayPublish } from '../model/sharing/publish-right.js';
import { pathKey } from '../model/sharing/share-index.js';
import { fileInTab } from '../model/sharing/tab-file.js';
import { t } from '../words/index.js';

/** Right of the item of a file's language, as it is about the open file. */
const PRIORITY = 90;

/** The status bar item of the open file, while it differs from what is shared: a click publishes it. */
export class EditedItem implements vscode.Disposable {
  readonly #app: Pick<App, 'client' | 'groups' | 'shareIndex'>;
  readonly #item = vscode.window.createStatusBarItem('shoal.edited', vscode.StatusBarAlignment.Right, PRIORITY);
  readonly #disposables: vscode.Disposable[];

  constructor(app: Pick<App, 'client' | 'groups' | 'shareIndex'>) {
    this.#app = app;
    this.#item.name = t('Shoal: Edited Since Shared');
    this.#item.text = `$(cloud-upload) ${t('Edited since shared')}`;
    this.#disposables = [
      vscode.window.tabGroups.onDidChangeTabs(() => this.review()),
      vscode.window.tabGroups.onDidChangeTabGroups(() => this.review()),
    ];
    app.groups.on('changed', () => this.review());
    this.review();
  }

  review(): void {
    const open = fileInTab(vscode.window.tabGroups.activeTabGroup.activeTab?.input, isUri);
    const groups = open && settings.showStatusBar ? this.#groupsOf(open.fsPath) : [];
    if (!open || groups.length === 0) {
      this.#item.hide();
      return;
    }
    const what = t('{0} differs from what is shared in {1}.', basename(open.fsPath), groups.join(', '));
    this.#item.tooltip = `${what} ${t('Click to publish it as a new version.')}`;
    this.#item.accessibilityInformation = {
      label: `${t('Edited since shared')}. ${this.#item.tooltip}`,
      role: 'button',
    };
    this.#item.command = { command: 'shoal.publish', title: t('Publish New Version'), arguments: [open] };
    this.#item.show();
  }

  dispose(): void {
    this.#item.dispose();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** The groups in which the file is edited and this user may publish it, as far as that is known. */
  #groupsOf(path: string): string[] {
    const { client, groups, shareIndex } = this.#app;
    if (shareIndex.editedIn(path).length === 0) return [];
    const isMeant = (share: { path: string; groupId: string; fileName: string }) =>
      pathKey(share.path) === pathKey(path) &&
      mayPublish(groups.group(share.groupId), groups.file(share.groupId, share.fileName), client.userId) !== false;
    const shares = client.shares().filter((share) => share.state.name === 'edited' && isMeant(share));
    return [...new Set(shares.map(({ groupId }) => groupId))].sort();
  }
}
