import type { FileStamp } from '../../disk/index.js';
import type { ShoalError } from '../../protocol/index.js';
import type { PeerChannel } from '../fetching/peer.js';
import type { FileOutcome } from '../messages.js';
import type { SmallFile } from './folder-disk.js';
import type { DoneFile } from './folder-journal.js';

/** A file of a batch. */
export interface BatchFile extends SmallFile {
  /** Its path below the root. */
  readonly place: string;
  readonly batch: FolderBatch;
  /** Its index in the batch. */
  readonly index: number;
  /** The channel that requests it, which serves no other file. */
  channel: PeerChannel | undefined;
}

const OPEN: FileOutcome = { kind: 'unsourced' };

/** Files that become durable together, and the outcome of each. */
export class FolderBatch {
  readonly number: number;
  readonly outcomes: FileOutcome[];
  /** Files that are on the disk under their final names. */
  readonly done: DoneFile[] = [];
  /** Files that existed before. */
  readonly present: BatchFile[] = [];
  readonly #changed = new Set<number>();
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

  /** A source says that it has changed the file. */
  isChanged(index: number): void {
    this.#changed.add(index);
  }

  isUnsourced(index: number): void {
    this.outcomes[index] = this.#changed.has(index) ? { kind: 'unsourced', isChanged: true } : OPEN;
    this.#left--;
  }

  hasFailed(index: number, { code, message }: ShoalError): void {
    this.outcomes[index] = { kind: 'failed', code, message };
    this.#left--;
  }

  /** A written file has its final name. */
  isKept(file: BatchFile, stamp: FileStamp): void {
    this.#isDone(file, stamp, true);
  }

  /** Whether every file has an outcome. Returns true once. */
  takeWhole(): boolean {
    if (this.#left !== 0) return false;
    this.#left = -1;
    return true;
  }

  /** The written files that do not have their final names yet. The caller owns them from now on. */
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
