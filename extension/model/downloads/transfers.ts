import type { DownloadRecord, FolderRecord } from '../../contract/contract.js';

/** A download from the user's view: of a file, or of a folder as one. */
export type Transfer = DownloadRecord | FolderRecord;

interface Lists {
  readonly downloads: ReadonlyMap<string, DownloadRecord>;
  readonly folders: ReadonlyMap<string, FolderRecord>;
}

export function isFolderTransfer(transfer: Transfer): transfer is FolderRecord {
  return 'folder' in transfer;
}

/** Its name in the group. */
export function nameOf(transfer: Transfer): string {
  return isFolderTransfer(transfer) ? transfer.folder : transfer.fileName;
}

/** Every download, files before folders. */
export function allTransfers({ downloads, folders }: Lists): Transfer[] {
  return [...downloads.values(), ...folders.values()];
}
