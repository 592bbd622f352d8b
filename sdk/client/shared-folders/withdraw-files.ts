import { inParts, isErrorCode, MAX_BATCH_FILES, ShoalError } from '../../protocol/index.js';
import type { LibraryShare } from '../library/records/library-schema.js';
import type { Skipped } from '../selection/walk-folder.js';
import type { Session } from '../session/session.js';
import type { ShareManager } from '../shares/share-manager.js';
import { throwIfAborted } from '../util/abort.js';
import { seenVersion } from '../versions/publication.js';

/** Codes after which only the share of this device ends: the name is not the user's, or has a version that he has not seen. */
const OTHERS: ReadonlySet<string> = new Set(['NOT_THE_AUTHOR', 'VERSION_CONFLICT']);

interface Withdrawal {
  readonly groupId: string;
  readonly shares: readonly LibraryShare[];
  /** Whether names end that this device did not publish, as far as the user may end them. */
  readonly isWhole: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * Ends shares of files that are no longer part of their folder. The names end for the group if the user may remove them and has seen
 * their newest versions; otherwise only the share of this device ends.
 * @returns the number of ended shares, and what stays of the others
 * @throws ShoalError the tracker's errors; the files that are not withdrawn yet are withdrawn by the next call
 */
export async function withdrawFiles(
  session: Session,
  manager: ShareManager,
  { groupId, shares, isWhole, signal }: Withdrawal,
): Promise<{ removed: number; skipped: Skipped[] }> {
  const isOwn = ({ published }: LibraryShare) => session.offersVersions && (isWhole || published !== undefined);
  const [own, mere] = [shares.filter(isOwn), shares.filter((share) => !isOwn(share))];
  const skipped: Skipped[] = [];
  let removed = mere.length;
  if (mere.length > 0) await manager.stopMany(groupId, namesOf(mere), signal);
  for (const part of inParts(own, MAX_BATCH_FILES)) {
    const ended: LibraryShare[] = [];
    const stopped: LibraryShare[] = [];
    for (const [share, error] of await removeNames(session, groupId, part, signal)) {
      if (error === undefined || error.code === 'FILE_NOT_FOUND') ended.push(share);
      else if (OTHERS.has(error.code)) stopped.push(share);
      if (error?.code === 'VERSION_CONFLICT') skipped.push({ path: share.path, why: stays(share, error) });
      else if (error && !OTHERS.has(error.code) && error.code !== 'FILE_NOT_FOUND')
        skipped.push({ path: share.path, why: error.message });
    }
    if (ended.length > 0) await manager.dropFiles(groupId, namesOf(ended));
    if (stopped.length > 0) await manager.stopMany(groupId, namesOf(stopped), signal);
    removed += ended.length + stopped.length;
  }
  return { removed, skipped };
}

/** Asks the tracker to end names. @returns what it said of each; undefined: the name has ended */
async function removeNames(
  session: Session,
  groupId: string,
  shares: readonly LibraryShare[],
  signal: AbortSignal | undefined,
): Promise<Map<LibraryShare, ShoalError | undefined>> {
  throwIfAborted(signal);
  const bases = new Map<LibraryShare, number>();
  for (const share of shares) bases.set(share, seenVersion(share) || (await versionWith(session, share, signal)));
  const known = shares.filter((share) => bases.get(share) !== 0);
  const results = new Map<LibraryShare, ShoalError | undefined>();
  for (const share of shares)
    if (!known.includes(share))
      results.set(share, new ShoalError('VERSION_CONFLICT', 'The group has another content.'));
  if (known.length === 0) return results;
  const order = { groupId, fileNames: namesOf(known), bases: known.map((share) => bases.get(share) ?? 1) };
  const { files } = await session.call('removeFiles', order, signal);
  for (const [index, share] of known.entries()) {
    const answer = files[index];
    if (!answer) results.set(share, new ShoalError('PROTOCOL_ERROR', 'The tracker did not answer for this file.'));
    else if (!('code' in answer)) results.set(share, undefined);
    else results.set(share, new ShoalError(isErrorCode(answer.code) ? answer.code : 'PROTOCOL_ERROR', answer.message));
  }
  return results;
}

/** The newest version of a file if this device shares its content, which it was never told the number of; otherwise 0. */
async function versionWith(
  session: Session,
  { groupId, fileName, manifestId }: LibraryShare,
  signal: AbortSignal | undefined,
): Promise<number> {
  try {
    const { versions } = await session.call('listVersions', { groupId, fileName, limit: 1 }, signal);
    const [newest] = versions;
    return newest?.manifestId === manifestId ? newest.version : 0;
  } catch (thrown) {
    const error = ShoalError.from(thrown);
    if (error.code === 'FILE_NOT_FOUND') return 1; // the answer for it is the same
    throw error;
  }
}

function stays({ fileName }: LibraryShare, { message }: ShoalError): string {
  return `${fileName} stays in the group, because it has a version that this device has not seen: ${message}`;
}

function namesOf(shares: readonly LibraryShare[]): string[] {
  return shares.map(({ fileName }) => fileName);
}
