import { nameKey } from '../../../protocol/index.js';
import type { Share } from '../../api/results.js';
import type { LibraryShare } from './library-schema.js';

export type Named = Pick<Share, 'groupId' | 'fileName'>;
export type InGroup = Pick<LibraryShare, 'groupId' | 'manifestId'>;

/** Cached keys: they are compared often and never change, and folding a name is the expensive step. */
const KEYS = new WeakMap<Named, string>();

/** A key that is equal for all spellings of a group's and a file's name. */
export function shareKey(share: Named): string {
  const known = KEYS.get(share);
  if (known !== undefined) return known;
  const key = `${nameKey(share.groupId)}\n${nameKey(share.fileName)}`;
  KEYS.set(share, key);
  return key;
}

/** The keys of a share's group, and of its file in the group. */
export function keysOf(share: Named): [groupKey: string, fileKey: string] {
  const key = shareKey(share);
  const end = key.indexOf('\n');
  return [key.slice(0, end), key.slice(end + 1)];
}

const CONTENTS = new WeakMap<InGroup, string>();

/** A key that is equal for all shares of the same content in a group. */
export function contentOf(share: InGroup): string {
  const known = CONTENTS.get(share);
  if (known !== undefined) return known;
  const key = `${share.manifestId} ${nameKey(share.groupId)}`;
  CONTENTS.set(share, key);
  return key;
}

/** A key that is equal for all records of one content of one file. */
export function keptKey(kept: Named & { readonly manifestId: string }): string {
  return `${shareKey(kept)}\n${kept.manifestId}`;
}

/** What the application sees of a share, without its state. */
export function toShare(share: LibraryShare): Omit<Share, 'state'> {
  const { groupId, fileName, path, manifestId, sizeBytes } = share;
  return { groupId, fileName, path, manifestId, sizeBytes };
}
