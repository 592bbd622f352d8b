import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { putManifest } from '../../../sdk/client/tracker/manifest-http.js';
import { createManifest, encodeManifest } from '../../../sdk/protocol/index.js';
import { Device } from '../../tracker/device.js';
import { Stage, type Tracker } from '../support/processes.js';

/** Two trackers run in parallel and share the kills. */
const LANES = 2;
const WRITERS = 4;

/** Groups that a writer keeps: below the tracker's limit per owner, and few enough for one page. */
const MOST_GROUPS = 150;

/** The writes that the tracker acknowledged to one writer. */
interface Acknowledged {
  readonly groups: Set<string>;
  readonly left: Set<string>;
  readonly requests: Set<string>;
  readonly files: Set<string>;
}

/**
 * Kills trackers (`kill -9`) while clients write, and checks that every acknowledged write exists.
 * @returns the number of acknowledged writes
 */
export async function killTrackers(kills: number): Promise<number> {
  const counts = await Promise.all(Array.from({ length: LANES }, () => survive(Math.ceil(kills / LANES))));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function survive(kills: number): Promise<number> {
  await using stage = await Stage.open();
  let tracker: Tracker = await stage.startTracker();
  const { url, port } = tracker;
  const writers = await Promise.all(Array.from({ length: WRITERS }, (_, index) => Writer.start(url, `writer${index}`)));
  const writing = writers.map((writer) => writer.write(writers));
  for (let kill = 0; kill < kills; kill++) {
    await Promise.race(writers.map((writer) => writer.nextAcknowledged()));
    await sleep(Math.random() * 150); // a random moment, not a wait for an event
    await tracker.kill();
    tracker = await stage.startTracker({ port });
  }
  for (const writer of writers) writer.stop();
  await Promise.all(writing);
  const total = writers.reduce((sum, writer) => sum + writer.count, 0);
  assert.ok(total > kills, `only ${total} writes were acknowledged`);
  for (const writer of writers) await writer.check();
  return total;
}

class Writer {
  readonly #name: string;
  readonly #device: Device;
  readonly #token: string;
  readonly #acknowledged: Acknowledged = { groups: new Set(), left: new Set(), requests: new Set(), files: new Set() };
  #stopped = false;
  #onAcknowledged = () => {};
  #next = 0;

  private constructor(name: string, device: Device, token: string) {
    this.#name = name;
    this.#device = device;
    this.#token = token;
  }

  static async start(url: string, name: string): Promise<Writer> {
    const device = await Device.create(url);
    const { token } = await device.signUp(name);
    return new Writer(name, device, token);
  }

  get count(): number {
    const { groups, left, requests, files } = this.#acknowledged;
    return groups.size + left.size + requests.size + files.size;
  }

  /** Resolves once the tracker acknowledges another write. */
  nextAcknowledged(): Promise<void> {
    return new Promise((resolve) => {
      this.#onAcknowledged = resolve;
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Writes until it is stopped, and signs in again after each kill of the tracker. */
  async write(all: readonly Writer[]): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#step(all);
      } catch {
        await this.#signIn();
      }
    }
  }

  /** Checks that every acknowledged write exists. */
  async check(): Promise<void> {
    await this.#signIn();
    const { groups } = await this.#device.call('listGroups', {});
    const standing = new Map(groups.map((group) => [group.groupId, group.standing]));
    for (const group of this.#acknowledged.groups) assert.equal(standing.get(group), 'owner', group);
    for (const group of this.#acknowledged.requests) assert.equal(standing.get(group), 'requested', group);
    for (const group of this.#acknowledged.left) assert.equal(standing.get(group), undefined, group);
    for (const file of this.#acknowledged.files) {
      const [groupId = '', fileName = ''] = file.split('/');
      const { files } = await this.#device.call('listFiles', { groupId });
      assert.ok(
        files.some((one) => one.fileName === fileName),
        file,
      );
    }
    this.#device.close();
  }

  async #step(all: readonly Writer[]): Promise<void> {
    const number = this.#next++;
    const groupId = `${this.#name}-${number}`;
    await this.#device.call('createGroup', { groupId });
    if (number % 3 === 0 || this.#acknowledged.groups.size >= MOST_GROUPS) {
      await this.#device.call('leaveGroup', { groupId });
      this.#keep('left', groupId);
      return;
    }
    this.#keep('groups', groupId);
    if (number % 3 === 1) await this.#share(groupId);
    const neighbour = all[(number + 1) % all.length];
    const [other] = neighbour ? neighbour.#acknowledged.groups : [];
    if (other === undefined || other.startsWith(`${this.#name}-`) || this.#acknowledged.requests.has(other)) return;
    await this.#device.call('joinGroup', { groupId: other });
    this.#keep('requests', other);
  }

  #keep(kind: keyof Acknowledged, name: string): void {
    this.#acknowledged[kind].add(name);
    this.#onAcknowledged();
  }

  async #share(groupId: string): Promise<void> {
    const digest = createHash('sha1').update(randomBytes(8)).digest();
    const manifest = createManifest({ algorithm: 'sha1', sizeBytes: 8, fileDigest: digest, pieceDigests: digest });
    await putManifest(() => this.#device.online, this.#token, manifest.id, encodeManifest(manifest));
    await this.#device.call('shareFile', { groupId, fileName: 'file', manifestId: manifest.id });
    this.#keep('files', `${groupId}/file`);
  }

  async #signIn(): Promise<void> {
    for (;;) {
      try {
        await this.#device.resume(this.#token);
        return;
      } catch {
        await sleep(20); // the tracker is starting
      }
    }
  }
}
