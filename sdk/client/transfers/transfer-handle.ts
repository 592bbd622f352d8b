import { EventEmitter } from 'eventemitter3';
import { ShoalError } from '../../protocol/index.js';
import type { DownloadPriority } from '../api/download.js';
import type { Queued, TransferState } from '../api/transfer.js';
import type { TransferControl } from './transfer.js';
import { type Flow, TransferLifecycle, withoutFlow } from './transfer-lifecycle.js';
import type { TransferTerms } from './transfer-terms.js';

const RUNNING: ReadonlySet<string> = new Set(['starting', 'downloading', 'waiting', 'verifying']);

/** The manager's actions for the methods of a handle. */
export interface TransferActions {
  pause(): Promise<void>;
  resume(): void;
  cancel(): Promise<void>;
  queuePosition(): number | undefined;
  setTerms(terms: Partial<TransferTerms>): Promise<void>;
  moveTo(position: number): Promise<void>;
}

export interface TransferAbout {
  readonly id: string;
  readonly groupId: string;
  readonly path: string;
  readonly terms: TransferTerms;
}

/** A download of a file or a folder as the application sees it. Each method changes the state by one transition. */
export abstract class TransferHandle<
    Extra extends { readonly name: string },
    Progress extends Flow,
    Result,
    Events extends object,
  >
  extends EventEmitter<Events>
  implements TransferControl, Queued
{
  readonly id: string;
  readonly groupId: string;
  readonly name: string;
  readonly #actions: TransferActions;
  protected readonly lifecycle: TransferLifecycle<Result>;
  #path: string;
  #terms: TransferTerms;
  #state: TransferState | Extra;
  #progress: Progress;
  #isIdle = false;

  constructor(
    name: string,
    { id, groupId, path, terms }: TransferAbout,
    first: { readonly state: 'starting' | 'queued'; readonly progress: Progress },
    actions: TransferActions,
  ) {
    super();
    this.id = id;
    this.groupId = groupId;
    this.name = name;
    this.#path = path;
    this.#terms = terms;
    this.#state = { name: first.state };
    this.#progress = first.progress;
    this.#actions = actions;
    this.lifecycle = new TransferLifecycle(name);
  }

  get path(): string {
    return this.#path;
  }

  get state(): TransferState | Extra {
    return this.#state;
  }

  get progress(): Progress {
    return this.#progress;
  }

  get started(): Promise<void> {
    return this.lifecycle.started;
  }

  get done(): Promise<Result> {
    return this.lifecycle.done;
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
    return this.#actions.queuePosition();
  }

  /** Whether the download waits in the queue. */
  get isQueued(): boolean {
    return this.#state.name === 'queued';
  }

  /** Whether the download has a run. */
  get isRunning(): boolean {
    return RUNNING.has(this.#state.name);
  }

  /** Whether the download runs without receiving data, and so holds no slot of the queue. */
  get isIdle(): boolean {
    return this.#isIdle;
  }

  /** Whether the download is queued or runs. */
  get isActive(): boolean {
    return this.isQueued || this.isRunning;
  }

  get isComplete(): boolean {
    return this.#state.name === 'complete';
  }

  /** Whether the download has ended for good. */
  get isOver(): boolean {
    return this.isComplete || this.#state.name === 'cancelled';
  }

  async pause(): Promise<void> {
    if (!this.lifecycle.isAbandoned) await this.#actions.pause();
  }

  resume(): void {
    if (!this.lifecycle.isAbandoned) this.#actions.resume(); // after that, `started` says why
  }

  async cancel(): Promise<void> {
    this.lifecycle.requireOwner();
    await this.#actions.cancel();
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
    this.lifecycle.requireOwner();
    await this.#actions.moveTo(position);
  }

  /** The session ends: pending promises reject. */
  abandoned(): void {
    if (this.lifecycle.isAbandoned || this.isOver) return;
    const error = this.lifecycle.abandon();
    this.paused();
    this.onAbandoned(error);
    this.lifecycle.failed(error);
  }

  /** Records changed terms. */
  onTerms(terms: TransferTerms): void {
    this.#terms = terms;
  }

  /** Records whether the download is idle. */
  idles(isIdle: boolean): void {
    this.#isIdle = isIdle;
  }

  /** any running state -> queued: the download could receive data again, but all slots are in use. */
  requeued(): void {
    if (!this.isRunning) return;
    this.#endFlow();
    this.enter({ name: 'queued' });
  }

  /** queued -> starting */
  dequeued(): void {
    if (this.isQueued) this.enter({ name: 'starting' });
  }

  /** paused, failed -> starting, queued */
  restart(next: 'starting' | 'queued'): void {
    if (this.isActive || this.isOver) {
      throw new ShoalError('INTERNAL', `A download that is ${this.#state.name} cannot be taken up.`);
    }
    this.lifecycle.restarted(this.#state.name === 'failed');
    this.enter({ name: next });
  }

  /** The destination is chosen, but not yet checked. */
  placed(path: string): void {
    this.#path = path;
  }

  /** any active state -> paused */
  paused(): void {
    if (!this.isActive) return;
    this.#endFlow();
    this.enter({ name: 'paused' });
    this.lifecycle.paused();
  }

  /** any active state -> failed */
  failed(error: ShoalError): void {
    if (!this.isActive) return;
    this.#endFlow();
    this.enter({ name: 'failed', error });
    this.lifecycle.failed(error);
  }

  /** any state but complete -> cancelled */
  cancelled(): void {
    this.#endFlow();
    this.enter({ name: 'cancelled' });
    this.lifecycle.cancelled();
  }

  /** starting -> downloading */
  protected enterDownloading(): void {
    if (this.#state.name !== 'starting') return;
    this.enter({ name: 'downloading' });
    this.lifecycle.begun();
  }

  /** any active state -> complete */
  protected enterComplete(result: Result, path: string, progress: (last: Progress) => Progress): void {
    this.#progress = progress(withoutFlow(this.#progress));
    this.enter({ name: 'complete', path });
    this.tellProgress(this.#progress);
    this.lifecycle.completed(result);
  }

  protected setProgress(progress: Progress): void {
    this.#progress = progress;
  }

  protected enter(state: TransferState | Extra): void {
    this.#state = state;
    if (!this.isRunning || state.name === 'starting') this.#isIdle = false;
    this.tellState(state);
  }

  protected onAbandoned(_error: ShoalError): void {}

  protected abstract tellState(state: TransferState | Extra): void;
  protected abstract tellProgress(progress: Progress): void;

  #endFlow(): void {
    this.#progress = withoutFlow(this.#progress);
  }

  async #setTerms(terms: Partial<TransferTerms>): Promise<void> {
    this.lifecycle.requireOwner();
    await this.#actions.setTerms(terms);
  }
}
