import { closeSync, constants, fstatSync, writev } from 'node:fs';
import { errnoOf, NO_FOLLOW, openRegularSync, writeFullySync } from '../../../disk/index.js';

interface Write {
  readonly bytes: Buffer;
  readonly position: number;
  readonly onWritten: (error?: Error) => void;
}

/** Every disk accepts this alignment of lengths, positions and memory. */
const ALIGNMENT_BYTES = 4096;
/** Concurrent writes: two keep a disk busy, and leave threads of the pool for others. */
const MAX_WRITES = 2;
/** Adjacent writes that one call combines: eight pieces cost half as much as in eight calls. */
const MAX_TOGETHER = 8;
/** How long a write waits for adjacent ones while fewer than {@link MAX_TOGETHER} wait. */
const GATHER_MS = 10;
/** Errors of systems that cannot do it, or not with this memory. */
const CANNOT = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP']);

/**
 * Writes to a file past the page cache, if the system can. No memory is taken for data that is not read again, nothing
 * is copied, and nothing is left to write when the file is synced. Linux only (`O_DIRECT`).
 */
export class DirectFile {
  readonly #fd: number;
  /** The same file through the cache, if direct writes fail. */
  readonly #cachedFd: number;
  readonly #waiting: Write[] = [];
  #underWay = 0;
  #gathering: NodeJS.Timeout | undefined;
  /** Whether the waiting writes have waited long enough. */
  #isDue = false;
  #isUsable = true;
  #onIdle: (() => void) | undefined;

  private constructor(fd: number, cachedFd: number) {
    this.#fd = fd;
    this.#cachedFd = cachedFd;
  }

  /** Undefined if the system cannot do it, or if the path leads to another file than `cachedFd`. */
  static open(path: string, cachedFd: number): DirectFile | undefined {
    const { O_DIRECT } = constants;
    if (!O_DIRECT) return undefined;
    let fd: number;
    try {
      fd = openRegularSync(path, constants.O_WRONLY | O_DIRECT | NO_FOLLOW);
    } catch {
      return undefined; // the file can be written through the cache
    }
    const [here, there] = [fstatSync(fd), fstatSync(cachedFd)];
    if (here.ino === there.ino && here.dev === there.dev) return new DirectFile(fd, cachedFd);
    closeSync(fd);
    return undefined;
  }

  /** Whether this many bytes can be written directly. */
  takes(length: number): boolean {
    return this.#isUsable && length % ALIGNMENT_BYTES === 0;
  }

  /** Writes all of `bytes`, which must not change until `onWritten`. */
  write(bytes: Buffer, position: number, onWritten: (error?: Error) => void): void {
    this.#waiting.push({ bytes, position, onWritten });
    if (this.#waiting.length >= MAX_TOGETHER) this.#pump();
    else this.#gathering ??= setTimeout(() => this.#pump(), GATHER_MS);
  }

  /** Waits for all writes, and closes the file. */
  async close(): Promise<void> {
    this.#isUsable = false;
    this.#pump();
    if (this.#underWay > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    closeSync(this.#fd);
  }

  #pump(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    while (this.#underWay < MAX_WRITES) {
      const run = this.#takeRun();
      const [first] = run;
      if (!first) break;
      this.#underWay++;
      const parts = run.map(({ bytes }) => bytes);
      writev(this.#fd, parts, first.position, (error, written) => {
        this.#underWay--;
        this.#conclude(run, error, error ? 0 : written);
        if (this.#isDue || this.#waiting.length >= MAX_TOGETHER) this.#pump();
        if (this.#underWay === 0) this.#onIdle?.();
      });
    }
    this.#isDue = this.#waiting.length > 0;
  }

  /** The oldest write, and those that follow it in the file. */
  #takeRun(): Write[] {
    const run: Write[] = [];
    let next = this.#waiting[0];
    while (next && run.length < MAX_TOGETHER) {
      run.push(next);
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      const end = next.position + next.bytes.length;
      next = this.#waiting.find(({ position }) => position === end);
    }
    return run;
  }

  /** Writes the rest through the cache, if the system wrote less or cannot write directly. */
  #conclude(run: readonly Write[], error: Error | null, written: number): void {
    const cannot = error !== null && CANNOT.has(errnoOf(error) ?? '');
    if (cannot) this.#isUsable = false;
    let left = written;
    for (const { bytes, position, onWritten } of run) {
      const done = Math.min(left, bytes.length);
      left -= done;
      onWritten(error && !cannot ? error : this.#writeRest(bytes.subarray(done), position + done));
    }
  }

  #writeRest(bytes: Buffer, position: number): Error | undefined {
    try {
      writeFullySync(this.#cachedFd, bytes, position);
      return undefined;
    } catch (thrown) {
      return thrown instanceof Error ? thrown : new Error(String(thrown));
    }
  }
}
