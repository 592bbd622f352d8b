import { lstat, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readBootId, syncFolder } from '../disk/index.js';
import { decodeManifest, type Manifest } from '../protocol/index.js';
import type { HashPool } from './hash-pool.js';
import { decodeJournal } from './journal.js';
import type { DownloadOrder, FileStamp } from './messages.js';
import { destinationExists, journalPathOf, partPathOf } from './part-file.js';

/**
 * An earlier try may have given the file its name and ended before it could tell: looks whether the whole file stands there,
 * and clears away what is left beside it.
 * @throws ShoalError `DESTINATION_EXISTS` when a file of the same size stands there that is another, or the disk's errors
 */
export async function finishedBefore(
  order: DownloadOrder,
  manifest: Manifest,
  hashes: HashPool,
): Promise<FileStamp | undefined> {
  const { finalPath, overwrite } = order;
  const there = await lstat(finalPath).catch(() => undefined);
  if (!there?.isFile() || there.size !== manifest.sizeBytes) return undefined;
  const { manifest: bytes, stamp } = await hashes.manifest(finalPath, manifest.algorithm);
  if (decodeManifest(bytes).id !== manifest.id) {
    if (overwrite) return undefined;
    throw destinationExists(finalPath);
  }
  await syncFolder(dirname(finalPath));
  await removeLeftovers(finalPath, manifest);
  return stamp;
}

async function removeLeftovers(finalPath: string, manifest: Manifest): Promise<void> {
  const journal = await readFile(journalPathOf(finalPath)).catch(() => undefined);
  const key = { manifestId: manifest.id, pieceCount: manifest.pieceCount, bootId: readBootId() };
  if (!journal || !decodeJournal(journal, key)) return; // another download's, or none
  await rm(partPathOf(finalPath), { force: true });
  await rm(journalPathOf(finalPath), { force: true });
}
