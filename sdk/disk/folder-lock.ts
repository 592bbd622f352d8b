import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, mkdir, open, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ShoalError } from '../protocol/index.js';
import { errnoOf } from './errno.js';
import { describeHolder, type Holder, lifeOf, parseHolder } from './lock-holder.js';
import { NO_FOLLOW } from './no-follow.js';
import { readFileWithin } from './read-file.js';

/** The lock of a folder. */
export interface FolderLock {
  /** Releases the folder. */
  release(): Promise<void>;
}

/** Bytes in a lock file. */
const MAX_LOCK_BYTES = 4096;

const ATTEMPTS = 20;
const ATTEMPT_PAUSE_MS = 25;
/** The removal of a stale lock takes much less time. An older claim is stale itself. */
const CLAIM_MS = 10_000;
/** Interval at which a holder touches its lock, so that processes on other computers see that it is alive. */
const TOUCH_MS = 5000;
/** A lock that was not touched for this long is stale. */
const UNTOUCHED_MS = 20_000;
const LOOK_AGAIN_MS = 500;

/** The content of this process's lock. */
interface Mine {
  readonly text: string;
  readonly token: string | undefined;
}

/** Options of `lockFolder`. */
export interface LockOptions {
  /**
   * Called with a text for people when it takes a while to find out whether another computer or container holds the
   * folder.
   */
  readonly onWait?: (message: string) => void;
  /**
   * Called when another process took the folder because this one could not touch its lock for too long. This process
   * must not write there any more.
   */
  readonly onLost?: (error: ShoalError) => void;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Locks a folder for this process until `release` or the end of the process. Creates the folder, for its owner only, if
 * it does not exist.
 * @throws ShoalError `DATA_DIR_IN_USE`, with the process that holds it; `DATA_DIR_INVALID`, `ABORTED`, or an error of
 * the disk
 */
export async function lockFolder(folder: string, options: LockOptions = {}): Promise<FolderLock> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw ShoalError.from(error, 'DATA_DIR_INVALID');
  }
  const path = join(folder, 'lock');
  const holder = describeHolder();
  const mine: Mine = { text: JSON.stringify(holder), token: holder.token };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await createExclusively(path, mine.text)) return hold(path, mine, folder, options.onLost);
    const found = await readLock(path);
    const other = found === undefined ? undefined : parseHolder(found);
    const life = other && lifeOf(other);
    if (other && life === 'alive') throw inUse(folder, path, other);
    if (other && life === 'unknown' && (await isTouched(path, other, options))) throw inUse(folder, path, other);
    // The holder may be writing the lock, or may have died: look twice before removing it.
    if ((attempt % 2 === 1 || life === 'unknown') && found !== undefined) await removeStale(path, found);
    else await sleep(ATTEMPT_PAUSE_MS);
  }
  throw new ShoalError('DATA_DIR_IN_USE', `Another process is opening ${folder}: try again in a moment.`);
}

/** Touches the lock while it is held. */
function hold(path: string, mine: Mine, folder: string, onLost: LockOptions['onLost']): FolderLock {
  let touching: Promise<void> | undefined;
  const timer = setInterval(() => {
    touching ??= touch(path, mine)
      .then((isStill) => {
        if (isStill) return;
        clearInterval(timer);
        onLost?.(
          new ShoalError('DATA_DIR_IN_USE', `Another process took over ${folder}: this one stops writing to it.`),
        );
      })
      .catch(() => {}) // a failing disk is tried again at the next interval
      .finally(() => {
        touching = undefined;
      });
  }, TOUCH_MS);
  timer.unref();
  return {
    release: async () => {
      clearInterval(timer);
      await touching;
      if (isMine(await readLock(path).catch(() => undefined), mine)) await rm(path, { force: true });
    },
  };
}

/** Rewrites the lock, so that the disk's clock sets its time. Returns false if another process owns it now. */
async function touch(path: string, mine: Mine): Promise<boolean> {
  const file = await open(path, constants.O_RDWR | NO_FOLLOW).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (!file) return createExclusively(path, mine.text); // another process removed it
  try {
    const bytes = Buffer.alloc(MAX_LOCK_BYTES);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    if (!isMine(bytes.toString('utf8', 0, bytesRead), mine)) return false;
    await file.write(bytes, 0, bytesRead, 0);
    return true;
  } finally {
    await file.close();
  }
}

function isMine(text: string | undefined, { token }: Mine): boolean {
  return text !== undefined && parseHolder(text)?.token === token;
}

/** Whether a holder that is invisible from here touches its lock. */
async function isTouched(
  path: string,
  { host = 'another computer' }: Holder,
  { onWait, signal }: LockOptions,
): Promise<boolean> {
  const first = await touchedAt(path);
  if (!first || first.agoMs > UNTOUCHED_MS) return false;
  onWait?.(
    `${path} belongs to another container or computer (${host}): waiting up to ${UNTOUCHED_MS / 1000} s to see whether it still runs`,
  );
  const endMs = performance.now() + UNTOUCHED_MS - Math.max(0, first.agoMs);
  while (performance.now() < endMs) {
    await sleep(LOOK_AGAIN_MS, undefined, { signal }).catch((error: unknown) => {
      throw ShoalError.from(error);
    });
    const now = await touchedAt(path);
    if (!now) return false; // released
    if (now.mtimeMs !== first.mtimeMs) return true;
  }
  return false;
}

/** When a file was last touched, by the clock of its disk: computers that share a disk may have different clocks. */
async function touchedAt(path: string): Promise<{ mtimeMs: number; agoMs: number } | undefined> {
  const beside = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    await writeFile(beside, '', { flag: 'wx', mode: 0o600 });
    const [now, then] = [await stat(beside), await stat(path)];
    return { mtimeMs: then.mtimeMs, agoMs: now.mtimeMs - then.mtimeMs };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw ShoalError.from(error, 'DATA_DIR_INVALID');
  } finally {
    await rm(beside, { force: true });
  }
}

/** Creates the complete lock in one step. Returns false if a lock exists. */
async function createExclusively(path: string, text: string): Promise<boolean> {
  const beside = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    await writeFile(beside, text, { flag: 'wx', mode: 0o600 });
    await link(beside, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    return await createInPlace(path, text); // the file system has no hard links; or the next call reports the error
  } finally {
    await rm(beside, { force: true });
  }
}

async function createInPlace(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw ShoalError.from(error, 'DATA_DIR_INVALID');
  }
}

/**
 * Removes a stale lock. Only the process that made the claim to a lock removes it, so it never removes another
 * process's new lock.
 */
async function removeStale(path: string, found: string): Promise<void> {
  const claim = `${path}.${createHash('sha256').update(found).digest('hex').slice(0, 16)}.claim`;
  try {
    await writeFile(claim, '', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw ShoalError.from(error, 'DATA_DIR_INVALID');
    const made = await stat(claim).catch(() => undefined);
    if (made && Date.now() - made.mtimeMs > CLAIM_MS) await rm(claim, { force: true });
    return;
  }
  try {
    if ((await readLock(path)) === found) await rm(path, { force: true });
  } finally {
    await rm(claim, { force: true });
  }
}

/** The content of a lock; undefined if there is none. @throws ShoalError `DATA_DIR_INVALID` if it cannot be a lock */
async function readLock(path: string): Promise<string | undefined> {
  try {
    const there = await lstat(path);
    if (!there.isFile()) {
      const what = there.isDirectory() ? 'a folder' : there.isSymbolicLink() ? 'a link' : 'no regular file';
      const why = `${path} is ${what} instead of a lock file: move it away.`;
      throw new ShoalError('DATA_DIR_INVALID', why);
    }
    return (await readFileWithin(path, MAX_LOCK_BYTES)).toString('utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    if (error instanceof ShoalError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    const advice = 'check which process uses this folder, or choose another data folder.';
    throw new ShoalError('DATA_DIR_INVALID', `The lock file ${path} cannot be read (${why}): ${advice}`, {
      cause: error,
    });
  }
}

function inUse(folder: string, path: string, { pid, host }: Holder): ShoalError {
  const where = host === undefined || host === hostname() ? '' : ` on ${host}`;
  return new ShoalError(
    'DATA_DIR_IN_USE',
    `${folder} is in use by process ${pid}${where}: stop it or choose another data folder. (If that process is not Shoal, remove ${path}.)`,
  );
}
