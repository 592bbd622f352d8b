import type { DownloadPriority } from '@shoal/sdk';
import { ShoalError } from '@shoal/sdk/protocol';
import { EventEmitter } from 'eventemitter3';
import type { DownloadRecord, FolderRecord } from '../contract/contract.js';

/** The requests of a file or folder download to the agent. */
export interface TransferCalls {
  pause(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  cancel(id: string): Promise<void>;
  tune(id: string, changes: DownloadChanges): Promise<void>;
}

/** The changes of a download; a limit of 0 removes it. */
export interface DownloadChanges {
  readonly limitBytesPerSecond?: number;
  readonly priority?: DownloadPriority;
  readonly position?: number;
  readonly sequential?: boolean;
}

/** A download of the agent's, of a file or a folder, as the SDK would show it. */
export abstract class RemoteTransfer<
  R extends DownloadRecord | FolderRecord,
  Calls extends TransferCalls,
  Events extends object,
> extends EventEmitter<Events> {
  protected readonly calls: Calls;
  protected record: R;

  constructor(record: R, calls: Calls) {
    super();
    this.record = record;
    this.calls = calls;
  }

  get id(): string {
    return this.record.id;
  }

  get groupId(): string {
    return this.record.groupId;
  }

  get path(): string {
    return this.record.path;
  }

  get priority(): DownloadPriority {
    return this.record.priority;
  }

  get limitBytesPerSecond(): number | undefined {
    return this.record.limitBytesPerSecond ?? undefined;
  }

  get queuePosition(): number | undefined {
    return this.record.queuePosition ?? undefined;
  }

  pause(): Promise<void> {
    return this.calls.pause(this.id);
  }

  resume(): void {
    this.calls.resume(this.id).catch((error: unknown) => this.fail(ShoalError.from(error)));
  }

  cancel(): Promise<void> {
    return this.calls.cancel(this.id);
  }

  setLimit(bytesPerSecond: number | undefined): Promise<void> {
    return this.calls.tune(this.id, { limitBytesPerSecond: bytesPerSecond ?? 0 });
  }

  setPriority(priority: DownloadPriority): Promise<void> {
    return this.calls.tune(this.id, { priority });
  }

  moveTo(position: number): Promise<void> {
    return this.calls.tune(this.id, { position });
  }

  /** The agent sent a change. */
  abstract update(record: R): void;

  /** The agent no longer lists it. */
  dropped(): void {
    if (this.record.state === 'complete') return;
    this.update({ ...this.record, state: 'cancelled', bytesPerSecond: 0, etaMs: null });
  }

  fail({ code, message }: ShoalError): void {
    this.update({ ...this.record, state: 'failed', error: { code, message } });
  }
}
