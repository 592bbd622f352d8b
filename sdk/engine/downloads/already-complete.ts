import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type FileStamp, syncFolder } from '../../disk/index.js';
import { decodeManifest, type Manifest } from '../../protocol/index.js';
import type { HashPool } from '../hashing/hash-pool.js';
import type { DownloadOrder } from '../messages.js';
import { destinationExists } from '../storage/move-file.js';
import { isUnfinished, removePartial } from '../storage/part-place.js';

/**
 * An earlier try may have given the file its name and ended before it could tell: looks whether the whole file stands there,
 * and clears away what is left beside it.
 * @throws ShoalError `DESTINATION_EXISTS` when a file of the same size stands there that is another, or the disk's errors
 */
export async function findComplete(
  order: DownloadOrder,
  manifest: Manifest,
  hashes: HashPool,
): Promise<FileStamp | undefined> {
  const { finalPath, overwrite } = order;
  const there = await lstat(finalPath).catch(() => undefined);
  if (!there?.isFile() || there.size !== manifest.sizeBytes || (await isUnfinished(finalPath))) return undefined;
  const { manifest: bytes, stamp } = await hashes.manifest(finalPath, manifest.algorithm);
  if (decodeManifest(bytes).id !== manifest.id) {
    if (overwrite) return undefined;
    throw destinationExists(finalPath);
  }
  await syncFolder(dirname(finalPath));
  await removePartial(finalPath, manifest.id);
  return stamp;
}
