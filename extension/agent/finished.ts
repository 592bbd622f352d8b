import { join } from 'node:path';
import type { ShoalClient } from '@shoal/sdk';
import { readFileWithin } from '@shoal/sdk/disk';
import * as z from 'zod';
import { DOWNLOAD, type DownloadRecord } from '../contract/records-schema.js';
import { LastingFile } from './lasting-file.js';

const FILE = z.object({
  version: z.literal(1),
  downloads: z.array(z.object({ owner: z.string(), record: DOWNLOAD })),
  awaited: z.array(z.string()).default([]),
});
type ServedFiles = z.infer<typeof FILE>;
/** The user and the tracker of downloads, as the client reports them. */
type Owner = Pick<ShoalClient, 'userId' | 'trackerFingerprint'>;

const MOST_KEPT = 200;
const MOST_AWAITED = 1000;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * The complete downloads of all users of this computer, until they are cleared, and the downloads whose end a user
 * waits for. Each end is reported once, whatever became of the window that started the download.
 */
export class Finished {
  readonly #file: LastingFile;
  #downloads: ServedFiles['downloads'];
  readonly #awaited: Set<string>;
  /** The tracker of each client, which a disconnected client does not report. */
  readonly #trackers = new WeakMap<Owner, string>();

  private constructor(path: string, { downloads, awaited }: Pick<ServedFiles, 'downloads' | 'awaited'>) {
    this.#downloads = downloads;
    this.#file = new LastingFile(path, (): ServedFiles => {
      return { version: 1, downloads: this.#downloads, awaited: [...this.#awaited] };
    });
    this.#awaited = new Set(awaited);
  }

  /** Loads the list of an earlier agent. An unreadable list is dropped: the files themselves are safe. */
  static async load(folder: string): Promise<Finished> {
    const path = join(folder, 'finished.json');
    try {
      return new Finished(path, FILE.parse(JSON.parse(String(await readFileWithin(path, MAX_BYTES)))));
    } catch {
      return new Finished(path, { downloads: [], awaited: [] });
    }
  }

  /** The downloads of the signed-in user. */
  of(client: Owner): DownloadRecord[] {
    const owner = this.#ownerOf(client);
    const own = this.#downloads.filter((one) => one.owner === owner);
    return own.map(({ record }) => ({ ...record, awaited: this.#awaited.has(record.id) }));
  }

  /** The end of a download is to be reported. */
  expect(id: string): void {
    this.#awaited.add(id);
    const [oldest] = this.#awaited;
    if (this.#awaited.size > MOST_AWAITED && oldest !== undefined) this.#awaited.delete(oldest);
    this.#file.save();
  }

  isAwaited(id: string): boolean {
    return this.#awaited.has(id);
  }

  /** The end of a download was reported, or it was cancelled. Returns whether somebody waited for it. */
  release(id: string): boolean {
    const wasAwaited = this.#awaited.delete(id);
    if (wasAwaited) this.#file.save();
    return wasAwaited;
  }

  keep(client: Owner, record: DownloadRecord): void {
    const owner = this.#ownerOf(client);
    if (owner === undefined) return;
    const others = this.#downloads.filter((one) => one.record.id !== record.id);
    this.#downloads = [...others, { owner, record }].slice(-MOST_KEPT);
    this.#file.save();
  }

  clear(client: Owner): void {
    const owner = this.#ownerOf(client);
    this.#downloads = this.#downloads.filter((one) => one.owner !== owner);
    this.#file.save();
  }

  /** Resolves when everything is on the disk. */
  saved(): Promise<void> {
    return this.#file.saved();
  }

  #ownerOf(client: Owner): string | undefined {
    const tracker = client.trackerFingerprint ?? this.#trackers.get(client);
    if (client.userId === undefined || tracker === undefined) return undefined;
    this.#trackers.set(client, tracker);
    return `${tracker}/${client.userId}`;
  }
}
