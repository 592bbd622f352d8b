import { join } from 'node:path';

/** Bytes of the library's files: a damaged one must not take all memory before it is refused, and no larger one is written. */
export const MAX_LIBRARY_BYTES = 256 * 1024 * 1024;

/** The library's files in a data folder. */
export interface LibraryPaths {
  /** The library of version 0.1; from then on, what tells that version that the library is a newer one. */
  readonly marker: string;
  /** The records as they were when it was begun, then each change. */
  readonly journal: string;
}

export function libraryPaths(dataDir: string): LibraryPaths {
  return { marker: join(dataDir, 'library.json'), journal: join(dataDir, 'library.journal') };
}

/** Where the file is that another replaced. */
export function previousOf(path: string): string {
  return `${path}.previous`;
}
