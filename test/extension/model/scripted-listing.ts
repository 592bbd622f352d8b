import type { Group, SharedFile } from '@shoal/sdk';
import { type ErrorCode, ShoalError } from '@shoal/sdk/protocol';
import { GroupTree } from '../../../extension/model/tree/group-tree.js';
import type { TreeNode } from '../../../extension/model/tree/tree-nodes.js';

/** The answers of a tracker, set by a test. */
export class Listing {
  groups: Group[] = [];
  readonly files = new Map<string, SharedFile[]>();
  readonly requests = new Map<string, string[]>();
  readonly asked: string[] = [];
  /** The error of the next request, once. */
  failing: ErrorCode | undefined;
  #gate: Promise<void> | undefined;

  /** Delays answers until the returned function is called; they contain the state at the time of the request. */
  shut(): () => void {
    let open = () => {};
    this.#gate = new Promise((resolve) => {
      open = resolve;
    });
    return open;
  }

  /** Delays no later answers. */
  pass(): void {
    this.#gate = undefined;
  }

  listGroups(): Promise<Group[]> {
    return this.#answer('groups', this.groups);
  }

  listFiles(groupId: string): Promise<SharedFile[]> {
    return this.#answer(`files ${groupId}`, this.files.get(groupId) ?? []);
  }

  async listRequests(groupId: string): Promise<{ userId: string; requestedAtMs: number }[]> {
    const users = await this.#answer(`requests ${groupId}`, this.requests.get(groupId) ?? []);
    return users.map((userId) => ({ userId, requestedAtMs: 0 }));
  }

  async #answer<T extends object>(question: string, answer: T): Promise<T> {
    this.asked.push(question);
    const failing = this.failing;
    this.failing = undefined;
    const copy = structuredClone(answer);
    await this.#gate;
    if (failing) throw new ShoalError(failing, 'No.');
    return copy;
  }
}

/** A tree that was looked at, and its events since then. */
export async function setUp(groups: Group[], files: Record<string, SharedFile[]> = {}) {
  const listing = new Listing();
  listing.groups = groups;
  for (const [groupId, some] of Object.entries(files)) listing.files.set(groupId, some);
  const tree = new GroupTree(listing);
  await tree.refresh();
  for (const root of tree.roots()) await tree.children(root);
  const said: unknown[] = [];
  tree.on('changed', (node) => said.push(node?.id ?? 'all'));
  tree.on('requests', (count) => said.push(count));
  tree.on('failed', ({ code }) => said.push(code));
  listing.asked.length = 0;
  return { listing, tree, said };
}

export function idsOf(nodes: readonly TreeNode[]): string[] {
  return nodes.map(({ id }) => id);
}

export async function namesIn(tree: GroupTree, groupId: string): Promise<string[]> {
  return (await tree.children(tree.groupNode(groupId))).map(({ id }) => id);
}
