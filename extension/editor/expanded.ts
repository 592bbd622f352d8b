import type * as vscode from 'vscode';
import type { TreeNode } from '../model/tree/tree-nodes.js';

const KEY = 'expandedGroups';

/** The groups and folders that are expanded in this workspace, also after a reload. */
export class Expanded {
  readonly #state: vscode.Memento;
  readonly #open: Set<string>;

  constructor(state: vscode.Memento) {
    this.#state = state;
    this.#open = new Set(state.get<string[]>(KEY, []));
  }

  has(node: TreeNode): boolean {
    return this.#open.has(keyOf(node));
  }

  watch(view: vscode.TreeView<TreeNode>): vscode.Disposable[] {
    return [
      view.onDidExpandElement(({ element }) => this.#keep(element, true)),
      view.onDidCollapseElement(({ element }) => this.#keep(element, false)),
    ];
  }

  #keep(node: TreeNode, isOpen: boolean): void {
    if (isOpen) this.#open.add(keyOf(node));
    else this.#open.delete(keyOf(node));
    void this.#state.update(KEY, [...this.#open]);
  }
}

/** Group names contain no slash. */
function keyOf(node: TreeNode): string {
  if (node.kind === 'others') return `${node.id}/`; // a group may have that name
  return node.kind === 'folder' ? `${node.groupId}/${node.folder}` : node.groupId;
}
