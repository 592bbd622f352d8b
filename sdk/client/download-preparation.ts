import { decodeManifest, ShoalError } from '../protocol/index.js';
import { checkSpace, chooseFinalPath } from './destination.js';
import type { LibraryDownload } from './library.js';
import { findManifest } from './manifest-lookup.js';
import type { Session } from './session.js';

/** What is wanted: a file of a group, at a place. */
export interface Wanted {
  readonly groupId: string;
  readonly fileName: string;
  readonly destination: string;
  readonly overwrite: boolean;
  /** What is known of it from an earlier try. */
  readonly record: LibraryDownload | undefined;
}

/** What has to be known before a byte is fetched. */
export interface Prepared {
  readonly record: LibraryDownload;
  /** Canonical bytes, kept in the library from now on. */
  readonly manifest: Uint8Array;
  readonly pieceCount: number;
}

/**
 * Asks the tracker for the file, and looks whether there is a place for it.
 * @throws ShoalError `NOT_A_MEMBER`, `FILE_NOT_FOUND`, `FILE_CHANGED`, `DESTINATION_NOT_FOUND`, `DESTINATION_EXISTS`, `NO_SPACE`, …
 */
export async function prepareDownload(session: Session, wanted: Wanted): Promise<Prepared> {
  const { library } = session;
  const groupId = await session.memberGroup(wanted.groupId);
  const { file } = await session.call('findSources', { groupId, fileName: wanted.fileName });
  const { fileName, manifestId } = file;
  if (wanted.record && wanted.record.manifestId !== manifestId) {
    throw new ShoalError('FILE_CHANGED', `${fileName} is another file by now: cancel this download and start it anew.`);
  }
  const destination = wanted.record?.finalPath ?? wanted.destination;
  const finalPath = await chooseFinalPath(destination, fileName, wanted.overwrite, wanted.record?.sizeBytes);
  if (!wanted.record) await checkSpace(finalPath, file.sizeBytes); // else most of it may be there: a full disk says so
  const { manifest, isKept } = await findManifest(session, groupId, file);
  if (!isKept) await library.saveManifest(manifestId, manifest);
  const { sizeBytes, pieceCount } = decodeManifest(manifest);
  const { overwrite } = wanted;
  const record = { groupId, fileName, finalPath, overwrite, manifestId, sizeBytes, paused: false };
  return { record, manifest, pieceCount };
}
