import { basename } from 'node:path';
import { lastName } from '@shoal/sdk/protocol';
import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { shareKey } from '../../contract/records.js';
import { askChoice } from '../../editor/ask.js';
import type { Backup } from '../../editor/backups.js';
import { withPatience } from '../../editor/patience.js';
import { tellError } from '../../editor/tell.js';
import { saveAll, unsavedAmong } from '../../editor/unsaved.js';
import { formatTime, t } from '../../words/index.js';
import { conflictMeant } from './conflict.js';
import { publishPath } from './publish.js';

/** Publishes the file here as the version after the one that the user has seen. */
export async function publishMine(app: App, uri?: unknown): Promise<void> {
  const conflict = await conflictMeant(app, uri, t('Publish Mine Anyway'));
  if (!conflict || !(await saveQuietly(app, conflict.path))) return;
  const share = app.client.mirror.shares.get(shareKey(conflict));
  if (!share) return;
  await publishPath(app, conflict.path, [share], { base: conflict.newest.version, isAsked: true });
}

/** Replaces the file here by the newest version. The file is kept, and can be brought back. */
export async function takeTheirs(app: App, uri?: unknown): Promise<void> {
  const conflict = await conflictMeant(app, uri, t('Take Theirs'));
  if (!conflict || !(await saveQuietly(app, conflict.path))) return;
  const { groupId, fileName, path, newest } = conflict;
  const { backups, conflicts, saves } = app.publishing;
  const kept = await backups.keep(path);
  try {
    const title = t('Fetching version {0} of {1}', newest.version, lastName(fileName));
    await withPatience(title, true, async (_report, signal) => {
      const options = { version: newest.version, overwrite: true, signal };
      await app.client.downloadFile(groupId, fileName, path, options).done;
    });
  } catch (error) {
    await backups.drop(kept); // the file is as it was
    throw error;
  }
  const backup = await backups.settle(kept);
  saves.drop(path);
  await conflicts.end(path);
  await app.groups.onFilesChanged(groupId);
  const undo = t('Undo');
  const text = t('{0} is version {1} from {2} now. Yours is kept.', basename(path), newest.version, groupId);
  void vscode.window.showInformationMessage(text, undo).then(async (choice) => {
    if (choice === undo) await bringBack(app, backup).catch((error: unknown) => void tellError(error, app.log));
  });
}

/** Brings back a file that *Take Theirs* has replaced. */
export async function restoreMine(app: App): Promise<void> {
  const kept = await app.publishing.backups.list();
  if (kept.length === 0) {
    void vscode.window.showInformationMessage(t('Shoal has replaced no file of yours.'));
    return;
  }
  const choices = kept.map((backup) => ({
    label: basename(backup.path),
    description: formatTime(backup.keptAtMs),
    ...{ detail: backup.path, value: backup },
  }));
  const answer = await askChoice({ title: t('Restore Replaced File'), placeholder: t('Which file') }, choices);
  if (answer !== undefined && typeof answer !== 'symbol') await bringBack(app, answer);
}

async function bringBack(app: App, backup: Backup): Promise<void> {
  const { backups } = app.publishing;
  const { path } = backup;
  const isBack = unsavedAmong([path]).length === 0 && (await backups.restore(backup));
  if (isBack) {
    vscode.window.setStatusBarMessage(`$(check) ${t('{0} is yours again.', basename(path))}`, TOLD_MS);
    return;
  }
  const compare = t('Compare');
  const text = t('{0} was changed since it was replaced, and stays. Yours is still kept.', basename(path));
  if ((await vscode.window.showWarningMessage(text, compare)) !== compare) return;
  const [mine, now] = [vscode.Uri.file(backups.fileOf(backup)), vscode.Uri.file(path)];
  await vscode.commands.executeCommand('vscode.diff', mine, now, t('{0}: yours ↔ now', basename(path)));
}

const TOLD_MS = 8000;

/** What the editor has not saved yet is a part of the user's file. Returns false if it cannot be saved. */
async function saveQuietly(app: App, path: string): Promise<boolean> {
  const isSaved = await saveAll(unsavedAmong([path]));
  app.publishing.saves.drop(path);
  return isSaved;
}
