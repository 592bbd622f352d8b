import { nameKey } from '../protocol/index.js';
import type { LibraryShare } from './library.js';
import type { Share } from './results.js';

type Named = Pick<Share, 'groupId' | 'fileName'>;

/** The same for all ways to write a group's and a file's name. */
export function shareKey({ groupId, fileName }: Named): string {
  return `${nameKey(groupId)}\n${nameKey(fileName)}`;
}

/** The same for all shares of a content in a group, whatever their names. */
export function contentOf({ groupId, manifestId }: LibraryShare): string {
  return `${manifestId} ${nameKey(groupId)}`;
}

export function sameShare(a: Named, b: Named): boolean {
  return shareKey(a) === shareKey(b);
}

/** A share as its user sees it. */
export function toShare(share: LibraryShare): Share {
  const { groupId, fileName, path, manifestId, sizeBytes } = share;
  return { groupId, fileName, path, manifestId, sizeBytes };
}
