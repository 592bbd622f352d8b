import { type LocalCopy, partPathsOf } from '../../engine/index.js';
import type { Library } from '../library/library.js';
import type { LibraryAccount } from '../library/library-account.js';
import type { LibraryShare } from '../library/records/library-schema.js';
import { type InGroup, type Named, shareKey } from '../library/records/library-share.js';
import type { DownloadRecord } from './download-preparation.js';

/** Local files in which the engine looks for pieces. */
const MAX_COPIES = 16;
/** Bytes of their manifests together, because the engine receives them in one message. */
const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;
/** Local files in which the engine looks for a small file. */
const MAX_SMALL_COPIES = 4;

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

/** The paths of local files that should have a content, apart from its destination. */
export function findSmallCopies(
  library: Library,
  { contents }: LibraryAccount,
  manifestId: string,
  finalPath: string,
): string[] {
  const found: string[] = [];
  for (const share of contents.shares.having(manifestId)) {
    found.push(...pathsOf(share).filter((path) => path !== finalPath));
    if (found.length >= MAX_SMALL_COPIES) break;
  }
  const [kept] = contents.kept.having(manifestId);
  if (kept) found.unshift(library.contents.pathOf(manifestId)); // nobody edits it
  return found.slice(0, MAX_SMALL_COPIES);
}

function candidatesFor(library: Library, { contents }: LibraryAccount, wanted: DownloadRecord): Candidate[] {
  if (wanted.sizeBytes === 0) return [];
  const candidates: Candidate[] = [];
  for (const share of contents.shares.likely(wanted, MAX_COPIES))
    candidates.push({
      ...{ rank: rankOf(share, wanted), paths: pathsOf(share) },
      manifest: () => library.manifestOf(share),
    });
  for (const kept of contents.kept.likely(wanted, MAX_COPIES)) {
    const paths = [library.contents.pathOf(kept.manifestId)];
    candidates.push({ rank: rankOf(kept, wanted), paths, manifest: () => library.manifestOf(kept) });
  }
  for (const download of contents.downloads.likely(wanted, MAX_COPIES + 1)) {
    const { finalPath, manifestId } = download;
    if (finalPath === wanted.finalPath && manifestId === wanted.manifestId) continue; // the download itself
    const paths = partPathsOf(finalPath, manifestId);
    candidates.push({ rank: rankOf(download, wanted), paths, manifest: () => library.readManifest(manifestId) });
  }
  return candidates.sort((one, other) => one.rank - other.rank).slice(0, MAX_COPIES);
}

function rankOf(record: Named & InGroup, wanted: Named & InGroup): number {
  if (record.manifestId === wanted.manifestId) return 0;
  return shareKey(record) === shareKey(wanted) ? 1 : 2;
}

function pathsOf({ path, copies = [] }: LibraryShare): string[] {
  return [path, ...copies.map((copy) => copy.path)];
}
