import { readFileSync } from 'node:fs';

/** The processes that a process has started and that still run, on Linux; elsewhere none is known. */
export function childPids(pid: number): number[] {
  if (process.platform !== 'linux') return [];
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}
