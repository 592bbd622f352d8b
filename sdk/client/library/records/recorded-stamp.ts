import type { FileStamp } from '../../../disk/index.js';

/** The stamp that a record of the library has of its file. */
export function recordedStamp({ sizeBytes, modifiedNs }: { sizeBytes: number; modifiedNs: string }): FileStamp {
  return { sizeBytes, modifiedNs: BigInt(modifiedNs) };
}
