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

/** Contains the groups that this user is not in. */
export interface OthersNode {
  readonly kind: 'others';
  readonly id: string;
}

export const OTHERS: OthersNode = { kind: 'others', id: 'others' };

export type TreeNode = OthersNode | GroupNode | RequestNode | FolderNode | FileNode;

type InGroup = Exclude<TreeNode, OthersNode>;

/** The shown nodes; each stays the same object while it exists. */
export class TreeNodes {
  readonly #nodes = new Map<string, InGroup>();

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

  /** A shown node. */
  known(kind: 'folder' | 'file', groupId: string, path: string): InGroup | undefined {
    return this.#nodes.get(`${kind}/${groupId}/${path}`);
  }

  /** A group has no content any more. */
  forget(groupId: string): void {
    for (const [id, node] of this.#nodes) if (node.groupId === groupId && node.kind !== 'group') this.#nodes.delete(id);
  }

  clear(): void {
    this.#nodes.clear();
  }

  #node<N extends InGroup>(fresh: N): N {
    const known = this.#nodes.get(fresh.id);
    if (known) return known as N; // an id begins with its kind
    this.#nodes.set(fresh.id, fresh);
    return fresh;
  }
}
