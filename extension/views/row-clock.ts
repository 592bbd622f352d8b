import type * as vscode from 'vscode';
import type { GroupTree } from '../model/tree/group-tree.js';
import type { RowAges } from '../model/tree/row-ages.js';
import type { TreeNode } from '../model/tree/tree-nodes.js';

const TICK_MS = 30_000;

/** Draws rows again whose age has become wrong, while the view is visible. */
export class RowClock implements vscode.Disposable {
  readonly #ages: RowAges;
  readonly #groups: GroupTree;
  readonly #view: vscode.TreeView<TreeNode>;
  readonly #listener: vscode.Disposable;
  #timer: NodeJS.Timeout | undefined;

  constructor(ages: RowAges, groups: GroupTree, view: vscode.TreeView<TreeNode>) {
    this.#ages = ages;
    this.#groups = groups;
    this.#view = view;
    this.#listener = view.onDidChangeVisibility(() => this.#onVisibility());
    this.#onVisibility();
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#listener.dispose();
  }

  #onVisibility(): void {
    clearInterval(this.#timer);
    if (!this.#view.visible) return;
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  #tick(): void {
    this.#groups.touchFiles(this.#ages.due(Date.now()), { folders: false });
  }
}
