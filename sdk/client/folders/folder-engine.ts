import type { FileStamp } from '../../disk/index.js';
import type { EngineEvent, FileOutcome, FolderFile, PlaceOutcome, RemovalOutcome } from '../../engine/index.js';
import { eachInLanes } from '../../program/index.js';
import { ShoalError, type Source } from '../../protocol/index.js';
import type { Session } from '../session/session.js';
import { untilAborted } from '../util/abort.js';

/** Folders that are created in parallel. */
const FOLDERS_AT_ONCE = 16;

/** The engine's events that answer a request. */
export type FolderAnswer = EngineEvent & { type: 'folderBatchDone' | 'folderPlaced' | 'folderRemoved' };

/** The engine's part of a folder download: requests and their answers. */
export class FolderEngine {
  readonly #engine: Session['engine'];
  readonly #downloadId: number;
  readonly #signal: AbortSignal;
  readonly #batches = new Map<number, (outcomes: readonly FileOutcome[]) => void>();
  readonly #places = new Map<number, (outcome: PlaceOutcome) => void>();
  readonly #removals = new Map<number, (outcome: RemovalOutcome) => void>();
  #next = 0;

  /** @param signal aborted when the download stops: requests then fail with `ABORTED` */
  constructor(engine: Session['engine'], downloadId: number, signal: AbortSignal) {
    this.#engine = engine;
    this.#downloadId = downloadId;
    this.#signal = signal;
  }

  /** Fetches small files. @returns the outcome of each, in order */
  async fetch(files: readonly FolderFile[], devices: readonly Source[]): Promise<readonly FileOutcome[]> {
    const [batch, answer] = this.#ask(this.#batches);
    this.#engine.send({ type: 'folderBatch', downloadId: this.#downloadId, batch, files, devices });
    return answer;
  }

  /** Creates the folder of a larger file. @returns whether a file of that size is at its path @throws ShoalError */
  async place(segments: readonly string[], sizeBytes: number): Promise<boolean> {
    const outcome = await this.#place(segments, sizeBytes);
    if (outcome.kind === 'failed') throw new ShoalError(outcome.code, outcome.message);
    return outcome.isThere;
  }

  /** Removes a file if it has the stamp, and the folders that this empties. @returns whether it did @throws ShoalError */
  async remove(segments: readonly string[], stamp: FileStamp): Promise<boolean> {
    const [removal, answer] = this.#ask(this.#removals);
    this.#engine.send({ type: 'folderRemove', downloadId: this.#downloadId, removal, segments, stamp });
    const outcome = await answer;
    if (outcome.kind === 'failed') throw new ShoalError(outcome.code, outcome.message);
    return outcome.removed;
  }

  /** Creates folders, durably. @returns why some could not be created @throws ShoalError `ABORTED` */
  async makeFolders(folders: readonly (readonly string[])[]): Promise<ShoalError[]> {
    const problems: ShoalError[] = [];
    await eachInLanes(FOLDERS_AT_ONCE, folders, async (segments) => {
      const outcome = await this.#place(segments, undefined);
      if (outcome.kind === 'failed') problems.push(new ShoalError(outcome.code, outcome.message));
    });
    if (problems.length < folders.length) await this.fetch([], []); // a batch ends with a sync of the changed folders
    return problems;
  }

  onAnswer(answer: FolderAnswer): void {
    if (answer.type === 'folderBatchDone') take(this.#batches, answer.batch)?.(answer.outcomes);
    else if (answer.type === 'folderPlaced') take(this.#places, answer.place)?.(answer.outcome);
    else take(this.#removals, answer.removal)?.(answer.outcome);
  }

  #place(segments: readonly string[], sizeBytes: number | undefined): Promise<PlaceOutcome> {
    const [place, answer] = this.#ask(this.#places);
    this.#engine.send({ type: 'folderPlace', downloadId: this.#downloadId, place, segments, sizeBytes });
    return answer;
  }

  #ask<T>(waiting: Map<number, (outcome: T) => void>): [number: number, answer: Promise<T>] {
    const number = this.#next++;
    const answer = new Promise<T>((resolve) => waiting.set(number, resolve));
    return [number, untilAborted(answer, this.#signal)];
  }
}

function take<T>(waiting: Map<number, T>, number: number): T | undefined {
  const one = waiting.get(number);
  waiting.delete(number);
  return one;
}
