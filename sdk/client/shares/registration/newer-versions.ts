import type { SharedFile } from '../../../protocol/index.js';
import type { LibraryShare } from '../../library/records/library-schema.js';
import type { Session } from '../../session/session.js';
import { batchesOf } from './share-batches.js';

interface Newer {
  readonly groupId: string;
  readonly files: SharedFile[];
}

/**
 * Finds the files with newer versions than this device shares, also those that its user has seen: one batch after the other, which
 * bounds the load on the tracker.
 * @throws ShoalError the tracker's errors
 */
export async function* newerVersions(session: Session): AsyncGenerator<Newer> {
  if (!session.offersVersions) return;
  for (const shares of batchesOf(session.account.shares)) {
    const [{ groupId } = { groupId: '' }] = shares;
    if (!session.isMember(groupId)) continue;
    const fileNames = shares.map(({ fileName }) => fileName);
    const answers = (await session.call('locateFiles', { groupId, fileNames })).files;
    const files = shares.flatMap((share, index) => {
      const answer = answers[index];
      return answer && 'file' in answer && isNewer(answer.file, share) ? answer.file : [];
    });
    if (files.length > 0) yield { groupId, files };
  }
}

/** Whether a file is a newer version than the one that this device shares, with other content. */
export function isNewer({ version = 0, manifestId }: SharedFile, share: LibraryShare): boolean {
  return share.version !== undefined && version > share.version && manifestId !== share.manifestId;
}
