import { lstat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { ShoalError } from '../index.js';

/** A path as typed, absolute: `~` at its front is the home folder, as in a shell. What ends as a folder still does. */
export function fromHome(path: string): string {
  const expanded = path === '~' || /^~[/\\]/.test(path) ? join(homedir(), path.slice(1)) : path;
  const endsAsFolder = /[/\\]$/.test(path);
  return `${resolve(expanded)}${endsAsFolder ? '/' : ''}`;
}

/** Folders that people name wherever they are, whether they are there or not. */
const USUAL_FOLDERS: ReadonlySet<string> = new Set([
  ...['desktop', 'documents', 'downloads', 'movies'],
  ...['music', 'pictures', 'videos'],
]);

/**
 * Refuses a place that its user takes for a folder, where nothing is: one in the home folder, or of a usual folder's name, that has no extension while the
 * file's name has one. Anything else that is not there is to be the file.
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
