import type { LibraryAccount } from './library-account.js';
import type { Change } from './records/library-schema.js';

/** All records of an account, as changes that add them. */
export function accountRecords(account: LibraryAccount): Change[] {
  return [
    ...[...account.shares, ...account.endedShares].map((share): Change => ({ type: 'share', share })),
    ...account.downloads.map((download): Change => ({ type: 'download', download })),
    ...account.folders.map((folder): Change => ({ type: 'folder', folder })),
    ...account.leftGroups.list.map((group): Change => ({ type: 'leftGroup', group })),
    ...account.kept.list.map((kept): Change => ({ type: 'kept', kept })),
    ...account.sharedFolders.list.map((record): Change => ({ type: 'sharedFolder', record })),
    ...account.removedFiles.list.map((file): Change => ({ type: 'removedFile', file })),
    ...account.olderFiles.list.map((file): Change => ({ type: 'olderFile', file })),
    ...(account.completeness.isComplete ? [{ type: 'complete' } as const] : []),
  ];
}
