import { ShoalError } from '../../protocol/index.js';
import type { LibraryShare } from '../library/records/library-schema.js';
import type { Session } from '../session/session.js';

/** Codes for a content that is no version of its file. */
const NO_VERSION: ReadonlySet<string> = new Set(['NAME_TAKEN', 'VERSION_CONFLICT', 'VERSION_NOT_FOUND']);

/** What follows for a confirmed version that the tracker does not know any more. */
export type Loss =
  /** The group has given it up, or has another version since. */
  | { readonly kind: 'given up' }
  /** The tracker lost it, and this device published it: it publishes it again, based on this version. */
  | { readonly kind: 'to publish'; readonly base: number }
  /** The tracker lost it. It is known again once its author has published it again. */
  | { readonly kind: 'lost'; readonly error: ShoalError };

/** Whether an error says that the content of a confirmed version is no version of its file. */
export function isLostVersion(share: LibraryShare, error: ShoalError): boolean {
  return share.version !== undefined && NO_VERSION.has(error.code);
}

/**
 * Finds out why the tracker does not know a confirmed version. A tracker that was restored from a backup has only older
 * versions; otherwise the group keeps the version no longer.
 * @throws ShoalError the tracker's errors
 */
export async function examineLoss(session: Session, share: LibraryShare, signal?: AbortSignal): Promise<Loss> {
  const { groupId, fileName, version = 0, published } = share;
  const { versions } = await session.call('listVersions', { groupId, fileName, limit: 1 }, signal);
  const [newest] = versions;
  if (!newest || newest.version >= version) return { kind: 'given up' };
  if (published?.atMs !== undefined) {
    // A version that was published after the restore must not be covered unseen.
    const isOlder = newest.publishedAtMs <= published.atMs;
    return isOlder ? { kind: 'to publish', base: newest.version } : { kind: 'given up' };
  }
  const why = `The tracker has lost version ${version}: it is shared again once its author is back.`;
  return { kind: 'lost', error: new ShoalError('FILE_NOT_FOUND', why) };
}
