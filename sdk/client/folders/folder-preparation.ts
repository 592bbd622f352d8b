import { nameKey, parseFilePath, type SharedFile, ShoalError } from '../../protocol/index.js';
import { MAX_SHARES } from '../library/records/library-errors.js';
import type { LibraryFolder } from '../library/records/library-schema.js';
import { chooseFolderPath } from '../local/destination.js';
import { listAllFiles } from '../session/list-pages.js';
import type { Session } from '../session/session.js';
import { findEmptyFolders } from './empty-folders.js';
import { type Misplaced, type PlacedFile, placeFiles } from './folder-places.js';
import type { FolderWish } from './folder-wish.js';
import { findGone, type GoneFile } from './gone-files.js';
import { PathFilter } from './path-filter.js';

/** Everything that must be known before a file of the folder is requested. */
export interface PreparedFolder {
  readonly record: Omit<LibraryFolder, 'position'>;
  readonly placed: readonly PlacedFile[];
  readonly misplaced: readonly Misplaced[];
  /** Downloaded files that the group removed. */
  readonly gone: readonly GoneFile[];
  /** The paths of empty folders below the destination. */
  readonly empty: readonly (readonly string[])[];
  readonly fileCount: number;
  readonly sizeBytes: number;
}

/**
 * Asks the tracker for the folder's files, and chooses their paths.
 * @param record the record of an earlier run
 * @throws ShoalError `NOT_A_MEMBER`, `FILE_NOT_FOUND`, `DESTINATION_NOT_FOUND`, `DESTINATION_EXISTS`,
 * `DISK_UNAVAILABLE`, `INVALID_ARGUMENT` if it has more files than this device can serve, …
 */
export async function prepareFolder(
  session: Session,
  wanted: {
    readonly id: string;
    readonly groupId: string;
    readonly folder: string;
    readonly destination: string;
    readonly wish: FolderWish;
  },
  record: LibraryFolder | undefined,
): Promise<PreparedFolder> {
  const { id, folder, destination, wish } = wanted;
  const groupId = await session.memberGroup(wanted.groupId);
  const listed = await listAllFiles(session, groupId, { folder });
  await session.hashes.requireAnswer(record?.root ?? destination);
  const root = record?.root ?? (await chooseFolderPath(destination, asListed(folder, listed)));
  const about = record ?? { id, groupId, folder, root, paused: false, ...wish };
  const filter = new PathFilter(wish);
  const gone = findGone(session, about, new Set(listed.map(({ fileName }) => nameKey(fileName))), filter);
  if (listed.length === 0 && gone.length === 0)
    throw new ShoalError('FILE_NOT_FOUND', `${groupId} has no folder ${folder}: list its files, and check the name.`);
  const depth = folder.split('/').length;
  const files = listed.filter(({ fileName }) => filter.takes(fileName.split('/').slice(depth)));
  if (files.length === 0 && gone.length === 0) throw noMatch(folder);
  const { account } = session;
  const names = files.map(({ fileName }) => fileName);
  const kept = account.countWith(groupId, names);
  if (!record && kept > MAX_SHARES) {
    throw new ShoalError(
      'INVALID_ARGUMENT',
      `${folder} has ${files.length} files, and with them this device would serve ${kept}, more than ${MAX_SHARES}: fetch a part of it, or stop sharing some.`,
    );
  }
  const { placed, misplaced } = placeFiles(folder, files, process.platform);
  const empty = await findEmptyFolders(session, { groupId, folder }, placed, filter);
  return {
    record: about,
    ...{ placed, misplaced, gone, empty },
    fileCount: files.length,
    sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
  };
}

/** The folder's name in the group's spelling. */
function asListed(folder: string, [first]: readonly SharedFile[]): string {
  const listed = first?.fileName.split('/').slice(0, folder.split('/').length).join('/');
  return listed !== undefined && nameKey(listed) === nameKey(folder) ? parseFilePath(listed) : folder;
}

function noMatch(folder: string): ShoalError {
  return new ShoalError(
    'FILE_NOT_FOUND',
    `${folder} has no file that the patterns take: list its files, and check them.`,
  );
}
