import type { LibraryFolder } from '../library/records/library-schema.js';
import type { Patterns } from './path-filter.js';

/** What the user wants of a folder download. */
export interface FolderWish extends Patterns {
  /** Replaces existing files with other content. */
  readonly overwrite: boolean;
  /** Deletes downloaded files that the group removed. */
  readonly delete: boolean;
}

export function wishIn({ overwrite = false, delete: deletes = false, include, exclude }: LibraryFolder): FolderWish {
  return { overwrite, delete: deletes, include, exclude };
}
