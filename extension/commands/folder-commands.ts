import type { FolderDownload, SharedFile } from '@shoal/sdk';
import { ShoalError } from '@shoal/sdk/protocol';
import * as vscode from 'vscode';
import type { FolderRecord } from '../agent/contract.js';
import type { App } from '../app.js';
import { askChoice, askInTurn } from '../editor/ask.js';
import { settings } from '../editor/settings.js';
import { tellError } from '../editor/tell.js';
import { FileFolders } from '../model/file-folders.js';
import { filesOf, folderProblem, wordFailure } from '../model/present-folders.js';
import type { FolderNode, TreeNode } from '../model/tree-nodes.js';
import type { TransferNode } from '../views/transfers-view.js';
import { EditorError, formatBytes, t } from '../words/index.js';
import { destinationFolder } from './download-commands.js';
import { askGroup, ensureSignedIn, isMine } from './signed-in.js';
import { revealPath } from './transfer-commands.js';

type Wanted = Pick<FolderNode, 'groupId' | 'folder'>;

/** Downloads the selected folders, or one that is asked for, each as one. */
export async function downloadFolder(app: App, node?: TreeNode, selected?: readonly TreeNode[]): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  const isFolder = (one: TreeNode): one is FolderNode => one.kind === 'folder';
  const folders = (selected?.length ? selected : node ? [node] : []).filter(isFolder);
  const wanted = folders.length > 0 ? folders : await askFolder(app);
  if (wanted.length === 0) return;
  const destination = await destinationFolder(app);
  if (destination === undefined) return;
  for (const { groupId, folder } of wanted) {
    const download = app.client.downloadFolder(groupId, folder, `${destination}/`);
    download.done.then(
      ({ path, files }) => tellDone(download, path, files),
      (error: unknown) => tellFailed(app, download, ShoalError.from(error)),
    );
  }
  await vscode.commands.executeCommand('shoal.transfers.focus');
}

/** Puts what a folder's download could not have into the log, and shows it. */
export async function showMissing(app: App, node?: TransferNode | TreeNode): Promise<void> {
  const failed = [...app.client.mirror.folders.values()].filter(({ failures = [] }) => failures.length > 0);
  const about = failed.filter((folder) => !node || isAbout(node, folder));
  if (about.length === 0) void vscode.window.showInformationMessage(t('Nothing is missing.'));
  for (const folder of about) logMissing(app, folder);
  if (about.length > 0) app.log.show();
}

function isAbout(node: TransferNode | TreeNode, folder: FolderRecord): boolean {
  if (node.kind === 'folderDownload') return node.id === folder.id;
  return node.kind === 'folder' && node.groupId === folder.groupId && node.folder === folder.folder;
}

function logMissing({ log }: App, { folder, groupId, failures = [], failedFiles, fileCount }: FolderRecord): void {
  log.warn(`${failedFiles} of ${fileCount} files of ${folder} in ${groupId} could not be had:`);
  for (const failure of failures) log.warn(`  ${failure.fileName}: ${failure.code}: ${wordFailure(failure)}`);
  if (failedFiles > failures.length) log.warn(`  … and ${failedFiles - failures.length} more`);
}

/** Asks for a group, then for one of the folders at its top. */
async function askFolder(app: App): Promise<Wanted[]> {
  const title = t('Download Folder');
  let groupId: string | undefined;
  let folder: string | undefined;
  const none = t('You are in no group yet: create one, or ask to join one.');
  const steps = [
    async () => {
      const answer = await askGroup(app, { title, none }, isMine);
      if (typeof answer === 'string') groupId = answer;
      return answer;
    },
    async () => {
      const choices = app.client.listFiles(groupId ?? '').then((files) => folderChoices(groupId ?? '', files));
      const answer = await askChoice({ title, placeholder: t('Which folder') }, choices);
      if (typeof answer === 'string') folder = answer;
      return answer;
    },
  ];
  const done = await askInTurn(steps);
  return done && groupId !== undefined && folder !== undefined ? [{ groupId, folder }] : [];
}

function folderChoices(groupId: string, files: readonly SharedFile[]) {
  const tree = new FileFolders(files);
  const { folders } = tree.children('');
  if (folders.length === 0)
    throw new EditorError('FILE_NOT_FOUND', t('Nobody has shared a folder in {0} yet.', groupId));
  return folders.map((folder) => {
    const { files: count, bytes } = tree.figures(folder) ?? { files: 0, bytes: 0 };
    return { label: folder, description: `${filesOf(count)}, ${formatBytes(bytes)}`, value: folder };
  });
}

async function tellDone({ folder, groupId }: FolderDownload, path: string, files: number): Promise<void> {
  if (!settings.notifyWhenDownloaded) return;
  const reveal = t('Reveal');
  const text = t('{0} from {1} is complete: {2}.', folder, groupId, filesOf(files));
  if ((await vscode.window.showInformationMessage(text, reveal)) === reveal) await revealPath(path);
}

/** What could not be had is told once, with a way to see all of it; the row of the download keeps saying so. */
async function tellFailed(app: App, download: FolderDownload, error: ShoalError): Promise<void> {
  const record = app.client.mirror.folders.get(download.id);
  if (error.code !== 'FOLDER_INCOMPLETE' || !record) {
    await tellError(error, app.log);
    return;
  }
  logMissing(app, record);
  const [show, retry] = [t('Show What Is Missing'), t('Try Again')];
  const text = t('{0} from {1}: {2}.', download.folder, download.groupId, folderProblem(record));
  const choice = await vscode.window.showWarningMessage(text, show, retry);
  if (choice === show) app.log.show();
  else if (choice === retry)
    await app.client.resume(download.id).catch((thrown: unknown) => tellError(thrown, app.log));
}
