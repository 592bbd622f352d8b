import type { KeptVersionsRecord } from '../../contract/contract.js';

const MIB = 2 ** 20;
/** The highest size: a pebibyte. */
const MAX_MIB = 2 ** 30;

/** The sizes of the settings; an invalid one stays as it is, and the settings page marks it. */
export function keptVersionsOf(fileMib: unknown, totalMib: unknown): KeptVersionsRecord {
  return { maxFileBytes: bytesOf(fileMib), maxTotalBytes: bytesOf(totalMib) };
}

function bytesOf(mib: unknown): number | undefined {
  return typeof mib === 'number' && Number.isInteger(mib) && mib >= 0 && mib <= MAX_MIB ? mib * MIB : undefined;
}
