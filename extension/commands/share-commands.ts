import { basename } from 'node:path';
import type { Group, ShareResult } from '@shoal/sdk';
import { parseFileName, ShoalError } from '@shoal/sdk/protocol';
import * as vscode from 'vscode';
import type { App } from '../app.js';
import { askChoice, askText } from '../editor/ask.js';
import { withPatience } from '../editor/patience.js';
import { settings } from '../editor/settings.js';
import { tellError } from '../editor/tell.js';
import { filesOf } from '../model/present-folders.js';
import type { FileNode, FolderNode, TreeNode } from '../model/tree-nodes.js';
import { EditorError, t, wordError } from '../words/index.js';
import { isFolder, type SharedFolder, sharesIn, shareWholeFolder, stopAll, tellSkipped } from './share-folders.js';
import { askGroup, ensureSignedIn, isMine, knownGroups } from './signed-in.js';

const REMEMBERED_GROUP = 'group';
const AT_ONCE = 4;

/** Shares files and folders from the explorer, a tab, or a dialog; the group is asked for once, and then remembered. */
export async function shareFile(app: App, uri?: unknown, selected?: unknown): Promise<void> {
  const uris = await urisToShare(uri, selected);
  if (uris.length === 0 || !(await ensureSignedIn(app))) return;
  const groupId = (await rememberedGroup(app)) ?? (await askAndRemember(app));
  if (groupId !== undefined) await shareIn(app, uris, groupId);
}

/** As `shareFile`, but that the dialog asks for folders: on most systems one dialog cannot ask for both. */
export async function shareFolder(app: App): Promise<void> {
  const [openLabel, title] = [t('Share'), t('Share in Group')];
  const options = { canSelectFiles: false, canSelectFolders: true, canSelectMany: true, openLabel, title };
  const uris = await vscode.window.showOpenDialog(options);
  if (uris) await shareFile(app, undefined, uris);
}

/** Shares files in a group that is asked for every time. */
export async function shareFileElsewhere(app: App, uri?: unknown, selected?: unknown): Promise<void> {
  const uris = await urisToShare(uri, selected);
  if (uris.length === 0 || !(await ensureSignedIn(app))) return;
  const groupId = await askAndRemember(app);
  if (groupId !== undefined) await shareIn(app, uris, groupId);
}

/** Hashes files and what is in folders, with a way to stop, and offers them to a group; what was shared can be undone. */
export async function shareIn(app: App, uris: readonly vscode.Uri[], groupId: string): Promise<void> {
  const paths = uris.filter((uri) => uri.scheme === 'file').map((uri) => uri.fsPath);
  if (paths.length === 0)
    throw new EditorError('NOT_A_FILE', t('Only files and folders on this computer can be shared.'));
  const shared: ShareResult[] = [];
  const folders: SharedFolder[] = [];
  const failed: { path: string; error: ShoalError }[] = [];
  const first = basename(paths[0] ?? '');
  const title =
    paths.length === 1
      ? t('Sharing {0} in {1}', first, groupId)
      : t('Sharing {0} files or folders in {1}', paths.length, groupId);
  await withPatience(title, true, async (report, signal) => {
    const parts = new Map<string, number>();
    const waiting = [...paths];
    const work = async () => {
      for (let path = waiting.shift(); path !== undefined && !signal.aborted; path = waiting.shift()) {
        const sharing = path;
        const tell = (part: number, message?: string) => {
          parts.set(sharing, part);
          const done = [...parts.values()].reduce((sum, one) => sum + one, 0);
          report(done / paths.length, paths.length > 1 ? basename(sharing) : message);
        };
        const onProgress = (hashed: number, size: number) => tell(size === 0 ? 1 : hashed / size);
        try {
          const options = { signal, algorithm: settings.digest, onProgress };
          if (await isFolder(path)) folders.push(await shareWholeFolder(app, path, groupId, tell, signal));
          else shared.push(await app.client.shareFile(path, groupId, options));
        } catch (error) {
          failed.push({ path, error: ShoalError.from(error) });
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  });
  await app.groups.onFilesChanged(groupId);
  if (shared.length + folders.length > 0) void offerUndo(app, { shared, folders }, groupId, uris);
  void tellSkipped(app, folders);
  await tellFailures(app, failed, groupId);
}

/** Stops sharing files that this computer shares, one by one or all that are in a folder. */
export async function stopShare(app: App, node?: TreeNode, selected?: readonly TreeNode[]): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  const isFile = (one: TreeNode): one is FileNode => one.kind === 'file';
  const isFolderNode = (one: TreeNode): one is FolderNode => one.kind === 'folder';
  const nodes = selected?.length ? selected : node ? [node] : [];
  const files = nodes.filter(isFile);
  const folders = nodes.filter(isFolderNode);
  for (const { groupId, folder } of folders) await stopAll(app, groupId, sharesIn(app, groupId, folder));
  const chosen = files.length > 0 || folders.length > 0 ? files : await askShare(app);
  for (const { groupId, fileName } of chosen) await app.client.stopShare(groupId, fileName);
  for (const groupId of new Set(chosen.map((file) => file.groupId))) await app.groups.onFilesChanged(groupId);
}

async function askShare(app: App): Promise<Pick<FileNode, 'groupId' | 'fileName'>[]> {
  const shares = app.client.shares();
  if (shares.length === 0) {
    void vscode.window.showInformationMessage(t('You share no file.'));
    return [];
  }
  const choices = shares.map((share) => ({
    ...{ label: share.fileName, description: share.groupId, detail: share.path, value: share },
  }));
  const answer = await askChoice({ title: t('Stop Sharing'), placeholder: t('Which file') }, choices);
  return answer === undefined || typeof answer === 'symbol' ? [] : [answer];
}

async function offerUndo(
  app: App,
  { shared, folders }: { shared: readonly ShareResult[]; folders: readonly SharedFolder[] },
  groupId: string,
  uris: readonly vscode.Uri[],
): Promise<void> {
  const [undo, elsewhere] = [t('Undo'), t('Another Group…')];
  const [file] = shared;
  const [folder] = folders;
  const count = shared.length + folders.reduce((sum, { files }) => sum + files, 0);
  const text =
    file && count === 1
      ? t('{0} is shared in {1}.', file.fileName, groupId)
      : folder && shared.length === 0 && folders.length === 1
        ? t('{0} is shared in {1}: {2}.', folder.folder, groupId, filesOf(count))
        : t('{0} files are shared in {1}.', count, groupId);
  const choice = await vscode.window.showInformationMessage(text, undo, elsewhere);
  try {
    if (choice === undo) {
      const fresh = folders.flatMap((one) => one.fresh);
      await stopAll(app, groupId, [...shared.map(({ fileName }) => fileName), ...fresh]);
    } else if (choice === elsewhere) {
      const other = await askAndRemember(app);
      if (other !== undefined) await shareIn(app, uris, other);
    }
  } catch (error) {
    await tellError(error, app.log);
  }
}

/** A name that is taken can be mended at once; of all else the first is told, and the log has the rest. */
async function tellFailures(
  app: App,
  failed: readonly { path: string; error: ShoalError }[],
  groupId: string,
): Promise<void> {
  const real = failed.filter(({ error }) => error.code !== 'ABORTED');
  for (const { path, error } of real) app.log.error(`${path}: ${error.code}: ${error.message}`);
  const [first] = real;
  if (!first) return;
  if (real.length > 1) {
    const text = t(
      '{0} files could not be shared; {1}: {2}',
      real.length,
      basename(first.path),
      wordError(first.error).text,
    );
    await tellError(new EditorError(first.error.code, text), app.log);
  } else if (first.error.code === 'NAME_TAKEN') {
    const rename = t('Share under Another Name…');
    const text = t('{0} has another file named {1}.', groupId, basename(first.path));
    if ((await vscode.window.showErrorMessage(text, rename)) === rename) await shareRenamed(app, first.path, groupId);
  } else {
    await tellError(first.error, app.log);
  }
}

async function shareRenamed(app: App, path: string, groupId: string): Promise<void> {
  const name = basename(path);
  const dot = name.lastIndexOf('.') > 0 ? name.lastIndexOf('.') : name.length;
  const fileName = await askText({
    title: t('Share under Another Name'),
    prompt: t('The name in {0}', groupId),
    value: `${name.slice(0, dot)} (${app.client.userId ?? ''})${name.slice(dot)}`,
    check: fileNameProblem,
  });
  if (typeof fileName !== 'string') return;
  await app.client.shareFile(path, groupId, { fileName, algorithm: settings.digest });
  await app.groups.onFilesChanged(groupId);
}

function fileNameProblem(name: string): string | undefined {
  if (name === '') return undefined;
  try {
    parseFileName(name);
    return undefined;
  } catch {
    return t('A file name has no slash, backslash or control character, and is not too long.');
  }
}

async function rememberedGroup(app: App): Promise<string | undefined> {
  const remembered = app.context.workspaceState.get<string>(REMEMBERED_GROUP);
  const isRemembered = (group: Group) => isMine(group) && group.groupId === remembered;
  if ((await knownGroups(app)).some(isRemembered)) return remembered;
  await app.groups.refresh();
  const mine = app.groups.groups().filter(isMine);
  if (mine.some(isRemembered)) return remembered;
  return mine.length === 1 ? mine[0]?.groupId : undefined;
}

async function askAndRemember(app: App): Promise<string | undefined> {
  const none = t('You are in no group yet: create one, or ask to join one.');
  const groupId = await askGroup(app, { title: t('Share in Group'), none }, isMine);
  if (typeof groupId !== 'string') return undefined;
  await app.context.workspaceState.update(REMEMBERED_GROUP, groupId);
  return groupId;
}

/** What was selected in the explorer, the editor that was clicked or is open, or what a dialog gives. */
async function urisToShare(uri: unknown, selected: unknown): Promise<vscode.Uri[]> {
  const isUri = (value: unknown): value is vscode.Uri => value instanceof vscode.Uri;
  if (Array.isArray(selected) && selected.some(isUri)) return selected.filter(isUri);
  if (isUri(uri)) return [uri];
  const open = vscode.window.activeTextEditor?.document.uri;
  const chosen = await vscode.window.showOpenDialog({
    ...(open?.scheme === 'file' && { defaultUri: open }),
    canSelectMany: true,
    openLabel: t('Share'),
    title: t('Share in Group'),
  });
  return chosen ?? [];
}
