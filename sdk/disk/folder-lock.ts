import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { ShoalError } from '../protocol/index.js';
import { readBootId } from './boot-id.js';
import { errnoOf } from './errno.js';
import { readFileWithin } from './read-file.js';

/** Who holds a folder. Process ids are used again, so the process's start and the computer's stand beside it. */
const HOLDER = z.object({ pid: z.number().int().positive(), startedAt: z.string().nullable(), bootId: z.string() });

type Holder = z.infer<typeof HOLDER>;

export interface FolderLock {
  release(): Promise<void>;
}

/** Bytes in the file that says who holds a folder. */
const MAX_LOCK_BYTES = 4096;

const ATTEMPTS = 20;
const ATTEMPT_PAUSE_MS = 25;
/** Whoever removes a lock that was left behind is done long before; a claim that is older was left behind itself. */
const CLAIM_MS = 10_000;

/**
 * Takes a folder for this process alone, until `release` or the process's end, however it ends. A folder that is not there is
 * made, for its owner only.
 * @throws ShoalError `DATA_DIR_IN_USE`, naming the process that holds it; `DATA_DIR_INVALID`, or the disk's errors
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw ShoalError.from(error, 'DATA_DIR_INVALID');
  }
  const path = join(folder, 'lock');
  const mine = JSON.stringify({
    pid: process.pid,
    startedAt: readProcessStat(process.pid)?.startedAt ?? null,
    bootId: readBootId(),
  });
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await createExclusively(path, mine)) return { release: () => rm(path, { force: true }) };
    const found = await readLock(path).catch(() => undefined);
    const holder = found === undefined ? undefined : parseHolder(found);
    if (holder && isAlive(holder)) throw inUse(folder, path, holder);
    // Just being written, or left behind by a process that is no more: look again before it is taken for the latter.
    if (attempt % 2 === 1 && found !== undefined) await removeStale(path, found);
    else await sleep(ATTEMPT_PAUSE_MS);
  }
  throw new ShoalError('DATA_DIR_IN_USE', `${folder} is being taken by another process: try again in a moment.`);
}

/** Makes the lock with all that it says, in one step; whether there was none. */
async function createExclusively(path: string, text: string): Promise<boolean> {
  const beside = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    await writeFile(beside, text, { flag: 'wx', mode: 0o600 });
    await link(beside, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    return await createInPlace(path, text); // a disk that knows no links, or one that says what is wrong here
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
 * Removes a lock that was left behind. Each such lock is removed by one process alone, the one that made the claim to it: so what is removed is
 * never another's new lock.
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
    if ((await readLock(path).catch(() => undefined)) === found) await rm(path, { force: true });
  } finally {
    await rm(claim, { force: true });
  }
}

async function readLock(path: string): Promise<string> {
  return (await readFileWithin(path, MAX_LOCK_BYTES)).toString('utf8');
}

/** Who holds the folder, by its lock's text; undefined when that says nothing. Takes memory in proportion to the text. */
export function parseHolder(text: string): Holder | undefined {
  try {
    return HOLDER.parse(JSON.parse(text));
  } catch {
    return undefined; // torn: whoever wrote it is gone, or not done yet
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
  }
  if (holder.bootId !== readBootId()) return false;
  const stat = readProcessStat(holder.pid);
  if (!stat) return true; // its id is taken, and more cannot be told
  const hasEnded = stat.state === 'Z' || stat.state === 'X';
  return !hasEnded && (holder.startedAt === null || holder.startedAt === stat.startedAt);
}

/** A process's state (one letter), and when it started in the kernel's ticks; undefined where that cannot be told. */
function readProcessStat(pid: number): { state: string; startedAt: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startedAt] = [fields[0], fields[19]];
    return state !== undefined && startedAt !== undefined ? { state, startedAt } : undefined;
  } catch {
    return undefined; // not Linux, or hidden
  }
}

function inUse(folder: string, path: string, holder: Holder): ShoalError {
  return new ShoalError(
    'DATA_DIR_IN_USE',
    `${folder} is in use by process ${holder.pid}: stop it or choose another data folder. (If that process has nothing to do with Shoal, remove ${path}.)`,
  );
}
