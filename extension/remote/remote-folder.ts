import type {
  FolderChanges,
  FolderDownload,
  FolderDownloadEvents,
  FolderFailure,
  FolderProgress,
  FolderResult,
  FolderState,
  KeptFile,
} from '@shoal/sdk';
import { isErrorCode } from '@shoal/sdk/protocol';
import type { FolderRecord } from '../contract/contract.js';
import { errorFrom } from './error-from.js';
import { RemoteTransfer, type TransferCalls } from './remote-transfer.js';
import { quiet, whenSettled } from './when-settled.js';

const BEGUN: ReadonlySet<string> = new Set(['downloading', 'waiting', 'complete']);

/** A folder download of the agent, with the interface of the SDK. */
export class RemoteFolder
  extends RemoteTransfer<FolderRecord, TransferCalls, FolderDownloadEvents>
  implements FolderDownload
{
  get folder(): string {
    return this.record.folder;
  }

  get state(): FolderState {
    const { state: name, path } = this.record;
    if (name === 'complete') return { name, path };
    if (name === 'failed') return { name, error: errorFrom(this.record.error) };
    return { name };
  }

  get progress(): FolderProgress {
    const { doneFiles, failedFiles, fileCount, doneBytes, sizeBytes, bytesPerSecond, etaMs, sources } = this.record;
    const files = { doneFiles, failedFiles, fileCount };
    return { ...files, doneBytes, sizeBytes, bytesPerSecond, etaMs: etaMs ?? undefined, sources };
  }

  get sequential(): boolean {
    return this.record.sequential;
  }

  get failures(): readonly FolderFailure[] {
    return (this.record.failures ?? []).map(failureFrom);
  }

  get changes(): FolderChanges {
    return this.record.changes;
  }

  get kept(): readonly KeptFile[] {
    return this.record.kept ?? [];
  }

  get started(): Promise<void> {
    return quiet(this.#until(() => (BEGUN.has(this.record.state) ? true : undefined)).then(() => {}));
  }

  get done(): Promise<FolderResult> {
    return this.#until(() => {
      const { state, path, doneFiles: files, doneBytes: bytes, changes } = this.record;
      return state === 'complete' ? { path, files, bytes, changes } : undefined;
    });
  }

  setSequential(sequential: boolean): Promise<void> {
    return this.calls.tune(this.id, { sequential });
  }

  /** The agent sent a change. */
  override update(record: FolderRecord): void {
    const before = this.record;
    this.record = record;
    if (before.state !== record.state) this.emit('state', this.state);
    const known = before.failures?.length ?? 0;
    for (const failure of (record.failures ?? []).slice(known)) this.emit('fileFailed', failureFrom(failure));
    this.emit('progress', this.progress);
  }

  #until<T>(decide: () => T | undefined): Promise<T> {
    return whenSettled(this, this.record.folder, () => this.record, decide);
  }
}

function failureFrom({ fileName, code, message }: NonNullable<FolderRecord['failures']>[number]): FolderFailure {
  return { fileName, code: isErrorCode(code) ? code : 'INTERNAL', message };
}
