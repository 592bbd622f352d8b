import { nameKey } from '../../protocol/index.js';
import type { FileDownloads } from '../downloads/file-downloads.js';
import type { LibraryAccount } from '../library/library-account.js';
import type { TransferManager } from '../transfers/transfer-manager.js';
import type { FolderDownloads } from './folder-downloads.js';

/** After a sign-in: lists unfinished downloads, and resumes those that were not paused. */
export function restoreTransfers(manager: TransferManager, downloads: FileDownloads, folders: FolderDownloads): void {
  const { account } = manager.session;
  assignParts(account);
  manager.restore(
    account.transfers.map((record) => ('folder' in record ? folders.restored(record) : downloads.restored(record))),
  );
}

/**
 * Records of earlier versions contain only the path of the folder download. A file without a folder download becomes a
 * download of its own.
 */
function assignParts(account: LibraryAccount): void {
  const { folders } = account;
  for (const record of account.downloads) {
    if (record.root === undefined) continue;
    const whole = folders.find(
      ({ id, root, groupId }) =>
        id === record.parent ||
        (record.parent === undefined && root === record.root && nameKey(groupId) === nameKey(record.groupId)),
    );
    if (whole?.id !== record.parent) account.changeDownload(record, { parent: whole?.id });
  }
}
