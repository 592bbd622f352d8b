import type { Group, SharedFile, ShoalEvents } from '@shoal/sdk';
import { foldersOf, ShoalError } from '@shoal/sdk/protocol';
import { EventEmitter } from 'eventemitter3';
import type { EditorClient } from '../../api.js';
import { CoalescingQueue } from './coalescing-queue.js';
import { FileFolders, type FolderFigures } from './file-folders.js';
import { isMine } from './standing.js';
import {
  type FileNode,
  type FolderNode,
  type GroupNode,
  OTHERS,
  type OthersNode,
  type RequestNode,
  type TreeNode,
  TreeNodes,
} from './tree-nodes.js';

interface GroupTreeEvents {
  /** A node or its children changed; without a node, the list of groups. */
  changed: [TreeNode | undefined];
  /** Number of join requests that wait for this user's decision. */
  requests: [number];
  /** A request failed; the tree shows the last known state. */
  failed: [ShoalError];
}

type Listing = Pick<EditorClient, 'listGroups' | 'listFiles' | 'listRequests'>;

const ORDER = { owner: 0, member: 0, requested: 1 } as const;

/** The groups, with the join requests and files that were looked at. A node stays the same object while it exists. */
export class GroupTree extends EventEmitter<GroupTreeEvents> {
  readonly #client: Listing;
  readonly #nodes = new TreeNodes();
  #groups = new Map<string, Group>();
  readonly #files = new Map<string, Map<string, SharedFile>>();
  readonly #folders = new Map<string, FileFolders>();
  readonly #listings = new CoalescingQueue();
  readonly #requestListings = new CoalescingQueue();
  readonly #requests = new Map<string, readonly string[]>();
  #isLoaded = false;
  #loading: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  /** Counts sign-ins, so that answers for an earlier user are dropped. */
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

  /** The content of a folder of a group. */
  folder(groupId: string, folder: string): FolderFigures | undefined {
    return this.#folders.get(groupId)?.figures(folder);
  }

  /** Number of open join requests in all groups that this user owns. */
  get pending(): number {
    return [...this.#requests.values()].reduce((sum, users) => sum + users.length, 0);
  }

  pendingIn(groupId: string): number {
    return this.#requests.get(groupId)?.length ?? 0;
  }

  /** The groups of this user, then those with a join request; all others are in one node. */
  roots(): (GroupNode | OthersNode)[] {
    const order = ({ standing }: Group) => (standing === 'none' ? 0 : ORDER[standing]);
    const own = this.groups().filter(({ standing }) => standing !== 'none');
    const sorted = own.sort((a, b) => order(a) - order(b) || a.groupId.localeCompare(b.groupId));
    const nodes = sorted.map((group) => this.groupNode(group.groupId));
    return this.others().length > 0 ? [...nodes, OTHERS] : nodes;
  }

  /** The other groups, sorted by name. */
  others(): Group[] {
    const others = this.groups().filter(({ standing }) => standing === 'none');
    return others.sort((a, b) => a.groupId.localeCompare(b.groupId));
  }

  /** Join requests, then folders, then files, sorted by name; asks the tracker if they are unknown. */
  async children(node: GroupNode | FolderNode | OthersNode): Promise<TreeNode[]> {
    if (node.kind === 'others') return this.others().map(({ groupId }) => this.groupNode(groupId));
    const { groupId } = node;
    const group = this.#groups.get(groupId);
    if (!group || !isMine(group)) return [];
    if (!this.#files.has(groupId)) await this.#attempt(() => this.#loadFiles(groupId));
    const inside = this.#folders.get(groupId)?.children(node.kind === 'folder' ? node.folder : '');
    const requests = node.kind === 'folder' ? [] : (this.#requests.get(groupId) ?? []);
    return [
      ...requests.map((userId) => this.requestNode(groupId, userId)),
      ...(inside?.folders ?? []).map((folder) => this.folderNode(groupId, folder)),
      ...(inside?.fileNames ?? []).map((fileName) => this.fileNode(groupId, fileName)),
    ];
  }

  parent(node: TreeNode): GroupNode | FolderNode | OthersNode | undefined {
    if (node.kind === 'others') return undefined;
    if (node.kind === 'group') return this.#groups.get(node.groupId)?.standing === 'none' ? OTHERS : undefined;
    const path = node.kind === 'folder' ? node.folder : node.kind === 'file' ? node.fileName : '';
    const folder = foldersOf(path).at(-1);
    return folder === undefined ? this.groupNode(node.groupId) : this.folderNode(node.groupId, folder);
  }

  groupNode(groupId: string): GroupNode {
    return this.#nodes.group(groupId);
  }

  requestNode(groupId: string, userId: string): RequestNode {
    return this.#nodes.request(groupId, userId);
  }

  folderNode(groupId: string, folder: string): FolderNode {
    return this.#nodes.folder(groupId, folder);
  }

  fileNode(groupId: string, fileName: string): FileNode {
    return this.#nodes.file(groupId, fileName);
  }

  /** Asks the tracker again for everything that is shown. Calls during a request share one more request after it. */
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

  /** Forgets everything after a sign-out. */
  clear(): void {
    this.#groups.clear();
    this.#files.clear();
    this.#folders.clear();
    this.#listings.clear();
    this.#requestListings.clear();
    this.#requests.clear();
    this.#nodes.clear();
    this.#isLoaded = false;
    this.#generation++;
    this.#loading = undefined;
    this.#next = undefined;
    this.emit('changed', undefined);
    this.emit('requests', 0);
  }

  onJoinRequested({ groupId }: ShoalEvents['joinRequested'][0]): Promise<void> {
    return this.#loadRequests(groupId);
  }

  /** Calls during a request share one more request after it, because the files of a folder arrive in many batches. */
  onFilesChanged(groupId: string): Promise<void> {
    return this.#listings.take(groupId, async () => {
      if (this.#files.has(groupId)) await this.#attempt(() => this.#loadFiles(groupId));
    });
  }

  /** The download or share of a file changed. */
  touchFile(groupId: string, fileName: string): void {
    this.touchFiles([{ groupId, fileName }]);
  }

  /** Like `touchFile`, each row once. @param folders whether the rows of their folders depend on the change */
  touchFiles(
    files: readonly { readonly groupId: string; readonly fileName: string }[],
    { folders = true }: { folders?: boolean } = {},
  ): void {
    const touched = new Set<TreeNode>();
    for (const { groupId, fileName } of files) {
      if (!this.#files.get(groupId)?.has(fileName)) continue;
      const nodes = (folders ? foldersOf(fileName) : []).map((folder) => this.#nodes.known('folder', groupId, folder));
      for (const node of [this.#nodes.known('file', groupId, fileName), ...nodes]) if (node) touched.add(node);
    }
    for (const node of touched) this.emit('changed', node);
  }

  /** The download of a folder changed. */
  touchFolder(groupId: string, folder: string): void {
    const node = this.#nodes.known('folder', groupId, folder);
    if (node) this.emit('changed', node);
  }

  /** Something about a group changed that is not in its list. */
  touchGroup(groupId: string): void {
    if (this.#groups.has(groupId)) this.emit('changed', this.groupNode(groupId));
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
      if (!isMine(group)) this.#forget(group.groupId);
      if (group.standing === 'owner') await this.#loadRequests(group.groupId);
      else this.#forgetRequests(group.groupId);
      if (this.#files.has(group.groupId)) await this.#loadFiles(group.groupId);
    }
  }

  /** One request at a time, because an older answer that comes late would hide a newer one. */
  #loadRequests(groupId: string): Promise<void> {
    return this.#requestListings.take(groupId, () => this.#attempt(() => this.#askRequests(groupId)));
  }

  async #askRequests(groupId: string): Promise<void> {
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
    this.#folders.set(groupId, new FileFolders(files));
    if (!before) return; // its caller shows them
    const isSameList = before.size === files.length && files.every(({ fileName }) => before.has(fileName));
    if (!isSameList) {
      this.emit('changed', this.groupNode(groupId));
      return;
    }
    const isOther = (file: SharedFile) => JSON.stringify(before.get(file.fileName)) !== JSON.stringify(file);
    this.touchFiles(files.filter(isOther).map(({ fileName }) => ({ groupId, fileName })));
  }

  /** Shows the last known state after a failure; an unreachable tracker is reported elsewhere, once. */
  async #attempt(load: () => Promise<void>): Promise<void> {
    const generation = this.#generation;
    try {
      await load();
    } catch (thrown) {
      if (generation === this.#generation) this.emit('failed', ShoalError.from(thrown));
    }
  }

  /** Returns an answer, unless the user signed out meanwhile. */
  async #ask<T>(asked: Promise<T>): Promise<T> {
    const generation = this.#generation;
    const answer = await asked;
    if (generation !== this.#generation) throw new ShoalError('ABORTED', 'Somebody else is signed in by now.');
    return answer;
  }

  #forget(groupId: string): void {
    this.#files.delete(groupId);
    this.#folders.delete(groupId);
    this.#nodes.forget(groupId);
    this.#forgetRequests(groupId);
  }

  #forgetRequests(groupId: string): void {
    const known = this.pendingIn(groupId);
    this.#requests.delete(groupId);
    if (known > 0) this.emit('requests', this.pending);
  }
}
