import type { LimitsRecord } from '../../contract/contract.js';

export const KIB = 1024;

/** The highest limit: a tebibyte per second. */
const MAX_KIB = 2 ** 30;

/** Converts typed KiB per second to bytes per second; 0 is no limit, undefined an invalid text. */
export function readRate(text: string): number | undefined {
  return /^\s*\d{1,10}\s*$/.test(text) ? rateOf(Number(text)) : undefined;
}

/** A rate of the settings in bytes per second; 0 for none, undefined if invalid. */
function rateOf(kibPerSecond: unknown): number | undefined {
  const isRate = typeof kibPerSecond === 'number' && Number.isInteger(kibPerSecond);
  return isRate && kibPerSecond >= 0 && kibPerSecond <= MAX_KIB ? kibPerSecond * KIB : undefined;
}

/** The limits of the settings; an invalid one counts as none, and the settings page marks it. */
export function limitsOf(downloadKib: unknown, uploadKib: unknown, atOnce: unknown): LimitsRecord {
  const isCount = typeof atOnce === 'number' && Number.isSafeInteger(atOnce) && atOnce >= 0;
  return {
    downloadBytesPerSecond: rateOf(downloadKib) ?? 0,
    uploadBytesPerSecond: rateOf(uploadKib) ?? 0,
    downloadsAtOnce: isCount ? atOnce : 0,
  };
}
