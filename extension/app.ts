import type { SkippedFile } from '@shoal/sdk';
import type * as vscode from 'vscode';
import type { Publishing } from './editor/publishing.js';
import type { SavedSession } from './editor/saved-session.js';
import type { OnceTold } from './editor/tell.js';
import type { TrackerHosting } from './editor/tracker-hosting.js';
import type { VersionFiles } from './editor/version-files.js';
import type { ShareIndex } from './model/sharing/share-index.js';
import type { GroupTree } from './model/tree/group-tree.js';
import type { TreeNode } from './model/tree/tree-nodes.js';
import type { RemoteClient } from './remote/remote-client.js';
import type { TransferNode } from './views/transfers-view.js';

/** What the parts of the extension share. */
export interface App {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly client: RemoteClient;
  readonly session: SavedSession;
  readonly host: TrackerHosting;
  readonly groups: GroupTree;
  readonly shareIndex: ShareIndex;
  readonly versionFiles: VersionFiles;
  readonly once: OnceTold;
  readonly publishing: Publishing;
  /** Downloads to open when they are complete, by id, with the time of the request. */
  readonly toOpen: Map<string, number>;
  /** What the last share of a folder left out, by the folder's path. */
  readonly leftOut: Map<string, readonly SkippedFile[]>;
  readonly groupsView: vscode.TreeView<TreeNode>;
  readonly transfersView: vscode.TreeView<TransferNode>;
}
