import { join } from 'node:path';
import { ShoalError } from '../../protocol/index.js';
import type { FolderShareOptions } from '../api/options.js';
import { folderKey } from '../library/tables/folder-wishes.js';
import { tagOf } from '../local/folder-tag.js';
import { type Walked, walkFolder } from '../selection/walk-folder.js';
import type { Session } from '../session/session.js';
import { type FolderPlace, unmounted } from './gone-files.js';

type LookOptions = Pick<FolderShareOptions, 'signal' | 'exclude' | 'omit'>;

/** What is in a folder. @param inner relative paths of shared folders in it @throws ShoalError as `walkFolder` */
export async function walkOwn(
  session: Session,
  root: string,
  { signal, exclude = [], omit = [] }: LookOptions,
  inner: readonly string[] = [],
): Promise<Walked> {
  await session.hashes.requireAnswer(root);
  const tags = new Set(session.account.folders.map(({ id }) => tagOf(id)));
  return walkFolder(root, { exclude, signal, tags, omit: new Set([...omit, ...inner]) });
}

/**
 * What is in a folder to share, without the shared folders in it. A disk that was mounted in it before and is not now counts as unread.
 * @throws ShoalError `DISK_UNAVAILABLE` if that is the disk of the root, or as `walkFolder`
 */
export async function lookAtFolder(session: Session, place: FolderPlace, options: LookOptions): Promise<Walked> {
  const { sharedFolders } = session.account;
  const prefix = `${folderKey(place)}/`;
  const inner = sharedFolders.list.filter((record) => folderKey(record).startsWith(prefix));
  const places = inner.map(({ folder }) => folder.slice(place.folder.length + 1));
  const walked = await walkOwn(session, place.root, options, places);
  const own = places
    .filter((one) => walked.leftOut.has(one))
    .map((one) => ({ path: join(place.root, one), why: 'a shared folder of its own' }));
  const known = sharedFolders.find(place);
  const lost = known?.root === place.root ? unmounted(known.mounts ?? [], walked) : [];
  if (lost.includes('')) {
    const why = `The disk of ${place.root} is not connected, and the folder is empty without it: connect the disk.`;
    throw new ShoalError('DISK_UNAVAILABLE', why);
  }
  const unread = [...walked.unread, ...lost.map((one) => join(place.root, one))];
  const empty = walked.empty.filter((one) => !lost.includes(one));
  return { ...walked, skipped: [...walked.skipped, ...own], unread, empty, mounts: [...walked.mounts, ...lost] };
}
