import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { askChoice } from '../../editor/ask.js';
import { settings } from '../../editor/settings.js';
import { tellError } from '../../editor/tell.js';
import { isUri } from '../../editor/uris.js';
import type { SavedState } from '../../model/sharing/pending-saves.js';
import { t } from '../../words/index.js';
import { publishableShares, publishPath } from './publish.js';

/** Files whose publication waits for the tracker. */
const MAX_OWED = 500;
/** Time after which a publication is tried again that a passing error has stopped. */
const RETRY_MS = 5000;

/** Publishes saved files as the user wishes. The agent hashes them, and says which have changed. */
export class SavedFiles implements vscode.Disposable {
  readonly #app: App;
  readonly #disposables: vscode.Disposable[];
  /** Custom editors with unsaved changes, such as those of images: the editor does not tell of their saves. */
  readonly #unsaved = new Set<string>();
  readonly #owed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(app: App) {
    this.#app = app;
    this.#disposables = [
      vscode.workspace.onDidSaveTextDocument(({ uri }) => this.#onSaved(uri)),
      vscode.workspace.onDidSaveNotebookDocument(({ uri }) => this.#onSaved(uri)),
      vscode.window.tabGroups.onDidChangeTabs(({ changed, closed }) => this.#onTabs([...changed, ...closed])),
    ];
    app.client.on('statusChanged', () => this.#tryAgain());
  }

  /** States of shares have changed. */
  review(): void {
    clearTimeout(this.#timer);
    const { saves } = this.#app.publishing;
    for (const path of saves.take(performance.now(), (one) => this.#stateOf(one)))
      this.#onChanged(path).catch((error: unknown) => void tellError(error, this.#app.log));
    const waitMs = saves.waitMs(performance.now());
    if (waitMs !== undefined) this.#timer = setTimeout(() => this.review(), waitMs);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#retry);
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #stateOf(path: string): SavedState {
    const { shareIndex } = this.#app;
    if (!shareIndex.isVerified(path)) return 'verifying';
    return shareIndex.editedIn(path).length > 0 ? 'edited' : 'unchanged';
  }

  /** A shared file may have been saved. Nothing comes of it unless its content differs from what was shared. */
  mayBeSaved(path: string): void {
    if (settings.publishOnSave === 'never') return;
    this.#app.publishing.saves.add(path, performance.now());
    this.review();
  }

  #onSaved({ scheme, fsPath }: vscode.Uri): void {
    if (scheme === 'file' && this.#app.shareIndex.groupsOf(fsPath).length > 0) this.mayBeSaved(fsPath);
  }

  #onTabs(tabs: readonly vscode.Tab[]): void {
    for (const { input, isDirty } of tabs) {
      if (!(input instanceof vscode.TabInputCustom)) continue;
      const key = input.uri.toString();
      if (isDirty) this.#unsaved.add(key);
      else if (this.#unsaved.delete(key)) this.#onSaved(input.uri);
    }
  }

  /** A saved file differs from what was shared. */
  async #onChanged(path: string): Promise<void> {
    const shares = await publishableShares(this.#app, path);
    if (shares.length === 0) return;
    const decision = this.#app.publishing.choices.decide(settings.publishOnSave, path);
    if (decision === 'ask') await this.#ask(path, [...new Set(shares.map(({ groupId }) => groupId))]);
    else if (decision === 'publish') await this.#publish(path);
  }

  async #ask(path: string, groups: readonly string[]): Promise<void> {
    const [publish, always, notNow] = [t('Publish'), t('Always for This File'), t('Not Now')];
    const text = t(
      '{0} was edited since it was shared in {1}. Publish it as a new version?',
      basename(path),
      groups.join(', '),
    );
    const choice = await vscode.window.showInformationMessage(text, publish, always, notNow);
    if (choice === always) await this.#app.publishing.choices.publishAlways(path);
    if (choice === publish || choice === always)
      await vscode.commands.executeCommand('shoal.publish', vscode.Uri.file(path));
  }

  async #publish(path: string): Promise<void> {
    const shares = await publishableShares(this.#app, path);
    if (shares.length === 0) return;
    const outcome = await publishPath(this.#app, path, shares, { isAsked: false });
    if (outcome === 'done' || this.#owed.size >= MAX_OWED) return;
    this.#owed.add(path);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#tryAgain(), RETRY_MS);
  }

  #tryAgain(): void {
    const { link, userId } = this.#app.client.mirror.status;
    if (link !== 'online' || userId === null || this.#owed.size === 0) return;
    for (const path of this.#owed) this.#app.publishing.saves.add(path, performance.now());
    this.#owed.clear();
    this.review();
  }
}

/** The user chooses a file that is published at every save, and is asked about it again from now on. */
export async function askBeforePublishing(app: App, uri?: unknown): Promise<void> {
  const { choices } = app.publishing;
  const { always } = choices;
  if (isUri(uri)) return choices.askAgain(uri.fsPath);
  if (always.length === 0) {
    void vscode.window.showInformationMessage(t('No file is published at every save.'));
    return;
  }
  const files = always.map((path) => ({ label: basename(path), detail: path, value: path }));
  const title = t('Ask Again Before Publishing');
  const answer = await askChoice({ title, placeholder: t('Which file') }, files.toReversed());
  if (typeof answer === 'string') await choices.askAgain(answer);
}
