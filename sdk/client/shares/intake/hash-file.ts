import { HashPool } from '../../../engine/index.js';
import { type DigestAlgorithm, decodeManifest, type Manifest, ShoalError } from '../../../protocol/index.js';
import type { Abortable } from '../../util/abort.js';

/** Options of `hashFile`. */
export interface HashOptions extends Abortable {
  /** Digest algorithm of the pieces and of the whole file. Default `sha1`. */
  algorithm?: DigestAlgorithm;
  /** Called several times a second, with the number of hashed bytes and the size in bytes. */
  onProgress?: (hashedBytes: number, sizeBytes: number) => void;
}

/**
 * Hashes a file in a worker thread, and returns its manifest.
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
