import { lastName } from '@shoal/sdk/protocol';
import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { shareKey } from '../../contract/records.js';
import { askChoice } from '../../editor/ask.js';
import type { Part } from '../../model/downloads/folder-part.js';
import { filesOf } from '../../model/presenters/present-folders.js';
import { sourcesOnline } from '../../model/presenters/present-groups.js';
import { isIn } from '../../model/tree/file-folders.js';
import type { FileNode, FolderNode } from '../../model/tree/tree-nodes.js';
import { formatBytes, t } from '../../words/index.js';
import { ensureSignedIn } from '../accounts/signed-in.js';
import { destinationFolder } from './destination.js';

type WantedFile = Pick<FileNode, 'groupId' | 'fileName'>;
type WantedFolder = Pick<FolderNode, 'groupId' | 'folder'> & Part;
export type Wanted = WantedFile | WantedFolder;

/**
 * The files and folders of a selection to download: those that are not on this computer, and files of a selected folder
 * only with it.
 */
export function toFetch(app: App, rows: readonly (FileNode | FolderNode)[]): Wanted[] {
  if (rows.length === 1) return [...rows];
  const folders = rows.filter((row) => row.kind === 'folder');
  return rows.filter((row) => {
    const path = row.kind === 'file' ? row.fileName : row.folder;
    if (folders.some(({ groupId, folder }) => groupId === row.groupId && isIn(folder, path))) return false;
    return row.kind === 'folder' || !app.client.mirror.shares.has(shareKey(row));
  });
}

/**
 * Downloads files and folders, and shows their progress. @param open whether to open the files when they are complete
 */
export async function fetchAll(app: App, wanted: readonly Wanted[], open = false): Promise<void> {
  const destination = await destinationFolder(app);
  if (destination === undefined) return;
  for (const one of wanted) {
    const id =
      'folder' in one
        ? await app.client.fetchFolder(one.groupId, one.folder, `${destination}/`, partIn(one))
        : await app.client.fetchFile(one.groupId, one.fileName, `${destination}/`);
    if (open) app.toOpen.set(id, Date.now());
  }
  await vscode.commands.executeCommand('shoal.transfers.focus');
}

/** The patterns of a folder; a row of the tree has none. */
function partIn({ include, exclude }: Part): Part {
  return { ...(include && { include }), ...(exclude && { exclude }) };
}

/** Offers to download files that the user wants to open. */
export async function offerToFetch(app: App, missing: readonly WantedFile[]): Promise<void> {
  const [first] = missing;
  if (!first) return;
  const file = app.groups.file(first.groupId, first.fileName);
  const facts = file ? [formatBytes(file.sizeBytes), sourcesOnline(file)].join(' · ') : t('not on this computer');
  const one = missing.length === 1;
  const question = {
    title: one ? lastName(first.fileName) : filesOf(missing.length),
    placeholder: one ? facts : t('not on this computer'),
    isFleeting: true,
  };
  const answer = await askChoice(question, [
    { label: `$(go-to-file) ${t('Download and Open')}`, value: 'open' },
    { label: `$(cloud-download) ${t('Download')}`, value: 'download' },
  ]);
  if (typeof answer !== 'string' || !(await ensureSignedIn(app))) return;
  await fetchAll(app, missing, answer === 'open');
}
