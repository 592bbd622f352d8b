import { closeSync, constants, fstatSync, writev } from 'node:fs';
import { errnoOf, NO_FOLLOW, openRegularSync, writeFullySync } from '../../disk/index.js';

interface Write {
  readonly bytes: Buffer;
  readonly position: number;
  readonly onWritten: (error?: Error) => void;
}

/** What every disk of today takes as a whole: lengths, positions and memory are to be multiples of it. */
const ALIGNMENT_BYTES = 4096;
/** Writes under way: a disk is kept busy by two, and the process's thread pool has hands left for others. */
const MAX_WRITES = 2;
/** Neighbours that are written with one call: eight pieces cost half of what eight calls do. */
const MAX_TOGETHER = 8;
/** How long something waits for its neighbours at most, while fewer than {@link MAX_TOGETHER} wait. */
const GATHER_MS = 10;
/** What a system says that cannot do it, or not with this memory. */
const CANNOT = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP']);

/**
 * Writes to a file past the system's cache, where the system can: no memory is taken for what is not read again, nothing is
 * copied, and nothing is left to be written when the file is synced. Linux only (`O_DIRECT`).
 */
export class DirectFile {
  readonly #fd: number;
  /** The same file, through the cache: for the day the system says that it cannot do it otherwise. */
  readonly #cachedFd: number;
  readonly #waiting: Write[] = [];
  #underWay = 0;
  #gathering: NodeJS.Timeout | undefined;
  /** What waits has waited long enough. */
  #isDue = false;
  #isUsable = true;
  #onIdle: (() => void) | undefined;

  private constructor(fd: number, cachedFd: number) {
    this.#fd = fd;
    this.#cachedFd = cachedFd;
  }

  /** Undefined where the system cannot, or another file stands there now than is open as `cachedFd`. */
  static open(path: string, cachedFd: number): DirectFile | undefined {
    const { O_DIRECT } = constants;
    if (!O_DIRECT) return undefined;
    let fd: number;
    try {
      fd = openRegularSync(path, constants.O_WRONLY | O_DIRECT | NO_FOLLOW);
    } catch {
      return undefined; // the file can be written as it is open already
    }
    const [here, there] = [fstatSync(fd), fstatSync(cachedFd)];
    if (here.ino === there.ino && here.dev === there.dev) return new DirectFile(fd, cachedFd);
    closeSync(fd);
    return undefined;
  }

  /** Whether so many bytes can be written that way. */
  takes(length: number): boolean {
    return this.#isUsable && length % ALIGNMENT_BYTES === 0;
  }

  /** Writes all of `bytes`, which must stay as they are until `onWritten`. */
  write(bytes: Buffer, position: number, onWritten: (error?: Error) => void): void {
    this.#waiting.push({ bytes, position, onWritten });
    if (this.#waiting.length >= MAX_TOGETHER) this.#pump();
    else this.#gathering ??= setTimeout(() => this.#pump(), GATHER_MS);
  }

  /** When all was written that was to be; closes. */
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

  /** What has waited longest, and what follows it in the file. */
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

  /** What was not written, because the system wrote less or cannot do it this way, goes through the cache. */
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
