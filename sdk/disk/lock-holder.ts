import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import * as z from 'zod';
import { readBootId, UNKNOWN_BOOT_ID } from './boot-id.js';
import { errnoOf } from './errno.js';

/** Who holds a folder. Process ids are used again, so the process's start and the computer's stand beside it. */
const HOLDER = z.object({
  pid: z.number().int().positive(),
  startedAt: z.string().nullable(),
  bootId: z.string(),
  /** Where the process id holds: containers have their own. Version 0.1 wrote none of what follows. */
  pidNamespace: z.string().nullable().optional(),
  host: z.string().optional(),
  /** Drawn for each lock. Whoever wrote one keeps touching it. */
  token: z.string().optional(),
});

export type Holder = z.infer<typeof HOLDER>;

/** What this process writes into a lock. */
export function describeHolder(): Holder {
  return {
    pid: process.pid,
    startedAt: readProcessStat(process.pid)?.startedAt ?? null,
    bootId: readBootId(),
    pidNamespace: readPidNamespace(),
    host: hostname(),
    token: randomBytes(8).toString('hex'),
  };
}

/** Who holds the folder, by its lock's text; undefined when that says nothing. Takes memory in proportion to the text. */
export function parseHolder(text: string): Holder | undefined {
  try {
    return HOLDER.parse(JSON.parse(text));
  } catch {
    return undefined; // torn: whoever wrote it is gone, or not done yet
  }
}

/** Whether a holder lives. What another computer or another container runs cannot be seen from here: `unknown`. */
export function lifeOf(holder: Holder): 'alive' | 'dead' | 'unknown' {
  if (!isSeenFromHere(holder)) return holder.token === undefined ? 'dead' : 'unknown';
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return 'dead';
  }
  const stat = readProcessStat(holder.pid);
  if (!stat) return 'alive'; // its id is taken, and more cannot be told
  const hasEnded = stat.state === 'Z' || stat.state === 'X';
  return !hasEnded && (holder.startedAt === null || holder.startedAt === stat.startedAt) ? 'alive' : 'dead';
}

function isSeenFromHere({ bootId, pidNamespace, host }: Holder): boolean {
  if (bootId !== readBootId()) return false;
  if (bootId === UNKNOWN_BOOT_ID && host !== undefined && host !== hostname()) return false;
  return pidNamespace === undefined || pidNamespace === readPidNamespace();
}

function readPidNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null; // not Linux, or hidden
  }
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
