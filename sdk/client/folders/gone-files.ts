import { isAbsolute, relative, sep } from 'node:path';
import { type FileStamp, sameStamp } from '../../disk/index.js';
import { nameKey, ShoalError } from '../../protocol/index.js';
import type { LibraryFolder, LibraryShare, RemovedFile } from '../library/records/library-schema.js';
import { recordedStamp } from '../library/records/recorded-stamp.js';
import type { Session } from '../session/session.js';
import type { ShareManager } from '../shares/share-manager.js';
import type { TransferManager } from '../transfers/transfer-manager.js';
import { throwIfAborted } from '../util/abort.js';
import type { FolderEngine } from './folder-engine.js';
import type { FolderHandle } from './folder-handle.js';
import type { PathFilter } from './path-filter.js';
import { stampIfContent } from './stamp-if-content.js';

/** A file below the destination that was downloaded from the folder, and that the group does not list any more. */
export interface GoneFile {
  readonly record: RemovedFile;
  /** Its path below the destination. */
  readonly segments: readonly string[];
}

interface GoneParts {
  readonly manager: TransferManager;
  readonly shares: ShareManager;
  readonly record: LibraryFolder;
  readonly handle: FolderHandle;
  readonly engine: FolderEngine;
  readonly signal: AbortSignal;
}

/**
 * Finds the downloaded files of a folder that the group removed. The library remembers removals; shares that the tracker
 * confirmed and does not list any more are reported too. The user's own publications never count.
 * @param listed the keys of all names that the group lists
 */
export function findGone(
  { account }: Session,
  { groupId, folder, root }: Pick<LibraryFolder, 'groupId' | 'folder' | 'root'>,
  listed: ReadonlySet<string>,
  filter: PathFilter,
): GoneFile[] {
  const gone = new Map<string, GoneFile>();
  const isOurs = (fileName: string) => nameKey(fileName).startsWith(`${nameKey(folder)}/`);
  const removed = account.removedFiles.list.filter((file) => nameKey(file.groupId) === nameKey(groupId));
  for (const file of removed) if (listed.has(nameKey(file.fileName))) account.removedFiles.drop(file);
  for (const record of [...removed, ...unlisted(account.sharesInGroup(groupId))]) {
    const segments = segmentsBelow(root, record.path);
    if (!segments || !isOurs(record.fileName) || listed.has(nameKey(record.fileName))) continue;
    if (filter.takes(record.fileName.split('/').slice(folder.split('/').length)))
      gone.set(record.path, { record, segments });
  }
  return [...gone.values()];
}

/**
 * Reports the files that the group removed, or deletes those that still have the downloaded bytes if the user wants that. A
 * file that cannot be deleted is reported. @throws ShoalError `ABORTED`
 */
export async function settleGone(parts: GoneParts, files: readonly GoneFile[]): Promise<void> {
  const { record, handle, signal } = parts;
  const { session } = parts.manager;
  for (const file of files) {
    throwIfAborted(signal);
    const { fileName, path } = file.record;
    if (!(await session.hashes.stamp(path).catch(() => undefined))) session.account.removedFiles.drop(file.record);
    else if (record.delete && (await isDeleted(parts, file))) handle.counts('deleted');
    else handle.keeps({ fileName, path, why: 'removed' });
  }
}

async function isDeleted(
  { manager: { session }, shares, engine, signal }: GoneParts,
  { record, segments }: GoneFile,
): Promise<boolean> {
  const { groupId, fileName, path } = record;
  if (!session.account.removedFiles.has(record)) return false; // a restored tracker may only have forgotten it
  try {
    const stamp = await unchangedStamp(session, record, signal);
    if (!stamp || !(await engine.remove(segments, stamp))) return false;
  } catch (thrown) {
    throwIfAborted(signal);
    session.logger.warn(`${path} is not deleted: ${ShoalError.from(thrown, 'DISK_ERROR').message}`);
    return false;
  }
  const share = session.account.findShare(groupId, fileName);
  if (share?.path === path && (share.copies ?? []).length === 0) await shares.stopMany(groupId, [fileName]);
  session.account.removedFiles.drop(record);
  return true;
}

/** Shares that would be listed, had the group not removed them. */
function unlisted(shares: readonly LibraryShare[]): RemovedFile[] {
  return shares.flatMap(({ published, registered, ended, copies = [], ...share }) => {
    if (published || !registered || ended) return [];
    const { groupId, fileName, manifestId, sizeBytes, path, modifiedNs } = share;
    return [{ path, modifiedNs }, ...copies].map((at) => ({ groupId, fileName, manifestId, sizeBytes, ...at }));
  });
}

/** The stamp of the file, if its bytes are still the downloaded ones. */
async function unchangedStamp(
  session: Session,
  { path, manifestId, sizeBytes, modifiedNs }: RemovedFile,
  signal: AbortSignal,
): Promise<FileStamp | undefined> {
  const stamp = await session.hashes.stamp(path);
  if (stamp.sizeBytes !== sizeBytes) return undefined;
  if (sameStamp(stamp, recordedStamp({ sizeBytes, modifiedNs }))) return stamp;
  return stampIfContent(session, path, (id) => id === manifestId, signal);
}

function segmentsBelow(root: string, path: string): string[] | undefined {
  const below = relative(root, path);
  const isBelow = below !== '' && !isAbsolute(below) && below !== '..' && !below.startsWith(`..${sep}`);
  return isBelow ? below.split(sep) : undefined;
}
