import type * as z from 'zod';
import type {
  AGENT,
  DownloadRecord,
  FolderRecord,
  SharedFolderRecord,
  ShareRecord,
  Status,
  UploadRecord,
} from '../contract/contract.js';
import { shareKey } from '../contract/records.js';

type Snapshot = z.infer<(typeof AGENT)['methods']['attach']['result']>;

/** A change of a list. */
export interface ListChange {
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** The changes of all lists of downloads. */
export interface Changes {
  readonly downloads: ListChange;
  readonly folders: ListChange;
  readonly sharedFolders: readonly SharedFolderRecord[];
}

/** The last known state of the agent. */
export class Mirror {
  #status: Status = {
    ...{ tracker: null, link: 'none', problem: null, userId: null },
    ...{ deviceId: null, fingerprint: null, listen: null, limits: null, keptVersions: null, awaySinceMs: null },
    ...{ reach: null, nodes: [] },
  };
  readonly downloads = new Map<string, DownloadRecord>();
  readonly folders = new Map<string, FolderRecord>();
  readonly shares = new Map<string, ShareRecord>();
  uploads: readonly UploadRecord[] = [];
  sharedFolders: readonly SharedFolderRecord[] = [];

  get status(): Status {
    return this.#status;
  }

  /** A new agent resumes the session first: until then, the earlier user stays signed in. */
  set status(status: Status) {
    const { userId, tracker } = this.#status;
    const isTakenUp = status.link === 'connecting' && status.userId === null && status.tracker === tracker;
    this.#status = isTakenUp ? { ...status, userId } : status;
  }

  /** Replaces the whole state, for example after a restart of the agent. */
  replace({ status, downloads, folders, uploads, shares, sharedFolders }: Snapshot): Changes {
    this.status = status;
    this.uploads = uploads;
    this.shares.clear();
    for (const share of shares) this.shares.set(shareKey(share), share);
    const removed = clear(this.downloads, downloads);
    const removedFolders = clear(this.folders, folders);
    return {
      downloads: this.changeDownloads(downloads, removed),
      folders: this.changeFolders(folders, removedFolders),
      sharedFolders: this.changeSharedFolders(sharedFolders),
    };
  }

  changeDownloads(changed: readonly DownloadRecord[], removed: readonly string[]): ListChange {
    for (const id of removed) this.downloads.delete(id);
    for (const download of changed) this.downloads.set(download.id, download);
    return { changed: changed.map((download) => download.id), removed };
  }

  changeFolders(changed: readonly FolderRecord[], removed: readonly string[]): ListChange {
    for (const id of removed) this.folders.delete(id);
    for (const folder of changed) {
      const known = this.folders.get(folder.id);
      const { failures = known?.failures ?? [], kept = known?.kept ?? [] } = folder;
      this.folders.set(folder.id, { ...folder, failures, kept });
    }
    return { changed: changed.map((folder) => folder.id), removed };
  }

  /** The folders that are shared or watched otherwise than before. */
  changeSharedFolders(folders: readonly SharedFolderRecord[]): SharedFolderRecord[] {
    const textOf = (folder: SharedFolderRecord) => JSON.stringify(folder);
    const [before, after] = [this.sharedFolders, folders].map((some) => new Set(some.map(textOf)));
    const changed = [
      ...folders.filter((one) => !before?.has(textOf(one))),
      ...this.sharedFolders.filter((one) => !after?.has(textOf(one))),
    ];
    this.sharedFolders = folders;
    return changed;
  }

  /** The folder of this name in a group, if the user shares it as a whole. */
  sharedFolder(groupId: string, folder: string): SharedFolderRecord | undefined {
    return this.sharedFolders.find((one) => one.groupId === groupId && one.folder === folder);
  }

  /** Marks ends as reported, before the agent's own event. */
  told(ids: readonly string[]): void {
    for (const id of ids) {
      const [download, folder] = [this.downloads.get(id), this.folders.get(id)];
      if (download) this.downloads.set(id, { ...download, awaited: false });
      if (folder) this.folders.set(id, { ...folder, awaited: false });
    }
  }

  changeShares(changed: readonly ShareRecord[], removed: readonly Pick<ShareRecord, 'groupId' | 'fileName'>[]): void {
    for (const share of removed) this.shares.delete(shareKey(share));
    for (const share of changed) this.shares.set(shareKey(share), share);
  }
}

/** Empties a list, so that its new items are in the agent's order. Returns the removed ones. */
function clear(list: Map<string, unknown>, coming: readonly { readonly id: string }[]): string[] {
  const present = new Set(coming.map(({ id }) => id));
  const removed = [...list.keys()].filter((id) => !present.has(id));
  list.clear();
  return removed;
}
