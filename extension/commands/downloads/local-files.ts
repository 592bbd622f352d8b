import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, relative } from 'node:path';
import { lastName } from '@shoal/sdk/protocol';
import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { shareKey } from '../../contract/records.js';
import { askChoice } from '../../editor/ask.js';
import { isDesktop } from '../../editor/desktop.js';
import { allTransfers, nameOf } from '../../model/downloads/transfers.js';
import { hasOwnProgram } from '../../model/trackers/own-program.js';
import { ofKinds, rowsMeant } from '../../model/tree/selection.js';
import type { FileNode, TreeNode } from '../../model/tree/tree-nodes.js';
import type { TransferNode } from '../../views/transfers-view.js';
import { EditorError, t } from '../../words/index.js';
import { offerToFetch } from './fetching.js';

type Node = TransferNode | TreeNode;
type Wanted = Pick<FileNode, 'groupId' | 'fileName'>;

/** A second click on the same row within this time opens no second program. */
const SECOND_CLICK_MS = 1000;

let openedOutside = { path: '', atMs: -Infinity };

/** Opens files on this computer, and offers to download the others. */
export async function openFile(app: App, node?: Node, selected?: readonly Node[]): Promise<void> {
  const { paths, missing } = await lookFor(app, node, selected);
  for (const path of paths) await openPath(path);
  if (paths.length === 0 && missing.length > 0) await offerToFetch(app, missing);
}

export async function revealFile(app: App, node?: Node, selected?: readonly Node[]): Promise<void> {
  for (const path of await localPaths(app, node, selected)) await revealPath(path);
}

export async function copyPath(app: App, node?: Node, selected?: readonly Node[]): Promise<void> {
  const paths = await localPaths(app, node, selected);
  if (paths.length > 0) await vscode.env.clipboard.writeText(paths.join('\n'));
}

/** Opens a file in the editor, or in the system's program for media and documents. */
export async function openPath(path: string): Promise<void> {
  const uri = vscode.Uri.file(path);
  if (isDesktop() && hasOwnProgram(path)) {
    const nowMs = performance.now();
    if (openedOutside.path === path && nowMs - openedOutside.atMs < SECOND_CLICK_MS) return;
    openedOutside = { path, atMs: nowMs };
    if (await vscode.env.openExternal(uri)) return;
  }
  await vscode.commands.executeCommand('vscode.open', uri);
}

/** Shows a file in the system's file manager, otherwise in the explorer, otherwise the name of its folder. */
export async function revealPath(path: string): Promise<void> {
  const uri = vscode.Uri.file(path);
  if (isDesktop()) await vscode.commands.executeCommand('revealFileInOS', uri);
  else if (vscode.workspace.getWorkspaceFolder(uri)) await vscode.commands.executeCommand('revealInExplorer', uri);
  else void vscode.window.showInformationMessage(t('It is at {0}.', shorten(path)));
}

async function localPaths(app: App, node?: Node, selected?: readonly Node[]): Promise<string[]> {
  const { paths, missing } = await lookFor(app, node, selected);
  if (paths.length === 0 && missing.length > 0)
    throw new EditorError('FILE_NOT_FOUND', t('That file is not on this computer: download it first.'));
  return paths;
}

/**
 * The paths of files of the trees on this computer, and the files that are not there. Without rows, it asks for one.
 */
async function lookFor(
  app: App,
  node?: Node,
  selected?: readonly Node[],
): Promise<{ paths: string[]; missing: Wanted[] }> {
  const rows = rowsMeant(node, selected);
  if (rows.length === 0) return { paths: await askLocal(app), missing: [] };
  const [paths, missing]: [Set<string>, Wanted[]] = [new Set(), []];
  for (const row of ofKinds(rows, 'file', 'download', 'folderDownload')) {
    const { candidates, wanted } = candidatesFor(app, row);
    const path = await firstThere(candidates);
    if (path !== undefined) paths.add(path);
    else if (wanted) missing.push(wanted);
  }
  return { paths: [...paths], missing };
}

/** The possible paths of a row's file, and what to download if none exists. */
function candidatesFor(
  { client: { mirror } }: App,
  row: Extract<Node, { kind: 'file' | 'download' | 'folderDownload' }>,
): { candidates: string[]; wanted: Wanted | undefined } {
  if (row.kind === 'folderDownload') {
    const folder = mirror.folders.get(row.id);
    return { candidates: folder?.state === 'complete' ? [folder.path] : [], wanted: undefined };
  }
  const wanted = row.kind === 'file' ? row : mirror.downloads.get(row.id);
  if (!wanted) return { candidates: [], wanted: undefined };
  const { groupId, fileName } = wanted;
  const isOf = (one: Wanted) => one.groupId === groupId && one.fileName === fileName;
  const complete = [...mirror.downloads.values()].filter((one) => one.state === 'complete' && isOf(one));
  const share = mirror.shares.get(shareKey(wanted));
  const own = row.kind === 'download' ? complete.filter(({ id }) => id === row.id) : [];
  const candidates = [...own, ...(share ? [share] : []), ...complete.reverse()].map(({ path }) => path);
  return { candidates, wanted: { groupId, fileName } };
}

async function firstThere(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await isThere(path)) return path;
  return undefined;
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Asks for a shared or downloaded file. */
async function askLocal({ client: { mirror } }: App): Promise<string[]> {
  const complete = allTransfers(mirror).filter(({ state }) => state === 'complete');
  const choices = new Map(
    [...mirror.shares.values(), ...complete.reverse()].map((one) => {
      const name = 'manifestId' in one ? one.fileName : nameOf(one);
      return [one.path, { label: lastName(name), description: one.groupId, detail: one.path, value: one.path }];
    }),
  );
  if (choices.size === 0) {
    void vscode.window.showInformationMessage(t('There are no complete downloads.'));
    return [];
  }
  if (choices.size === 1) return [...choices.keys()];
  const answer = await askChoice({ title: t('Files'), placeholder: t('Which file') }, [...choices.values()]);
  return typeof answer === 'string' ? [answer] : [];
}

function shorten(path: string): string {
  const inHome = relative(homedir(), path);
  return inHome.startsWith('..') || basename(inHome) === '' ? path : `~/${inHome}`;
}
