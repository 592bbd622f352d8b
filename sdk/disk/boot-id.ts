import { readFileSync } from 'node:fs';

/** Stands for a start of the computer that cannot be told from others. */
export const UNKNOWN_BOOT_ID = '0'.repeat(32);

/** The id of the computer's present start, 32 hexadecimal digits; all zero where the system tells none. */
export function readBootId(): string {
  try {
    const id = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().replaceAll('-', '');
    return /^[0-9a-f]{32}$/.test(id) ? id : UNKNOWN_BOOT_ID;
  } catch {
    return UNKNOWN_BOOT_ID; // only Linux has it
  }
}
