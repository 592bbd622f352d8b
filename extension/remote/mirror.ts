import type * as z from 'zod';
import type { AGENT, DownloadRecord, ShareRecord, Status, UploadRecord } from '../agent/contract.js';
import { shareKey } from '../agent/records.js';

type Snapshot = z.infer<(typeof AGENT)['methods']['attach']['result']>;

/** What changed of a list. */
export interface ListChange {
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** What the agent said last. */
export class Mirror {
  #status: Status = {
    ...{ tracker: null, link: 'none', problem: null, userId: null },
    ...{ deviceId: null, fingerprint: null, listen: null, limits: null },
  };
  readonly downloads = new Map<string, DownloadRecord>();
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
  replace({ status, downloads, uploads, shares }: Snapshot): ListChange {
    this.status = status;
    this.uploads = uploads;
    this.shares.clear();
    for (const share of shares) this.shares.set(shareKey(share), share);
    const present = new Set(downloads.map((download) => download.id));
    const removed = [...this.downloads.keys()].filter((id) => !present.has(id));
    this.downloads.clear(); // so that they stand in the agent's order
    return this.changeDownloads(downloads, removed);
  }

  changeDownloads(changed: readonly DownloadRecord[], removed: readonly string[]): ListChange {
    for (const id of removed) this.downloads.delete(id);
    for (const download of changed) this.downloads.set(download.id, download);
    return { changed: changed.map((download) => download.id), removed };
  }

  changeShares(changed: readonly ShareRecord[], removed: readonly Pick<ShareRecord, 'groupId' | 'fileName'>[]): void {
    for (const share of removed) this.shares.delete(shareKey(share));
    for (const share of changed) this.shares.set(shareKey(share), share);
  }
}
