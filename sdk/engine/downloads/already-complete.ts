import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type FileStamp, sameStamp, syncFolder } from '../../disk/index.js';
import { decodeManifest, type Manifest } from '../../protocol/index.js';
import type { HashPool } from '../hashing/hash-pool.js';
import type { DownloadOrder } from '../messages.js';
import { destinationExists } from '../storage/parts/move-file.js';
import { isUnfinished, removePartial } from '../storage/parts/part-place.js';

/**
 * An earlier run may have renamed the file and ended before it reported that. Checks whether the whole file exists at its final path, and
 * removes leftovers.
 * @throws ShoalError `DESTINATION_EXISTS` if another file of the same size exists there, or the disk's errors
 */
export async function findComplete(
  order: DownloadOrder,
  manifest: Manifest,
  hashes: HashPool,
): Promise<FileStamp | undefined> {
  const { finalPath, overwrite, replaces } = order;
  const there = await lstat(finalPath).catch(() => undefined);
  if (!there?.isFile() || there.size !== manifest.sizeBytes || (await isUnfinished(finalPath))) return undefined;
  const { manifest: bytes, stamp } = await hashes.manifest(finalPath, manifest.algorithm);
  if (decodeManifest(bytes).id !== manifest.id) {
    if (overwrite || (replaces && sameStamp(replaces, stamp))) return undefined;
    throw destinationExists(finalPath);
  }
  await syncFolder(dirname(finalPath));
  await removePartial(finalPath, manifest.id);
  return stamp;
}
