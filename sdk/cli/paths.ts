import { lstat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { ShoalError } from '../index.js';

/** Makes a typed path absolute. `~` at its start is the home folder, as in a shell. A trailing slash stays. */
export function fromHome(path: string): string {
  const expanded = path === '~' || /^~[/\\]/.test(path) ? join(homedir(), path.slice(1)) : path;
  const endsAsFolder = /[/\\]$/.test(path);
  return `${resolve(expanded)}${endsAsFolder ? '/' : ''}`;
}

/** Names of common folders. */
const USUAL_FOLDERS: ReadonlySet<string> = new Set([
  ...['desktop', 'documents', 'downloads', 'movies'],
  ...['music', 'pictures', 'videos'],
]);

/**
 * Refuses a missing destination that looks like a folder: a name in the home folder, or the name of a common folder,
 * without an extension although the file has one. Any other missing path becomes the file.
 * @throws ShoalError `DESTINATION_NOT_FOUND`
 */
export async function refuseMissingFolder(destination: string, asTyped: string, fileName: string): Promise<void> {
  const extension = extname(fileName);
  if (/[/\\]$/.test(destination) || extension === '' || extname(destination) !== '') return;
  const isUsual = USUAL_FOLDERS.has(basename(destination).toLowerCase());
  if (!isUsual && dirname(destination) !== resolve(homedir())) return;
  if (await lstat(destination).then(Boolean, () => false)) return;
  throw new ShoalError(
    'DESTINATION_NOT_FOUND',
    `There is no folder ${asTyped}: create it first. If you mean the file itself, add an extension, for example ${asTyped}${extension}.`,
  );
}
