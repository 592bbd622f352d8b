import type { DownloadRecord, FolderRecord } from '../contract/contract.js';
import { isPartOf } from '../contract/records.js';

/** A download as a user thinks of it: of a file, or of a folder as one. */
export type Transfer = DownloadRecord | FolderRecord;

interface Lists {
  readonly downloads: ReadonlyMap<string, DownloadRecord>;
  readonly folders: ReadonlyMap<string, FolderRecord>;
}

export function isFolderTransfer(transfer: Transfer): transfer is FolderRecord {
  return 'folder' in transfer;
}

/** The name that it has in its group. */
export function nameOf(transfer: Transfer): string {
  return isFolderTransfer(transfer) ? transfer.folder : transfer.fileName;
}

/** The downloads of files that are none of a folder's, in the order in which they began. */
export function ownDownloads({ downloads, folders }: Lists): DownloadRecord[] {
  const ofFolders = [...folders.values()];
  const all = [...downloads.values()];
  return ofFolders.length === 0 ? all : all.filter((one) => !ofFolders.some((folder) => isPartOf(one, folder)));
}

/** Every download that has a row of its own. */
export function allTransfers(lists: Lists): Transfer[] {
  return [...ownDownloads(lists), ...lists.folders.values()];
}
