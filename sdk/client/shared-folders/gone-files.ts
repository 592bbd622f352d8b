import { lstat } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { errnoOf } from '../../disk/index.js';
import { inLanes } from '../../program/index.js';
import { nameKey, ShoalError } from '../../protocol/index.js';
import type { LibraryAccount } from '../library/library-account.js';
import type { LibraryShare } from '../library/records/library-schema.js';
import { shareKey } from '../library/records/library-share.js';
import { folderKey } from '../library/tables/folder-wishes.js';
import type { Walked } from '../selection/walk-folder.js';

/** Files that are looked at in parallel. */
const AT_ONCE = 8;
const CHUNK = 32;

/** A folder of a group, and its root on this device. */
export interface FolderPlace {
  readonly groupId: string;
  readonly folder: string;
  readonly root: string;
}

/**
 * The shares of a folder whose files are no longer part of it: they do not exist any more, or are left out now. A share belongs
 * to the folder if its name is in the folder and its path below the root. A file that could not be looked at is not gone.
 * @param names the names of the files that are part of the folder
 * @throws ShoalError the disk's error if the root cannot be looked at any more
 */
export async function findGone(
  account: LibraryAccount,
  place: FolderPlace,
  walked: Walked,
  names: Iterable<string>,
): Promise<LibraryShare[]> {
  const kept = new Set(Array.from(names, nameKey));
  const candidates = sharesOf(account, place).filter(({ share }) => !kept.has(nameKey(share.fileName)));
  const unread = walked.unread.map((path) => `${path}${sep}`);
  const gone: LibraryShare[] = [];
  await inLanes(AT_ONCE, candidates, CHUNK, async (some) => {
    for (const { share, paths } of some) {
      if (paths.some((path) => unread.some((folder) => `${path}${sep}`.startsWith(folder)))) continue;
      const verdicts = await Promise.all(paths.map((path) => isGone(path, place.root, walked)));
      if (!verdicts.includes(false)) gone.push(share);
    }
  });
  // What was missing may be missing because the disk went away meanwhile.
  if (gone.length > 0)
    await lstat(place.root).catch((error: unknown) => {
      throw ShoalError.from(error, 'PATH_NOT_FOUND');
    });
  return gone;
}

/**
 * The places of a folder where a disk was mounted before and is not now: nothing is there instead. What was on these disks is not gone.
 * @param mounts relative paths; an empty string is the root
 */
export function unmounted(mounts: readonly string[], walked: Walked): string[] {
  return mounts.filter((mount) => {
    if (walked.mounts.includes(mount)) return false;
    return !walked.files.some(({ place }) => mount === '' || place.startsWith(`${mount}/`));
  });
}

interface InFolder {
  readonly share: LibraryShare;
  /** Where its files are below the root. */
  readonly paths: readonly string[];
}

function sharesOf(account: LibraryAccount, { groupId, folder, root }: FolderPlace): InFolder[] {
  const prefix = `${folderKey({ groupId, folder })}/`;
  const isBelow = (path: string) => path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
  return account.shares.flatMap((share) => {
    if (!shareKey(share).startsWith(prefix)) return [];
    const inner = account.sharedFolders.around(share.groupId, share.fileName);
    if (inner && folderKey(inner).length >= prefix.length) return [];
    const paths = [share.path, ...(share.copies ?? []).map(({ path }) => path)].filter(isBelow);
    return paths.length > 0 ? [{ share, paths }] : [];
  });
}

async function isGone(path: string, root: string, { leftOut }: Walked): Promise<boolean> {
  let place = '';
  for (const name of relative(root, path).split(sep)) {
    place = place === '' ? name : `${place}/${name}`;
    if (leftOut.has(place)) return true;
  }
  return lstat(path).then(
    (there) => !there.isFile(), // a file came after the walk
    (error: unknown) => errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR',
  );
}
