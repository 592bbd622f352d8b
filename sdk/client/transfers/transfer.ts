import type { ShoalError } from '../../protocol/index.js';
import type { LibraryTransfer } from '../local/library-schema.js';
import type { StopSignals } from '../util/abort.js';
import type { TransferTerms } from './transfer-terms.js';

/** The handle of a download, as its manager drives it: each method is one transition. */
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
 * A download that the manager lists, and what is behind it: one file, or a folder with its files. The manager decides when it begins, stops and
 * ends; a transfer knows how.
 */
export interface Transfer {
  readonly handle: TransferControl;
  /** The id of the folder download that it is a part of. */
  readonly parent: string | undefined;
  readonly signals: StopSignals;
  /** Its record in the library, once its place is known. */
  readonly record: LibraryTransfer | undefined;
  /** A try is under way in the engine, or about to be. */
  readonly isUnderWay: boolean;
  /** The engine was told to stop it and has not answered yet. */
  readonly isStopping: boolean;
  /** It waits for a source without the engine, which has enough of such downloads. */
  isResting: boolean;
  /** How many of its own parts may run now. */
  readonly partsAtOnce: number;
  /** Begins a try. The handle reports how it ends. */
  begin(): void;
  /** Finds out what can be known before its turn: it gets a size, and a record. */
  lookUp(): Promise<void>;
  /** The tracker is back. */
  refresh(): Promise<void>;
  /** Stops the try, and resolves when its files are closed. What is there is kept. Never rejects. */
  stop(): Promise<void>;
  /** Its terms changed: tells the engine. */
  pace(): void;
  /** Changes its record, if it has one. */
  remember(changes: Partial<TransferTerms & { paused: boolean }>): void;
  /** Removes its record from the library. */
  forget(): Promise<void>;
  /** Finds its partial files by its record. The function that it returns removes them. */
  leftovers(): () => Promise<void>;
  /** The engine is gone. */
  fail(error: ShoalError): void;
  /** Tells the application that it changed. */
  announce(): void;
  /** Whether nothing else may be downloaded to this path. */
  holds(path: string): boolean;
}
