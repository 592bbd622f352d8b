import { join } from 'node:path';
import { decodeManifest, ShoalError } from '../../protocol/index.js';
import type { FileDownloads } from '../downloads/file-downloads.js';
import type { FileTransfer } from '../downloads/file-transfer.js';
import type { LibraryDownload, LibraryFolder } from '../library/records/library-schema.js';
import { findManifest } from '../session/find-manifest.js';
import type { ShareManager } from '../shares/share-manager.js';
import type { TransferManager } from '../transfers/transfer-manager.js';
import { termsOf } from '../transfers/transfer-terms.js';
import { throwIfAborted, untilAborted } from '../util/abort.js';
import type { FolderHandle } from './folder-handle.js';
import type { WantedFile } from './folder-look.js';
import type { FolderProgressMeter } from './folder-progress.js';

/** Maximum number of unfinished large files, including those that wait for a source. */
const MAX_UNDER_WAY = 1000;

export interface LargeFilesParts {
  readonly manager: TransferManager;
  readonly shares: ShareManager;
  readonly downloads: FileDownloads;
  readonly record: LibraryFolder;
  readonly handle: FolderHandle;
  /** The id of the folder's current run in the engine. */
  readonly engineId: number;
  readonly tally: FolderProgressMeter;
  /** Aborted when the folder stops. */
  readonly signal: AbortSignal;
  /** Number of large files that may be examined or downloaded in parallel. */
  readonly partsAtOnce: () => number;
  /**
   * Creates the parent folder of a file. Returns whether a complete file of its size already exists there. @throws
   * ShoalError if the path is blocked, or `ABORTED`
   */
  readonly place: (file: WantedFile) => Promise<boolean>;
  /**
   * Another file stands at the path: reports that. @returns the file with the stamp of the older version that it may replace,
   * or undefined if nothing may be replaced
   */
  readonly onBlocked: (file: WantedFile, error: ShoalError) => Promise<WantedFile | undefined>;
  /** A file is complete. `isFetched`: it was not there before. */
  readonly onDone: (file: WantedFile, isFetched: boolean) => void;
  readonly onProgress: () => void;
  /** A file has failed; the others continue. */
  readonly onFailed: (file: WantedFile, error: ShoalError) => void;
}

/**
 * The files of a folder with more than one piece: its parts. Each is an ordinary download, but only the folder is
 * visible to the application. When the folder stops, the library keeps their records under the folder's id, and the
 * next run resumes them.
 */
export class LargeFiles {
  readonly #parts: LargeFilesParts;
  readonly #underWay = new Set<FileTransfer>();
  /** Records of earlier runs, by path. */
  readonly #left: ReadonlyMap<string, LibraryDownload>;
  /** Number of files in progress, and how many of them are still examined on the disk. */
  #begun = 0;
  #looking = 0;
  #onRoom = () => {};

  constructor(parts: LargeFilesParts) {
    this.#parts = parts;
    const left = parts.manager.session.account.partsOf(parts.record.id);
    this.#left = new Map(left.map((record) => [record.finalPath, record]));
  }

  /** Whether existing files are being examined. */
  get isLooking(): boolean {
    return this.#looking > 0;
  }

  /** The path of a file of the folder. */
  pathOf({ segments }: WantedFile): string {
    return join(this.#parts.record.root, ...segments);
  }

  /**
   * Downloads the files, or finds them on the disk, some in parallel. A file that waits for a source does not block
   * others. @throws ShoalError `ABORTED`
   */
  async fetchAll(files: readonly WantedFile[]): Promise<void> {
    const ended: Promise<void>[] = [];
    // Files with a source come first: many files without one would block all others.
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
    const busy = [...this.#underWay].filter(({ handle }) => handle.isActive && !handle.isIdle).length;
    return this.#looking + busy < this.#parts.partsAtOnce() && this.#begun < MAX_UNDER_WAY;
  }

  async #fetchOne(file: WantedFile): Promise<void> {
    this.#begun++;
    try {
      await this.#fetchOver(file);
    } catch (error) {
      if (!this.#parts.signal.aborted) this.#parts.onFailed(file, ShoalError.from(error, 'DISK_ERROR'));
    } finally {
      this.#begun--;
      this.#onRoom();
      this.#parts.onProgress();
    }
  }

  /** Downloads a file. If an older version is in its place, replaces that. */
  async #fetchOver(file: WantedFile): Promise<void> {
    try {
      await this.#fetch(file);
    } catch (thrown) {
      const error = ShoalError.from(thrown, 'DISK_ERROR');
      if (error.code !== 'DESTINATION_EXISTS' || this.#parts.signal.aborted) throw error;
      const again = await this.#parts.onBlocked(file, error);
      if (again) await this.#fetchOver(again);
    }
  }

  /** Downloads a file, or finds it on the disk. @throws ShoalError if it is unavailable, or `ABORTED` */
  async #fetch(file: WantedFile): Promise<void> {
    const { tally, signal } = this.#parts;
    const path = this.pathOf(file);
    this.#looking++;
    const isThere = await this.#isThere(file, path).finally(() => this.#looking--);
    if (isThere) {
      this.#parts.onDone(file, false);
      return;
    }
    throwIfAborted(signal);
    const transfer = await this.#begin(file, path);
    const { handle } = transfer;
    const onChange = () => {
      this.#onRoom();
      this.#parts.onProgress();
    };
    this.#underWay.add(transfer);
    tally.largeBegins(handle);
    handle.on('progress', onChange).on('state', onChange);
    try {
      await untilAborted(handle.done, signal);
      this.#parts.onDone(file, true);
    } finally {
      handle.off('progress', onChange).off('state', onChange);
      tally.largeEnds(handle);
      if (!signal.aborted) await this.#drop(transfer); // otherwise `stop` does
    }
  }

  /**
   * Starts the download of a file, or joins the user's own download of it to the same path. @throws ShoalError
   * `ABORTED`, or the library's errors
   */
  async #begin({ file, replaces }: WantedFile, path: string): Promise<FileTransfer> {
    const { downloads, record, handle, engineId, signal } = this.#parts;
    const { groupId, root, id, overwrite = false } = record;
    const own = downloads.find(groupId, file.fileName, path);
    if (own) {
      own.handle.resume();
      return own;
    }
    let left = this.#left.get(path);
    if (left && left.manifestId !== file.manifestId) {
      await downloads.forgetParts([left]); // it has older content
      throwIfAborted(signal);
      left = undefined;
    }
    const whole = { id, engineId, root };
    const { sequential } = handle;
    return downloads.startPart({
      ...{ groupId, fileName: file.fileName, path, overwrite, replaces, sequential, whole },
      record: left,
    });
  }

  /** The order of the folder's download changed. */
  setSequential(sequential: boolean): void {
    for (const part of this.#underWay) {
      if (!part.whole) continue;
      part.handle.onTerms({ ...termsOf(part.handle), sequential });
      part.pace();
    }
    this.#onRoom();
  }

  /** Stops all parts, and keeps their data. Never rejects. */
  async stop(): Promise<void> {
    await Promise.all(Array.from(this.#underWay, (transfer) => this.#drop(transfer)));
  }

  async #drop(transfer: FileTransfer): Promise<void> {
    this.#underWay.delete(transfer);
    if (transfer.whole) await this.#parts.manager.dropPart(transfer);
  }

  /** Whether the file already exists with the same content. It is then shared. */
  async #isThere(file: WantedFile, path: string): Promise<boolean> {
    const { manager, shares, record, signal } = this.#parts;
    const { session } = manager;
    if (!(await this.#parts.place(file))) return false;
    const { manifest } = await findManifest(session, record.groupId, file.file, signal);
    const { algorithm, id } = decodeManifest(manifest);
    const hashed = await session.hashes.manifest(path, algorithm, { signal });
    if (decodeManifest(hashed.manifest).id !== id) {
      if (record.overwrite || file.replaces) return false;
      throw new ShoalError(
        'DESTINATION_EXISTS',
        `${path} exists and has other content: move it away, or choose another destination.`,
      );
    }
    const { groupId } = record;
    const { fileName, version } = file.file;
    await shares.keep([{ groupId, fileName, path, manifest, stamp: hashed.stamp, version }]);
    return true;
  }
}

/** Whether the file has a complete source. */
function isOffered({ file }: WantedFile): boolean {
  return file.completeSources > 0;
}
