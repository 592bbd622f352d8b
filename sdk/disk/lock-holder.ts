import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import * as z from 'zod';
import { readBootId, UNKNOWN_BOOT_ID } from './boot-id.js';
import { errnoOf } from './errno.js';

/**
 * The process that holds a folder. Process ids are reused, so the start times of the process and of the computer are
 * included.
 */
const HOLDER = z.object({
  /** Id of the process. */
  pid: z.number().int().positive(),
  /** Start of the process in kernel ticks; null if the system does not tell. */
  startedAt: z.string().nullable(),
  /** Id of the computer's boot. */
  bootId: z.string(),
  /**
   * The namespace of the process id, because containers have their own. Version 0.1 wrote none of the following fields.
   */
  pidNamespace: z.string().nullable().optional(),
  /** Name of the computer. */
  host: z.string().optional(),
  /** Random for each lock. The holder keeps touching its lock. */
  token: z.string().optional(),
});

/** The process that holds a folder. */
export interface Holder extends z.infer<typeof HOLDER> {}

/** The content for a lock of this process. */
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

/** Parses a lock; undefined if it is malformed. Memory is proportional to the text. */
export function parseHolder(text: string): Holder | undefined {
  try {
    return HOLDER.parse(JSON.parse(text));
  } catch {
    return undefined; // incomplete: the writer died or has not finished
  }
}

/** Whether a holder is alive; `unknown` if it runs on another computer or in another container. */
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

/** The state of a process (one letter) and its start time in kernel ticks; undefined if the system does not tell. */
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
