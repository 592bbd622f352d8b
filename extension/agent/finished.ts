import { join } from 'node:path';
import type { ShoalClient } from '@shoal/sdk';
import { readFileWithin, writeFileDurably } from '@shoal/sdk/disk';
import * as z from 'zod';
import { DOWNLOAD, type DownloadRecord } from './records-schema.js';

const FILE = z.object({ version: z.literal(1), downloads: z.array(z.object({ owner: z.string(), record: DOWNLOAD })) });
/** Whose downloads they are, as its client says. */
type Owner = Pick<ShoalClient, 'userId' | 'trackerFingerprint'>;

const MOST_KEPT = 200;
const MAX_BYTES = 16 * 1024 * 1024;

/** Downloads that are complete, of all users of this computer: they stay on the list until they are cleared. */
export class Finished {
  readonly #path: string;
  #downloads: z.infer<typeof FILE>['downloads'];
  #writing: Promise<void> = Promise.resolve();
  /** Which tracker a client is of, for while that is away it does not say so. */
  readonly #trackers = new WeakMap<Owner, string>();

  private constructor(path: string, downloads: z.infer<typeof FILE>['downloads']) {
    this.#path = path;
    this.#downloads = downloads;
  }

  /** What an agent before this one kept; a list that cannot be read is given up: the files themselves are safe. */
  static async load(folder: string): Promise<Finished> {
    const path = join(folder, 'finished.json');
    try {
      return new Finished(path, FILE.parse(JSON.parse(String(await readFileWithin(path, MAX_BYTES)))).downloads);
    } catch {
      return new Finished(path, []);
    }
  }

  /** Those of the user who is signed in. */
  of(client: Owner): DownloadRecord[] {
    const owner = this.#ownerOf(client);
    return this.#downloads.filter((one) => one.owner === owner).map(({ record }) => record);
  }

  keep(client: Owner, record: DownloadRecord): void {
    const owner = this.#ownerOf(client);
    if (owner === undefined) return;
    const others = this.#downloads.filter((one) => one.record.id !== record.id);
    this.#downloads = [...others, { owner, record }].slice(-MOST_KEPT);
    this.#save();
  }

  clear(client: Owner): void {
    const owner = this.#ownerOf(client);
    this.#downloads = this.#downloads.filter((one) => one.owner !== owner);
    this.#save();
  }

  /** Fulfilled when everything is on the disk. */
  saved(): Promise<void> {
    return this.#writing;
  }

  #save(): void {
    this.#writing = this.#writing
      .then(() => writeFileDurably(this.#path, `${JSON.stringify({ version: 1, downloads: this.#downloads })}\n`))
      .catch(() => {}); // a full disk costs this list, and nothing else
  }

  #ownerOf(client: Owner): string | undefined {
    const tracker = client.trackerFingerprint ?? this.#trackers.get(client);
    if (client.userId === undefined || tracker === undefined) return undefined;
    this.#trackers.set(client, tracker);
    return `${tracker}/${client.userId}`;
  }
}
