import type {
  FolderChanges,
  FolderDownload,
  FolderDownloadEvents,
  FolderFailure,
  FolderProgress,
  FolderResult,
  FolderState,
  KeptFile,
} from '../api/folder-download.js';
import { type TransferAbout, type TransferActions, TransferHandle } from '../transfers/transfer-handle.js';
import { etaMsOf } from '../transfers/transfer-lifecycle.js';

const NO_PROGRESS: FolderProgress = {
  ...{ doneFiles: 0, failedFiles: 0, fileCount: 0, doneBytes: 0, sizeBytes: 0 },
  ...{ bytesPerSecond: 0, etaMs: undefined, sources: [] },
};

const NO_CHANGES: FolderChanges = {
  ...{ added: 0, restored: 0, updated: 0, unchanged: 0 },
  ...{ edited: 0, removed: 0, deleted: 0 },
};

const MAX_FAILURES_KEPT = 1000;
const MAX_FILES_KEPT = 1000;

/** The download of one folder as the application sees it. */
export class FolderHandle
  extends TransferHandle<never, FolderProgress, FolderResult, FolderDownloadEvents>
  implements FolderDownload
{
  #failures: FolderFailure[] = [];
  #changes = NO_CHANGES;
  #kept: KeptFile[] = [];

  constructor(
    about: TransferAbout & { readonly folder: string },
    first: 'starting' | 'queued',
    actions: TransferActions,
  ) {
    super(about.folder, about, { state: first, progress: NO_PROGRESS }, actions);
  }

  get folder(): string {
    return this.name;
  }

  get failures(): readonly FolderFailure[] {
    return this.#failures;
  }

  get changes(): FolderChanges {
    return this.#changes;
  }

  get kept(): readonly KeptFile[] {
    return this.#kept;
  }

  override restart(next: 'starting' | 'queued'): void {
    this.#clear();
    super.restart(next);
  }

  /** Records the number and total size of the folder's files. */
  listed(fileCount: number, sizeBytes: number): void {
    this.setProgress({ ...this.progress, fileCount, sizeBytes });
  }

  /** starting -> downloading */
  begun(): void {
    this.#clear();
    this.enterDownloading();
  }

  /** downloading <-> waiting */
  waits(isWaiting: boolean): void {
    const { name } = this.state;
    const next = isWaiting ? 'waiting' : 'downloading';
    if ((name === 'downloading' || name === 'waiting') && name !== next) this.enter({ name: next });
  }

  progressed(progress: Omit<FolderProgress, 'fileCount' | 'sizeBytes' | 'etaMs'>): void {
    if (!this.isRunning) return;
    const { fileCount, sizeBytes } = this.progress;
    const leftBytes = Math.max(0, sizeBytes - progress.doneBytes);
    const etaMs = etaMsOf(leftBytes, progress.bytesPerSecond);
    this.setProgress({ ...progress, fileCount, sizeBytes, etaMs });
    this.tellProgress(this.progress);
  }

  fileFailed(failure: FolderFailure): void {
    if (this.#failures.length < MAX_FAILURES_KEPT) this.#failures.push(failure);
    this.emit('fileFailed', failure);
  }

  /** Counts a file. */
  counts(kind: keyof FolderChanges): void {
    this.#changes = { ...this.#changes, [kind]: this.#changes[kind] + 1 };
  }

  /** Counts a file that is left alone. */
  keeps(file: KeptFile): void {
    this.counts(file.why);
    if (this.#kept.length < MAX_FILES_KEPT) this.#kept.push(file);
  }

  /** any running state -> complete */
  completed(): void {
    const { path, progress, changes } = this;
    const { fileCount, sizeBytes } = progress;
    this.enterComplete({ path, files: fileCount, bytes: sizeBytes, changes }, path, (last) => {
      return { ...last, doneFiles: fileCount, doneBytes: sizeBytes, etaMs: 0 };
    });
  }

  protected override tellState(state: FolderState): void {
    this.emit('state', state);
  }

  protected override tellProgress(progress: FolderProgress): void {
    this.emit('progress', progress);
  }

  #clear(): void {
    this.#failures = [];
    this.#kept = [];
    this.#changes = NO_CHANGES;
    this.setProgress({ ...this.progress, failedFiles: 0 });
  }
}
