import { constants } from 'node:fs';
import { access, lstat, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { errnoOf } from '../../disk/index.js';
import { destinationExists, isUnfinished } from '../../engine/index.js';
import { lastName, parseFilePath, ShoalError } from '../../protocol/index.js';
import { localFileName } from './local-name.js';

/** The destination as an absolute path. It ends in a slash if it was given as a folder. */
export function absoluteDestination(destination: string): string {
  return resolve(destination) + (/[/\\]$/.test(destination) ? '/' : '');
}

/**
 * The final path of a download: in the destination if that is a folder or ends in a slash, else the destination itself.
 * @param finishedBytes size of the file on a resume: an existing file of that size may be the result of an earlier run
 * @param onChosen receives the path before it is checked
 * @throws ShoalError `DESTINATION_NOT_FOUND`, `DESTINATION_EXISTS`, `PERMISSION_DENIED`, or the disk's errors
 */
export async function chooseFinalPath(
  destination: string,
  fileName: string,
  overwrite: boolean,
  finishedBytes?: number,
  onChosen: (finalPath: string) => void = () => {},
): Promise<string> {
  const finalPath = (await isFolder(destination))
    ? join(destination, localFileName(lastName(parseFilePath(fileName)), process.platform))
    : destination;
  onChosen(finalPath);
  await checkFolder(dirname(finalPath));
  const present = await lstat(finalPath).catch(() => undefined);
  if (present?.isDirectory())
    throw new ShoalError('DESTINATION_EXISTS', `${finalPath} is a folder: choose another place.`);
  if (present && !overwrite && present.size !== finishedBytes && !(await isUnfinished(finalPath)))
    throw destinationExists(finalPath); // an unfinished file may be replaced
  return finalPath;
}

/**
 * The root of a downloaded tree: a subfolder of the destination if that is a folder or ends in a slash, else the
 * destination itself. It may exist; its contents stay.
 * @throws ShoalError `DESTINATION_NOT_FOUND`, `DESTINATION_EXISTS`, `PERMISSION_DENIED`, or the disk's errors
 */
export async function chooseFolderPath(destination: string, folder: string): Promise<string> {
  const root = (await isFolder(destination))
    ? join(destination, localFileName(lastName(folder), process.platform))
    : destination;
  await checkFolder(dirname(root));
  const there = await lstat(root).catch(() => undefined);
  if (!there) return root;
  if (there.isDirectory()) {
    await checkFolder(root);
    return root;
  }
  const what = there.isSymbolicLink() ? 'a link, which is never followed' : 'no folder';
  throw new ShoalError('DESTINATION_EXISTS', `${root} is ${what}: move it away, or choose another place.`);
}

/**
 * Whether the destination is an existing folder. @throws ShoalError `DESTINATION_NOT_FOUND` if it ends in a slash but
 * does not exist
 */
async function isFolder(destination: string): Promise<boolean> {
  const there = await stat(destination).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw ShoalError.from(error, 'DISK_ERROR');
  });
  const asFolder = there?.isDirectory() === true;
  if (!asFolder && (destination.endsWith('/') || destination.endsWith(sep))) throw noSuchFolder(destination);
  return asFolder;
}

async function checkFolder(folder: string): Promise<void> {
  const there = await stat(folder).catch(() => undefined);
  if (!there?.isDirectory()) throw noSuchFolder(folder);
  try {
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw ShoalError.from(error, 'PERMISSION_DENIED');
  }
}

function noSuchFolder(folder: string): ShoalError {
  return new ShoalError('DESTINATION_NOT_FOUND', `There is no folder ${folder}: create it, or choose another one.`);
}
