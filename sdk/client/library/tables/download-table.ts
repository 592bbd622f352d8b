import type { LibraryDownload } from '../records/library-schema.js';
import { RecordIndex } from './record-index.js';

/** The records of an account's file downloads, by id and by content. */
export class DownloadTable {
  readonly index = new RecordIndex<LibraryDownload>();
  readonly #records = new Map<string, LibraryDownload>();

  /** In no order. */
  get all(): LibraryDownload[] {
    return [...this.#records.values()];
  }

  get(id: string): LibraryDownload | undefined {
    return this.#records.get(id);
  }

  /** Adds a record. The caller has removed the one with its id. */
  add(download: LibraryDownload): void {
    this.#records.set(download.id, download);
    this.index.add(download);
  }

  remove(id: string): LibraryDownload | undefined {
    const download = this.#records.get(id);
    if (!download) return undefined;
    this.#records.delete(id);
    this.index.remove(download);
    return download;
  }
}
