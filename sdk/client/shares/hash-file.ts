import { HashPool } from '../../engine/index.js';
import { type DigestAlgorithm, decodeManifest, type Manifest, ShoalError } from '../../protocol/index.js';
import type { Abortable } from '../util/abort.js';

export interface HashOptions extends Abortable {
  /** Default `sha1`. */
  algorithm?: DigestAlgorithm;
  onProgress?: (hashedBytes: number, sizeBytes: number) => void;
}

/**
 * Makes a file's manifest, off this thread.
 * @throws ShoalError `PATH_NOT_FOUND`, `NOT_A_FILE`, `PERMISSION_DENIED`, `FILE_CHANGED`, `FILE_TOO_LARGE`, `ABORTED`
 */
export async function hashFile(path: string, options: HashOptions = {}): Promise<Manifest> {
  const pool = new HashPool();
  try {
    const { manifest } = await pool.manifest(path, options.algorithm ?? 'sha1', options);
    return decodeManifest(manifest);
  } catch (error) {
    throw ShoalError.from(error, 'DISK_ERROR');
  } finally {
    await pool.close();
  }
}
