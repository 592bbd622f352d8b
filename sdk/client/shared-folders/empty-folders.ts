import { createHash } from 'node:crypto';
import { relative, sep } from 'node:path';
import { firstPart, MAX_EMPTY_FOLDERS, nameKey, parseNewFilePath, ShoalError } from '../../protocol/index.js';
import { folderKey } from '../library/tables/folder-wishes.js';
import type { Walked } from '../selection/walk-folder.js';
import { listAllEmptyFolders } from '../session/list-pages.js';
import type { Session } from '../session/session.js';
import type { FolderPlace } from './gone-files.js';

interface TellOptions {
  /** Whether the user asked for this share: the tracker is told again what it was told before. */
  readonly isAsked: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * Tells the tracker which folders in a shared folder are empty. The record of the folder remembers what was told, so that
 * nothing is told twice. A failure is logged, and the next share tries again.
 */
export async function tellEmptyFolders(
  session: Session,
  place: FolderPlace,
  walked: Walked,
  { isAsked, signal }: TellOptions,
): Promise<void> {
  const { sharedFolders } = session.account;
  const record = sharedFolders.find(place);
  if (!record || !session.offersEmptyFolders) return;
  const { groupId, folder } = place;
  const names = namesOf(folder, walked.empty);
  const told = names.length > 0 ? digestOf(names) : undefined;
  if (told === record.emptyFolders && (!isAsked || told === undefined)) return;
  try {
    const all = [...names, ...(await unseen(session, place, walked, signal))];
    const empty = firstPart(all, MAX_EMPTY_FOLDERS);
    if (empty.length < all.length)
      session.logger.warn(`${folder} has ${all.length} empty folders, and only ${empty.length} of them are shared.`);
    await session.call('setEmptyFolders', { groupId, folder, empty }, signal);
    const current = sharedFolders.find(place);
    if (current) sharedFolders.put({ ...current, emptyFolders: told });
  } catch (thrown) {
    const { message } = ShoalError.from(thrown);
    session.logger.warn(`The empty folders of ${folder} are not shared until it is shared again: ${message}`);
  }
}

/** The names in the group. A name that no file could have is left out. */
function namesOf(folder: string, places: readonly string[]): string[] {
  const names = new Map<string, string>();
  for (const place of places) {
    try {
      const name = parseNewFilePath(`${folder}/${place}`);
      if (!names.has(nameKey(name))) names.set(nameKey(name), name);
    } catch {
      // as the walk of a file with such a name, which is skipped
    }
  }
  return [...names.values()];
}

function digestOf(names: readonly string[]): string {
  return createHash('sha256').update(names.join('\n')).digest('hex');
}

/** The empty folders that the tracker has where the walk did not look: in shared folders of their own, and what could not be read. */
async function unseen(
  session: Session,
  place: FolderPlace,
  { unread }: Walked,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const { groupId, folder, root } = place;
  const prefix = `${folderKey(place)}/`;
  const inner = session.account.sharedFolders.list.filter((one) => folderKey(one).startsWith(prefix));
  const places = unread.map((path) => `${folder}/${relative(root, path).split(sep).join('/')}`);
  const hidden = [...inner.map((one) => one.folder), ...places].map((name) => `${nameKey(name)}/`);
  if (hidden.length === 0) return [];
  const known = await listAllEmptyFolders(session, groupId, folder, signal);
  return known.filter((name) => hidden.some((one) => `${nameKey(name)}/`.startsWith(one)));
}
