import { nameKey } from '../../protocol/index.js';
import type { Share } from '../api/results.js';
import type { LibraryShare } from './library-schema.js';

export type Named = Pick<Share, 'groupId' | 'fileName'>;
export type InGroup = Pick<LibraryShare, 'groupId' | 'manifestId'>;

/** Names are looked at thousands of times, and do not change; to fold one costs more than all else that is done with it. */
const KEYS = new WeakMap<Named, string>();

/** The same for all ways to write a group's and a file's name. */
export function shareKey(share: Named): string {
  const known = KEYS.get(share);
  if (known !== undefined) return known;
  const key = `${nameKey(share.groupId)}\n${nameKey(share.fileName)}`;
  KEYS.set(share, key);
  return key;
}

const CONTENTS = new WeakMap<InGroup, string>();

/** The same for all shares of a content in a group, whatever their names. */
export function contentOf(share: InGroup): string {
  const known = CONTENTS.get(share);
  if (known !== undefined) return known;
  const key = `${share.manifestId} ${nameKey(share.groupId)}`;
  CONTENTS.set(share, key);
  return key;
}

/** A share as its user sees it. */
export function toShare(share: LibraryShare): Share {
  const { groupId, fileName, path, manifestId, sizeBytes } = share;
  return { groupId, fileName, path, manifestId, sizeBytes };
}
