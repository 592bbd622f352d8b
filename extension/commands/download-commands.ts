import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Download, SharedFile } from '@shoal/sdk';
import { lastName, ShoalError } from '@shoal/sdk/protocol';
import * as vscode from 'vscode';
import type { App } from '../app.js';
import { askChoice, askInTurn } from '../editor/ask.js';
import { settings } from '../editor/settings.js';
import { tellError } from '../editor/tell.js';
import type { FileNode, GroupNode, TreeNode } from '../model/tree-nodes.js';
import { EditorError, formatBytes, t } from '../words/index.js';
import { askGroup, ensureSignedIn, isMine } from './signed-in.js';
import { openPath, revealPath } from './transfer-commands.js';

const REMEMBERED_FOLDER = 'downloadFolder';

/** Downloads the selected files, or one that is asked for. */
export async function downloadFile(app: App, node?: TreeNode, selected?: readonly TreeNode[]): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  const isFile = (one: TreeNode): one is FileNode => one.kind === 'file';
  const files = (selected?.length ? selected : node ? [node] : []).filter(isFile);
  const wanted = files.length > 0 ? files : await askFile(app, t('Download File'));
  if (wanted.length === 0) return;
  const folder = await destinationFolder(app);
  if (folder === undefined) return;
  for (const { groupId, fileName } of wanted) begin(app, groupId, fileName, folder, false);
  await vscode.commands.executeCommand('shoal.transfers.focus');
}

/** Shows a group's files, and downloads the one that is chosen. */
export async function listFiles(app: App, node?: GroupNode): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  const chosen = await askFile(app, t('Files'), node?.groupId);
  const [file] = chosen;
  if (file) await downloadFile(app, app.groups.fileNode(file.groupId, file.fileName));
}

/** Asks for a group, then for one of its files. */
async function askFile(
  app: App,
  title: string,
  knownGroup?: string,
): Promise<Pick<FileNode, 'groupId' | 'fileName'>[]> {
  let groupId = knownGroup;
  let fileName: string | undefined;
  const none = t('You are in no group yet: create one, or ask to join one.');
  const steps = [
    async () => {
      const answer = await askGroup(app, { title, none }, isMine);
      if (typeof answer === 'string') groupId = answer;
      return answer;
    },
    async () => {
      const answer = await askChoice({ title, placeholder: t('Which file') }, fileChoices(app, groupId ?? ''));
      if (typeof answer === 'string') fileName = answer;
      return answer;
    },
  ];
  const done = await askInTurn(knownGroup === undefined ? steps : steps.slice(1));
  return done && groupId !== undefined && fileName !== undefined ? [{ groupId, fileName }] : [];
}

async function fileChoices(app: App, groupId: string) {
  const files = await app.client.listFiles(groupId);
  if (files.length === 0) throw new EditorError('FILE_NOT_FOUND', t('Nobody has shared a file in {0} yet.', groupId));
  return files.map((file: SharedFile) => ({
    label: file.fileName,
    description: t('{0}, shared by {1}, {2} online', formatBytes(file.sizeBytes), file.sharedBy, file.sharersOnline),
    value: file.fileName,
  }));
}

/** Where downloads go: the folder of the settings, or the one that the user chooses, the last one first. */
export async function destinationFolder(app: App): Promise<string | undefined> {
  const fallback = settings.downloadFolder;
  if (!settings.askForDownloadFolder) {
    await mkdir(fallback, { recursive: true });
    return fallback;
  }
  return askFolder(app, app.context.globalState.get<string>(REMEMBERED_FOLDER) ?? fallback);
}

async function askFolder(app: App, start: string): Promise<string | undefined> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      defaultUri: vscode.Uri.file(start),
      ...{ canSelectFiles: false, canSelectFolders: true, canSelectMany: false },
      ...{ openLabel: t('Download Here'), title: t('Download to') },
    })) ?? [];
  if (!folder) return undefined;
  await app.context.globalState.update(REMEMBERED_FOLDER, folder.fsPath);
  return folder.fsPath;
}

/** Begins a download, and says how it ended: its user waits for it. */
function begin(app: App, groupId: string, fileName: string, folder: string, overwrite: boolean): void {
  const download = app.client.downloadFile(groupId, fileName, `${folder}/`, { overwrite });
  download.done.then(
    ({ path }) => tellDone(download, path),
    (error: unknown) => tellFailed(app, download, folder, ShoalError.from(error)),
  );
}

async function tellDone({ fileName, groupId }: Download, path: string): Promise<void> {
  if (!settings.notifyWhenDownloaded) return;
  const [open, reveal] = [t('Open'), t('Reveal')];
  const text = t('{0} from {1} is complete.', fileName, groupId);
  const choice = await vscode.window.showInformationMessage(text, open, reveal);
  if (choice === open) await openPath(path);
  else if (choice === reveal) await revealPath(path);
}

async function tellFailed(app: App, download: Download, folder: string, error: ShoalError): Promise<void> {
  const { groupId, fileName } = download;
  if (error.code !== 'DESTINATION_EXISTS') {
    await tellError(error, app.log);
    return;
  }
  const [replace, elsewhere] = [t('Replace'), t('Another Folder…')];
  const text = t('There is a file {0} in {1} already.', lastName(fileName), dirname(download.path));
  const choice = await vscode.window.showErrorMessage(text, replace, elsewhere);
  if (choice === undefined) return;
  const other = choice === replace ? folder : await askFolder(app, folder);
  if (other === undefined) return;
  await download.cancel().catch(() => {}); // it is over already
  begin(app, groupId, fileName, other, choice === replace);
}
