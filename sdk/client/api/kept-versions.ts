import { ShoalError } from '../../protocol/index.js';
import type { Abortable } from '../util/abort.js';

/**
 * How much of what the user publishes is also kept in the data folder. A kept content is served when the file itself has been edited, moved
 * or deleted, or has a newer version. Beyond the total, the least recently needed contents are removed.
 */
export interface KeptVersions {
  /** Largest file that is kept, in bytes; 0: none. Default 32 MiB. */
  readonly maxFileBytes: number;
  /** Size of all kept contents together in bytes; 0: nothing is kept. Default 2 GiB. */
  readonly maxTotalBytes: number;
}

/** Changes of `KeptVersions`; an omitted field stays as it is. `false`: nothing is kept. */
export type KeptVersionsChanges = false | { readonly [Name in keyof KeptVersions]?: number | undefined };

export const DEFAULT_KEPT_VERSIONS: KeptVersions = {
  maxFileBytes: 32 * 1024 * 1024,
  maxTotalBytes: 2 * 1024 * 1024 * 1024,
};

/** Options of `openVersion`. */
export interface OpenVersionOptions extends Abortable {
  /** A version of more bytes is refused with `FILE_TOO_LARGE`, also if a copy is on this device. Default: no further bound. */
  maxBytes?: number | undefined;
}

/** A complete copy of a version on this device. Nothing may write to it. */
export interface OpenedVersion {
  /** Absolute path of the copy. It stays for ten minutes at least, unless the user signs out, leaves the group or opens eight other versions. */
  readonly path: string;
  /** The number of the version. */
  readonly version: number;
  /** Id of the manifest: 64 hexadecimal digits. */
  readonly manifestId: string;
  /** Size in bytes. */
  readonly sizeBytes: number;
}

/** Applies changes. @throws ShoalError `INVALID_ARGUMENT` */
export function changeKeptVersions(kept: KeptVersions, changes: KeptVersionsChanges): KeptVersions {
  if (changes === false) return { ...kept, maxTotalBytes: 0 };
  const { maxFileBytes = kept.maxFileBytes, maxTotalBytes = kept.maxTotalBytes } = changes;
  return {
    maxFileBytes: checkBytes('maxFileBytes', maxFileBytes),
    maxTotalBytes: checkBytes('maxTotalBytes', maxTotalBytes),
  };
}

function checkBytes(name: string, bytes: number): number {
  if (Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  throw new ShoalError('INVALID_ARGUMENT', `${name} is ${bytes}: give a whole number of bytes, or 0 to keep nothing.`);
}
