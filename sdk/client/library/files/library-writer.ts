import { ShoalError } from '../../../protocol/index.js';
import { MAX_LIBRARY_BYTES } from '../records/library-paths.js';
import type { Batch, Change } from '../records/library-schema.js';
import type { LiveBytes } from '../tables/live-bytes.js';
import { batchOf, PendingChanges, recordOf } from './library-changes.js';
import type { LibraryFile } from './library-file.js';
import { encodeBatch, encodeJournal } from './library-journal.js';

/** Changes without a waiting caller are written together after this time. */
const SOON_MS = 1000;
/** A journal is compacted when its dead bytes exceed its live ones, and this minimum. */
const LEAST_DEAD_BYTES = 256 * 1024;
/** At the end, a journal is compacted when its dead bytes exceed this share of the live ones. */
const DEAD_AT_END = 0.25;

export interface WriterContext {
  readonly file: LibraryFile;
  readonly live: LiveBytes;
  /** All current records. */
  records(): Batch;
  /** Receives messages about failures that lose no record and are retried. */
  warn(message: string): void;
}

/** Schedules the writes of a library. Each write contains all changes so far, and costs in proportion to them. */
export class LibraryWriter {
  readonly #context: WriterContext;
  readonly #pending = new PendingChanges();
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #soon: NodeJS.Timeout | undefined;
  #closed: ShoalError | undefined;
  #isEnding = false;
  /** After a failed compaction: the size at which the next one is tried. */
  #compactFrom = 0;

  constructor(context: WriterContext) {
    this.#context = context;
  }

  /** Schedules a change for a combined write, at the latest after `SOON_MS`. */
  add(account: string, change: Change): void {
    this.#pending.add(account, change);
    if (!this.#closed) this.#soon ??= setTimeout(() => void this.#writeUnasked(), SOON_MS);
  }

  /**
   * Resolves when all changes so far are on the disk.
   * @throws ShoalError `TOO_MANY_SHARES`, the disk's errors, or the error of `close`; the next call retries what was
   * not written
   */
  durable(): Promise<void> {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    if (!this.#writing) {
      this.#writing = this.#write().finally(() => {
        this.#writing = undefined;
      });
      return this.#writing;
    }
    this.#next ??= this.#writing
      .catch(() => {}) // its own caller handles it
      .then(() => {
        this.#next = undefined;
        return this.durable();
      });
    return this.#next;
  }

  /** Writes the remaining changes, and compacts the journal if that is worthwhile. @throws as `durable` */
  finish(): Promise<void> {
    this.#isEnding = true;
    return this.durable();
  }

  /** Rewrites all files with the current records. @throws as `durable` */
  async begin(): Promise<void> {
    const taken = this.#pending.take();
    try {
      const bytes = await this.#encodeAll();
      await this.#context.file.begin(bytes);
    } catch (error) {
      this.#pending.putBack(taken);
      throw error;
    }
  }

  /** Stops all writes: later calls fail with this error. */
  close(error: ShoalError): void {
    this.#closed ??= error;
    clearTimeout(this.#soon);
    this.#soon = undefined;
  }

  async #write(): Promise<void> {
    if (!this.#pending.isEmpty) {
      this.#requireOpen();
      if (!(await this.#append())) await this.begin();
    }
    if (!this.#closed && this.#isWorthCompacting) await this.#compact();
  }

  async #writeUnasked(): Promise<void> {
    await this.durable().catch((error: unknown) => {
      const why = ShoalError.from(error, 'DISK_ERROR').message;
      this.#context.warn(`The library's last changes are not on the disk yet, and are written with the next: ${why}`);
    });
  }

  #requireOpen(): void {
    if (this.#closed) throw this.#closed;
  }

  get #isWorthCompacting(): boolean {
    const { file, live } = this.#context;
    const size = file.size ?? 0;
    const dead = size - live.total;
    if (size < this.#compactFrom) return false;
    return this.#isEnding ? dead > DEAD_AT_END * live.total : dead > LEAST_DEAD_BYTES && dead > live.total;
  }

  /** @returns false if no line can be appended to the file */
  async #append(): Promise<boolean> {
    const { file } = this.#context;
    if (file.size === undefined) return false;
    const taken = this.#pending.take();
    let isWritten = false;
    try {
      const line = encodeBatch(batchOf(taken), this.#onEncoded);
      isWritten = file.size + line.length <= MAX_LIBRARY_BYTES && (await file.append(line));
    } finally {
      if (!isWritten) this.#pending.putBack(taken);
    }
    return isWritten;
  }

  /** Compacts the journal. All records are already on the disk, so a failure only lets the journal grow. */
  async #compact(): Promise<void> {
    const { file, live, warn } = this.#context;
    try {
      const bytes = await this.#encodeAll();
      await file.compact(bytes);
    } catch (error) {
      this.#compactFrom = (file.size ?? 0) + live.total;
      warn(
        `The library could not be written anew, and goes on growing: ${ShoalError.from(error, 'DISK_ERROR').message}`,
      );
    }
  }

  async #encodeAll(): Promise<Buffer> {
    const bytes = await encodeJournal(this.#context.records(), this.#onEncoded);
    this.#requireOpen(); // `close` may have been called meanwhile
    return bytes;
  }

  readonly #onEncoded = (change: Change, bytes: number): void => {
    const record = recordOf(change);
    if (record) this.#context.live.set(record, bytes);
  };
}
