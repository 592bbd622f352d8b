import type {
  Download,
  DownloadEvents,
  DownloadPriority,
  DownloadProgress,
  DownloadResult,
  DownloadState,
} from '@shoal/sdk';
import { ShoalError } from '@shoal/sdk/protocol';
import { EventEmitter } from 'eventemitter3';
import type { DownloadRecord } from '../contract/contract.js';
import { errorFrom } from './error-from.js';
import { quiet, whenSettled } from './when-settled.js';

const BEGUN: ReadonlySet<string> = new Set(['downloading', 'waiting', 'verifying', 'complete']);

/** What a download asks of the agent, a file's or a folder's. */
export interface TransferCalls {
  pause(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  cancel(id: string): Promise<void>;
}

/** What a file's download asks of the agent. */
export interface DownloadCalls extends TransferCalls {
  pieces(id: string): Promise<Uint8Array>;
  tune(id: string, changes: DownloadChanges): Promise<void>;
}

/** What is to be otherwise from now on; a limit of 0 is none. */
export interface DownloadChanges {
  readonly limitBytesPerSecond?: number;
  readonly priority?: DownloadPriority;
  readonly position?: number;
}

/** A download of the agent's, as the SDK would show it. */
export class RemoteDownload extends EventEmitter<DownloadEvents> implements Download {
  readonly #calls: DownloadCalls;
  #record: DownloadRecord;

  constructor(record: DownloadRecord, calls: DownloadCalls) {
    super();
    this.#record = record;
    this.#calls = calls;
  }

  get id(): string {
    return this.#record.id;
  }

  get groupId(): string {
    return this.#record.groupId;
  }

  get fileName(): string {
    return this.#record.fileName;
  }

  get path(): string {
    return this.#record.path;
  }

  get state(): DownloadState {
    const { state: name, path } = this.#record;
    if (name === 'complete') return { name, path };
    if (name === 'failed') return { name, error: errorFrom(this.#record.error) };
    return { name };
  }

  get progress(): DownloadProgress {
    const { doneBytes, sizeBytes, donePieces, pieceCount, bytesPerSecond, etaMs, sources } = this.#record;
    return { doneBytes, sizeBytes, donePieces, pieceCount, bytesPerSecond, etaMs: etaMs ?? undefined, sources };
  }

  get priority(): DownloadPriority {
    return this.#record.priority;
  }

  get limitBytesPerSecond(): number | undefined {
    return this.#record.limitBytesPerSecond ?? undefined;
  }

  get queuePosition(): number | undefined {
    return this.#record.queuePosition ?? undefined;
  }

  get started(): Promise<void> {
    return quiet(this.#until(() => (BEGUN.has(this.#record.state) ? true : undefined)).then(() => {}));
  }

  get done(): Promise<DownloadResult> {
    const look = () => {
      const { state, result, path, sizeBytes } = this.#record;
      return state === 'complete' && result ? { path, sizeBytes, ...result } : undefined;
    };
    return this.#until(look);
  }

  pieces(): Promise<Uint8Array> {
    return this.#calls.pieces(this.id);
  }

  pause(): Promise<void> {
    return this.#calls.pause(this.id);
  }

  resume(): void {
    this.#calls.resume(this.id).catch((error: unknown) => this.fail(ShoalError.from(error)));
  }

  cancel(): Promise<void> {
    return this.#calls.cancel(this.id);
  }

  setLimit(bytesPerSecond: number | undefined): Promise<void> {
    return this.#calls.tune(this.id, { limitBytesPerSecond: bytesPerSecond ?? 0 });
  }

  setPriority(priority: DownloadPriority): Promise<void> {
    return this.#calls.tune(this.id, { priority });
  }

  moveTo(position: number): Promise<void> {
    return this.#calls.tune(this.id, { position });
  }

  /** The agent told of it. */
  update(record: DownloadRecord): void {
    const before = this.#record;
    this.#record = record;
    if (before.state !== record.state) this.emit('state', this.state);
    this.emit('progress', this.progress);
  }

  /** It is on the agent's list no more. */
  dropped(): void {
    if (this.#record.state === 'complete') return;
    this.update({ ...this.#record, state: 'cancelled', bytesPerSecond: 0, etaMs: null });
  }

  fail(error: ShoalError): void {
    const { code, message } = error;
    this.update({ ...this.#record, state: 'failed', error: { code, message } });
  }

  #until<T>(decide: () => T | undefined): Promise<T> {
    return whenSettled(this, this.#record.fileName, () => this.#record, decide);
  }
}
