import { ShoalError } from '../../protocol/index.js';
import { chooseFolderPath } from '../local/destination.js';
import { MAX_SHARES } from '../local/library-errors.js';
import type { LibraryFolder } from '../local/library-schema.js';
import { listAllFiles } from '../session/list-pages.js';
import type { Session } from '../session/session.js';
import { type Misplaced, type PlacedFile, placeFiles } from './folder-places.js';

/** Everything that must be known before a file of the folder is requested. */
export interface PreparedFolder {
  readonly record: Omit<LibraryFolder, 'position'>;
  readonly placed: readonly PlacedFile[];
  readonly misplaced: readonly Misplaced[];
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
    readonly overwrite: boolean;
  },
  record: LibraryFolder | undefined,
): Promise<PreparedFolder> {
  const { id, folder, destination } = wanted;
  const groupId = await session.memberGroup(wanted.groupId);
  const files = await listAllFiles(session, groupId, { folder });
  if (files.length === 0)
    throw new ShoalError('FILE_NOT_FOUND', `${groupId} has no folder ${folder}: list its files, and check the name.`);
  const kept = session.account.shareCount + files.length;
  if (!record && kept > MAX_SHARES) {
    throw new ShoalError(
      'INVALID_ARGUMENT',
      `${folder} has ${files.length} files, and with them this device would serve ${kept}, more than ${MAX_SHARES}: fetch a part of it, or stop sharing some.`,
    );
  }
  const { placed, misplaced } = placeFiles(folder, files, process.platform);
  await session.hashes.requireAnswer(record?.root ?? destination);
  const root = record?.root ?? (await chooseFolderPath(destination, asListed(folder, placed)));
  return {
    record: record ?? { id, groupId, folder, root, paused: false, overwrite: wanted.overwrite },
    ...{ placed, misplaced },
    fileCount: files.length,
    sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
  };
}

/** The folder's name in the group's spelling. */
function asListed(folder: string, [first]: readonly PlacedFile[]): string {
  return first ? first.file.fileName.split('/').slice(0, folder.split('/').length).join('/') : folder;
}
