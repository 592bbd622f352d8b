import type { AccountContext } from './account-context.js';
import { Completeness } from './completeness.js';
import { FolderWishes } from './folder-wishes.js';
import { KeptRecords } from './kept-records.js';
import { LeftGroups } from './left-groups.js';
import type { Change } from './library-schema.js';
import { ManifestUses } from './manifest-uses.js';
import { OlderFiles } from './older-files.js';
import { RemovedFiles } from './removed-files.js';

/** A change of a share or a download. */
export type MainChange = Change & {
  readonly type: 'share' | 'noShare' | 'download' | 'noDownload' | 'folder' | 'noFolder';
};

/** The records of an account beside shares and downloads. */
export class AccountTables {
  readonly leftGroups: LeftGroups;
  readonly kept: KeptRecords;
  readonly olderFiles: OlderFiles;
  readonly completeness: Completeness;
  readonly sharedFolders: FolderWishes;
  readonly removedFiles: RemovedFiles;
  protected readonly manifests: ManifestUses = new ManifestUses();

  constructor(context: AccountContext) {
    this.completeness = new Completeness(context);
    this.leftGroups = new LeftGroups(context);
    this.sharedFolders = new FolderWishes(context);
    this.kept = new KeptRecords(context, this.manifests);
    this.olderFiles = new OlderFiles(context, this.manifests);
    this.removedFiles = new RemovedFiles(context);
  }

  protected applyToTables(change: Exclude<Change, MainChange>): void {
    switch (change.type) {
      case 'sharedFolder':
      case 'noSharedFolder':
        this.sharedFolders.apply(change);
        return;
      case 'leftGroup':
      case 'notLeft':
        this.leftGroups.apply(change);
        return;
      case 'kept':
      case 'notKept':
        this.kept.apply(change);
        return;
      case 'olderFile':
      case 'noOlderFile':
        this.olderFiles.apply(change);
        return;
      case 'removedFile':
      case 'noRemovedFile':
        this.removedFiles.apply(change);
        return;
      case 'complete':
        this.completeness.apply();
    }
  }
}
