import { basename } from 'node:path';
import type { FolderShareResult } from '@shoal/sdk';
import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { settings } from '../../editor/settings.js';
import type { Order } from '../../model/sharing/share-plan.js';
import { isIn } from '../../model/tree/file-folders.js';
import { t } from '../../words/index.js';
import { rememberLeftOut, showSkipped } from './left-out.js';
import type { Agreement } from './share-confirm.js';

/** A shared folder, with its newly shared files. */
export interface SharedFolder extends FolderShareResult {
  readonly fresh: readonly string[];
}

/** Whether later changes are shared too, and what looks like secrets is left out. */
export type FolderTerms = Pick<Agreement, 'watch' | 'withoutSecrets'>;

/** Shares the files of a folder. @param report receives the progress from 0 to 1, and a text */
export async function shareWholeFolder(
  app: App,
  { path, omit, watch, withoutSecrets }: Order & FolderTerms,
  groupId: string,
  report: (part: number, message: string) => void,
  signal: AbortSignal,
): Promise<SharedFolder> {
  const before = new Set(sharesIn(app, groupId, basename(path)));
  const result = await app.client.shareFolder(path, groupId, {
    ...{ signal, omit, algorithm: settings.digest, watch, withoutSecrets },
    onProgress: ({ doneBytes, sizeBytes, doneFiles, fileCount }) =>
      report(sizeBytes === 0 ? 0 : doneBytes / sizeBytes, t('{0} of {1} files', doneFiles, fileCount)),
  });
  rememberLeftOut(app, path, result.skipped);
  return { ...result, fresh: sharesIn(app, groupId, result.folder).filter((name) => !before.has(name)) };
}

/** Reports how much was left out, and offers the list with the reasons, which the log has as well. */
export async function tellSkipped(app: App, folders: readonly SharedFolder[]): Promise<void> {
  const skipped = folders.flatMap((one) => one.skipped);
  if (skipped.length === 0) return;
  for (const { path, why } of skipped) app.log.warn(`${path} is not shared: ${why}`);
  const [first] = skipped;
  const show = t('Show What Was Left Out');
  const text =
    skipped.length === 1 && first
      ? t('Not shared: {0}', basename(first.path))
      : t('{0} entries are not shared, such as links and unreadable files.', skipped.length);
  if ((await vscode.window.showWarningMessage(text, show)) === show) await showSkipped(app);
}

/** The names of this computer's shares in a folder of a group. */
function sharesIn(app: App, groupId: string, folder: string): string[] {
  const inFolder = app.client.shares().filter((share) => share.groupId === groupId && isIn(folder, share.fileName));
  return inFolder.map(({ fileName }) => fileName);
}
