import type { Readable } from 'node:stream';
import { EventEmitter } from 'eventemitter3';
import type { EngineEvent, ReaderCommand } from '../../engine/index.js';
import { ShoalError } from '../../protocol/index.js';
import type {
  DownloadEvents,
  DownloadPriority,
  DownloadProgress,
  DownloadResult,
  DownloadState,
  ReadOptions,
  StreamableDownload,
} from '../api/download.js';
import { TransferLifecycle, withoutFlow } from '../util/transfer-lifecycle.js';
import { advanced, completed, NO_PROGRESS, restoredProgress } from './download-progress.js';
import { DownloadStreams } from './download-streams.js';
import type { DownloadTerms } from './download-terms.js';

/** A piece's byte when it is there and no source is connected. */
const PIECE_VERIFIED = 2;

/** What a download's owner does when its user says so. */
export interface DownloadActions {
  pieces(handle: DownloadHandle): Promise<Uint8Array>;
  pause(handle: DownloadHandle): Promise<void>;
  resume(handle: DownloadHandle): void;
  cancel(handle: DownloadHandle): Promise<void>;
  queuePosition(handle: DownloadHandle): number | undefined;
  setTerms(handle: DownloadHandle, pace: Partial<DownloadTerms>): Promise<void>;
  moveTo(handle: DownloadHandle, position: number): Promise<void>;
  read(handle: DownloadHandle, command: ReaderCommand): void;
}

/** One download as its user sees it: its state, told by one transition a method. */
export class DownloadHandle extends EventEmitter<DownloadEvents> implements StreamableDownload {
  readonly id: string;
  readonly groupId: string;
  readonly fileName: string;
  readonly #actions: DownloadActions;
  readonly #readers = new DownloadStreams(this, (command) => this.#actions.read(this, command));
  #path: string;
  #terms: DownloadTerms;
  #state: DownloadState;
  #progress = NO_PROGRESS;
  #isIdle = false;
  readonly #lifecycle: TransferLifecycle<DownloadResult>;

  constructor(
    about: { id: string; groupId: string; fileName: string; path: string; terms: DownloadTerms },
    first: 'starting' | 'queued',
    actions: DownloadActions,
  ) {
    super();
    this.id = about.id;
    this.groupId = about.groupId;
    this.fileName = about.fileName;
    this.#path = about.path;
    this.#terms = about.terms;
    this.#lifecycle = new TransferLifecycle(about.fileName);
    this.#state = { name: first };
    this.#actions = actions;
  }

  get path(): string {
    return this.#path;
  }

  get state(): DownloadState {
    return this.#state;
  }

  get progress(): DownloadProgress {
    return this.#progress;
  }

  get started(): Promise<void> {
    return this.#lifecycle.started;
  }

  get done(): Promise<DownloadResult> {
    return this.#lifecycle.done;
  }

  get priority(): DownloadPriority {
    return this.#terms.priority;
  }

  get limitBytesPerSecond(): number | undefined {
    return this.#terms.limitBytesPerSecond;
  }

  get sequential(): boolean {
    return this.#terms.sequential;
  }

  get queuePosition(): number | undefined {
    return this.#actions.queuePosition(this);
  }

  /** Whether it waits for its turn. */
  get isQueued(): boolean {
    return this.#state.name === 'queued';
  }

  /** Whether it is under way. */
  get isRunning(): boolean {
    const { name } = this.#state;
    return name === 'starting' || name === 'downloading' || name === 'waiting' || name === 'verifying';
  }

  /** Whether it is under way, and nothing comes: it holds no slot of the queue then. */
  get isIdle(): boolean {
    return this.#isIdle;
  }

  /** Whether it neither ended nor rests. */
  get isActive(): boolean {
    return this.isQueued || this.isRunning;
  }

  /** Whether it is over for good. */
  get isOver(): boolean {
    return this.#state.name === 'complete' || this.#state.name === 'cancelled';
  }

  async pieces(): Promise<Uint8Array> {
    if (this.#state.name === 'complete') return new Uint8Array(this.#progress.pieceCount).fill(PIECE_VERIFIED);
    return this.#actions.pieces(this);
  }

  async pause(): Promise<void> {
    if (!this.#lifecycle.isAbandoned) await this.#actions.pause(this);
  }

  resume(): void {
    if (!this.#lifecycle.isAbandoned) this.#actions.resume(this); // else `started` tells why nothing comes of it
  }

  async cancel(): Promise<void> {
    this.#lifecycle.requireOwner();
    await this.#actions.cancel(this);
  }

  setLimit(bytesPerSecond: number | undefined): Promise<void> {
    return this.#setTerms({ limitBytesPerSecond: bytesPerSecond });
  }

  setPriority(priority: DownloadPriority): Promise<void> {
    return this.#setTerms({ priority });
  }

  setSequential(sequential: boolean): Promise<void> {
    return this.#setTerms({ sequential });
  }

  async moveTo(position: number): Promise<void> {
    this.#lifecycle.requireOwner();
    await this.#actions.moveTo(this, position);
  }

  createReadStream(options: ReadOptions = {}): Readable {
    return this.#readers.open(options);
  }

  /** Someone who reads may read on. */
  readable(event: EngineEvent & { type: 'readable' }): void {
    this.#readers.onReadable(event);
  }

  /** Its owner goes: what is not there will not come. */
  abandoned(): void {
    if (this.#lifecycle.isAbandoned || this.isOver) return;
    const error = this.#lifecycle.abandon();
    this.paused();
    this.#readers.fail(error);
    this.#lifecycle.failed(error);
  }

  /** Its owner takes note of other wishes. */
  onTerms(terms: DownloadTerms): void {
    this.#terms = terms;
  }

  /** Its owner takes note of whether anything comes. */
  idles(isIdle: boolean): void {
    this.#isIdle = isIdle;
  }

  /** any running state -> queued: something could come again, and others are under way. */
  requeued(): void {
    if (!this.isRunning) return;
    this.#progress = withoutFlow(this.#progress);
    this.#enter({ name: 'queued' });
  }

  /** queued -> starting */
  dequeued(): void {
    if (this.isQueued) this.#enter({ name: 'starting' });
  }

  /** paused, failed -> starting, queued */
  restart(next: 'starting' | 'queued'): void {
    if (this.isActive || this.isOver) {
      throw new ShoalError('INTERNAL', `A download that is ${this.#state.name} cannot be taken up.`);
    }
    this.#lifecycle.restarted(this.#state.name === 'failed');
    this.#enter({ name: next });
  }

  /** Where it is to stand is known, but not yet whether it may. */
  placed(path: string): void {
    this.#path = path;
  }

  /** What is known before the transfer begins. */
  prepared(path: string, sizeBytes: number, pieceCount: number): void {
    this.#path = path;
    this.#progress = { ...this.#progress, sizeBytes, pieceCount };
  }

  /** What an earlier process left, as far as it is known before the journal is read. */
  restored(path: string, sizeBytes: number, donePieces: number): void {
    this.#path = path;
    this.#progress = restoredProgress(sizeBytes, donePieces);
  }

  /** starting -> downloading */
  begun(): void {
    if (this.#state.name !== 'starting') return;
    this.#enter({ name: 'downloading' });
    this.#lifecycle.begun();
  }

  /** downloading, waiting -> whichever of them, or verifying, the engine is at */
  progressed(event: EngineEvent & { type: 'downloadProgress' }): void {
    if (!this.isRunning) return;
    const { phase } = event;
    this.#progress = advanced(this.#progress, event);
    if (this.#state.name !== phase && this.#state.name !== 'starting') this.#enter({ name: phase });
    this.emit('progress', this.#progress);
  }

  /** any active state -> paused */
  paused(): void {
    if (!this.isActive) return;
    this.#progress = withoutFlow(this.#progress);
    this.#enter({ name: 'paused' });
    this.#lifecycle.paused();
  }

  /** any active state -> complete */
  completed(result: DownloadResult): void {
    this.#progress = completed(withoutFlow(this.#progress));
    this.#enter({ name: 'complete', path: result.path });
    this.emit('progress', this.#progress);
    this.#lifecycle.completed(result);
  }

  /** any active state -> failed */
  failed(error: ShoalError): void {
    if (!this.isActive) return;
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

  async #setTerms(terms: Partial<DownloadTerms>): Promise<void> {
    this.#lifecycle.requireOwner();
    await this.#actions.setTerms(this, terms);
  }

  #enter(state: DownloadState): void {
    this.#state = state;
    if (!this.isRunning || state.name === 'starting') this.#isIdle = false;
    this.emit('state', state);
  }
}
