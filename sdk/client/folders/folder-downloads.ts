import { randomUUID } from 'node:crypto';
import type { EngineEvent } from '../../engine/index.js';
import { parseFilePath, ShoalError } from '../../protocol/index.js';
import type { FolderDownload } from '../api/folder-download.js';
import type { FolderDownloadOptions } from '../api/options.js';
import type { FileDownloads } from '../downloads/file-downloads.js';
import type { LibraryFolder } from '../library/records/library-schema.js';
import { absoluteDestination } from '../local/destination.js';
import type { ShareManager } from '../shares/share-manager.js';
import type { TransferManager } from '../transfers/transfer-manager.js';
import { checkTerms, termsFrom } from '../transfers/transfer-terms.js';
import type { FolderAnswer } from './folder-engine.js';
import type { FolderRun } from './folder-run.js';
import { type FolderContext, FolderTransfer } from './folder-transfer.js';
import { wishIn } from './folder-wish.js';
import { checkPatterns, samePatterns } from './path-filter.js';

/** Folder downloads from the first request to the tracker until all files are complete and served. */
export class FolderDownloads {
  readonly #manager: TransferManager;
  readonly #context: FolderContext;

  constructor(
    manager: TransferManager,
    shares: ShareManager,
    downloads: FileDownloads,
    onChanged: (download: FolderDownload) => void,
  ) {
    this.#manager = manager;
    this.#context = { manager, shares, downloads, onChanged };
  }

  list(): FolderDownload[] {
    return this.#all.map(({ handle }) => handle);
  }

  /**
   * Starts a folder download, or resumes the one of the same folder to the same destination.
   * @throws ShoalError `INVALID_NAME`, `INVALID_ARGUMENT` if the patterns are invalid or not those of the unfinished download
   */
  start(groupId: string, folder: string, destination: string, options: FolderDownloadOptions): FolderDownload {
    const name = parseFilePath(folder.replace(/\/$/, ''));
    const absolute = absoluteDestination(destination);
    const known = this.#all.find((transfer) => transfer.is(groupId, name, absolute));
    const terms = checkTerms(termsFrom(options, known?.handle));
    const { overwrite = false, delete: deletes = false } = options;
    const patterns = checkPatterns(options);
    if (known?.record && !samePatterns(known.wish, patterns)) throw otherPatterns(name);
    const about = { id: randomUUID(), groupId, folder: name, path: absolute, terms };
    const wish = { overwrite, delete: deletes, ...patterns };
    const transfer = known ?? new FolderTransfer(about, this.#manager.firstState(), wish, this.#context);
    known?.wishes({ ...patterns, ...(overwrite && { overwrite }), ...(deletes && { delete: deletes }) });
    if (known) this.#manager.startAgain(known, terms);
    else {
      this.#manager.start(transfer);
      transfer.announce();
    }
    transfer.signals.add(options.signal, () => void this.#manager.giveUp(transfer));
    return transfer.handle;
  }

  /** Restores the folder download of an earlier process. */
  restored(record: LibraryFolder): FolderTransfer {
    const { id, groupId, folder, root } = record;
    const about = { id, groupId, folder, path: root, terms: termsFrom(record) };
    const transfer = new FolderTransfer(about, 'queued', wishIn(record), this.#context);
    transfer.record = record;
    return transfer;
  }

  onProgress(event: EngineEvent & { type: 'folderProgress' }): void {
    this.#runOf(event.downloadId)?.onProgress(event);
  }

  onAnswer(event: FolderAnswer): void {
    this.#runOf(event.downloadId)?.onAnswer(event);
  }

  onFailed(event: EngineEvent & { type: 'folderFailed' }): void {
    this.#runOf(event.downloadId)?.onFailed(event);
  }

  get #all(): FolderTransfer[] {
    return this.#manager.all.filter((transfer) => transfer instanceof FolderTransfer);
  }

  #runOf(engineId: number): FolderRun | undefined {
    return this.#all.find(({ run }) => run?.engineId === engineId)?.run;
  }
}

function otherPatterns(folder: string): ShoalError {
  const why = `The unfinished download of ${folder} to this place takes other files of it`;
  return new ShoalError('INVALID_ARGUMENT', `${why}: wait until it is complete, or cancel it, and start again.`);
}
