import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { putManifest } from '../../sdk/client/tracker/manifest-http.js';
import { createManifest, encodeManifest } from '../../sdk/protocol/index.js';
import type { PasswordHasher } from '../../tracker/accounts/passwords.js';
import { startTrackerWith, type Tracker, type TrackerOptions } from '../../tracker/tracker.js';
import { PLAIN } from '../support/plain-passwords.js';
import { Device } from './device.js';

export { hasCode } from '../support/has-code.js';

/** A tracker in a temporary folder, and devices that talk to it. */
export class TrackerBench {
  readonly folder = mkdtempSync(join(tmpdir(), 'shoal-tracker-'));
  readonly #devices: Device[] = [];
  readonly #tokens = new Map<Device, string>();
  #tracker: Tracker | undefined;

  get tracker(): Tracker {
    if (!this.#tracker) throw new Error('the tracker does not run');
    return this.#tracker;
  }

  async start(options: Partial<TrackerOptions> = {}, passwords: PasswordHasher = PLAIN): Promise<this> {
    // Its devices serve nowhere, and some say that they do at addresses of others.
    const limits = { checksAtOnce: 0, ...options.limits };
    const all = { listen: '127.0.0.1:0', dataDir: join(this.folder, 'data'), ...options, limits };
    this.#tracker = await startTrackerWith(all, passwords);
    return this;
  }

  async device(port?: number): Promise<Device> {
    const device = await Device.create(this.tracker.url, port);
    this.#devices.push(device);
    return device;
  }

  /** A device that is signed in under this name, whose password is `pw`. */
  async user(name: string): Promise<Device> {
    const device = await this.device();
    this.#tokens.set(device, (await device.signUp(name)).token);
    return device;
  }

  tokenOf(device: Device): string {
    return this.#tokens.get(device) ?? '';
  }

  /** A group `lab` of these: the first owns it. */
  async lab(owner: Device, ...members: [name: string, device: Device][]): Promise<void> {
    await owner.call('createGroup', { groupId: 'lab' });
    for (const [userId, device] of members) {
      await device.call('joinGroup', { groupId: 'lab' });
      await owner.call('acceptRequest', { groupId: 'lab', userId });
    }
  }

  /** Uploads the manifest of some file; its id. */
  async manifest(device: Device): Promise<string> {
    const digest = createHash('sha1').update(randomBytes(8)).digest();
    const manifest = createManifest({ algorithm: 'sha1', sizeBytes: 8, fileDigest: digest, pieceDigests: digest });
    await putManifest(() => device.online, this.tokenOf(device), manifest.id, encodeManifest(manifest));
    return manifest.id;
  }

  async close(): Promise<void> {
    for (const device of this.#devices) device.close();
    await this.#tracker?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
