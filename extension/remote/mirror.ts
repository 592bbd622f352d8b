import type * as z from 'zod';
import type { AGENT, DownloadRecord, FolderRecord, ShareRecord, Status, UploadRecord } from '../contract/contract.js';
import { shareKey } from '../contract/records.js';

type Snapshot = z.infer<(typeof AGENT)['methods']['attach']['result']>;

/** What changed of a list. */
export interface ListChange {
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** What changed of all lists of downloads. */
export interface Changes {
  readonly downloads: ListChange;
  readonly folders: ListChange;
}

/** What the agent said last. */
export class Mirror {
  #status: Status = {
    ...{ tracker: null, link: 'none', problem: null, userId: null },
    ...{ deviceId: null, fingerprint: null, listen: null, limits: null, awaySinceMs: null },
  };
  readonly downloads = new Map<string, DownloadRecord>();
  readonly folders = new Map<string, FolderRecord>();
  readonly shares = new Map<string, ShareRecord>();
  uploads: readonly UploadRecord[] = [];

  get status(): Status {
    return this.#status;
  }

  /** An agent that has just started takes up the session first: until it has, whoever was signed in still is. */
  set status(status: Status) {
    const { userId, tracker } = this.#status;
    const isTakenUp = status.link === 'connecting' && status.userId === null && status.tracker === tracker;
    this.#status = isTakenUp ? { ...status, userId } : status;
  }

  /** Takes everything anew, as after the agent's start. */
  replace({ status, downloads, folders, uploads, shares }: Snapshot): Changes {
    this.status = status;
    this.uploads = uploads;
    this.shares.clear();
    for (const share of shares) this.shares.set(shareKey(share), share);
    const removed = clear(this.downloads, downloads);
    const removedFolders = clear(this.folders, folders);
    return {
      downloads: this.changeDownloads(downloads, removed),
      folders: this.changeFolders(folders, removedFolders),
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
      const failures = folder.failures ?? this.folders.get(folder.id)?.failures ?? [];
      this.folders.set(folder.id, { ...folder, failures });
    }
    return { changed: changed.map((folder) => folder.id), removed };
  }

  /** The ends of these are told: what an answer says is so before the agent's own word. */
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

/** Empties a list, so that what comes stands in the agent's order; what will not be in it again. */
function clear(list: Map<string, unknown>, coming: readonly { readonly id: string }[]): string[] {
  const present = new Set(coming.map(({ id }) => id));
  const removed = [...list.keys()].filter((id) => !present.has(id));
  list.clear();
  return removed;
}
