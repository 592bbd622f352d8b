import { EventEmitter } from 'eventemitter3';
import type { ShoalError } from '../../protocol/index.js';
import type {
  FolderDownload,
  FolderDownloadEvents,
  FolderFailure,
  FolderProgress,
  FolderResult,
  FolderState,
} from '../api/folder-download.js';
import { etaMsOf, TransferLifecycle, withoutFlow } from '../util/transfer-lifecycle.js';

const NO_PROGRESS: FolderProgress = {
  ...{ doneFiles: 0, failedFiles: 0, fileCount: 0, doneBytes: 0, sizeBytes: 0 },
  ...{ bytesPerSecond: 0, etaMs: undefined, sources: [] },
};

const MAX_FAILURES_KEPT = 1000;

/** What a folder download's owner does when its user says so. */
export interface FolderActions {
  pause(): Promise<void>;
  resume(): void;
  cancel(): Promise<void>;
}

/** One folder download as its user sees it: its state, told by one transition a method. */
export class FolderHandle extends EventEmitter<FolderDownloadEvents> implements FolderDownload {
  readonly id: string;
  readonly groupId: string;
  readonly folder: string;
  readonly #actions: FolderActions;
  #path: string;
  #state: FolderState = { name: 'starting' };
  #progress = NO_PROGRESS;
  #failures: FolderFailure[] = [];
  readonly #lifecycle: TransferLifecycle<FolderResult>;

  constructor(about: { id: string; groupId: string; folder: string; path: string }, actions: FolderActions) {
    super();
    this.id = about.id;
    this.groupId = about.groupId;
    this.folder = about.folder;
    this.#path = about.path;
    this.#actions = actions;
    this.#lifecycle = new TransferLifecycle(about.folder);
  }

  get path(): string {
    return this.#path;
  }

  get state(): FolderState {
    return this.#state;
  }

  get progress(): FolderProgress {
    return this.#progress;
  }

  get failures(): readonly FolderFailure[] {
    return this.#failures;
  }

  get started(): Promise<void> {
    return this.#lifecycle.started;
  }

  get done(): Promise<FolderResult> {
    return this.#lifecycle.done;
  }

  get isRunning(): boolean {
    const { name } = this.#state;
    return name === 'starting' || name === 'downloading' || name === 'waiting';
  }

  /** Whether it is over for good. */
  get isOver(): boolean {
    return this.#state.name === 'complete' || this.#state.name === 'cancelled';
  }

  async pause(): Promise<void> {
    if (!this.#lifecycle.isAbandoned) await this.#actions.pause();
  }

  resume(): void {
    if (!this.#lifecycle.isAbandoned) this.#actions.resume(); // else `started` tells why nothing comes of it
  }

  async cancel(): Promise<void> {
    this.#lifecycle.requireOwner();
    await this.#actions.cancel();
  }

  /** Its owner goes: what is not there will not come. */
  abandoned(): void {
    if (this.#lifecycle.isAbandoned || this.isOver) return;
    const error = this.#lifecycle.abandon();
    this.paused();
    this.#lifecycle.failed(error);
  }

  /** paused, failed -> starting */
  restart(): void {
    this.#lifecycle.restarted(this.#state.name === 'failed');
    this.#failures = [];
    this.#progress = { ...this.#progress, failedFiles: 0 };
    this.#enter({ name: 'starting' });
  }

  placed(path: string): void {
    this.#path = path;
  }

  /** starting -> downloading */
  begun(fileCount: number, sizeBytes: number): void {
    this.#progress = { ...this.#progress, fileCount, sizeBytes };
    if (this.#state.name !== 'starting') return;
    this.#enter({ name: 'downloading' });
    this.#lifecycle.begun();
  }

  /** downloading <-> waiting */
  waits(isWaiting: boolean): void {
    const name = isWaiting ? 'waiting' : 'downloading';
    if ((this.#state.name === 'downloading' || this.#state.name === 'waiting') && this.#state.name !== name)
      this.#enter({ name });
  }

  progressed(progress: Omit<FolderProgress, 'fileCount' | 'sizeBytes' | 'etaMs'>): void {
    if (!this.isRunning) return;
    const { fileCount, sizeBytes } = this.#progress;
    const leftBytes = Math.max(0, sizeBytes - progress.doneBytes);
    const etaMs = etaMsOf(leftBytes, progress.bytesPerSecond);
    this.#progress = { ...progress, fileCount, sizeBytes, etaMs };
    this.emit('progress', this.#progress);
  }

  fileFailed(failure: FolderFailure): void {
    if (this.#failures.length < MAX_FAILURES_KEPT) this.#failures.push(failure);
    this.emit('fileFailed', failure);
  }

  /** any running state -> paused */
  paused(): void {
    if (!this.isRunning) return;
    this.#progress = withoutFlow(this.#progress);
    this.#enter({ name: 'paused' });
    this.#lifecycle.paused();
  }

  /** any running state -> complete */
  completed(): void {
    const { fileCount, sizeBytes } = this.#progress;
    this.#progress = withoutFlow(this.#progress);
    this.#progress = { ...this.#progress, doneFiles: fileCount, doneBytes: sizeBytes, etaMs: 0 };
    this.#enter({ name: 'complete', path: this.#path });
    this.emit('progress', this.#progress);
    this.#lifecycle.completed({ path: this.#path, files: fileCount, bytes: sizeBytes });
  }

  /** any running state, paused -> failed */
  failed(error: ShoalError): void {
    if (this.isOver || this.#state.name === 'failed') return;
    this.#progress = withoutFlow(this.#progress);
    this.#enter({ name: 'failed', error });
    this.#lifecycle.failed(error);
  }

  /** any state but complete -> cancelled */
  cancelled(): void {
    this.#progress = withoutFlow(this.#progress);
    this.#enter({ name: 'cancelled' });
    this.#lifecycle.cancelled();
  }

  #enter(state: FolderState): void {
    this.#state = state;
    this.emit('state', state);
  }
}
