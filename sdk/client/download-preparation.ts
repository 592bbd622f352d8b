import { decodeManifest, PIECE_BYTES, ShoalError } from '../protocol/index.js';
import { checkSpace, chooseFinalPath } from './destination.js';
import type { LibraryDownload } from './library.js';
import { checkManifest, getManifest } from './manifest-transfer.js';
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

/** A manifest with the digests of so many pieces, and less, comes in a message: a connection of its own takes longer. */
const MAX_PIECES_IN_MESSAGE = 4096;

async function fetchManifest(
  session: Session,
  groupId: string,
  manifestId: string,
  sizeBytes: number,
): Promise<Uint8Array> {
  if (sizeBytes <= MAX_PIECES_IN_MESSAGE * PIECE_BYTES) {
    const { manifests } = await session.call('getManifests', { groupId, manifestIds: [manifestId] });
    if (manifests[0]) return checkManifest(manifestId, Buffer.from(manifests[0], 'base64url'));
  }
  return getManifest(session.online, session.token, manifestId);
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
  const kept = await library.readManifest(manifestId);
  const manifest = kept ?? (await fetchManifest(session, groupId, manifestId, file.sizeBytes));
  if (!kept) await library.saveManifest(manifestId, manifest);
  const { sizeBytes, pieceCount } = decodeManifest(manifest);
  const { overwrite } = wanted;
  const record = { groupId, fileName, finalPath, overwrite, manifestId, sizeBytes, paused: false };
  return { record, manifest, pieceCount };
}
