import { type LocalCopy, partPathsOf } from '../../engine/index.js';
import type { Library } from '../local/library.js';
import type { LibraryAccount } from '../local/library-account.js';
import type { DownloadRecord } from './download-preparation.js';

/** Local files in which the engine looks for pieces. */
const MAX_COPIES = 16;
/** Bytes of their manifests together, because the engine receives them in one message. */
const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;

/** A file that may have pieces of a download. A lower rank is likelier. */
interface Candidate {
  readonly rank: number;
  readonly paths: readonly string[];
  /** Reads the manifest. */
  manifest(): Promise<Uint8Array | undefined>;
}

/**
 * Finds local files that may have pieces of a download: files of the same content, then versions of the same file, then
 * files of the same name elsewhere. Kept contents and unfinished downloads count too.
 */
export async function findLocalCopies(
  library: Library,
  account: LibraryAccount,
  wanted: DownloadRecord,
): Promise<LocalCopy[]> {
  const found: LocalCopy[] = [];
  let bytes = 0;
  for (const { paths, manifest: read } of candidatesFor(library, account, wanted)) {
    if (found.length >= MAX_COPIES) break;
    const manifest = await read();
    if (!manifest || bytes + manifest.length > MAX_MANIFEST_BYTES) continue;
    bytes += manifest.length;
    found.push(...paths.map((path) => ({ path, manifest })));
  }
  return found.slice(0, MAX_COPIES);
}

function candidatesFor(library: Library, account: LibraryAccount, wanted: DownloadRecord): Candidate[] {
  if (wanted.sizeBytes === 0) return [];
  const candidates: Candidate[] = [];
  const ranked = (record: Named) => rankOf(record, wanted);
  for (const share of account.shares) {
    const rank = ranked(share);
    if (rank === undefined) continue;
    const paths = [share.path, ...(share.copies ?? []).map(({ path }) => path)];
    candidates.push({ rank, paths, manifest: () => library.manifestOf(share) });
  }
  for (const kept of account.kept.list) {
    const rank = ranked(kept);
    if (rank === undefined) continue;
    const paths = [library.contents.pathOf(kept.manifestId)];
    candidates.push({ rank, paths, manifest: () => library.manifestOf(kept) });
  }
  for (const { finalPath, manifestId, ...record } of account.downloads) {
    const rank = ranked({ ...record, manifestId });
    if (rank === undefined || (finalPath === wanted.finalPath && manifestId === wanted.manifestId)) continue;
    const paths = partPathsOf(finalPath, manifestId);
    candidates.push({ rank, paths, manifest: () => library.readManifest(manifestId) });
  }
  return candidates.sort((one, other) => one.rank - other.rank).slice(0, MAX_COPIES);
}

type Named = Pick<DownloadRecord, 'groupId' | 'fileName' | 'manifestId'>;

function rankOf(record: Named, wanted: Named): number | undefined {
  if (record.manifestId === wanted.manifestId) return 0;
  if (lastName(record.fileName) !== lastName(wanted.fileName)) return undefined;
  return record.groupId === wanted.groupId && record.fileName === wanted.fileName ? 1 : 2;
}

function lastName(fileName: string): string {
  return fileName.slice(fileName.lastIndexOf('/') + 1);
}
