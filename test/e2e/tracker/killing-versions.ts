import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createManifest, encodeManifest, type FileVersion, MAX_KEPT_VERSIONS } from '../../../sdk/protocol/index.js';
import { Device } from '../../tracker/device.js';
import { Stage } from '../support/processes.js';

const FILE = { groupId: 'lab', fileName: 'thesis' };

/** Publications that are acknowledged between two kills, on average. */
const A_KILL = 16;

/**
 * Two members publish versions of one file against each other, and the tracker is killed (`kill -9`) again and again. Checks that
 * every acknowledged version is kept under its number, and that the numbers have no gap.
 * @returns the number of versions
 */
export async function publishAndKill(publications: number): Promise<number> {
  await using stage = await Stage.open();
  let tracker = await stage.startTracker();
  const { url, port } = tracker;
  const [ann, bob] = [await Publisher.start(url, 'ann'), await Publisher.start(url, 'bob')];
  await ann.device.call('createGroup', {
    ...{ groupId: FILE.groupId, publishers: 'members', keepVersions: MAX_KEPT_VERSIONS },
  });
  await bob.device.call('joinGroup', { groupId: FILE.groupId });
  await ann.device.call('acceptRequest', { groupId: FILE.groupId, userId: 'bob' });
  const publishers = [ann, bob];
  const publishing = Promise.all(publishers.map((publisher) => publisher.publish()));
  const count = () => ann.acknowledged.size + bob.acknowledged.size;
  for (let next = A_KILL; next < publications; next += A_KILL) {
    while (count() < next) await Promise.race(publishers.map((publisher) => publisher.nextAcknowledged()));
    await sleep(Math.random() * 30); // a random moment, not a wait for an event
    await tracker.kill();
    tracker = await stage.startTracker({ port });
  }
  while (count() < publications) await Promise.race(publishers.map((publisher) => publisher.nextAcknowledged()));
  for (const publisher of publishers) publisher.stop();
  await publishing;

  const versions = await ann.list();
  const kept = new Map(versions.map(({ version, manifestId }) => [version, manifestId]));
  for (const { acknowledged } of publishers)
    for (const [version, manifestId] of acknowledged) assert.equal(kept.get(version), manifestId, `version ${version}`);
  assert.deepEqual(
    versions.map(({ version }) => version),
    versions.map((_, index) => versions.length - index),
  );
  assert.equal(new Set(kept.values()).size, versions.length, 'none is published twice');
  for (const { device } of publishers) device.close();
  return versions.length;
}

class Publisher {
  readonly device: Device;
  /** The contents that the tracker acknowledged, by version. */
  readonly acknowledged = new Map<number, string>();
  readonly #token: string;
  #isStopped = false;
  #onAcknowledged = () => {};

  private constructor(device: Device, token: string) {
    this.device = device;
    this.#token = token;
  }

  static async start(url: string, name: string): Promise<Publisher> {
    const device = await Device.create(url);
    return new Publisher(device, (await device.signUp(name)).token);
  }

  nextAcknowledged(): Promise<void> {
    return new Promise((resolve) => {
      this.#onAcknowledged = resolve;
    });
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Publishes until it is stopped: on top of the newest, and once more what has no answer. */
  async publish(): Promise<void> {
    let base = 0;
    while (!this.#isStopped) {
      const digest = randomBytes(20);
      const made = createManifest({ algorithm: 'sha1', sizeBytes: 8, fileDigest: digest, pieceDigests: digest });
      const version = { manifestId: made.id, manifest: Buffer.from(encodeManifest(made)).toString('base64url') };
      for (;;) {
        const result = await this.#persist(() =>
          this.device.call('publishVersions', {
            groupId: FILE.groupId,
            files: [{ fileName: FILE.fileName, base, ...version }],
          }),
        );
        const [one] = result.files;
        assert.ok(one);
        if ('file' in one) {
          base = one.file.version ?? 0;
          this.acknowledged.set(base, made.id);
          this.#onAcknowledged();
          break;
        }
        assert.equal(one.code, 'VERSION_CONFLICT');
        base = one.newest?.version ?? 0;
      }
    }
  }

  async list(): Promise<FileVersion[]> {
    const versions: FileVersion[] = [];
    for (let before: number | undefined; ; ) {
      const page = await this.#persist(() => this.device.call('listVersions', { ...FILE, before }));
      versions.push(...page.versions);
      if (page.next === null) return versions;
      before = page.next;
    }
  }

  async #persist<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch {
        await this.device.resume(this.#token).catch(() => sleep(20)); // the tracker is starting
      }
    }
  }
}
