import { lastName } from '@shoal/sdk/protocol';
import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { askChoice } from '../../editor/ask.js';
import type { Conflict } from '../../editor/conflicts.js';
import { tellError } from '../../editor/tell.js';
import { isUri } from '../../editor/uris.js';
import { t } from '../../words/index.js';
import { openTheirs } from './theirs.js';

/** Shows the newest version of a file beside the one here, and offers the ways out. @throws ShoalError if it cannot be had */
export async function showConflict(app: App, conflict: Conflict): Promise<void> {
  const { path, newest } = conflict;
  const theirs = await openTheirs(app, conflict);
  app.publishing.conflicts.add({ ...conflict, theirs });
  const title = t(
    '{0}: version {1} by {2} ↔ yours',
    lastName(conflict.fileName),
    newest.version,
    publisherOf(conflict),
  );
  await vscode.commands.executeCommand('vscode.diff', theirs, vscode.Uri.file(path), title);
  void offer(app, conflict);
}

/** Reports a conflict that the user does not wait for. */
export async function tellConflict(app: App, conflict: Conflict): Promise<void> {
  const compare = t('Compare');
  if ((await vscode.window.showWarningMessage(textOf(conflict), compare)) !== compare) return;
  await showConflict(app, conflict).catch((error: unknown) => void tellError(error, app.log));
}

async function offer(app: App, conflict: Conflict): Promise<void> {
  const [mine, theirs] = [t('Publish Mine Anyway'), t('Take Theirs')];
  const choice = await vscode.window.showWarningMessage(textOf(conflict), mine, theirs);
  if (choice === undefined || app.publishing.conflicts.find(conflict.path)?.newest.version !== conflict.newest.version)
    return;
  const command = choice === mine ? 'shoal.publishMine' : 'shoal.takeTheirs';
  await vscode.commands.executeCommand(command, vscode.Uri.file(conflict.path));
}

function textOf(conflict: Conflict): string {
  const { groupId, fileName, newest } = conflict;
  return t(
    '{0} published version {1} of {2} in {3}, and you have edited it too. Yours is not published yet.',
    ...[publisherOf(conflict), newest.version, lastName(fileName), groupId],
  );
}

function publisherOf({ newest }: Conflict): string {
  return newest.publishedBy ?? newest.sharedBy;
}

/** The conflict of a comparison's file; without one, of the only conflict, or of one to choose. */
export async function conflictMeant(app: App, uri: unknown, title: string): Promise<Conflict | undefined> {
  const { conflicts } = app.publishing;
  const found = isUri(uri) ? conflicts.find(uri.fsPath) : undefined;
  if (found) return found;
  const [first, ...others] = conflicts.all;
  if (!first || others.length === 0) {
    if (!first) void vscode.window.showInformationMessage(t('No file was edited on both sides.'));
    return first;
  }
  const choices = conflicts.all.map((conflict) => ({
    ...{ label: conflict.fileName, description: conflict.groupId, detail: conflict.path, value: conflict },
  }));
  const answer = await askChoice({ title, placeholder: t('Which file') }, choices);
  return answer === undefined || typeof answer === 'symbol' ? undefined : answer;
}
