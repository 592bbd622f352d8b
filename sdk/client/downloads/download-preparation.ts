import type { FileStamp } from '../../disk/index.js';
import { decodeManifest, ShoalError, type Source } from '../../protocol/index.js';
import type { LibraryDownload } from '../library/records/library-schema.js';
import { chooseFinalPath } from '../local/destination.js';
import { findManifest } from '../session/find-manifest.js';
import type { Session } from '../session/session.js';

/** A file of a group, and its destination. */
export interface Wanted {
  readonly groupId: string;
  readonly fileName: string;
  readonly destination: string;
  readonly overwrite: boolean;
  /** The stamp of the existing file that it replaces without `overwrite`. */
  readonly replaces: FileStamp | undefined;
  /** The wanted version; undefined for the newest. */
  readonly version: number | undefined;
  /** The folder download that the file is a part of. */
  readonly root: string | undefined;
  /** The record of an earlier run. */
  readonly record: LibraryDownload | undefined;
  /** Receives the final path before the destination is checked. */
  onPlace(finalPath: string): void;
}

/** The record of a download, without its id and position. */
export type DownloadRecord = Omit<LibraryDownload, 'id' | 'position'>;

/** Everything that must be known before data is requested. */
export interface Prepared {
  readonly record: DownloadRecord;
  /** The canonical bytes. */
  readonly manifest: Uint8Array;
  /** Whether the library already has the manifest. */
  readonly isManifestKept: boolean;
  readonly pieceCount: number;
  /** The modification time of the publisher's file, and whether it can be executed. */
  readonly attributes: { readonly modifiedMs?: number | undefined; readonly executable?: boolean | undefined };
  /** Peers with all or some pieces of the file. */
  readonly sources: readonly Source[];
}

/**
 * Asks the tracker for the file, and checks the destination.
 * @throws ShoalError `NOT_A_MEMBER`, `FILE_NOT_FOUND`, `VERSION_NOT_FOUND`, `FILE_CHANGED`, `DESTINATION_NOT_FOUND`, `DESTINATION_EXISTS`,
 * `DISK_UNAVAILABLE`, …
 */
export async function prepareDownload(session: Session, wanted: Wanted): Promise<Prepared> {
  const groupId = await session.memberGroup(wanted.groupId);
  const version = wanted.record?.version ?? wanted.version;
  if (wanted.version !== undefined) session.requireVersions();
  const { file, sources } = await session.call('findSources', { groupId, fileName: wanted.fileName, version });
  const { fileName, manifestId } = file;
  if (wanted.record && wanted.record.manifestId !== manifestId) {
    throw new ShoalError('FILE_CHANGED', `${fileName} has other content now: cancel this download and start it again.`);
  }
  if (wanted.version !== undefined && file.version !== wanted.version)
    throw new ShoalError('PROTOCOL_ERROR', `The tracker gave another version of ${fileName}: ask its operator.`);
  const at = wanted.record?.finalPath ?? wanted.destination;
  await session.hashes.requireAnswer(at);
  const [finalPath, { manifest, isKept: isManifestKept }] = await Promise.all([
    chooseFinalPath(at, fileName, wanted.overwrite || wanted.replaces !== undefined, wanted.record?.sizeBytes, (path) =>
      wanted.onPlace(path),
    ),
    findManifest(session, groupId, file),
  ]);
  const { sizeBytes, pieceCount } = decodeManifest(manifest);
  const { overwrite, root } = wanted;
  const record = {
    groupId,
    fileName,
    finalPath,
    overwrite,
    root,
    manifestId,
    sizeBytes,
    paused: false,
    version: file.version,
  };
  const { modifiedMs, executable } = file;
  return { record, manifest, isManifestKept, pieceCount, attributes: { modifiedMs, executable }, sources };
}
