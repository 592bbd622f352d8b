import * as vscode from 'vscode';
import type { App } from '../../app.js';
import type { DownloadRecord, FolderRecord } from '../../contract/contract.js';
import { settings } from '../../editor/settings.js';
import { tellError } from '../../editor/tell.js';
import { isFolderTransfer, nameOf, type Transfer } from '../../model/downloads/transfers.js';
import { filesOf, folderProblem } from '../../model/presenters/present-folders.js';
import { errorFrom } from '../../remote/error-from.js';
import { EditorError, t, wordError } from '../../words/index.js';
import { logMissing } from './folder-commands.js';
import { openPath, revealPath } from './local-files.js';
import { askToMakeRoom } from './overwrite.js';

/** A download that takes longer is reported instead of opened, because the user is doing something else by then. */
const OPENED_WITHIN_MS = 60_000;

/** Reports complete and failed downloads, simultaneous ones in one message. */
export async function tellEnds(app: App, ended: readonly Transfer[]): Promise<void> {
  try {
    const failed = ended.filter(({ state }) => state === 'failed');
    const folders = failed.filter(isFolderTransfer);
    const files = failed.filter((one): one is DownloadRecord => !isFolderTransfer(one));
    const isConflict = ({ error }: Transfer) => error?.code === 'DESTINATION_EXISTS';
    const isIncomplete = ({ error }: Transfer) => error?.code === 'FOLDER_INCOMPLETE';
    await Promise.all([
      tellComplete(
        app,
        ended.filter(({ state }) => state === 'complete'),
      ),
      askToMakeRoom(app, files.filter(isConflict)),
      ...folders.filter(isIncomplete).map((folder) => tellIncomplete(app, folder)),
      tellFailed(app, [...files.filter((one) => !isConflict(one)), ...folders.filter((one) => !isIncomplete(one))]),
    ]);
  } catch (error) {
    await tellError(error, app.log);
  }
}

async function tellComplete(app: App, complete: readonly Transfer[]): Promise<void> {
  const [toOpen, others]: [Transfer[], Transfer[]] = [[], []];
  for (const one of complete) {
    const wantedAt = app.toOpen.get(one.id) ?? Number.NEGATIVE_INFINITY;
    (Date.now() - wantedAt < OPENED_WITHIN_MS ? toOpen : others).push(one);
    app.toOpen.delete(one.id);
  }
  for (const { path } of toOpen) await openPath(path);
  const [first] = others;
  if (!first || !settings.notifyWhenDownloaded) return;
  if (others.length > 1) {
    const show = t('Show Downloads');
    const choice = await vscode.window.showInformationMessage(t('{0} downloads are complete.', others.length), show);
    if (choice === show) await vscode.commands.executeCommand('shoal.transfers.focus');
    return;
  }
  const [open, reveal] = [t('Open'), t('Reveal')];
  const { groupId, path } = first;
  const text = isFolderTransfer(first)
    ? t('{0} from {1} is complete: {2}.', first.folder, groupId, filesOf(first.doneFiles))
    : t('{0} from {1} is complete.', first.fileName, groupId);
  const buttons = isFolderTransfer(first) ? [reveal] : [open, reveal];
  const choice = await vscode.window.showInformationMessage(text, ...buttons);
  if (choice === open) await openPath(path);
  else if (choice === reveal) await revealPath(path);
}

/** Reports failed files of a folder once, with a button for the list; the row of the download keeps showing it. */
async function tellIncomplete(app: App, folder: FolderRecord): Promise<void> {
  logMissing(app, folder);
  const [show, retry] = [t('Show Missing Files'), t('Try Again')];
  const text = t('{0} from {1}: {2}.', folder.folder, folder.groupId, folderProblem(folder));
  const choice = await vscode.window.showWarningMessage(text, show, retry);
  if (choice === show) app.log.show();
  else if (choice === retry) await app.client.fetchOn(folder.id);
}

async function tellFailed(app: App, failed: readonly Transfer[]): Promise<void> {
  const [first] = failed;
  if (!first) return;
  const error = errorFrom(first.error);
  if (failed.length === 1) return tellError(error, app.log);
  for (const one of failed) app.log.error(`${nameOf(one)}: ${one.error?.message ?? ''}`);
  const text = t('{0} downloads failed; {1}: {2}', failed.length, nameOf(first), wordError(error).text);
  return tellError(new EditorError(error.code, text), app.log);
}
