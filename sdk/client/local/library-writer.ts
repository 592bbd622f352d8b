import { ShoalError } from '../../protocol/index.js';
import { batchOf, PendingChanges, recordOf } from './library-changes.js';
import type { LibraryFile } from './library-file.js';
import { encodeBatch, encodeJournal } from './library-journal.js';
import { MAX_LIBRARY_BYTES } from './library-paths.js';
import type { Batch, Change } from './library-schema.js';
import type { LiveBytes } from './live-bytes.js';

/** Changes that nobody waits for are written together after this time. */
const SOON_MS = 1000;
/** A journal is written anew when its dead part is larger than its records, and than this. */
const LEAST_DEAD_BYTES = 256 * 1024;
/** At the end already when its dead part is this much of its records. */
const DEAD_AT_END = 0.25;

export interface WriterContext {
  readonly file: LibraryFile;
  readonly live: LiveBytes;
  /** All records as they are now. */
  records(): Batch;
  /** Hears, in words, what costs no record and is tried again. */
  warn(message: string): void;
}

/** When what changed in a library is written: each write has all changes that came by then, and costs what they do. */
export class LibraryWriter {
  readonly #context: WriterContext;
  readonly #pending = new PendingChanges();
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #soon: NodeJS.Timeout | undefined;
  #closed: ShoalError | undefined;
  #isEnding = false;
  /** The size at which it is tried again to write a journal anew, after that failed. */
  #compactFrom = 0;

  constructor(context: WriterContext) {
    this.#context = context;
  }

  /** Writes a change soon, together with others, unless somebody asks for it before. */
  add(account: string, change: Change): void {
    this.#pending.add(account, change);
    if (!this.#closed) this.#soon ??= setTimeout(() => void this.#writeUnasked(), SOON_MS);
  }

  /**
   * Fulfilled when all changes until now are on the disk.
   * @throws ShoalError `TOO_MANY_SHARES`, the disk's errors, or what it was closed with; what was not written is tried again at the next call
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
      .catch(() => {}) // its own caller hears of it
      .then(() => {
        this.#next = undefined;
        return this.durable();
      });
    return this.#next;
  }

  /** Writes what is left to write, and a journal without dead parts where that is worth it. @throws as `durable` */
  finish(): Promise<void> {
    this.#isEnding = true;
    return this.durable();
  }

  /** Writes all records anew, whatever stands there. @throws as `durable` */
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

  /** Writes nothing any more: each call fails with this. */
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

  /** False when a line cannot be added to the file. */
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

  /** What it is for is on the disk already: when it fails, the journal goes on growing. */
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
    this.#requireOpen(); // it took its time
    return bytes;
  }

  readonly #onEncoded = (change: Change, bytes: number): void => {
    const record = recordOf(change);
    if (record) this.#context.live.set(record, bytes);
  };
}
