import { ShoalError } from '../../protocol/index.js';
import { listAllEmptyFolders } from '../session/list-pages.js';
import type { Session } from '../session/session.js';
import type { FolderEngine } from './folder-engine.js';
import { type PlacedFile, placeFolders } from './folder-places.js';
import type { PathFilter } from './path-filter.js';

/**
 * The paths below the destination of the empty folders that a download takes. The files of the folder matter more: a failure is
 * logged, and there are none then.
 */
export async function findEmptyFolders(
  session: Session,
  { groupId, folder }: { readonly groupId: string; readonly folder: string },
  files: readonly PlacedFile[],
  filter: PathFilter,
): Promise<(readonly string[])[]> {
  if (!session.offersEmptyFolders) return [];
  try {
    const names = await listAllEmptyFolders(session, groupId, folder);
    const depth = folder.split('/').length;
    const taken = names.filter((name) => filter.takes(name.split('/').slice(depth), true));
    return placeFolders(folder, taken, files, process.platform);
  } catch (thrown) {
    session.logger.warn(`The empty folders of ${folder} are left out: ${ShoalError.from(thrown).message}`);
    return [];
  }
}

/** Creates empty folders below the destination. What is in the way of one is left alone, and logged. @throws ShoalError `ABORTED` */
export async function makeEmptyFolders(
  engine: FolderEngine,
  { logger }: Session,
  folders: readonly (readonly string[])[],
): Promise<void> {
  if (folders.length === 0) return;
  const problems = await engine.makeFolders(folders);
  if (problems[0])
    logger.warn(`${problems.length} empty folders were not made, the first one because ${problems[0].message}`);
}
