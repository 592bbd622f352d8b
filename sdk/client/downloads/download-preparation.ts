import { decodeManifest, ShoalError, type Source } from '../../protocol/index.js';
import { chooseFinalPath } from '../local/destination.js';
import type { LibraryDownload } from '../local/library-schema.js';
import { findManifest } from '../session/find-manifest.js';
import type { Session } from '../session/session.js';

/** What is wanted: a file of a group, at a place. */
export interface Wanted {
  readonly groupId: string;
  readonly fileName: string;
  readonly destination: string;
  readonly overwrite: boolean;
  /** The folder that it is a part of. */
  readonly root: string | undefined;
  /** What is known of it from an earlier try. */
  readonly record: LibraryDownload | undefined;
  /** Hears where it is to stand, before it is known whether it may. */
  onPlace(finalPath: string): void;
}

/** What is kept of a download, but for its id and its place among others. */
export type DownloadRecord = Omit<LibraryDownload, 'id' | 'position'>;

/** What has to be known before a byte is fetched. */
export interface Prepared {
  readonly record: DownloadRecord;
  /** Canonical bytes. */
  readonly manifest: Uint8Array;
  /** Whether the library has the manifest. */
  readonly isManifestKept: boolean;
  readonly pieceCount: number;
  /** Who has the file, all or in part. */
  readonly sources: readonly Source[];
}

/**
 * Asks the tracker for the file, and looks whether there is a place for it.
 * @throws ShoalError `NOT_A_MEMBER`, `FILE_NOT_FOUND`, `FILE_CHANGED`, `DESTINATION_NOT_FOUND`, `DESTINATION_EXISTS`, `DISK_UNAVAILABLE`, …
 */
export async function prepareDownload(session: Session, wanted: Wanted): Promise<Prepared> {
  const groupId = await session.memberGroup(wanted.groupId);
  const { file, sources } = await session.call('findSources', { groupId, fileName: wanted.fileName });
  const { fileName, manifestId } = file;
  if (wanted.record && wanted.record.manifestId !== manifestId) {
    throw new ShoalError('FILE_CHANGED', `${fileName} has other content now: cancel this download and start it again.`);
  }
  const at = wanted.record?.finalPath ?? wanted.destination;
  await session.hashes.requireAnswer(at);
  const [finalPath, { manifest, isKept: isManifestKept }] = await Promise.all([
    chooseFinalPath(at, fileName, wanted.overwrite, wanted.record?.sizeBytes, (path) => wanted.onPlace(path)),
    findManifest(session, groupId, file),
  ]);
  const { sizeBytes, pieceCount } = decodeManifest(manifest);
  const { overwrite, root } = wanted;
  const record = { groupId, fileName, finalPath, overwrite, root, manifestId, sizeBytes, paused: false };
  return { record, manifest, isManifestKept, pieceCount, sources };
}
