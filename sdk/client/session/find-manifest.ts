import { PIECE_BYTES } from '../../protocol/index.js';
import { checkManifest, getManifest } from '../tracker/manifest-http.js';
import type { Session } from './session.js';

/** A manifest with the digests of so many pieces, and less, comes in a message: a connection of its own takes longer. */
const MAX_PIECES_IN_MESSAGE = 4096;

/** A file that a group has. */
interface Listed {
  readonly manifestId: string;
  readonly sizeBytes: number;
}

/** A file's manifest, whatever its size: the library's, or else the tracker's. @throws ShoalError `MANIFEST_INVALID`, or the tracker's */
export async function findManifest(
  session: Session,
  groupId: string,
  { manifestId, sizeBytes }: Listed,
  signal?: AbortSignal,
): Promise<{ readonly manifest: Uint8Array; readonly isKept: boolean }> {
  const kept = await session.library.readManifest(manifestId);
  if (kept) return { manifest: kept, isKept: true };
  if (sizeBytes <= MAX_PIECES_IN_MESSAGE * PIECE_BYTES) {
    const { manifests } = await session.call('getManifests', { groupId, manifestIds: [manifestId] }, signal);
    if (manifests[0])
      return { manifest: checkManifest(manifestId, Buffer.from(manifests[0], 'base64url')), isKept: false };
  }
  return { manifest: await getManifest(session.online, session.token, manifestId, signal), isKept: false };
}
