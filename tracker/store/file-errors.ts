import { nameKey, ShoalError } from '@shoal/sdk/protocol';
import type { StoredFile } from './store.js';

/** The store's refusals about files and their versions, with the same texts for every implementation. */

export function fileNotFound(groupId: string, fileName: string): ShoalError {
  return new ShoalError('FILE_NOT_FOUND', `There is no file ${fileName} in ${groupId}: see list_files.`);
}

export function notShared(groupId: string, fileName: string): ShoalError {
  return new ShoalError('NOT_SHARED', `This device does not share ${fileName} in ${groupId}.`);
}

export function folderNotFound(groupId: string, folder: string): ShoalError {
  return new ShoalError('FILE_NOT_FOUND', `There is no file below ${folder} in ${groupId}: see list_files.`);
}

export function sharesNothingBelow(groupId: string, folder: string): ShoalError {
  const why = `You share no file below ${folder} in ${groupId}`;
  return new ShoalError('NOT_SHARED', `${why}, so you cannot say which of its folders are empty: share one first.`);
}

/** A file whose name is taken, and its author. */
export interface Holder {
  readonly fileName: string;
  readonly sharedBy: string;
}

/** The requested name, which differs only in case or form, and what its user may do. */
interface Wanted {
  readonly fileName: string;
  readonly userId: string;
  readonly mayPublish: boolean;
}

export function nameTaken(holder: Holder, { fileName, userId, mayPublish }: Wanted): ShoalError {
  const isSpeltAlike = holder.fileName === fileName;
  const why = isSpeltAlike ? '' : ', and names that differ only in case or form count as the same';
  const what = `${sharerOf(holder, userId)} another file as ${holder.fileName}${why}`;
  const next = mayPublish
    ? 'publish this one as a new version, or share it under another name'
    : `share yours under another name, or ask ${holder.sharedBy} to publish it as a new version`;
  return new ShoalError('NAME_TAKEN', `${what}: ${next}.`);
}

export function folderTaken(holder: Holder, userId: string): ShoalError {
  const what = `${sharerOf(holder, userId)} ${holder.fileName}, and a name belongs either to a file or to a folder`;
  return new ShoalError('NAME_TAKEN', `${what}: ${otherName(holder, userId)}.`);
}

function sharerOf({ sharedBy }: Holder, userId: string): string {
  return sharedBy === userId ? 'You share' : `${sharedBy} shares`;
}

function otherName({ sharedBy }: Holder, userId: string): string {
  if (sharedBy === userId) return 'share this one under another name, or stop sharing that one';
  return `share yours under another name, or ask ${sharedBy} to stop sharing that one`;
}

/** `newest` of the error counts no sources: the store does not know them. */
export function versionConflict({ groupId: _, ...file }: StoredFile): ShoalError {
  const what = `${file.publishedBy} has published version ${file.version} of ${file.fileName} meanwhile`;
  return new ShoalError('VERSION_CONFLICT', `${what}: look at it first, then publish yours on top of it.`, {
    newest: { ...file, sharersOnline: 0, completeSources: 0 },
  });
}

export function versionNotFound(groupId: string, fileName: string, version: number): ShoalError {
  const what = `${groupId} does not keep version ${version} of ${fileName}`;
  return new ShoalError('VERSION_NOT_FOUND', `${what}: see the list of its versions.`);
}

/** The device has a version that the group has forgotten. */
export function versionForgotten(groupId: string, fileName: string): ShoalError {
  const what = `${groupId} no longer keeps the version of ${fileName} that this device has`;
  return new ShoalError('VERSION_NOT_FOUND', `${what}: download the newest one, or publish this one again.`);
}

export function fileRemoved(groupId: string, fileName: string): ShoalError {
  const what = `${fileName} was removed from ${groupId}`;
  return new ShoalError('FILE_REMOVED', `${what}: share it again as a new file if the group still needs it.`);
}

export function notTheAuthor(
  { groupId, fileName, sharedBy }: Pick<StoredFile, 'groupId' | 'fileName' | 'sharedBy'>,
  ownerId: string,
): ShoalError {
  if (nameKey(sharedBy) === nameKey(ownerId))
    return new ShoalError('NOT_THE_AUTHOR', `Only its author ${sharedBy} may remove ${fileName}: ask ${sharedBy}.`);
  const what = `Only its author ${sharedBy} and the owner of ${groupId}, ${ownerId}, may remove ${fileName}`;
  return new ShoalError('NOT_THE_AUTHOR', `${what}: ask one of them.`);
}
