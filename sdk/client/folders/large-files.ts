import { join } from 'node:path';
import { decodeManifest, ShoalError } from '../../protocol/index.js';
import type { FileDownloads } from '../downloads/file-downloads.js';
import type { FileTransfer } from '../downloads/file-transfer.js';
import type { LibraryDownload, LibraryFolder } from '../local/library-schema.js';
import { findManifest } from '../session/find-manifest.js';
import type { ShareManager } from '../shares/share-manager.js';
import type { TransferManager } from '../transfers/transfer-manager.js';
import { termsOf } from '../transfers/transfer-terms.js';
import { throwIfAborted, untilAborted } from '../util/abort.js';
import type { FolderHandle } from './folder-handle.js';
import type { PlacedFile } from './folder-places.js';
import type { FolderProgressMeter } from './folder-progress.js';

/** Those under way, those that wait for a source included. */
const MAX_UNDER_WAY = 1000;

export interface LargeFilesParts {
  readonly manager: TransferManager;
  readonly shares: ShareManager;
  readonly downloads: FileDownloads;
  readonly record: LibraryFolder;
  readonly handle: FolderHandle;
  /** The folder's number in the engine in this try. */
  readonly engineId: number;
  readonly tally: FolderProgressMeter;
  /** Given when the folder stops. */
  readonly signal: AbortSignal;
  /** How many may be looked at, or bring something, now. */
  readonly partsAtOnce: () => number;
  /** Makes a file's folder; whether one of its size, and no unfinished one, stands in its place. @throws ShoalError what is in the way, or `ABORTED` */
  readonly place: (file: PlacedFile) => Promise<boolean>;
  readonly onProgress: () => void;
  /** One cannot be had; the others go on. */
  readonly onFailed: (file: PlacedFile, error: ShoalError) => void;
}

/**
 * A folder's files of more than one piece: its parts. Each is fetched like any file, but only the folder shows it. What is there of one when the folder
 * stops is in the library under the folder's id, and the next try takes it up.
 */
export class LargeFiles {
  readonly #parts: LargeFilesParts;
  readonly #underWay = new Set<FileTransfer>();
  /** What earlier tries left, by path. */
  readonly #left: ReadonlyMap<string, LibraryDownload>;
  /** Files that are not done, and have not failed; those of them that have no download yet. */
  #begun = 0;
  #looking = 0;
  #onRoom = () => {};

  constructor(parts: LargeFilesParts) {
    this.#parts = parts;
    const left = parts.manager.session.account.partsOf(parts.record.id);
    this.#left = new Map(left.map((record) => [record.finalPath, record]));
  }

  /** Whether the disk is asked for files that may be there. */
  get isLooking(): boolean {
    return this.#looking > 0;
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
    const busy = [...this.#underWay].filter(({ handle }) => handle.isActive && !handle.isIdle).length;
    return this.#looking + busy < this.#parts.partsAtOnce() && this.#begun < MAX_UNDER_WAY;
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
      tally.done(file.file.sizeBytes, false);
    } finally {
      handle.off('progress', onChange).off('state', onChange);
      tally.largeEnds(handle);
      if (!signal.aborted) await this.#drop(transfer); // else `stop` does
    }
  }

  /** Begins to fetch a file, or joins its user who fetches it to the same place. @throws ShoalError `ABORTED`, or the library's errors */
  async #begin({ file }: PlacedFile, path: string): Promise<FileTransfer> {
    const { downloads, record, handle, engineId, signal } = this.#parts;
    const { groupId, root, id, overwrite = false } = record;
    const own = downloads.find(groupId, file.fileName, path);
    if (own) {
      own.handle.resume();
      return own;
    }
    let left = this.#left.get(path);
    if (left && left.manifestId !== file.manifestId) {
      await downloads.forgetParts([left]); // of a file that was shared anew
      throwIfAborted(signal);
      left = undefined;
    }
    const whole = { id, engineId, root };
    const { sequential } = handle;
    return downloads.startPart({
      ...{ groupId, fileName: file.fileName, path, overwrite, sequential, whole },
      record: left,
    });
  }

  /** The folder goes on in another order. */
  setSequential(sequential: boolean): void {
    for (const part of this.#underWay) {
      if (!part.whole) continue;
      part.handle.onTerms({ ...termsOf(part.handle), sequential });
      part.pace();
    }
    this.#onRoom();
  }

  /** The folder stopped. What is there of its parts is kept. Never rejects. */
  async stop(): Promise<void> {
    await Promise.all(Array.from(this.#underWay, (transfer) => this.#drop(transfer)));
  }

  async #drop(transfer: FileTransfer): Promise<void> {
    this.#underWay.delete(transfer);
    if (transfer.whole) await this.#parts.manager.dropPart(transfer);
  }

  /** Whether the same file stands there already: it is served on from now. */
  async #isThere(file: PlacedFile, path: string): Promise<boolean> {
    const { manager, shares, record, signal } = this.#parts;
    const { session } = manager;
    if (!(await this.#parts.place(file))) return false;
    const { manifest } = await findManifest(session, record.groupId, file.file, signal);
    const { algorithm, id } = decodeManifest(manifest);
    const hashed = await session.hashes.manifest(path, algorithm, { signal });
    if (decodeManifest(hashed.manifest).id !== id) {
      if (record.overwrite) return false;
      throw new ShoalError(
        'DESTINATION_EXISTS',
        `${path} exists and has other content: move it away, or choose another destination.`,
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
