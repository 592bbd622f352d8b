import type * as vscode from 'vscode';
import type { TreeNode } from '../model/group-tree.js';

const KEY = 'expandedGroups';

/** Which groups the user has open in this workspace; they are open again after a reload. */
export class Expanded {
  readonly #state: vscode.Memento;
  readonly #groups: Set<string>;

  constructor(state: vscode.Memento) {
    this.#state = state;
    this.#groups = new Set(state.get<string[]>(KEY, []));
  }

  has(groupId: string): boolean {
    return this.#groups.has(groupId);
  }

  watch(view: vscode.TreeView<TreeNode>): vscode.Disposable[] {
    return [
      view.onDidExpandElement(({ element }) => this.#keep(element, true)),
      view.onDidCollapseElement(({ element }) => this.#keep(element, false)),
    ];
  }

  #keep(node: TreeNode, isOpen: boolean): void {
    if (isOpen) this.#groups.add(node.groupId);
    else this.#groups.delete(node.groupId);
    void this.#state.update(KEY, [...this.#groups]);
  }
}
