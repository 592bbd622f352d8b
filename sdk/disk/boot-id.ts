import { readFileSync } from 'node:fs';

/** The boot id on systems that have none. */
export const UNKNOWN_BOOT_ID = '0'.repeat(32);

/** The id of the current boot of the computer: 32 hexadecimal digits, all zero if the system has no such id. */
export function readBootId(): string {
  try {
    const id = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().replaceAll('-', '');
    return /^[0-9a-f]{32}$/.test(id) ? id : UNKNOWN_BOOT_ID;
  } catch {
    return UNKNOWN_BOOT_ID; // not Linux
  }
}
