import * as vscode from 'vscode';
import type { UploadRecord } from '../contract/contract.js';
import { folderDownloadTooltip, presentFolderDownload } from '../model/presenters/present-folders.js';
import { downloadTooltip, presentDownload, presentUpload } from '../model/presenters/present-transfers.js';
import type { RemoteClient } from '../remote/remote-client.js';
import type { DetailLinks } from './detail-links.js';
import { itemOf } from './group-items.js';

export interface DownloadNode {
  readonly kind: 'download';
  readonly id: string;
}

export interface UploadNode {
  readonly kind: 'upload';
  readonly id: string;
}

export interface FolderDownloadNode {
  readonly kind: 'folderDownload';
  readonly id: string;
}

export type TransferNode = DownloadNode | FolderDownloadNode | UploadNode;

/** Downloads and uploads, the newest download first. */
export class TransfersView implements vscode.TreeDataProvider<TransferNode> {
  readonly #client: RemoteClient;
  readonly #links: DetailLinks;
  readonly #nodes = new Map<string, TransferNode>();
  readonly #uploads = new Map<string, UploadRecord>();
  readonly #changed = new vscode.EventEmitter<TransferNode | TransferNode[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(client: RemoteClient, links: DetailLinks) {
    this.#client = client;
    this.#links = links;
    client.on('downloadsChanged', ({ changed, removed }) => this.#onDownloads('download', changed, removed));
    client.on('foldersChanged', ({ changed, removed }) => this.#onDownloads('folderDownload', changed, removed));
    client.on('uploadsChanged', (uploads) => this.#onUploads(uploads));
  }

  #onDownloads(kind: 'download' | 'folderDownload', changed: readonly string[], removed: readonly string[]): void {
    const isFresh = changed.some((id) => !this.#nodes.has(`${kind}/${id}`));
    for (const id of removed) this.#nodes.delete(`${kind}/${id}`);
    if (isFresh || removed.length > 0) this.#changed.fire(undefined);
    else if (changed.length > 0) this.#changed.fire(changed.map((id) => this.#node(kind, id)));
  }

  getTreeItem(node: TransferNode): vscode.TreeItem {
    if (node.kind === 'upload') {
      const upload = this.#uploads.get(node.id);
      return upload ? itemOf(`upload/${node.id}`, presentUpload(upload)) : new vscode.TreeItem('');
    }
    if (node.kind === 'folderDownload') {
      const folder = this.#client.mirror.folders.get(node.id);
      if (!folder) return new vscode.TreeItem('');
      const item = itemOf(`folderDownload/${node.id}`, presentFolderDownload(folder));
      if (folder.state === 'complete') item.command = { command: 'shoal.revealFile', title: '', arguments: [node] };
      return item;
    }
    const download = this.#client.mirror.downloads.get(node.id);
    if (!download) return new vscode.TreeItem('');
    const item = itemOf(`download/${node.id}`, presentDownload(download));
    const isComplete = download.state === 'complete';
    item.command = isComplete
      ? { command: 'shoal.openFile', title: '', arguments: [node] }
      : this.#links.to(download.id);
    return item;
  }

  getChildren(node?: TransferNode): TransferNode[] {
    if (node) return [];
    const { mirror } = this.#client;
    return [
      ...[...mirror.folders.keys()].reverse().map((id) => this.#node('folderDownload', id)),
      ...[...mirror.downloads.keys()].reverse().map((id) => this.#node('download', id)),
      ...Array.from(this.#uploads.keys(), (id) => this.#node('upload', id)),
    ];
  }

  getParent(): undefined {
    return undefined;
  }

  resolveTreeItem(item: vscode.TreeItem, node: TransferNode): vscode.TreeItem {
    const download = node.kind === 'download' ? this.#client.mirror.downloads.get(node.id) : undefined;
    const folder = node.kind === 'folderDownload' ? this.#client.mirror.folders.get(node.id) : undefined;
    if (folder) item.tooltip = new vscode.MarkdownString(folderDownloadTooltip(folder));
    if (download) item.tooltip = new vscode.MarkdownString(downloadTooltip(download));
    return item;
  }

  #onUploads(uploads: readonly UploadRecord[]): void {
    const before = new Set(this.#uploads.keys());
    this.#uploads.clear();
    for (const upload of uploads)
      this.#uploads.set(`${upload.manifestId}/${upload.groupId}/${upload.deviceId}`, upload);
    const ids = [...this.#uploads.keys()];
    const isSameList = ids.length === before.size && ids.every((id) => before.has(id));
    if (!isSameList) this.#changed.fire(undefined);
    else if (ids.length > 0) this.#changed.fire(ids.map((id) => this.#node('upload', id)));
  }

  #node(kind: TransferNode['kind'], id: string): TransferNode {
    const key = `${kind}/${id}`;
    const node = this.#nodes.get(key) ?? { kind, id };
    this.#nodes.set(key, node);
    return node;
  }
}
