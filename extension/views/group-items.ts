import * as vscode from 'vscode';
import { shareKey } from '../agent/records.js';
import type { FileNode, GroupTree, TreeNode } from '../model/group-tree.js';
import {
  type FileSituation,
  fileTooltip,
  groupTooltip,
  presentFile,
  presentGroup,
  presentRequest,
  type Row,
} from '../model/present-groups.js';
import type { RemoteClient } from '../remote/remote-client.js';

/** The scheme of a shared file's name, by which the editor finds its icon. */
const FILE_SCHEME = 'shoal-file';

/** Makes rows of the tree's nodes. */
export class GroupItems {
  readonly #groups: GroupTree;
  readonly #client: RemoteClient;

  readonly #isExpanded: (groupId: string) => boolean;

  constructor(groups: GroupTree, client: RemoteClient, isExpanded: (groupId: string) => boolean) {
    this.#groups = groups;
    this.#client = client;
    this.#isExpanded = isExpanded;
  }

  item(node: TreeNode): vscode.TreeItem {
    switch (node.kind) {
      case 'group': {
        const group = this.#groups.group(node.groupId);
        if (!group) return new vscode.TreeItem(node.groupId);
        const isMine = group.standing === 'owner' || group.standing === 'member';
        const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
        const state = isMine ? (this.#isExpanded(node.groupId) ? Expanded : Collapsed) : None;
        return itemOf(node.id, presentGroup(group, this.#groups.pendingIn(node.groupId)), state);
      }
      case 'request':
        return itemOf(node.id, presentRequest(node.userId, node.groupId));
      case 'file': {
        const file = this.#groups.file(node.groupId, node.fileName);
        if (!file) return new vscode.TreeItem(node.fileName);
        const item = itemOf(node.id, presentFile(file, this.situation(node)));
        item.resourceUri = vscode.Uri.from({ scheme: FILE_SCHEME, path: `/${node.groupId}/${node.fileName}` });
        item.iconPath = vscode.ThemeIcon.File;
        return item;
      }
    }
  }

  /** Made only when somebody wants to see it. */
  tooltip(node: TreeNode): vscode.MarkdownString | undefined {
    if (node.kind === 'request') return undefined;
    if (node.kind === 'group') {
      const group = this.#groups.group(node.groupId);
      return group && new vscode.MarkdownString(groupTooltip(group));
    }
    const file = this.#groups.file(node.groupId, node.fileName);
    return file && new vscode.MarkdownString(fileTooltip(file, this.situation(node), vscode.env.language));
  }

  /** What this computer has to do with a file. */
  situation(node: FileNode): FileSituation {
    const { mirror, userId } = this.#client;
    let download: FileSituation['download'];
    for (const one of mirror.downloads.values())
      if (one.groupId === node.groupId && one.fileName === node.fileName) download = one;
    return { share: mirror.shares.get(shareKey(node)), download, userId };
  }
}

export function itemOf(
  id: string,
  row: Row,
  state: vscode.TreeItemCollapsibleState = vscode.TreeItemCollapsibleState.None,
): vscode.TreeItem {
  const item = new vscode.TreeItem(row.label, state);
  item.id = id;
  item.description = row.description;
  item.contextValue = row.contextValue;
  item.accessibilityInformation = { label: row.spoken };
  if (row.icon !== undefined) item.iconPath = new vscode.ThemeIcon(row.icon);
  return item;
}
