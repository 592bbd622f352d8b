import * as vscode from 'vscode';
import type { GroupTree } from '../model/tree/group-tree.js';
import type { TreeNode } from '../model/tree/tree-nodes.js';
import type { GroupItems } from './group-items.js';

const URI_LIST = 'text/uri-list';

/** Shares files that were dropped on a group. */
type ShareDropped = (uris: readonly vscode.Uri[], groupId: string) => Promise<void>;

/** The tree of groups, join requests, folders and files. */
export class GroupsView implements vscode.TreeDataProvider<TreeNode>, vscode.TreeDragAndDropController<TreeNode> {
  readonly dropMimeTypes = [URI_LIST, 'files'];
  readonly dragMimeTypes = [URI_LIST];
  readonly #groups: GroupTree;
  readonly #items: GroupItems;
  readonly #share: ShareDropped;
  readonly #changed = new vscode.EventEmitter<TreeNode | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(groups: GroupTree, items: GroupItems, share: ShareDropped) {
    this.#groups = groups;
    this.#items = items;
    this.#share = share;
    groups.on('changed', (node) => this.#changed.fire(node));
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    return this.#items.item(node);
  }

  getChildren(node?: TreeNode): vscode.ProviderResult<TreeNode[]> {
    if (!node) return this.#groups.roots();
    return node.kind === 'group' || node.kind === 'folder' || node.kind === 'others' ? this.#groups.children(node) : [];
  }

  getParent(node: TreeNode): TreeNode | undefined {
    return this.#groups.parent(node);
  }

  async resolveTreeItem(item: vscode.TreeItem, node: TreeNode): Promise<vscode.TreeItem> {
    item.tooltip = await this.#items.tooltip(node);
    return item;
  }

  /** Local files can be dragged elsewhere. */
  handleDrag(nodes: readonly TreeNode[], transfer: vscode.DataTransfer): void {
    const uris = nodes.flatMap((node) => {
      const path = node.kind === 'file' ? this.#items.situation(node).share?.path : undefined;
      return path === undefined ? [] : [vscode.Uri.file(path).toString()];
    });
    if (uris.length > 0) transfer.set(URI_LIST, new vscode.DataTransferItem(uris.join('\r\n')));
  }

  async handleDrop(target: TreeNode | undefined, transfer: vscode.DataTransfer): Promise<void> {
    const text = await transfer.get(URI_LIST)?.asString();
    if (!target || target.kind === 'others' || !text) return;
    const uris = text
      .split(/\r?\n/)
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => vscode.Uri.parse(line));
    await this.#share(uris, target.groupId);
  }
}
