import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { ShoalClient } from '../../../sdk/index.js';
import { Lab } from '../../sdk/client/support.js';
import { type Peer, Stage } from '../support/processes.js';
import { signUp } from '../support/scenes.js';

const LARGE_BYTES = 5 * 524_288 + 17;

/** A tree of many small files and some empty, deeply nested and large ones, by path. */
export function drawTree(count: number): Map<string, Buffer> {
  const tree = new Map<string, Buffer>();
  for (let index = 0; index < count; index++) {
    const folder = ['', 'docs/', 'docs/deep/er/', 'bilder/Zürich 2026/'][index % 4] ?? '';
    tree.set(`${folder}file ${index}.txt`, randomBytes((index * 37) % 9000));
  }
  tree.set('empty', Buffer.alloc(0));
  tree.set(`${'d/'.repeat(20)}bottom`, randomBytes(100));
  tree.set('one piece', randomBytes(524_288));
  tree.set('large.bin', randomBytes(LARGE_BYTES));
  tree.set('docs/large.bin', randomBytes(LARGE_BYTES));
  return tree;
}

export function writeTree(root: string, tree: ReadonlyMap<string, Buffer>): void {
  for (const [place, bytes] of tree) {
    mkdirSync(dirname(join(root, place)), { recursive: true });
    writeFileSync(join(root, place), bytes);
  }
}

/** Asserts that the folder contains exactly the tree's files with their contents. */
export function assertTree(root: string, tree: ReadonlyMap<string, Buffer>): void {
  assert.deepEqual(placesBelow(root), [...tree.keys()].sort());
  for (const [place, bytes] of tree) assert.ok(readFileSync(join(root, place)).equals(bytes), place);
}

export function placesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

/** A tracker, an owner of the group `lab` who shares a tree as `tree`, and members in their own processes. */
export class FolderScene {
  readonly stage: Stage;
  readonly lab: Lab;
  readonly owner: ShoalClient;
  readonly tree: ReadonlyMap<string, Buffer>;

  private constructor(stage: Stage, lab: Lab, owner: ShoalClient, tree: ReadonlyMap<string, Buffer>) {
    this.stage = stage;
    this.lab = lab;
    this.owner = owner;
    this.tree = tree;
  }

  static async open(tree: ReadonlyMap<string, Buffer>): Promise<FolderScene> {
    const [stage, lab] = [await Stage.open(), new Lab()];
    await lab.startTracker();
    const owner = await lab.signedIn('owner');
    await owner.createGroup('lab');
    const root = lab.subfolder('tree');
    writeTree(root, tree);
    const shared = await owner.shareFolder(root, 'lab');
    assert.equal(shared.files, tree.size);
    return new FolderScene(stage, lab, owner, tree);
  }

  get trackerUrl(): string {
    return `wss://127.0.0.1:${this.lab.tracker.port}`;
  }

  async member(name: string, args: string[] = []): Promise<Peer> {
    const peer = this.stage.startPeer(name, this.trackerUrl, { args });
    await signUp(peer, name);
    await peer.say('join_group lab');
    await this.owner.acceptRequest('lab', name);
    return peer;
  }

  /** Runs `act` while the owner serves nothing. */
  async withoutOwner(act: () => Promise<void>): Promise<void> {
    await this.owner.logout();
    try {
      await act();
    } finally {
      await this.owner.login('owner', 'password of owner');
    }
  }

  async close(): Promise<void> {
    await this.stage.close();
    await this.lab.close();
  }
}
