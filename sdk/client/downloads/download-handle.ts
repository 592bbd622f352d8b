import type { Readable } from 'node:stream';
import { EventEmitter } from 'eventemitter3';
import type { EngineEvent, ReaderCommand } from '../../engine/index.js';
import { PIECE_BYTES, ShoalError } from '../../protocol/index.js';
import type {
  DownloadEvents,
  DownloadPriority,
  DownloadProgress,
  DownloadResult,
  DownloadState,
  ReadOptions,
  StreamableDownload,
} from '../api/download.js';
import { Outcome } from '../util/outcome.js';
import { DownloadStreams } from './download-streams.js';
import type { DownloadTerms } from './download-terms.js';

/** A piece's byte when it is there and no source is connected. */
const PIECE_VERIFIED = 2;

const NO_PROGRESS: DownloadProgress = {
  doneBytes: 0,
  sizeBytes: 0,
  donePieces: 0,
  pieceCount: 0,
  bytesPerSecond: 0,
  etaMs: undefined,
  sources: [],
};

/** What becomes of a download that is not complete when its user signs out or the client is closed. */
export function abandonedError(name: string): ShoalError {
  return new ShoalError('ABORTED', `Nothing more of ${name} comes to this client: sign in, and take it up again.`);
}

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
  /** Why nothing can be done with it any more. */
  #abandonedBy: ShoalError | undefined;
  #started = new Outcome<void>();
  #done = new Outcome<DownloadResult>();

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
    return this.#started.promise;
  }

  get done(): Promise<DownloadResult> {
    return this.#done.promise;
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
    if (!this.#abandonedBy) await this.#actions.pause(this);
  }

  resume(): void {
    if (!this.#abandonedBy) this.#actions.resume(this); // else `started` tells why nothing comes of it
  }

  async cancel(): Promise<void> {
    this.#requireOwner();
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
    this.#requireOwner();
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
    if (this.#abandonedBy || this.isOver) return;
    const error = abandonedError(this.fileName);
    this.#abandonedBy = error;
    this.paused();
    this.#readers.fail(error);
    this.#started.reject(error);
    this.#done.reject(error);
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
    this.#stopFlow();
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
    this.#started = new Outcome();
    if (this.#state.name === 'failed') this.#done = new Outcome();
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
    const pieceCount = Math.ceil(sizeBytes / PIECE_BYTES);
    const done = Math.min(donePieces, pieceCount);
    this.#path = path;
    const doneBytes = Math.min(sizeBytes, done * PIECE_BYTES);
    this.#progress = { ...this.#progress, sizeBytes, pieceCount, donePieces: done, doneBytes };
  }

  /** starting -> downloading */
  begun(): void {
    if (this.#state.name !== 'starting') return;
    this.#enter({ name: 'downloading' });
    this.#started.resolve();
  }

  /** downloading, waiting -> whichever of them, or verifying, the engine is at */
  progressed(event: EngineEvent & { type: 'downloadProgress' }): void {
    if (!this.isRunning) return;
    const { doneBytes, donePieces, bytesPerSecond, sources, phase } = event;
    const leftBytes = this.#progress.sizeBytes - doneBytes;
    const etaMs = bytesPerSecond > 0 ? Math.ceil((leftBytes / bytesPerSecond) * 1000) : undefined;
    this.#progress = {
      ...this.#progress,
      doneBytes,
      donePieces,
      bytesPerSecond,
      sources,
      etaMs: leftBytes === 0 ? 0 : etaMs,
    };
    if (this.#state.name !== phase && this.#state.name !== 'starting') this.#enter({ name: phase });
    this.emit('progress', this.#progress);
  }

  /** any active state -> paused */
  paused(): void {
    if (!this.isActive) return;
    this.#stopFlow();
    this.#enter({ name: 'paused' });
    this.#started.reject(new ShoalError('ABORTED', `The download of ${this.fileName} is paused.`));
  }

  /** any active state -> complete */
  completed(result: DownloadResult): void {
    const { sizeBytes, pieceCount } = this.#progress;
    this.#stopFlow();
    this.#progress = { ...this.#progress, doneBytes: sizeBytes, donePieces: pieceCount, etaMs: 0 };
    this.#enter({ name: 'complete', path: result.path });
    this.emit('progress', this.#progress);
    this.#started.resolve();
    this.#done.resolve(result);
  }

  /** any active state -> failed */
  failed(error: ShoalError): void {
    if (!this.isActive) return;
    this.#stopFlow();
    this.#enter({ name: 'failed', error });
    this.#started.reject(error);
    this.#done.reject(error);
  }

  /** any state but complete -> cancelled */
  cancelled(): void {
    this.#stopFlow();
    const error = new ShoalError('ABORTED', `The download of ${this.fileName} was cancelled.`);
    this.#enter({ name: 'cancelled' });
    this.#started.reject(error);
    this.#done.reject(error);
  }

  async #setTerms(terms: Partial<DownloadTerms>): Promise<void> {
    this.#requireOwner();
    await this.#actions.setTerms(this, terms);
  }

  /** @throws ShoalError `ABORTED` */
  #requireOwner(): void {
    if (this.#abandonedBy) throw this.#abandonedBy;
  }

  #stopFlow(): void {
    const sources = this.#progress.sources.map((source) => ({ ...source, bytesPerSecond: 0 }));
    this.#progress = { ...this.#progress, bytesPerSecond: 0, etaMs: undefined, sources };
  }

  #enter(state: DownloadState): void {
    this.#state = state;
    if (!this.isRunning || state.name === 'starting') this.#isIdle = false;
    this.emit('state', state);
  }
}
