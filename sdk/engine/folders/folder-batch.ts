import type { FileStamp } from '../../disk/index.js';
import type { ShoalError } from '../../protocol/index.js';
import type { PeerChannel } from '../fetching/peer.js';
import type { FileOutcome } from '../messages.js';
import type { SmallFile } from './folder-disk.js';
import type { DoneFile } from './folder-journal.js';

/** A file of a batch. */
export interface BatchFile extends SmallFile {
  /** Its place below the root. */
  readonly place: string;
  readonly batch: FolderBatch;
  /** Its place in the batch. */
  readonly index: number;
  /** On which it is requested; no other file is. */
  channel: PeerChannel | undefined;
}

const OPEN: FileOutcome = { kind: 'unsourced' };

/** Files that are made durable together, and how each of them ended. */
export class FolderBatch {
  readonly number: number;
  readonly outcomes: FileOutcome[];
  /** Files that are on the disk under their names. */
  readonly done: DoneFile[] = [];
  /** Files that stood there before. */
  readonly present: BatchFile[] = [];
  #written: BatchFile[] = [];
  #left: number;

  constructor(number: number, count: number) {
    this.number = number;
    this.outcomes = new Array<FileOutcome>(count).fill(OPEN);
    this.#left = count;
  }

  isPresent(file: BatchFile, stamp: FileStamp): void {
    this.present.push(file);
    this.#isDone(file, stamp, false);
    this.#left--;
  }

  isWritten(file: BatchFile): void {
    this.#written.push(file);
    this.#left--;
  }

  isUnsourced(index: number): void {
    this.outcomes[index] = { kind: 'unsourced' };
    this.#left--;
  }

  hasFailed(index: number, { code, message }: ShoalError): void {
    this.outcomes[index] = { kind: 'failed', code, message };
    this.#left--;
  }

  /** What was written is under its name. */
  isKept(file: BatchFile, stamp: FileStamp): void {
    this.#isDone(file, stamp, true);
  }

  /** Whether every file has come to an end, for the first who asks. */
  takeWhole(): boolean {
    if (this.#left !== 0) return false;
    this.#left = -1;
    return true;
  }

  /** The files that are written and have not got their names: the caller's from now on. */
  takeWritten(): BatchFile[] {
    const written = this.#written;
    this.#written = [];
    return written;
  }

  #isDone(file: BatchFile, stamp: FileStamp, fetched: boolean): void {
    this.outcomes[file.index] = { kind: 'done', stamp, fetched };
    this.done.push({ place: file.place, manifestId: file.manifest.id, stamp });
  }
}
