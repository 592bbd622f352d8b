import { readFileSync } from 'node:fs';

const UNKNOWN = '0'.repeat(32);

/** The id of the computer's present start, 32 hexadecimal digits; all zero where the system tells none. */
export function readBootId(): string {
  try {
    const id = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().replaceAll('-', '');
    return /^[0-9a-f]{32}$/.test(id) ? id : UNKNOWN;
  } catch {
    return UNKNOWN; // only Linux has it
  }
}
