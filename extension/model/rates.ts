import type { LimitsRecord } from '../contract/contract.js';

export const KIB = 1024;

/** The fastest that is a limit: a tebibyte a second. */
const MAX_KIB = 2 ** 30;

/** What a user typed as KiB a second, in bytes a second; 0 is no limit, undefined what is no rate. */
export function readRate(text: string): number | undefined {
  return /^\s*\d{1,10}\s*$/.test(text) ? rateOf(Number(text)) : undefined;
}

/** A rate of the settings in bytes a second; 0 for none. Undefined for what is no rate. */
function rateOf(kibPerSecond: unknown): number | undefined {
  const isRate = typeof kibPerSecond === 'number' && Number.isInteger(kibPerSecond);
  return isRate && kibPerSecond >= 0 && kibPerSecond <= MAX_KIB ? kibPerSecond * KIB : undefined;
}

/** The limits that settings say; one that cannot be read is none, and the settings page marks it. */
export function limitsOf(downloadKib: unknown, uploadKib: unknown, atOnce: unknown): LimitsRecord {
  const isCount = typeof atOnce === 'number' && Number.isSafeInteger(atOnce) && atOnce >= 0;
  return {
    downloadBytesPerSecond: rateOf(downloadKib) ?? 0,
    uploadBytesPerSecond: rateOf(uploadKib) ?? 0,
    downloadsAtOnce: isCount ? atOnce : 0,
  };
}
