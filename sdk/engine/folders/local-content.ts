import { closeSync, fstatSync } from 'node:fs';
import { awayMountOf, openRegularSync, readFully } from '../../disk/index.js';
import type { Manifest } from '../../protocol/index.js';
import { isContent } from './folder-files.js';

/**
 * The content of a small file from a local file that has it. Files that are gone or have other content are passed over, and so are those on
 * disks that may stop answering.
 * @throws ShoalError `DIGEST_MISMATCH` if the manifest contradicts itself
 */
export function readLocalContent(manifest: Manifest, paths: readonly string[]): Buffer | undefined {
  for (const path of paths) {
    const bytes = awayMountOf(path) === undefined ? readIfOfSize(path, manifest.sizeBytes) : undefined;
    if (bytes && isContent(manifest, bytes)) return bytes;
  }
  return undefined;
}

function readIfOfSize(path: string, sizeBytes: number): Buffer | undefined {
  let fd: number | undefined;
  try {
    fd = openRegularSync(path);
    if (fstatSync(fd).size !== sizeBytes) return undefined;
    const bytes = Buffer.allocUnsafe(sizeBytes);
    return readFully(fd, bytes, 0) === sizeBytes ? bytes : undefined;
  } catch {
    return undefined; // a peer may have it
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
