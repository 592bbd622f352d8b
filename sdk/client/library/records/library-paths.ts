import { join } from 'node:path';

/** Maximum size of a library file in bytes. It bounds the memory for a damaged file, and no larger file is written. */
export const MAX_LIBRARY_BYTES = 256 * 1024 * 1024;
/** Reserved for running downloads and the shares that they become. */
export const RESERVED_BYTES = 16 * 1024 * 1024;

/** The library's files in a data folder. */
export interface LibraryPaths {
  /**
   * The library of version 0.1. Later versions write a marker there, which shows version 0.1 that the library is newer.
   */
  readonly marker: string;
  /** The records at its creation, followed by all changes. */
  readonly journal: string;
}

export function libraryPaths(dataDir: string): LibraryPaths {
  return { marker: join(dataDir, 'library.json'), journal: join(dataDir, 'library.journal') };
}

/** The path of the file that this one replaced. */
export function previousOf(path: string): string {
  return `${path}.previous`;
}
