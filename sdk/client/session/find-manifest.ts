import { PIECE_BYTES } from '../../protocol/index.js';
import { checkManifest, getManifest } from '../tracker/manifest-http.js';
import type { Session } from './session.js';

/** A manifest with up to this many digests fits into a message. A separate connection would take longer. */
const MAX_PIECES_IN_MESSAGE = 4096;

/** A file as the group lists it. */
interface Listed {
  readonly manifestId: string;
  readonly sizeBytes: number;
}

/**
 * Finds a manifest of any size in the library, or else at the tracker. @throws ShoalError `MANIFEST_INVALID`, the
 * tracker's errors
 */
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
  return { manifest: await getManifest(() => session.online, session.token, manifestId, signal), isKept: false };
}
