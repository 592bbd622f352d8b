import type { FileStamp } from '../../disk/index.js';
import { decodeManifest } from '../../protocol/index.js';
import type { Session } from '../session/session.js';

/**
 * Hashes a file with each algorithm that a manifest can have.
 * @returns its stamp, if it has a wanted content
 * @throws ShoalError as `HashPool.manifest`
 */
export async function stampIfContent(
  { hashes }: Session,
  path: string,
  isWanted: (manifestId: string) => boolean,
  signal: AbortSignal,
): Promise<FileStamp | undefined> {
  for (const algorithm of ['sha1', 'sha256'] as const) {
    const { manifest, stamp } = await hashes.manifest(path, algorithm, { signal });
    if (isWanted(decodeManifest(manifest).id)) return stamp;
  }
  return undefined;
}
