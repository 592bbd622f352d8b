import type { Download, DownloadEvents, DownloadProgress, DownloadResult, DownloadState } from '@shoal/sdk';
import type { DownloadRecord } from '../contract/contract.js';
import { errorFrom } from './error-from.js';
import { RemoteTransfer, type TransferCalls } from './remote-transfer.js';
import { quiet, whenSettled } from './when-settled.js';

const BEGUN: ReadonlySet<string> = new Set(['downloading', 'waiting', 'verifying', 'complete']);

/** The requests of a file download to the agent. */
export interface DownloadCalls extends TransferCalls {
  pieces(id: string): Promise<Uint8Array>;
}

/** A download of the agent, with the interface of the SDK. */
export class RemoteDownload extends RemoteTransfer<DownloadRecord, DownloadCalls, DownloadEvents> implements Download {
  get fileName(): string {
    return this.record.fileName;
  }

  get state(): DownloadState {
    const { state: name, path } = this.record;
    if (name === 'complete') return { name, path };
    if (name === 'failed') return { name, error: errorFrom(this.record.error) };
    return { name };
  }

  get progress(): DownloadProgress {
    const { doneBytes, sizeBytes, donePieces, pieceCount, bytesPerSecond, reusedBytes, etaMs, sources } = this.record;
    return {
      doneBytes,
      sizeBytes,
      donePieces,
      pieceCount,
      bytesPerSecond,
      reusedBytes,
      etaMs: etaMs ?? undefined,
      sources,
    };
  }

  get started(): Promise<void> {
    return quiet(this.#until(() => (BEGUN.has(this.record.state) ? true : undefined)).then(() => {}));
  }

  get done(): Promise<DownloadResult> {
    const look = () => {
      const { state, result, path, sizeBytes } = this.record;
      return state === 'complete' && result ? { path, sizeBytes, ...result } : undefined;
    };
    return this.#until(look);
  }

  pieces(): Promise<Uint8Array> {
    return this.calls.pieces(this.id);
  }

  /** The agent sent a change. */
  override update(record: DownloadRecord): void {
    const before = this.record;
    this.record = record;
    if (before.state !== record.state) this.emit('state', this.state);
    this.emit('progress', this.progress);
  }

  #until<T>(decide: () => T | undefined): Promise<T> {
    return whenSettled(this, this.record.fileName, () => this.record, decide);
  }
}
