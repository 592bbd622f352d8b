import { lstat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import type { App } from '../../app.js';
import type { DownloadRecord } from '../../contract/contract.js';
import { freePathBeside } from '../../model/downloads/free-name.js';
import { t } from '../../words/index.js';
import { askDestination } from './destination.js';

/** Destinations of downloads are taken: asks what to do, once for all of them, and starts them again. */
export async function askToMakeRoom(app: App, failed: readonly DownloadRecord[]): Promise<void> {
  const [first] = failed;
  if (!first) return;
  const kinds = await Promise.all(failed.map(({ path }) => kindOf(path)));
  const [replace, keepBoth, elsewhere] = [t('Replace'), t('Keep Both'), t('Another Folder…')];
  const buttons = kinds.includes('folder') ? [keepBoth, elsewhere] : [replace, keepBoth, elsewhere];
  const choice = await vscode.window.showWarningMessage(question(first, failed.length, kinds[0]), ...buttons);
  if (choice === undefined) return;
  const folder = choice === elsewhere ? await askDestination(app, dirname(first.path)) : undefined;
  if (choice === elsewhere && folder === undefined) return;
  const taken = new Set<string>();
  for (const { id, groupId, fileName, path } of failed) {
    const beside = choice === keepBoth ? await freePathBeside(path, (other) => isTaken(app, other, taken)) : path;
    taken.add(beside);
    await app.client.cancel(id).catch(() => {}); // it has ended already
    await app.client.fetchFile(groupId, fileName, folder === undefined ? beside : `${folder}/`, choice === replace);
  }
}

function question({ path }: DownloadRecord, count: number, kind: 'file' | 'folder' | undefined): string {
  if (count > 1) return t('{0} files exist already, including {1}.', count, path);
  if (kind === 'folder') return t('{1} already contains a folder {0}.', basename(path), dirname(path));
  return t('{1} already contains a file {0}.', basename(path), dirname(path));
}

async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  return lstat(path).then(
    (found) => (found.isDirectory() ? 'folder' : 'file'),
    () => undefined,
  );
}

/** Whether a file exists at a path, or a download will create it. */
async function isTaken({ client }: App, path: string, taken: ReadonlySet<string>): Promise<boolean> {
  const isComing = [...client.mirror.downloads.values()].some((one) => one.path === path && one.state !== 'complete');
  return isComing || taken.has(path) || (await kindOf(path)) !== undefined;
}
