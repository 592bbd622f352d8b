import { join } from 'node:path';
import { decodeManifest, ShoalError } from '../../protocol/index.js';
import type { DownloadHandle } from '../downloads/download-handle.js';
import type { DownloadManager } from '../downloads/download-manager.js';
import type { LibraryFolder } from '../local/library-schema.js';
import { findManifest } from '../session/find-manifest.js';
import type { Session } from '../session/session.js';
import type { ShareManager } from '../shares/share-manager.js';
import { throwIfAborted, untilAborted } from '../util/abort.js';
import type { PlacedFile } from './folder-places.js';
import type { FolderProgressMeter } from './folder-progress.js';

/** Large files that something comes of, or that are looked at. */
const AT_ONCE = 4;
/** Those that wait for a source included: each is listed as a download. */
const MAX_UNDER_WAY = 1000;

export interface LargeFilesParts {
  readonly session: Session;
  readonly shares: ShareManager;
  readonly downloads: DownloadManager;
  readonly record: LibraryFolder;
  readonly tally: FolderProgressMeter;
  /** Given when the folder stops. */
  readonly signal: AbortSignal;
  /** Makes a file's folder; whether one of its size, and no unfinished one, stands in its place. @throws ShoalError what is in the way, or `ABORTED` */
  readonly place: (file: PlacedFile) => Promise<boolean>;
  readonly onProgress: () => void;
  /** One cannot be had; the others go on. */
  readonly onFailed: (file: PlacedFile, error: ShoalError) => void;
}

/** A folder's files of more than one piece: each is a download of its own, which is taken up like any other after a restart. */
export class LargeFiles {
  readonly #parts: LargeFilesParts;
  readonly #underWay = new Set<DownloadHandle>();
  /** Files that are not done, and have not failed; those of them that have no download yet. */
  #begun = 0;
  #looking = 0;
  #onRoom = () => {};
  readonly #givenUp = new AbortController();

  constructor(parts: LargeFilesParts) {
    this.#parts = parts;
  }

  /** Where a file of the folder is to stand. */
  pathOf({ segments }: PlacedFile): string {
    return join(this.#parts.record.root, ...segments);
  }

  /** Fetches files, or finds them there: some at a time, but one that waits for a source holds no other up. @throws ShoalError `ABORTED` */
  async fetchAll(files: readonly PlacedFile[]): Promise<void> {
    const ended: Promise<void>[] = [];
    // Else those that nobody has, were they enough, would keep all others waiting.
    for (const file of [...files.filter(isOffered), ...files.filter((one) => !isOffered(one))]) {
      while (!this.#hasRoom)
        await untilAborted(new Promise<void>((resolve) => (this.#onRoom = resolve)), this.#parts.signal);
      throwIfAborted(this.#parts.signal);
      ended.push(this.#fetchOne(file));
    }
    await Promise.all(ended);
    throwIfAborted(this.#parts.signal);
  }

  get #hasRoom(): boolean {
    const busy = [...this.#underWay].filter(({ isActive, isIdle }) => isActive && !isIdle).length;
    return this.#looking + busy < AT_ONCE && this.#begun < MAX_UNDER_WAY;
  }

  async #fetchOne(file: PlacedFile): Promise<void> {
    this.#begun++;
    try {
      await this.#fetch(file);
    } catch (error) {
      if (!this.#parts.signal.aborted) this.#parts.onFailed(file, ShoalError.from(error, 'DISK_ERROR'));
    } finally {
      this.#begun--;
      this.#onRoom();
      this.#parts.onProgress();
    }
  }

  /** Fetches one, or finds it there. @throws ShoalError why it cannot be had, or `ABORTED` */
  async #fetch(file: PlacedFile): Promise<void> {
    const { tally, signal } = this.#parts;
    const path = this.pathOf(file);
    this.#looking++;
    const isThere = await this.#isThere(file, path).finally(() => this.#looking--);
    if (isThere) {
      tally.done(file.file.sizeBytes, false);
      return;
    }
    throwIfAborted(signal);
    const { groupId, root, overwrite = false } = this.#parts.record;
    const options = { signal: this.#givenUp.signal, root, overwrite };
    const download = this.#parts.downloads.start(groupId, file.file.fileName, path, options);
    const onChange = () => {
      this.#onRoom();
      this.#parts.onProgress();
    };
    this.#underWay.add(download);
    tally.largeBegins(download);
    download.on('progress', onChange).on('state', onChange);
    try {
      await untilAborted(download.done, signal);
      this.#underWay.delete(download);
      tally.done(file.file.sizeBytes, false);
    } finally {
      download.off('progress', onChange).off('state', onChange);
      tally.largeEnds(download);
    }
  }

  async pause(): Promise<void> {
    await Promise.all(Array.from(this.#underWay, (download) => download.pause()));
  }

  /** Ends those under way, and removes what is there of them. */
  async cancel(): Promise<void> {
    await Promise.all(Array.from(this.#underWay, (download) => download.cancel()));
  }

  /** Ends those under way; what is there of them is kept. */
  giveUp(): void {
    this.#givenUp.abort();
  }

  /** Whether the same file stands there already: it is served on from now. */
  async #isThere(file: PlacedFile, path: string): Promise<boolean> {
    const { session, shares, record, signal } = this.#parts;
    if (!(await this.#parts.place(file))) return false;
    const { manifest } = await findManifest(session, record.groupId, file.file, signal);
    const { algorithm, id } = decodeManifest(manifest);
    const hashed = await session.hashes.manifest(path, algorithm, { signal });
    if (decodeManifest(hashed.manifest).id !== id) {
      if (record.overwrite) return false;
      throw new ShoalError(
        'DESTINATION_EXISTS',
        `${path} is there already, and is another file: move it away, or choose another place.`,
      );
    }
    const { groupId } = record;
    await shares.keep([{ groupId, fileName: file.file.fileName, path, manifest, stamp: hashed.stamp }]);
    return true;
  }
}

/** Whether somebody who has all of it is there. */
function isOffered({ file }: PlacedFile): boolean {
  return file.completeSources > 0;
}
