import { setTimeout as sleep } from 'node:timers/promises';
import { madeManifest } from '../../tracker/made-manifest.js';
import type { RawClient } from '../../tracker/raw-client.js';

const FILE = 'file';

interface Roles {
  /** They ask for sources, one at each node. */
  readonly observers: readonly RawClient[];
  /** Its device has the file in each group. */
  readonly steady: RawClient;
  /** Its device has it or not, in turns. */
  readonly changing: RawClient;
}

/** The lists of sources of one file in each of some groups, as each node answers them. */
export class SourceLists {
  readonly #groupIds: readonly string[];
  readonly #roles: Roles;
  /** When a list was last seen wrong. */
  lastWrongMs = 0;
  /** What was wrong then. */
  wrong = '';
  #isChangingThere = false;
  #isOver = false;

  private constructor(groupIds: readonly string[], roles: Roles) {
    this.#groupIds = groupIds;
    this.#roles = roles;
  }

  static async open(groupIds: readonly string[], roles: Roles): Promise<SourceLists> {
    const lists = new SourceLists(groupIds, roles);
    await share(roles.steady, groupIds);
    return lists;
  }

  /** The one device begins, or ends, its share in all groups. */
  async change(): Promise<void> {
    this.#isChangingThere = !this.#isChangingThere;
    const { changing } = this.#roles;
    if (this.#isChangingThere) await share(changing, this.#groupIds);
    else
      await Promise.all(this.#groupIds.map((groupId) => changing.call('stopShares', { groupId, fileNames: [FILE] })));
  }

  /** Looks at all lists at all nodes, again and again, until it is stopped. */
  async look(everyMs: number): Promise<void> {
    this.#isOver = false;
    await Promise.all(
      this.#roles.observers.map(async (observer, node) => {
        while (!this.#isOver) {
          for (const wrong of await Promise.all(this.#groupIds.map((groupId) => this.#wrongIn(groupId, observer)))) {
            if (wrong === undefined) continue;
            this.lastWrongMs = performance.now();
            this.wrong = `at node ${node + 1}: ${wrong}`;
          }
          await sleep(everyMs); // the pace of the load, and not a wait for an event
        }
      }),
    );
  }

  stop(): void {
    this.#isOver = true;
  }

  async #wrongIn(groupId: string, observer: RawClient): Promise<string | undefined> {
    const { steady, changing } = this.#roles;
    const right = [steady, ...(this.#isChangingThere ? [changing] : [])].map(({ identity }) => identity.id).sort();
    try {
      const { file, sources } = await observer.call('findSources', { groupId, fileName: FILE });
      const listed = sources.map(({ deviceId }) => deviceId).sort();
      if (listed.join() === right.join() && file.sharersOnline === right.length) return undefined;
      return `${groupId} has ${listed.length} sources of ${right.length}, and counts ${file.sharersOnline}`;
    } catch (error) {
      return `${groupId}: ${String(error)}`;
    }
  }
}

async function share(client: RawClient, groupIds: readonly string[]): Promise<void> {
  const { manifestId, manifest } = madeManifest(1);
  const files = [{ fileName: FILE, manifestId, manifest: Buffer.from(manifest.bytes).toString('base64url') }];
  await Promise.all(groupIds.map((groupId) => client.call('shareFiles', { groupId, files })));
}
