import { ShoalError } from '@shoal/sdk/protocol';
import type { Group, SharedFile, ShoalEvents } from '@shoal/sdk';
import { EventEmitter } from 'eventemitter3';
import type { EditorClient } from '../api.js';

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

export interface FileNode {
  readonly kind: 'file';
  readonly id: string;
  readonly groupId: string;
  readonly fileName: string;
}

export type TreeNode = GroupNode | RequestNode | FileNode;

interface GroupTreeEvents {
  /** What a node shows has changed, or its children; without a node, the list of groups. */
  changed: [TreeNode | undefined];
  /** How many requests wait for this user's decision. */
  requests: [number];
  /** Something could not be had; the tree shows what it knew. */
  failed: [ShoalError];
}

type Listing = Pick<EditorClient, 'listGroups' | 'listFiles' | 'listRequests'>;

const ORDER = { owner: 0, member: 0, requested: 1, none: 2 } as const;

/** The groups with their requests and files as far as they were looked at; a node stays the same for as long as it is there. */
export class GroupTree extends EventEmitter<GroupTreeEvents> {
  readonly #client: Listing;
  readonly #nodes = new Map<string, TreeNode>();
  #groups = new Map<string, Group>();
  readonly #files = new Map<string, Map<string, SharedFile>>();
  readonly #requests = new Map<string, readonly string[]>();
  #isLoaded = false;
  #loading: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  /** Whose groups these are, counted: what was asked for somebody before is dropped. */
  #generation = 0;

  constructor(client: Listing) {
    super();
    this.#client = client;
  }

  /** Whether the groups are known. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  groups(): Group[] {
    return [...this.#groups.values()];
  }

  group(groupId: string): Group | undefined {
    return this.#groups.get(groupId);
  }

  file(groupId: string, fileName: string): SharedFile | undefined {
    return this.#files.get(groupId)?.get(fileName);
  }

  /** How many wait to be let in, in all groups that this user owns. */
  get pending(): number {
    return [...this.#requests.values()].reduce((sum, users) => sum + users.length, 0);
  }

  pendingIn(groupId: string): number {
    return this.#requests.get(groupId)?.length ?? 0;
  }

  roots(): GroupNode[] {
    const sorted = this.groups().sort(
      (a, b) => ORDER[a.standing] - ORDER[b.standing] || a.groupId.localeCompare(b.groupId),
    );
    return sorted.map((group) => this.groupNode(group.groupId));
  }

  /** Requests first, then files by name; looked up when they are not known yet. */
  async children(node: GroupNode): Promise<TreeNode[]> {
    const { groupId } = node;
    const group = this.#groups.get(groupId);
    if (group?.standing !== 'owner' && group?.standing !== 'member') return [];
    if (!this.#files.has(groupId)) await this.#attempt(() => this.#loadFiles(groupId));
    const requests = (this.#requests.get(groupId) ?? []).map((userId) => this.requestNode(groupId, userId));
    const names = [...(this.#files.get(groupId)?.keys() ?? [])].sort((a, b) => a.localeCompare(b));
    return [...requests, ...names.map((fileName) => this.fileNode(groupId, fileName))];
  }

  parent(node: TreeNode): GroupNode | undefined {
    return node.kind === 'group' ? undefined : this.groupNode(node.groupId);
  }

  groupNode(groupId: string): GroupNode {
    return this.#node({ kind: 'group', id: `group/${groupId}`, groupId });
  }

  requestNode(groupId: string, userId: string): RequestNode {
    return this.#node({ kind: 'request', id: `request/${groupId}/${userId}`, groupId, userId });
  }

  fileNode(groupId: string, fileName: string): FileNode {
    return this.#node({ kind: 'file', id: `file/${groupId}/${fileName}`, groupId, fileName });
  }

  /** Asks for everything that is shown anew. Calls that come while it asks share one more asking after it. */
  refresh(): Promise<void> {
    if (!this.#loading) return this.#load();
    const generation = this.#generation;
    this.#next ??= this.#loading.then(() => {
      if (generation !== this.#generation) return undefined;
      this.#next = undefined;
      return this.#load();
    });
    return this.#next;
  }

  /** Forgets everything: someone signed out. */
  clear(): void {
    this.#groups.clear();
    this.#files.clear();
    this.#requests.clear();
    this.#nodes.clear();
    this.#isLoaded = false;
    this.#generation++;
    this.#loading = undefined;
    this.#next = undefined;
    this.emit('changed', undefined);
    this.emit('requests', 0);
  }

  async onJoinRequested({ groupId }: ShoalEvents['joinRequested'][0]): Promise<void> {
    await this.#attempt(() => this.#loadRequests(groupId));
  }

  async onFilesChanged(groupId: string): Promise<void> {
    if (this.#files.has(groupId)) await this.#attempt(() => this.#loadFiles(groupId));
  }

  /** A file's transfer or share is in another state. */
  touchFile(groupId: string, fileName: string): void {
    if (this.#files.get(groupId)?.has(fileName)) this.emit('changed', this.fileNode(groupId, fileName));
  }

  #load(): Promise<void> {
    const loading = this.#attempt(() => this.#loadAll()).finally(() => {
      if (this.#loading === loading) this.#loading = undefined;
    });
    this.#loading = loading;
    return loading;
  }

  async #loadAll(): Promise<void> {
    const groups = await this.#ask(this.#client.listGroups());
    const before = this.#groups;
    this.#groups = new Map(groups.map((group) => [group.groupId, group]));
    const isFirst = !this.#isLoaded;
    this.#isLoaded = true;
    for (const groupId of before.keys()) if (!this.#groups.has(groupId)) this.#forget(groupId);
    const isSameList =
      !isFirst &&
      before.size === groups.length &&
      groups.every(({ groupId, standing }) => before.get(groupId)?.standing === standing);
    if (!isSameList) this.emit('changed', undefined);
    for (const group of groups) {
      const known = before.get(group.groupId);
      if (isSameList && (known?.members !== group.members || known.ownerId !== group.ownerId))
        this.emit('changed', this.groupNode(group.groupId));
      if (group.standing !== 'owner' && group.standing !== 'member') this.#forget(group.groupId);
      if (group.standing === 'owner') await this.#loadRequests(group.groupId);
      else this.#forgetRequests(group.groupId);
      if (this.#files.has(group.groupId)) await this.#loadFiles(group.groupId);
    }
  }

  async #loadRequests(groupId: string): Promise<void> {
    const users = (await this.#ask(this.#client.listRequests(groupId))).map(({ userId }) => userId);
    if (String(users) === String(this.#requests.get(groupId) ?? [])) return;
    this.#requests.set(groupId, users);
    this.emit('changed', this.groupNode(groupId));
    this.emit('requests', this.pending);
  }

  async #loadFiles(groupId: string): Promise<void> {
    const files = await this.#ask(this.#client.listFiles(groupId));
    const before = this.#files.get(groupId);
    this.#files.set(groupId, new Map(files.map((file) => [file.fileName, file])));
    if (!before) return; // whoever asked shows them
    const isSameList = before.size === files.length && files.every(({ fileName }) => before.has(fileName));
    if (!isSameList) {
      this.emit('changed', this.groupNode(groupId));
      return;
    }
    for (const file of files) {
      if (JSON.stringify(before.get(file.fileName)) !== JSON.stringify(file))
        this.emit('changed', this.fileNode(groupId, file.fileName));
    }
  }

  /** Shows what it knew when something cannot be had; that the tracker is away is said elsewhere, and once. */
  async #attempt(load: () => Promise<void>): Promise<void> {
    const generation = this.#generation;
    try {
      await load();
    } catch (thrown) {
      if (generation === this.#generation) this.emit('failed', ShoalError.from(thrown));
    }
  }

  /** An answer, unless it was for somebody who signed out meanwhile. */
  async #ask<T>(asked: Promise<T>): Promise<T> {
    const generation = this.#generation;
    const answer = await asked;
    if (generation !== this.#generation) throw new ShoalError('ABORTED', 'Somebody else is signed in by now.');
    return answer;
  }

  #forget(groupId: string): void {
    this.#files.delete(groupId);
    for (const [id, node] of this.#nodes) if (node.groupId === groupId && node.kind !== 'group') this.#nodes.delete(id);
    this.#forgetRequests(groupId);
  }

  #forgetRequests(groupId: string): void {
    const known = this.pendingIn(groupId);
    this.#requests.delete(groupId);
    if (known > 0) this.emit('requests', this.pending);
  }

  #node<N extends TreeNode>(fresh: N): N {
    const known = this.#nodes.get(fresh.id);
    if (known) return known as N; // an id begins with its kind
    this.#nodes.set(fresh.id, fresh);
    return fresh;
  }
}
