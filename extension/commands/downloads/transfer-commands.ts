import * as vscode from 'vscode';
import type { App } from '../../app.js';
import type { DownloadRecord } from '../../contract/contract.js';
import { askChoice } from '../../editor/ask.js';
import { allTransfers, isFolderTransfer, nameOf, type Transfer } from '../../model/downloads/transfers.js';
import { presentFolderDownload } from '../../model/presenters/present-folders.js';
import type { Row } from '../../model/presenters/present-groups.js';
import { presentDownload } from '../../model/presenters/present-transfers.js';
import { rowsMeant } from '../../model/tree/selection.js';
import type { TreeNode } from '../../model/tree/tree-nodes.js';
import type { TransferNode } from '../../views/transfers-view.js';
import { t } from '../../words/index.js';
import { giveUp } from './give-up.js';

type Node = TransferNode | TreeNode;
type State = DownloadRecord['state'];

/** The states of downloads that continue by themselves. */
export const ACTIVE: readonly State[] = ['queued', 'starting', 'downloading', 'waiting', 'verifying'];

/** Shows downloads and uploads. */
export async function downloads(): Promise<void> {
  await vscode.commands.executeCommand('shoal.transfers.focus');
}

export const pauseDownload = onDownloads(ACTIVE, (app, { id }) => app.client.pause(id));

export const resumeDownload = onDownloads(['paused'], (app, { id }) => app.client.fetchOn(id));

/** Tries again; the outcome is reported as the first time. */
export const retryDownload = onDownloads(['failed'], (app, { id }) => app.client.fetchOn(id));

/** Cancels downloads and removes their data, after a confirmation. */
export async function cancelDownload(app: App, node?: Node, selected?: readonly Node[]): Promise<void> {
  await giveUp(app, await chooseDownloads(app, [...ACTIVE, 'paused', 'failed'], node, selected));
}

export async function clearDownloads(app: App): Promise<void> {
  app.client.clearDownloads();
}

/** Downloads of files and folders that a command applies to: those that were selected, or one that is asked for. */
export function chooseDownloads(
  app: App,
  states: readonly State[],
  node?: Node,
  selected?: readonly Node[],
): Promise<Transfer[]> {
  return chooseAmong(allTransfers(app.client.mirror), states, node, selected);
}

/** The same among some of them. */
export async function chooseAmong<T extends Transfer>(
  transfers: readonly T[],
  states: readonly State[],
  node?: Node,
  selected?: readonly Node[],
): Promise<T[]> {
  const fitting = transfers.filter(({ state }) => states.includes(state));
  const nodes = rowsMeant(node, selected);
  if (nodes.length > 0) return fitting.filter((download) => nodes.some((one) => isAbout(one, download)));
  if (fitting.length <= 1) return fitting;
  const choices = fitting.reverse().map((download) => ({
    ...{ label: nameOf(download), description: download.groupId, value: download },
    detail: presentTransfer(download).description,
  }));
  const answer = await askChoice({ title: t('Downloads'), placeholder: t('Which download') }, choices);
  return answer === undefined || typeof answer === 'symbol' ? [] : [answer];
}

function onDownloads(states: readonly State[], act: (app: App, download: Transfer) => Promise<void>) {
  return async (app: App, node?: Node, selected?: readonly Node[]): Promise<void> => {
    const chosen = await chooseDownloads(app, states, node, selected);
    await Promise.all(chosen.map((download) => act(app, download)));
  };
}

function isAbout(node: Node, transfer: Transfer): boolean {
  if (node.kind === 'download' || node.kind === 'folderDownload') return node.id === transfer.id;
  const path = node.kind === 'file' ? node.fileName : node.kind === 'folder' ? node.folder : undefined;
  const isKind = isFolderTransfer(transfer) === (node.kind === 'folder');
  return isKind && path === nameOf(transfer) && 'groupId' in node && node.groupId === transfer.groupId;
}

function presentTransfer(transfer: Transfer): Row {
  return isFolderTransfer(transfer) ? presentFolderDownload(transfer) : presentDownload(transfer);
}
