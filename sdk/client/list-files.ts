import { ShoalError, type SharedFile } from '../protocol/index.js';
import type { Abortable } from './options.js';
import type { Session } from './session.js';

/** Files that a listing is read to: each is kept in memory while it is worked on, with some hundred bytes. */
const MAX_LISTED_FILES = 1_000_000;

export interface ListOptions extends Abortable {
  /** Only what lies in this folder. */
  folder?: string | undefined;
}

/**
 * All files of a group, or of a folder in it, page after page.
 * @throws ShoalError `NOT_A_MEMBER`, `GROUP_NOT_FOUND`; `PROTOCOL_ERROR` when the tracker comes to no end
 */
export async function listAllFiles(
  session: Pick<Session, 'call'>,
  groupId: string,
  { folder, signal }: ListOptions,
): Promise<SharedFile[]> {
  const all: SharedFile[] = [];
  let after: string | null = null;
  do {
    const params: { groupId: string; folder?: string; after?: string } = { groupId };
    if (folder !== undefined) params.folder = folder;
    if (after !== null) params.after = after;
    const page: { files: SharedFile[]; next: string | null } = await session.call('listFiles', params, signal);
    all.push(...page.files);
    if (all.length > MAX_LISTED_FILES || (page.files.length === 0 && page.next !== null)) {
      throw new ShoalError('PROTOCOL_ERROR', `The tracker's list of files comes to no end: ask whoever runs it.`);
    }
    after = page.next;
  } while (after !== null);
  return all;
}
