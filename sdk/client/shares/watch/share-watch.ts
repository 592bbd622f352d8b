import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eachInLanes } from '../../../program/index.js';
import { FolderWatches } from './folder-watches.js';
import { QuietShares } from './quiet-shares.js';
import { SharePlaces, type WithFile } from './share-places.js';

/** Interval between two looks, and the number of shares in each: with and without a watch. More are examined in turn. */
const LOOK_EVERY_MS = 2000;
const LOOKED_AT = 200;
const AT_ONCE = 8;
/** Folders whose watches begin without a pause of the event loop. */
const BEGUN_AT_ONCE = 50;

interface WatchContext<T> {
  shares(): readonly T[];
  /** Whether a file is on a disk that may stop answering. Such a disk is polled, and its silence delays nothing else. */
  isAway(path: string): boolean;
  /** Whether the file of a share is no longer as it was found last. */
  differs(share: T): Promise<boolean>;
  /** The files of these shares are to be examined. */
  onChanged(shares: readonly T[]): void;
}

interface WatchTimes {
  readonly lookEveryMs?: number;
  readonly maxFolders?: number;
}

/**
 * Notices what happens to the files of shares: by watches of their folders, and by looking at all of them in turn. The
 * looks find what watches do not tell, such as a disk that is unplugged, and everything on network disks.
 */
export class ShareWatch<T extends WithFile> {
  readonly #context: WatchContext<T>;
  readonly #lookEveryMs: number;
  readonly #stop = new AbortController();
  readonly #places = new SharePlaces<T>();
  readonly #folders: FolderWatches;
  readonly #quiet: QuietShares<T>;
  readonly #next = { watched: 0, unwatched: 0 };
  #looksAway = false;

  constructor(context: WatchContext<T>, times: WatchTimes = {}) {
    this.#context = context;
    this.#lookEveryMs = times.lookEveryMs ?? LOOK_EVERY_MS;
    this.#quiet = new QuietShares<T>((shares) => context.onChanged(shares));
    const onFolder = (folder: string) => {
      for (const share of this.#places.in(folder)) this.#quiet.add(share);
    };
    const onFile = (folder: string, name: string) => {
      for (const share of this.#places.at(folder, name)) this.#quiet.add(share);
    };
    this.#folders = new FolderWatches({ onFolder, onFile }, times.maxFolders);
    void this.#run();
  }

  /** Something happened to the file of a share. */
  noticed(share: T): void {
    if (!this.#stop.signal.aborted) this.#quiet.add(share);
  }

  /** A share has another path. */
  onMoved(): void {
    this.#places.renew();
  }

  close(): void {
    this.#stop.abort();
    this.#quiet.close();
    this.#folders.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    try {
      for (;;) {
        await this.#watchAll();
        await this.#folders.check();
        signal.throwIfAborted();
        await this.#lookInTurn('unwatched', (share) => !this.#isWatched(share));
        await this.#lookInTurn('watched', (share) => this.#isWatched(share));
        await sleep(this.#lookEveryMs, undefined, { signal, ref: false });
      }
    } catch {
      // The watch is closed.
    }
  }

  /** Watches the folders of the current shares, and no others. */
  async #watchAll(): Promise<void> {
    const isOther = await this.#places.update(this.#context.shares());
    const { folders } = this.#places;
    if (isOther) this.#folders.retain(folders);
    let begun = 0;
    for (const folder of folders.keys()) {
      if (this.#stop.signal.aborted) return;
      if (this.#folders.has(folder) || this.#context.isAway(folder)) continue;
      this.#folders.add(folder);
      if (++begun % BEGUN_AT_ONCE === 0) await sleep(0);
    }
  }

  #isWatched({ path }: T): boolean {
    return this.#folders.has(dirname(path));
  }

  /**
   * Examines the next shares of one kind. If some differ, it continues with the ones that follow, because the files of a
   * folder often change together.
   */
  async #lookInTurn(kind: 'watched' | 'unwatched', isMeant: (share: T) => boolean): Promise<void> {
    const shares = this.#context.shares();
    for (let left = shares.length; left > 0 && !this.#stop.signal.aborted; ) {
      const some: T[] = [];
      for (; left > 0 && some.length < LOOKED_AT; left--) {
        if (this.#next[kind] >= shares.length) this.#next[kind] = 0;
        const share = shares[this.#next[kind]++];
        if (share && isMeant(share)) some.push(share);
      }
      if (!(await this.#look(some))) return;
    }
  }

  /** @returns whether any of the shares differs */
  async #look(shares: readonly T[]): Promise<boolean> {
    const [near, away]: [T[], T[]] = [[], []];
    for (const share of shares) (this.#context.isAway(share.path) ? away : near).push(share);
    if (away.length > 0 && !this.#looksAway) {
      this.#looksAway = true;
      void this.#lookAt(away).finally(() => {
        this.#looksAway = false;
      });
    }
    return this.#lookAt(near);
  }

  async #lookAt(shares: readonly T[]): Promise<boolean> {
    let differ = false;
    const lookAtOne = async (share: T) => {
      if (!(await this.#context.differs(share))) return;
      differ = true;
      this.noticed(share);
    };
    await eachInLanes(AT_ONCE, shares, lookAtOne, this.#stop.signal);
    return differ;
  }
}
