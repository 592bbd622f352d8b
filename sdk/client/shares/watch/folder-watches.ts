import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { errnoOf } from '../../../disk/index.js';
import { eachInLanes } from '../../../program/index.js';

/** Watched folders. The system has few watches for all programs; other folders are polled. */
const MAX_FOLDERS = 2048;
/** Pause after the system had no watch left. */
const EXHAUSTED_MS = 60_000;
/** Folders that a check looks at. */
const CHECKED = 500;
const AT_ONCE = 8;

/** Errors which show that the system has no watch or descriptor left. */
const EXHAUSTED: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EMFILE', 'ENFILE', 'ENOMEM']);

interface Watched {
  readonly watcher: FSWatcher;
  /** The folder at the path when the watch began; undefined: not known yet. */
  identity: string | undefined;
}

/** Why a folder is not watched: the bound of this class, or the system's. */
export type WatchRefusal = 'too-many-folders' | 'no-watch-left' | 'refused';

interface FoldersContext {
  /** Something happened to a file in a folder. */
  onFile(folder: string, name: string): void;
  /** Anything may have happened to the folder. */
  onFolder(folder: string): void;
}

/**
 * Watches folders, each with one watch of the system, however many files are in it. A watch follows the folder and not
 * its path, so that the paths are checked in turn as well.
 */
export class FolderWatches {
  readonly #context: FoldersContext;
  readonly #maxFolders: number;
  readonly #watched = new Map<string, Watched>();
  #exhaustedUntilMs = 0;
  #next = 0;

  constructor(context: FoldersContext, maxFolders = MAX_FOLDERS) {
    this.#context = context;
    this.#maxFolders = maxFolders;
  }

  has(folder: string): boolean {
    return this.#watched.has(folder);
  }

  /** Begins to watch a folder, if the bounds allow it. @returns why it is not watched; undefined if it is */
  add(folder: string): WatchRefusal | undefined {
    if (this.has(folder)) return undefined;
    if (this.#watched.size >= this.#maxFolders) return 'too-many-folders';
    if (performance.now() < this.#exhaustedUntilMs) return 'no-watch-left';
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => this.#onEvent(folder, name));
      const watched: Watched = { watcher, identity: undefined };
      this.#watched.set(folder, watched);
      watcher.on('error', (error) => {
        if (this.#watched.get(folder) === watched) this.#lose(folder, error);
      });
      void identityOf(folder).then((identity) => {
        watched.identity = identity;
      });
      return undefined;
    } catch (error) {
      return this.#refused(error); // a missing folder is looked for by whoever looks for its files
    }
  }

  /** Ends the watches of all other folders. */
  retain(folders: ReadonlyMap<string, unknown>): void {
    for (const folder of [...this.#watched.keys()]) if (!folders.has(folder)) this.#end(folder);
  }

  /** Looks in turn whether the paths still lead to the watched folders. */
  async check(): Promise<void> {
    const folders = [...this.#watched.keys()];
    if (this.#next >= folders.length) this.#next = 0;
    const some = folders.slice(this.#next, this.#next + CHECKED);
    this.#next += CHECKED;
    await eachInLanes(AT_ONCE, some, async (folder) => {
      const watched = this.#watched.get(folder);
      const identity = await identityOf(folder);
      if (!watched?.identity || this.#watched.get(folder) !== watched || watched.identity === identity) return;
      this.#end(folder);
      this.#context.onFolder(folder);
    });
  }

  close(): void {
    for (const folder of [...this.#watched.keys()]) this.#end(folder);
  }

  #onEvent(folder: string, name: string | null): void {
    if (!this.has(folder)) return;
    if (name === null || name === basename(folder)) this.#context.onFolder(folder);
    if (name !== null) this.#context.onFile(folder, name);
  }

  #lose(folder: string, error: unknown): void {
    this.#refused(error);
    this.#end(folder);
    this.#context.onFolder(folder);
  }

  #refused(error: unknown): WatchRefusal {
    if (!EXHAUSTED.has(errnoOf(error))) return 'refused';
    this.#exhaustedUntilMs = performance.now() + EXHAUSTED_MS;
    return 'no-watch-left';
  }

  #end(folder: string): void {
    this.#watched.get(folder)?.watcher.close();
    this.#watched.delete(folder);
  }
}

/** What distinguishes the folder at a path from others. */
async function identityOf(folder: string): Promise<string> {
  return stat(folder, { bigint: true }).then(
    ({ dev, ino }) => `${dev} ${ino}`,
    (error: unknown) => errnoOf(error) ?? 'unknown',
  );
}
