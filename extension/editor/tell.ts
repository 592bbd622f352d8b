import { ShoalError } from '@shoal/sdk/protocol';
import * as vscode from 'vscode';
import { t, wordError } from '../words/index.js';

/** Shows an error to the user, with the next step and the log. */
export async function tellError(thrown: unknown, log: vscode.LogOutputChannel): Promise<void> {
  const error = ShoalError.from(thrown);
  if (error.code === 'ABORTED') return;
  log.error(`${error.code}: ${error.message}`);
  const { text, next } = wordError(error);
  const showLog = t('Show Log');
  const choice = await vscode.window.showErrorMessage(text, ...(next ? [next.label] : []), showLog);
  if (choice === undefined) return;
  if (choice === showLog) log.show();
  else if (next) await vscode.commands.executeCommand(next.command, ...(next.args ?? []));
}

/** Shows a message once a session, however often its cause occurs. */
export class OnceTold {
  readonly #told = new Set<string>();

  warn(cause: string, text: string, ...actions: string[]): Thenable<string | undefined> {
    if (this.#told.has(cause)) return Promise.resolve(undefined);
    this.#told.add(cause);
    return vscode.window.showWarningMessage(text, ...actions);
  }
}
