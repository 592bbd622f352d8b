import type { ShoalError } from '../../protocol/index.js';
import type { LibraryTransfer } from '../library/records/library-schema.js';
import type { StopSignals } from '../util/abort.js';
import type { TransferTerms } from './transfer-terms.js';

/** The handle of a download as the manager uses it. Each method is one transition. */
export interface TransferControl extends TransferTerms {
  readonly id: string;
  readonly groupId: string;
  /** The name of the file or folder, for errors and the log. */
  readonly name: string;
  readonly isQueued: boolean;
  readonly isRunning: boolean;
  readonly isIdle: boolean;
  readonly isActive: boolean;
  readonly isOver: boolean;
  readonly isComplete: boolean;
  onTerms(terms: TransferTerms): void;
  idles(isIdle: boolean): void;
  dequeued(): void;
  requeued(): void;
  restart(next: 'starting' | 'queued'): void;
  paused(): void;
  failed(error: ShoalError): void;
  cancelled(): void;
  abandoned(): void;
}

/**
 * A download in the manager's list: one file, or a folder with its files. The manager decides when it starts, stops and
 * ends; the transfer carries it out.
 */
export interface Transfer {
  readonly handle: TransferControl;
  /** The id of the folder download that this is a part of. */
  readonly parent: string | undefined;
  readonly signals: StopSignals;
  /** The record in the library, once the destination is known. */
  readonly record: LibraryTransfer | undefined;
  /** Whether a run has started and not ended. */
  readonly isUnderWay: boolean;
  /** Whether the engine has not yet confirmed a stop. */
  readonly isStopping: boolean;
  /** Whether it waits for a source outside the engine, which bounds the number of idle downloads. */
  isResting: boolean;
  /** Number of slots for its parts. */
  readonly partsAtOnce: number;
  /** Starts a run. The handle reports how it ends. */
  begin(): void;
  /** Learns the size and creates the record while the download is queued. */
  lookUp(): Promise<void>;
  /** Refreshes the download after a reconnect. */
  refresh(): Promise<void>;
  /** Stops the run, and resolves when its files are closed. Downloaded data is kept. Never rejects. */
  stop(): Promise<void>;
  /** Sends changed terms to the engine. */
  pace(): void;
  /** Changes the record, if there is one. */
  remember(changes: Partial<TransferTerms & { paused: boolean }>): void;
  /** Removes the record from the library. */
  forget(): Promise<void>;
  /** Locates the partial files by the record. @returns a function that removes them */
  leftovers(): () => Promise<void>;
  /** The engine has died. */
  fail(error: ShoalError): void;
  /** Reports a change to the application. */
  announce(): void;
  /** Whether the path is reserved for this download. */
  holds(path: string): boolean;
}
