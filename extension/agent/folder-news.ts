import type { FolderDownload, ShoalClient } from '@shoal/sdk';
import type { AgentContract, FolderRecord } from '../contract/contract.js';
import { folderRecordOf, type ListLengths } from '../contract/records.js';
import type { Payload } from '../daemon/index.js';

type News = Payload<AgentContract, 'folders'>;

/** Changes of folder downloads that windows do not know yet. */
export class FolderNews {
  readonly #onNews: () => void;
  readonly #isAwaited: (id: string) => boolean;
  readonly #changed = new Set<string>();
  readonly #listened = new WeakSet<FolderDownload>();
  /** The lengths of the reported lists of each: a list is sent again only when its length changes. */
  readonly #sent = new WeakMap<FolderDownload, ListLengths>();
  #told = new Set<string>();
  #client: ShoalClient | undefined;

  constructor(onNews: () => void, isAwaited: (id: string) => boolean) {
    this.#onNews = onNews;
    this.#isAwaited = isAwaited;
  }

  follow(client: ShoalClient | undefined): void {
    this.#client = client;
    client?.on('folderChanged', (download) => this.#onChanged(download));
  }

  /** Checks for downloads without an event of their own. */
  review(): void {
    for (const download of this.list()) if (!this.#told.has(download.id)) this.#onChanged(download);
  }

  /** Marks a download as changed. */
  touch(id: string): void {
    this.#changed.add(id);
    this.#onNews();
  }

  list(): FolderDownload[] {
    return this.#client?.folderDownloads() ?? [];
  }

  /** All folder downloads with all of their fields. */
  records(): FolderRecord[] {
    return this.list().map((download) => folderRecordOf(download, undefined, this.#isAwaited(download.id)));
  }

  /** The changes to send now; undefined if there are none. */
  take(): News | undefined {
    const listed = this.list();
    const present = new Set(listed.map(({ id }) => id));
    const fresh = listed.filter(({ id }) => this.#changed.has(id) || !this.#told.has(id));
    const removed = [...this.#told].filter((id) => !present.has(id));
    this.#changed.clear();
    this.#told = present;
    if (fresh.length === 0 && removed.length === 0) return undefined;
    const changed = fresh.map((download) => {
      const record = folderRecordOf(download, this.#sent.get(download), this.#isAwaited(download.id));
      this.#sent.set(download, { failures: download.failures.length, kept: download.kept.length });
      return record;
    });
    return { changed, removed };
  }

  #onChanged(download: FolderDownload): void {
    if (!this.#listened.has(download)) {
      this.#listened.add(download);
      this.#told.add(download.id); // its caller knows it already, so its end is reported even if it comes at once
      download.on('progress', () => this.#onChanged(download));
      download.on('fileFailed', () => this.#onChanged(download));
    }
    this.touch(download.id);
  }
}
