import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode } from './has-code.js';

/** Number of names that this process has used beside locks: several of its calls may want one lock at once. */
let tries = 0;

/** Runs the work while nobody else runs work under this folder, here or in another process. The lock of a dead process does not count. */
export async function withLock<T>(folder: string, work: () => Promise<T>, seconds = 900): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  await mkdir(dirname(folder), { recursive: true });
  while (!(await take(folder))) {
    if (Date.now() > deadline) throw new Error(`Another process holds ${folder}: if none is running, remove it.`);
    await delay(500);
  }
  try {
    return await work();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Tries to acquire the lock. Returns whether it succeeded. The lock appears under its name with its owner already written inside, never
 * empty.
 */
async function take(folder: string): Promise<boolean> {
  const ours = `${folder}-${process.pid}-${++tries}`;
  await mkdir(ours, { recursive: true });
  await writeFile(join(ours, 'pid'), String(process.pid));
  try {
    await rename(ours, folder);
    return true;
  } catch (error) {
    await rm(ours, { recursive: true, force: true });
    if (!hasCode('ENOTEMPTY')(error) && !hasCode('EEXIST')(error)) throw error;
    await removeIfDead(folder);
    return false;
  }
}

async function removeIfDead(folder: string): Promise<void> {
  const owner = Number(await readFile(join(folder, 'pid'), 'utf8').catch(() => ''));
  if (owner === 0 || isRunning(owner)) return;
  const dead = `${folder}-${process.pid}-${++tries}-dead`;
  await rename(folder, dead).catch(() => undefined);
  await rm(dead, { recursive: true, force: true });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode('EPERM')(error);
  }
}
