export interface GroupNode {
  readonly kind: 'group';
  readonly id: string;
  readonly groupId: string;
}

export interface RequestNode {
  readonly kind: 'request';
  readonly id: string;
  readonly groupId: string;
  readonly userId: string;
}

export interface FolderNode {
  readonly kind: 'folder';
  readonly id: string;
  readonly groupId: string;
  /** Its path in the group. */
  readonly folder: string;
}

export interface FileNode {
  readonly kind: 'file';
  readonly id: string;
  readonly groupId: string;
  readonly fileName: string;
}

export type TreeNode = GroupNode | RequestNode | FolderNode | FileNode;

/** The nodes that were shown: one stays the same for as long as it is there. */
export class TreeNodes {
  readonly #nodes = new Map<string, TreeNode>();

  group(groupId: string): GroupNode {
    return this.#node({ kind: 'group', id: `group/${groupId}`, groupId });
  }

  request(groupId: string, userId: string): RequestNode {
    return this.#node({ kind: 'request', id: `request/${groupId}/${userId}`, groupId, userId });
  }

  folder(groupId: string, folder: string): FolderNode {
    return this.#node({ kind: 'folder', id: `folder/${groupId}/${folder}`, groupId, folder });
  }

  file(groupId: string, fileName: string): FileNode {
    return this.#node({ kind: 'file', id: `file/${groupId}/${fileName}`, groupId, fileName });
  }

  /** One that was shown. */
  known(kind: 'folder' | 'file', groupId: string, path: string): TreeNode | undefined {
    return this.#nodes.get(`${kind}/${groupId}/${path}`);
  }

  /** A group has nothing in it any more. */
  forget(groupId: string): void {
    for (const [id, node] of this.#nodes) if (node.groupId === groupId && node.kind !== 'group') this.#nodes.delete(id);
  }

  clear(): void {
    this.#nodes.clear();
  }

  #node<N extends TreeNode>(fresh: N): N {
    const known = this.#nodes.get(fresh.id);
    if (known) return known as N; // an id begins with its kind
    this.#nodes.set(fresh.id, fresh);
    return fresh;
  }
}
