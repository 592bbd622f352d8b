import { nameKey } from '../../../protocol/index.js';
import type { Batch, Change } from '../records/library-schema.js';
import { keptKey, shareKey } from '../records/library-share.js';
import { folderKey } from '../tables/folder-wishes.js';

interface Pending {
  readonly account: string;
  readonly change: Change;
}

/** Changes, by the record that they affect. */
export type Changes = ReadonlyMap<string, Pending>;

/** Changes to write: the last one of each record. */
export class PendingChanges {
  #changes = new Map<string, Pending>();

  get isEmpty(): boolean {
    return this.#changes.size === 0;
  }

  add(account: string, change: Change): void {
    this.#changes.set(`${account}\n${subjectOf(change)}`, { account, change });
  }

  take(): Changes {
    const taken = this.#changes;
    this.#changes = new Map();
    return taken;
  }

  /** Restores changes that could not be written. Later changes override them. */
  putBack(taken: Changes): void {
    this.#changes = new Map([...taken, ...this.#changes]);
  }
}

export function batchOf(changes: Changes): Batch {
  const accounts = new Map<string, Change[]>();
  for (const { account, change } of changes.values()) {
    const known = accounts.get(account);
    if (known) known.push(change);
    else accounts.set(account, [change]);
  }
  return [...accounts];
}

function subjectOf(change: Change): string {
  switch (change.type) {
    case 'share':
      return `share ${shareKey(change.share)}`;
    case 'noShare':
      return `share ${shareKey(change)}`;
    case 'download':
      return `download ${change.download.id}`;
    case 'noDownload':
      return `download ${change.id}`;
    case 'folder':
      return `folder ${change.folder.id}`;
    case 'noFolder':
      return `folder ${change.id}`;
    case 'leftGroup':
      return `left ${nameKey(change.group.groupId)}`;
    case 'notLeft':
      return `left ${nameKey(change.groupId)}`;
    case 'kept':
      return `kept ${keptKey(change.kept)}`;
    case 'notKept':
      return `kept ${keptKey(change)}`;
    case 'sharedFolder':
      return `shared folder ${folderKey(change.record)}`;
    case 'noSharedFolder':
      return `shared folder ${folderKey(change)}`;
    case 'removedFile':
      return `removed ${nameKey(change.file.groupId)}\n${change.file.path}`;
    case 'noRemovedFile':
      return `removed ${nameKey(change.groupId)}\n${change.path}`;
    case 'olderFile':
      return `older ${keptKey(change.file)}`;
    case 'noOlderFile':
      return `older ${keptKey(change)}`;
    case 'complete':
      return change.type;
  }
}

/** The record that a change adds. */
export function recordOf(change: Change): object | undefined {
  if (change.type === 'share') return change.share;
  if (change.type === 'download') return change.download;
  if (change.type === 'leftGroup') return change.group;
  if (change.type === 'kept') return change.kept;
  if (change.type === 'sharedFolder') return change.record;
  if (change.type === 'removedFile' || change.type === 'olderFile') return change.file;
  return change.type === 'folder' ? change.folder : undefined;
}
