import type { LibraryKept } from '../records/library-schema.js';

interface Content {
  readonly sizeBytes: number;
  neededAtMs: number;
  readonly records: Set<LibraryKept>;
}

/** The kept contents of all accounts, each once, however many files have it. */
export class KeptIndex {
  /** In ascending order of `neededAtMs`, unless `#isMixed`. */
  #contents = new Map<string, Content>();
  #isMixed = false;
  #lastMs = 0;
  #totalBytes = 0;

  /** Size of all contents in bytes. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  get count(): number {
    return this.#contents.size;
  }

  has(manifestId: string): boolean {
    return this.#contents.has(manifestId);
  }

  /** The records of a content. */
  recordsOf(manifestId: string): readonly LibraryKept[] {
    return [...(this.#contents.get(manifestId)?.records ?? [])];
  }

  /** The contents, the least recently needed first. */
  *inOrder(): Generator<{ readonly manifestId: string; readonly sizeBytes: number }> {
    if (this.#isMixed) {
      this.#contents = new Map([...this.#contents].sort(([, one], [, other]) => one.neededAtMs - other.neededAtMs));
      this.#isMixed = false;
    }
    for (const [manifestId, { sizeBytes }] of [...this.#contents]) yield { manifestId, sizeBytes };
  }

  /** A content is needed at this time. A clock that was set back does not change the order. */
  needed(manifestId: string, nowMs: number): number {
    const content = this.#contents.get(manifestId);
    this.#lastMs = Math.max(this.#lastMs, nowMs);
    if (!content) return this.#lastMs;
    content.neededAtMs = this.#lastMs;
    this.#contents.delete(manifestId);
    this.#contents.set(manifestId, content);
    return this.#lastMs;
  }

  add(record: LibraryKept): void {
    const { manifestId, sizeBytes, neededAtMs } = record;
    const known = this.#contents.get(manifestId);
    const content = known ?? { sizeBytes, neededAtMs, records: new Set() };
    content.records.add(record);
    if (!known) this.#totalBytes += sizeBytes;
    content.neededAtMs = Math.max(content.neededAtMs, neededAtMs);
    this.#contents.delete(manifestId);
    this.#contents.set(manifestId, content);
    if (content.neededAtMs < this.#lastMs) this.#isMixed = true;
    else this.#lastMs = content.neededAtMs;
  }

  remove(record: LibraryKept): void {
    const content = this.#contents.get(record.manifestId);
    if (!content?.records.delete(record) || content.records.size > 0) return;
    this.#contents.delete(record.manifestId);
    this.#totalBytes -= content.sizeBytes;
  }
}
