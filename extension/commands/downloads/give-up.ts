import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { allTransfers, isFolderTransfer, nameOf, type Transfer } from '../../model/downloads/transfers.js';
import { formatBytes, t } from '../../words/index.js';

/** Cancels downloads and removes their data, after a confirmation if there is any. */
export async function giveUp(app: App, transfers: readonly Transfer[]): Promise<void> {
  const [first] = transfers;
  if (!first) return;
  const bytes = transfers.reduce((sum, { doneBytes }) => sum + doneBytes, 0);
  if (bytes > 0) {
    const stop = t('Remove Download');
    const text =
      transfers.length === 1
        ? t('Cancel the download of {0}?', nameOf(first))
        : t('Cancel {0} downloads?', transfers.length);
    const detail = transfers.some(isFolderTransfer)
      ? t('Complete files stay, partial files are removed. To continue later, pause it instead.')
      : t('The downloaded part, {0}, is removed. To continue later, pause it instead.', formatBytes(bytes));
    if ((await vscode.window.showWarningMessage(text, { modal: true, detail }, stop)) !== stop) return;
  }
  // The confirmation may take a while; downloads that completed meanwhile stay.
  const left = new Set(allTransfers(app.client.mirror).flatMap(({ id, state }) => (state === 'complete' ? [] : [id])));
  await Promise.all(transfers.filter(({ id }) => left.has(id)).map(({ id }) => app.client.cancel(id)));
}
