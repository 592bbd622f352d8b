import { createHash, randomFillSync } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Download, ShoalClient, type ShoalClientOptions, type ShoalEvents } from '../../../sdk/index.js';
import type { Tracker, TrackerOptions } from '../../../tracker/index.js';
import { nextOf } from '../../support/next-event.js';
import { startQuickTracker } from '../../support/plain-passwords.js';

import './local-engine.js';

export { hasCode } from '../../support/has-code.js';

/** A tracker and the clients of a test, in a temporary folder: all is gone afterwards. */
export class Lab {
  readonly folder = mkdtempSync(join(tmpdir(), 'shoal-client-'));
  readonly #clients: ShoalClient[] = [];
  #tracker: Tracker | undefined;

  get tracker(): Tracker {
    if (!this.#tracker) throw new Error('the tracker does not run');
    return this.#tracker;
  }

  async startTracker(port = 0, dataDir = 'tracker', limits: TrackerOptions['limits'] = {}): Promise<Tracker> {
    const listen = `127.0.0.1:${port}`;
    this.#tracker = await startQuickTracker({ listen, dataDir: join(this.folder, dataDir), limits });
    return this.#tracker;
  }

  /** A client with the data folder of that name; not connected yet. */
  client(name: string, options: Partial<ShoalClientOptions> = {}): ShoalClient {
    const tracker = options.tracker ?? { host: this.tracker.host, port: this.tracker.port };
    const client = new ShoalClient({ dataDir: join(this.folder, name), listen: '127.0.0.1:0', ...options, tracker });
    this.#clients.push(client);
    return client;
  }

  /** A client that is signed in under its own name. */
  async signedIn(name: string, options?: Partial<ShoalClientOptions>): Promise<ShoalClient> {
    const client = this.client(name, options);
    await client.connect();
    await client.createUser(name, `password of ${name}`);
    await client.login(name, `password of ${name}`);
    return client;
  }

  /** The client signs in again, with the data folder of before. */
  async signedInAgain(name: string): Promise<{ client: ShoalClient; lost: string[]; restored: string[] }> {
    const client = this.client(name);
    await client.connect();
    const { lost, restored } = await client.login(name, `password of ${name}`);
    const describe = (share: { fileName: string; reason?: string }) =>
      `${share.fileName}${share.reason ? ` ${share.reason}` : ''}`;
    return { client, lost: lost.map(describe), restored: restored.map(describe) };
  }

  /** A tracker, and alice and bob in her group `lab`. */
  async aliceAndBob(bobsOptions?: Partial<ShoalClientOptions>): Promise<[ShoalClient, ShoalClient]> {
    await this.startTracker();
    const [alice, bob] = await Promise.all([this.signedIn('alice'), this.signedIn('bob', bobsOptions)]);
    await this.group('lab', alice, bob);
    return [alice, bob];
  }

  /** The owner makes a group, and the others become its members. */
  async group(groupId: string, owner: ShoalClient, ...others: ShoalClient[]): Promise<void> {
    await owner.createGroup(groupId);
    for (const other of others) {
      await other.joinGroup(groupId);
      const joined = nextEvent(other, 'membershipChanged');
      await owner.acceptRequest(groupId, other.userId ?? '');
      await joined;
    }
  }

  /** Writes random bytes; where to. */
  file(name: string, sizeBytes: number): string {
    const path = join(this.folder, name);
    const fd = openSync(path, 'w');
    const block = Buffer.allocUnsafe(1 << 20);
    for (let left = sizeBytes; left > 0; left -= block.length)
      writeSync(fd, randomFillSync(block), 0, Math.min(left, block.length));
    closeSync(fd);
    return path;
  }

  subfolder(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.#tracker?.close();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** What the next event of a kind that satisfies carries. */
export async function nextEvent<E extends keyof ShoalEvents>(
  client: ShoalClient,
  event: E,
  satisfies: (payload: ShoalEvents[E][0]) => boolean = () => true,
): Promise<ShoalEvents[E][0]> {
  const [payload] = await nextOf<[ShoalEvents[E][0]]>(client, event, satisfies);
  return payload;
}

/** Fulfilled when some of a download's pieces are there. */
export async function someProgress(download: Download): Promise<void> {
  await nextOf(download, 'progress', () => download.progress.donePieces > 0);
}

export function sha1Of(path: string): string {
  return createHash('sha1').update(readFileSync(path)).digest('hex');
}
