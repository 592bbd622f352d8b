import type { FolderDownload, ShoalClient } from '@shoal/sdk';
import type { AgentContract, FolderRecord } from '../contract/contract.js';
import { folderRecordOf } from '../contract/records.js';
import type { Payload } from '../daemon/index.js';

type News = Payload<AgentContract, 'folders'>;

/** What windows have not heard of folder downloads yet. */
export class FolderNews {
  readonly #onNews: () => void;
  readonly #isAwaited: (id: string) => boolean;
  readonly #changed = new Set<string>();
  readonly #listened = new WeakSet<FolderDownload>();
  /** How many failures of each were told: the list is told again only when it is longer. */
  readonly #failures = new WeakMap<FolderDownload, number>();
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

  /** Some may have come without an event of their own. */
  review(): void {
    for (const download of this.list()) if (!this.#told.has(download.id)) this.#onChanged(download);
  }

  /** It is to be told again. */
  touch(id: string): void {
    this.#changed.add(id);
    this.#onNews();
  }

  list(): FolderDownload[] {
    return this.#client?.folderDownloads() ?? [];
  }

  /** All of them, whole. */
  records(): FolderRecord[] {
    return this.list().map((download) => folderRecordOf(download, 0, this.#isAwaited(download.id)));
  }

  /** What is to be told now; undefined when nothing is. */
  take(): News | undefined {
    const listed = this.list();
    const present = new Set(listed.map(({ id }) => id));
    const fresh = listed.filter(({ id }) => this.#changed.has(id) || !this.#told.has(id));
    const removed = [...this.#told].filter((id) => !present.has(id));
    this.#changed.clear();
    this.#told = present;
    if (fresh.length === 0 && removed.length === 0) return undefined;
    const changed = fresh.map((download) => {
      const record = folderRecordOf(download, this.#failures.get(download), this.#isAwaited(download.id));
      this.#failures.set(download, download.failures.length);
      return record;
    });
    return { changed, removed };
  }

  #onChanged(download: FolderDownload): void {
    if (!this.#listened.has(download)) {
      this.#listened.add(download);
      this.#told.add(download.id); // who asked for it knows it already: its end is told even if it comes at once
      download.on('progress', () => this.#onChanged(download));
      download.on('fileFailed', () => this.#onChanged(download));
    }
    this.touch(download.id);
  }
}
