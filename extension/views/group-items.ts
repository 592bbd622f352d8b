import { lastName } from '@shoal/sdk/protocol';
import * as vscode from 'vscode';
import { shareKey } from '../contract/records.js';
import { isDesktop } from '../editor/desktop.js';
import type { NewsMarks } from '../model/news/news-marks.js';
import { type FolderSituation, folderTooltip, presentFolder } from '../model/presenters/present-folders.js';
import {
  type FileSituation,
  fileTooltip,
  groupTooltip,
  presentFile,
  presentGroup,
  presentOthers,
  presentRequest,
  type Row,
} from '../model/presenters/present-groups.js';
import { TOKENS } from '../model/presenters/present-transfers.js';
import { hasVersionFacts, publicationOf } from '../model/presenters/present-versions.js';
import { hasOwnProgram } from '../model/trackers/own-program.js';
import { FileFolders } from '../model/tree/file-folders.js';
import type { GroupTree } from '../model/tree/group-tree.js';
import type { RowAges } from '../model/tree/row-ages.js';
import { isMine } from '../model/tree/standing.js';
import type { FileNode, FolderNode, TreeNode } from '../model/tree/tree-nodes.js';
import type { RemoteClient } from '../remote/remote-client.js';
import type { DetailLinks } from './detail-links.js';
import { KnownHolders } from './known-holders.js';

/** The URI scheme of a shared file, by which the editor finds its icon and its marks. */
export const FILE_SCHEME = 'shoal-file';

/** Creates the rows of the tree's nodes. */
export class GroupItems {
  readonly #groups: GroupTree;
  readonly #client: RemoteClient;

  readonly #isExpanded: (node: TreeNode) => boolean;
  readonly #marks: NewsMarks;
  readonly #ages: RowAges;
  readonly #links: DetailLinks;
  readonly #holders: KnownHolders;
  /** The folders of this computer's shares by group; recreated on demand after a change. */
  readonly #shared = new Map<string, FileFolders>();

  constructor(
    groups: GroupTree,
    client: RemoteClient,
    isExpanded: (node: TreeNode) => boolean,
    { marks, ages, links }: { marks: NewsMarks; ages: RowAges; links: DetailLinks },
  ) {
    this.#groups = groups;
    this.#client = client;
    this.#marks = marks;
    this.#ages = ages;
    this.#links = links;
    this.#holders = new KnownHolders(client);
    this.#isExpanded = isExpanded;
    client.on('sharesChanged', () => this.#shared.clear());
  }

  item(node: TreeNode): vscode.TreeItem {
    switch (node.kind) {
      case 'group': {
        const group = this.#groups.group(node.groupId);
        if (!group) return new vscode.TreeItem(node.groupId);
        const state = isMine(group) ? this.#stateOf(node) : vscode.TreeItemCollapsibleState.None;
        const unseen = this.#marks.unseenIn(node.groupId).length;
        return itemOf(node.id, presentGroup(group, this.#groups.pendingIn(node.groupId), unseen), state);
      }
      case 'others': {
        const groups = this.#groups.groups();
        const others = this.#groups.others().length;
        const isOpen = others === groups.length || this.#isExpanded(node);
        const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
        return itemOf(node.id, presentOthers(others), isOpen ? Expanded : Collapsed);
      }
      case 'request':
        return itemOf(node.id, presentRequest(node.userId, node.groupId));
      case 'folder': {
        const figures = this.#groups.folder(node.groupId, node.folder);
        if (!figures) return new vscode.TreeItem(lastName(node.folder));
        const row = presentFolder(node.folder, figures, this.#folderSituation(node));
        const item = itemOf(node.id, row, this.#stateOf(node));
        item.resourceUri = fileUri(node.groupId, node.folder);
        item.iconPath = vscode.ThemeIcon.Folder;
        return item;
      }
      case 'file': {
        const file = this.#groups.file(node.groupId, node.fileName);
        if (!file) return new vscode.TreeItem(lastName(node.fileName));
        const situation = this.situation(node);
        const nowMs = Date.now();
        if (hasVersionFacts(file, situation.isNew)) this.#ages.show(node, publicationOf(file).atMs, nowMs);
        else this.#ages.drop(node);
        const row = presentFile(file, situation, nowMs);
        const item = itemOf(node.id, row);
        item.command = commandFor(node, situation, this.#links);
        item.resourceUri = fileUri(node.groupId, node.fileName);
        if (row.icon === undefined) item.iconPath = vscode.ThemeIcon.File;
        return item;
      }
    }
  }

  /** Created on demand; what the tracker has to be asked for is left out if it does not come soon. */
  async tooltip(node: TreeNode): Promise<vscode.MarkdownString | undefined> {
    if (node.kind === 'request' || node.kind === 'others') return undefined;
    if (node.kind === 'group') {
      const group = this.#groups.group(node.groupId);
      return group && new vscode.MarkdownString(groupTooltip(group));
    }
    if (node.kind === 'folder') {
      const figures = this.#groups.folder(node.groupId, node.folder);
      const situation = { ...this.#folderSituation(node), ...(await this.#troubleOf(node)) };
      return figures && new vscode.MarkdownString(folderTooltip(node.folder, figures, situation));
    }
    const file = this.#groups.file(node.groupId, node.fileName);
    if (!file) return undefined;
    const holders = await this.#holders.of(node.groupId, file);
    return new vscode.MarkdownString(fileTooltip(file, this.situation(node), vscode.env.language, holders));
  }

  /** The state of a file on this computer. */
  situation(node: FileNode): FileSituation & { readonly isNew: boolean } {
    const { mirror, userId } = this.#client;
    let download: FileSituation['download'];
    for (const one of mirror.downloads.values())
      if (one.groupId === node.groupId && one.fileName === node.fileName) download = one;
    return {
      ...{ share: mirror.shares.get(shareKey(node)), download, userId },
      ownsGroup: this.#groups.group(node.groupId)?.standing === 'owner',
      isNew: this.#marks.isMarked(node.groupId, node.fileName),
    };
  }

  #folderSituation({ groupId, folder }: FolderNode): FolderSituation {
    let download: FolderSituation['download'];
    for (const one of this.#client.mirror.folders.values())
      if (one.groupId === groupId && one.folder === folder) download = one;
    const share = this.#client.mirror.sharedFolder(groupId, folder);
    return { sharedFiles: this.#sharedIn(groupId).figures(folder)?.files ?? 0, download, share };
  }

  /** Asked for on demand, because a problem goes without an event. */
  async #troubleOf({ groupId, folder }: FolderNode): Promise<Pick<FolderSituation, 'problem' | 'polling'> | undefined> {
    if (!this.#client.mirror.sharedFolder(groupId, folder)?.watch) return undefined;
    const folders = await this.#client.listSharedFolders().catch(() => []); // the tooltip says the rest
    const { problem, polling } = folders.find((one) => one.groupId === groupId && one.folder === folder) ?? {};
    return { problem, polling };
  }

  #sharedIn(groupId: string): FileFolders {
    const known = this.#shared.get(groupId);
    if (known) return known;
    const made = new FileFolders(this.#client.shares().filter((share) => share.groupId === groupId));
    this.#shared.set(groupId, made);
    return made;
  }

  #stateOf(node: TreeNode): vscode.TreeItemCollapsibleState {
    const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
    return this.#isExpanded(node) ? Expanded : Collapsed;
  }
}

/** The action of a click or Enter: opens a local file, shows a running download, and offers to download the rest. */
function commandFor(node: FileNode, { share, download }: FileSituation, links: DetailLinks): vscode.Command {
  if (!share && download && ACTIVE_TOKENS.has(TOKENS[download.state])) return links.to(download.id);
  // The editor's own command keeps the focus in the tree after a click, and moves it after Enter.
  // The command looks for other copies of a file that is missing, and offers to download it.
  if (share && share.state.name !== 'missing' && !(isDesktop() && hasOwnProgram(share.path)))
    return { command: 'vscode.open', title: '', arguments: [vscode.Uri.file(share.path)] };
  return { command: 'shoal.openFile', title: '', arguments: [node] };
}

const ACTIVE_TOKENS: ReadonlySet<string> = new Set(['active', 'paused']);

/** The place of a file or folder of a group. */
export function fileUri(groupId: string, path: string): vscode.Uri {
  return vscode.Uri.from({ scheme: FILE_SCHEME, path: `/${groupId}/${path}` });
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
