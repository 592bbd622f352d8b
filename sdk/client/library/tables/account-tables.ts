import type { Change } from '../records/library-schema.js';
import type { AccountContext } from './account-context.js';
import { Completeness } from './completeness.js';
import { FolderWishes } from './folder-wishes.js';
import { KeptRecords } from './kept-records.js';
import { LeftGroups } from './left-groups.js';
import { ManifestUses } from './manifest-uses.js';
import { OlderFiles } from './older-files.js';
import { RemovedFiles } from './removed-files.js';

/** A change of a share or a download. */
type MainChange = Change & {
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

  /** Applies a change of one of these tables. @returns any other change */
  protected applyToTables(change: Change): MainChange | undefined {
    switch (change.type) {
      case 'sharedFolder':
      case 'noSharedFolder':
        this.sharedFolders.apply(change);
        return undefined;
      case 'leftGroup':
      case 'notLeft':
        this.leftGroups.apply(change);
        return undefined;
      case 'kept':
      case 'notKept':
        this.kept.apply(change);
        return undefined;
      case 'olderFile':
      case 'noOlderFile':
        this.olderFiles.apply(change);
        return undefined;
      case 'removedFile':
      case 'noRemovedFile':
        this.removedFiles.apply(change);
        return undefined;
      case 'complete':
        this.completeness.apply();
        return undefined;
      case 'share':
      case 'noShare':
      case 'download':
      case 'noDownload':
      case 'folder':
      case 'noFolder':
        return change;
    }
  }
}
