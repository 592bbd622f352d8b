import { basename, join, relative, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ShoalError } from '../../protocol/index.js';
import type { FolderPolling, SharedFolderChanges } from '../api/results.js';
import type { SharedFolderRecord } from '../library/records/library-schema.js';
import { folderKey } from '../library/tables/folder-wishes.js';
import type { Walked } from '../selection/walk-folder.js';
import { FolderWatches } from '../shares/watch/folder-watches.js';
import { pollingOf, type Unwatched } from './folder-polling.js';
import { type Batch, WATCH_TIMES, WatchedFolder, type WatchTimes } from './watched-folder.js';

/** Interval between two checks whether the paths still lead to the watched folders. */
const CHECK_EVERY_MS = 2000;
/** Skipped files that an event lists. */
const MAX_SKIPPED = 100;

type FolderName = Pick<SharedFolderRecord, 'groupId' | 'folder'>;

/** Receives what happens to watched folders. */
export interface FolderNews {
  onShared(changes: SharedFolderChanges): void;
  onFailed(failed: FolderName & { readonly error: ShoalError }): void;
}

interface WatchedContext extends FolderNews {
  /** Whether a path is on a disk that may stop answering. It is polled. */
  isAway(path: string): boolean;
  /** Shares the folder again. @returns undefined if it is not to be watched any more */
  share(folder: WatchedFolder): Promise<Batch | undefined>;
}

/** What the latest walk through a watched folder found. */
interface Seen {
  readonly root: string;
  readonly folders: readonly string[];
  readonly leftOut: ReadonlySet<string>;
}

/** Shares watched folders again when something changes in them: one at a time, in batches. */
export class WatchedFolders {
  readonly #context: WatchedContext;
  readonly #times: WatchTimes;
  readonly #folders = new Map<string, WatchedFolder>();
  readonly #seen = new Map<WatchedFolder, Seen>();
  /** Folders on the disk that are seen and not watched. */
  readonly #unwatched = new Map<string, Unwatched>();
  /** The watched folders that each folder on the disk is a part of. */
  #parts = new Map<string, WatchedFolder[]>();
  readonly #watches: FolderWatches;
  readonly #stop = new AbortController();
  /** What the latest event of each folder listed as skipped. */
  readonly #told = new Map<WatchedFolder, string>();
  #turn: Promise<unknown> = Promise.resolve();
  #isChecking = false;

  constructor(context: WatchedContext, times: WatchTimes = WATCH_TIMES, maxFolders?: number) {
    this.#context = context;
    this.#times = times;
    const onFolder = (path: string) => this.#onFolder(path);
    const onFile = (path: string, name: string) => this.#onFile(path, name);
    this.#watches = new FolderWatches({ onFolder, onFile }, maxFolders);
  }

  problemOf(name: FolderName): ShoalError | undefined {
    return this.#folders.get(folderKey(name))?.problem;
  }

  /** How changes are noticed where the folder is not watched; undefined if all of it is watched, or was not seen yet. */
  pollingOf(name: FolderName): FolderPolling | undefined {
    const folder = this.#folders.get(folderKey(name));
    const seen = folder && this.#unwatched.size > 0 ? this.#seen.get(folder) : undefined;
    return pollingOf(seen?.folders.flatMap((path) => this.#unwatched.get(path) ?? []) ?? [], this.#times.pollMs);
  }

  /** Watches a folder from now on; it is shared again at once. @param walked what is in it, if that is known */
  add(name: FolderName, walked?: Walked): void {
    const known = this.#folders.get(folderKey(name));
    const folder =
      known ??
      new WatchedFolder(name, {
        times: this.#times,
        run: (one) => this.#inTurn(one),
        onBatch: (one, batch) => this.#onBatch(one, batch),
        onFailed: (one, error) => this.#context.onFailed({ groupId: one.groupId, folder: one.folder, error }),
      });
    this.#folders.set(folderKey(name), folder);
    if (walked) this.#see(folder, walked);
    folder.retry();
    if (!this.#isChecking) void this.#check();
  }

  remove(name: FolderName): void {
    const folder = this.#folders.get(folderKey(name));
    if (!folder) return;
    folder.close();
    this.#folders.delete(folderKey(name));
    this.#seen.delete(folder);
    this.#told.delete(folder);
    this.#watchAll();
  }

  close(): void {
    this.#stop.abort();
    for (const folder of this.#folders.values()) folder.close();
    this.#watches.close();
  }

  #inTurn(folder: WatchedFolder): Promise<Batch | undefined> {
    const mine = this.#turn.then(() => (folder.signal.aborted ? undefined : this.#context.share(folder)));
    this.#turn = mine.catch(() => {}); // the folder gets the error
    return mine;
  }

  #onBatch(folder: WatchedFolder, { result, walked }: Batch): boolean {
    const { groupId, folder: name } = folder;
    const { added, changed, removed, skipped } = result;
    const listed = skipped.slice(0, MAX_SKIPPED);
    const told = JSON.stringify(listed);
    const isNews = added + changed + removed > 0 || told !== (this.#told.get(folder) ?? '[]');
    this.#told.set(folder, told);
    if (isNews) this.#context.onShared({ groupId, folder: name, added, changed, removed, skipped: listed });
    this.#see(folder, walked);
    return walked.folders.every((path) => this.#watches.has(path));
  }

  #see(folder: WatchedFolder, { folders, leftOut }: Walked): void {
    const [root = ''] = folders;
    this.#seen.set(folder, { root, folders, leftOut });
    const isNew = this.#watchAll();
    if (folders.some((path) => isNew.has(path))) folder.noticed(); // for what happened before the watches began
  }

  /** Watches the folders that were seen, and no others. @returns those whose watches begin */
  #watchAll(): Set<string> {
    this.#parts = new Map();
    for (const [folder, { folders }] of this.#seen)
      for (const path of folders) this.#parts.set(path, [...(this.#parts.get(path) ?? []), folder]);
    this.#watches.retain(this.#parts);
    this.#unwatched.clear();
    const begun = new Set<string>();
    for (const path of this.#parts.keys()) {
      if (this.#watches.has(path)) continue;
      const why = this.#context.isAway(path) ? 'network-disk' : this.#watches.add(path);
      if (why) this.#unwatched.set(path, why);
      else begun.add(path);
    }
    return begun;
  }

  #onFolder(path: string): void {
    for (const folder of this.#parts.get(path) ?? []) folder.noticed();
  }

  #onFile(path: string, name: string): void {
    for (const folder of this.#parts.get(path) ?? []) {
      const seen = this.#seen.get(folder);
      const place = relative(seen?.root ?? '', join(path, name)).replaceAll(sep, '/');
      if (!seen?.leftOut.has(place) || basename(path) === name) folder.noticed();
    }
  }

  async #check(): Promise<void> {
    this.#isChecking = true;
    const { signal } = this.#stop;
    try {
      for (;;) {
        await sleep(CHECK_EVERY_MS, undefined, { signal, ref: false });
        await this.#watches.check();
      }
    } catch {
      // The session has ended.
    }
  }
}
