import { join } from 'node:path';
import type { ShoalClient } from '@shoal/sdk';
import { readFileWithin, writeFileDurably } from '@shoal/sdk/disk';
import * as z from 'zod';
import { DOWNLOAD, type DownloadRecord } from '../contract/records-schema.js';

const FILE = z.object({
  version: z.literal(1),
  downloads: z.array(z.object({ owner: z.string(), record: DOWNLOAD })),
  awaited: z.array(z.string()).default([]),
});
type ServedFiles = z.infer<typeof FILE>;
/** Whose downloads they are, as its client says. */
type Owner = Pick<ShoalClient, 'userId' | 'trackerFingerprint'>;

const MOST_KEPT = 200;
const MOST_AWAITED = 1000;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Downloads that are complete, of all users of this computer: they stay on the list until they are cleared. And those, complete or not,
 * whose end a user waits for: it is told once, whatever became of the window that they began in.
 */
export class Finished {
  readonly #path: string;
  #downloads: ServedFiles['downloads'];
  readonly #awaited: Set<string>;
  #writing: Promise<void> = Promise.resolve();
  #isToBeWritten = false;
  /** Which tracker a client is of, for while that is away it does not say so. */
  readonly #trackers = new WeakMap<Owner, string>();

  private constructor(path: string, { downloads, awaited }: Pick<ServedFiles, 'downloads' | 'awaited'>) {
    this.#path = path;
    this.#downloads = downloads;
    this.#awaited = new Set(awaited);
  }

  /** What an agent before this one kept; a list that cannot be read is given up: the files themselves are safe. */
  static async load(folder: string): Promise<Finished> {
    const path = join(folder, 'finished.json');
    try {
      return new Finished(path, FILE.parse(JSON.parse(String(await readFileWithin(path, MAX_BYTES)))));
    } catch {
      return new Finished(path, { downloads: [], awaited: [] });
    }
  }

  /** Those of the user who is signed in. */
  of(client: Owner): DownloadRecord[] {
    const owner = this.#ownerOf(client);
    const own = this.#downloads.filter((one) => one.owner === owner);
    return own.map(({ record }) => ({ ...record, awaited: this.#awaited.has(record.id) }));
  }

  /** The end of a download is to be told. */
  expect(id: string): void {
    this.#awaited.add(id);
    const [oldest] = this.#awaited;
    if (this.#awaited.size > MOST_AWAITED && oldest !== undefined) this.#awaited.delete(oldest);
    this.#save();
  }

  isAwaited(id: string): boolean {
    return this.#awaited.has(id);
  }

  /** Nobody waits for the end of a download any more: it is told, or was given up. Whether somebody did. */
  release(id: string): boolean {
    const wasAwaited = this.#awaited.delete(id);
    if (wasAwaited) this.#save();
    return wasAwaited;
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

  /** What changes while a writing waits for the one before goes with it. */
  #save(): void {
    if (this.#isToBeWritten) return;
    this.#isToBeWritten = true;
    this.#writing = this.#writing
      .then(() => {
        this.#isToBeWritten = false;
        const contents: ServedFiles = { version: 1, downloads: this.#downloads, awaited: [...this.#awaited] };
        return writeFileDurably(this.#path, `${JSON.stringify(contents)}\n`);
      })
      .catch(() => {}); // a full disk costs this list, and nothing else
  }

  #ownerOf(client: Owner): string | undefined {
    const tracker = client.trackerFingerprint ?? this.#trackers.get(client);
    if (client.userId === undefined || tracker === undefined) return undefined;
    this.#trackers.set(client, tracker);
    return `${tracker}/${client.userId}`;
  }
}
