import type { EngineEvent, FileOutcome } from '../../engine/index.js';
import { backOffMs, eachInLanes, inLanes } from '../../program/index.js';
import {
  isErrorCode,
  MAX_BATCH_FILES,
  MAX_NAMED_DEVICES,
  PIECE_BYTES,
  type SharedFile,
  ShoalError,
} from '../../protocol/index.js';
import type { FolderChanges } from '../api/folder-download.js';
import type { FileDownloads } from '../downloads/file-downloads.js';
import type { LibraryFolder } from '../library/records/library-schema.js';
import type { Session } from '../session/session.js';
import { ShareBatcher } from '../shares/share-batcher.js';
import type { ShareManager } from '../shares/share-manager.js';
import type { SlotProgress } from '../transfers/slot-claim.js';
import type { TransferManager } from '../transfers/transfer-manager.js';
import { pause, throwIfAborted } from '../util/abort.js';
import { makeEmptyFolders } from './empty-folders.js';
import { type FolderAnswer, FolderEngine } from './folder-engine.js';
import type { FolderHandle } from './folder-handle.js';
import { FolderLook, type WantedFile } from './folder-look.js';
import { type LookUp, lookUpFiles } from './folder-lookup.js';
import type { PlacedFile } from './folder-places.js';
import type { PreparedFolder } from './folder-preparation.js';
import { FolderProgressMeter } from './folder-progress.js';
import { settleGone } from './gone-files.js';
import { LargeFiles } from './large-files.js';
import { type SmallFileLook, smallFileOrder } from './small-file-order.js';

/** Batches in parallel: one downloads while another waits for the disk. A sequential download has one. */
const BATCHES_AT_ONCE = 3;
/** Blocked files that are examined in parallel. */
const EXAMINED_AT_ONCE = 4;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 10_000;
/** Codes of an unreachable or busy tracker. The request is retried later. */
const LATER: ReadonlySet<string> = new Set([
  ...['DISCONNECTED', 'SHUTTING_DOWN', 'TIMEOUT', 'RATE_LIMITED', 'UNAVAILABLE'],
]);

/** What a run depends on. */
export interface FolderRunParts {
  readonly manager: TransferManager;
  readonly shares: ShareManager;
  readonly downloads: FileDownloads;
  readonly record: LibraryFolder;
  readonly handle: FolderHandle;
  /** The id of the run, under which the engine has already started it. */
  readonly engineId: number;
  /** Number of slots for large files. */
  readonly partsAtOnce: () => number;
  readonly onProgress: (progress: SlotProgress) => void;
}

const CHANGED =
  'The file changed at its sharer, and nobody has the old content: download it again when it is shared again.';

/** One run of a folder download: from the list of files until each file is complete or has failed. */
export class FolderRun {
  readonly engineId: number;
  readonly large: LargeFiles;
  readonly #parts: FolderRunParts;
  readonly #engine: FolderEngine;
  readonly #look: FolderLook;
  readonly #tally = new FolderProgressMeter();
  readonly #shared: ShareBatcher;
  readonly #abort = new AbortController();
  /** Devices that failed to deliver files in this round. The next round excludes them. */
  readonly #fruitless = new Set<string>();
  #excluded: string[] = [];
  /** Files that were changed at a source. If nobody else offers them, they fail. */
  readonly #changed = new Set<WantedFile>();
  /** The state of the files of one piece. */
  #small: 'coming' | 'waiting' | 'over' = 'coming';
  #ended = Promise.resolve();
  #first: ShoalError | undefined;
  #fatal: ShoalError | undefined;

  constructor(parts: FolderRunParts) {
    this.engineId = parts.engineId;
    this.#parts = parts;
    this.#shared = new ShareBatcher(parts.shares);
    const { signal } = this.#abort;
    this.#engine = new FolderEngine(parts.manager.session.engine, parts.engineId, signal);
    this.#look = new FolderLook(parts.manager.session, parts.record, signal);
    this.large = new LargeFiles({
      ...{ ...parts, tally: this.#tally, signal },
      place: ({ segments, file: { sizeBytes } }) => this.#engine.place(segments, sizeBytes),
      onBlocked: (file, error) => this.#onBlocked(file, error),
      onDone: (file, isFetched) => this.#onDone(file.file, isFetched ? file.arrival : 'unchanged'),
      onProgress: () => this.#tell(),
      onFailed: ({ file }, error) => this.fail(file, error),
    });
  }

  get #session(): Session {
    return this.#parts.manager.session;
  }

  /** The first failure of a file, if there was one. */
  get firstFailure(): ShoalError | undefined {
    return this.#first;
  }

  get failedFiles(): number {
    return this.#tally.failedFiles;
  }

  /**
   * Downloads the files, reports or deletes those that the group removed, and creates the empty folders.
   * @throws ShoalError what ends the whole folder, or `ABORTED` after `stop`
   */
  run(prepared: PreparedFolder): Promise<void> {
    const running = this.#run(prepared);
    this.#ended = running.catch(() => {}); // the caller of `run` handles the error
    return running;
  }

  /** Resolves when nothing is written any more, even after `stop`. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  async #run({ placed, gone, empty }: PreparedFolder): Promise<void> {
    const left = await this.#look.look(placed, (file) => this.#onDone(file, 'unchanged'));
    throwIfAborted(this.#abort.signal);
    this.#tell();
    const isLarge = ({ file }: PlacedFile) => file.sizeBytes > PIECE_BYTES;
    try {
      await Promise.all([
        this.#untilNoneIsLeft(left.filter((file) => !isLarge(file))).then(() => (this.#small = 'over')),
        this.large.fetchAll(left.filter(isLarge)),
      ]);
      await settleGone({ ...this.#parts, engine: this.#engine, signal: this.#abort.signal }, gone);
      await makeEmptyFolders(this.#engine, this.#session, empty);
      throwIfAborted(this.#abort.signal);
    } catch (error) {
      this.#abort.abort(); // a failed lane ends the others
      throw this.#fatal ?? error;
    } finally {
      await this.#shared.end();
    }
    this.#tell();
  }

  /** A file is on the disk. @param isCounted whether the engine counts its bytes */
  #onDone({ sizeBytes }: SharedFile, kind: keyof FolderChanges, isCounted = false): void {
    this.#tally.done(sizeBytes, isCounted);
    this.#parts.handle.counts(kind);
  }

  /** Another file stands at the path. @returns the file to fetch all the same, if that one may be replaced */
  async #onBlocked(file: WantedFile, error: ShoalError): Promise<WantedFile | undefined> {
    const found = await this.#look.examine(file);
    if (found === 'foreign') this.fail(file.file, error);
    else if (found !== 'edited') return found;
    else {
      const { fileName, sizeBytes } = file.file;
      this.#tally.done(sizeBytes, false);
      this.#parts.handle.keeps({ fileName, path: this.large.pathOf(file), why: 'edited' });
    }
    return undefined;
  }

  /** Records the failure of a file. */
  fail({ fileName }: { readonly fileName: string }, error: ShoalError): void {
    this.#tally.failed();
    const { code, message } = error;
    this.#first ??= new ShoalError(code, `${fileName}: ${code}: ${message}`);
    this.#parts.handle.fileFailed({ fileName, code, message });
  }

  /** Ends the run. The caller stops the engine's part and the large files. */
  stop(): void {
    this.#abort.abort();
  }

  /** The engine's part has failed. */
  onFailed({ code, message }: EngineEvent & { type: 'folderFailed' }): void {
    this.#fatal = new ShoalError(code, message);
    this.#abort.abort();
  }

  onProgress(event: EngineEvent & { type: 'folderProgress' }): void {
    this.#tally.onProgress(event);
    this.#tell();
  }

  onAnswer(answer: FolderAnswer): void {
    this.#engine.onAnswer(answer);
  }

  /** Repeats rounds over the files without a working source, with increasing delays while no round makes progress. */
  async #untilNoneIsLeft(files: readonly WantedFile[]): Promise<void> {
    let left = files;
    for (let fruitless = 0; left.length > 0; ) {
      const unsourced: WantedFile[] = [];
      const lanes = this.#parts.handle.sequential ? 1 : BATCHES_AT_ONCE;
      await inLanes(lanes, left, MAX_BATCH_FILES, async (batch) => {
        unsourced.push(...(await this.#fetchBatch(batch)));
      });
      if (unsourced.length === 0) return;
      // For one round only, so that a device is asked again after a short absence.
      this.#excluded = [...this.#fruitless].slice(-MAX_NAMED_DEVICES);
      this.#fruitless.clear();
      fruitless = unsourced.length < left.length ? 0 : fruitless + 1;
      left = unsourced;
      this.#small = fruitless > 1 ? 'waiting' : 'coming';
      this.#tell();
      const delayMs = backOffMs(fruitless, FIRST_RETRY_MS, LAST_RETRY_MS, Math.random);
      await pause(delayMs, this.#abort.signal);
    }
  }

  /** Downloads some files, and shares them. @returns the files to retry */
  async #fetchBatch(files: readonly WantedFile[]): Promise<readonly WantedFile[]> {
    const { record } = this.#parts;
    const session = this.#session;
    let known: LookUp;
    try {
      known = await lookUpFiles(session, record.groupId, files, this.#excluded, this.#abort.signal);
    } catch (thrown) {
      const error = ShoalError.from(thrown);
      if (!LATER.has(error.code)) throw error;
      session.logger.debug(`${record.folder}: ${error.message}`);
      return files;
    }
    const wanted: SmallFileLook[] = [];
    for (const { file, found } of known.files) {
      if (found instanceof ShoalError) this.fail(file.file, found);
      else if (found.sources.length === 0 && this.#excluded.length === 0 && this.#changed.has(file))
        this.fail(file.file, new ShoalError('FILE_CHANGED', CHANGED));
      else wanted.push({ file, ...found });
    }
    if (wanted.length === 0) return [];
    const outcomes = await this.#engine.fetch(
      wanted.map((one) => smallFileOrder(session, one, this.large.pathOf(one.file))),
      known.devices,
    );
    for (const [index, { sources }] of wanted.entries()) {
      if (outcomes[index]?.kind !== 'unsourced') continue;
      for (const device of sources) {
        const fruitless = known.devices[device];
        if (fruitless) this.#fruitless.add(fruitless.deviceId);
      }
    }
    return this.#settle(wanted, outcomes);
  }

  async #settle(
    wanted: readonly { file: WantedFile; manifest: Uint8Array }[],
    outcomes: readonly FileOutcome[],
  ): Promise<readonly WantedFile[]> {
    const { groupId } = this.#parts.record;
    const again: WantedFile[] = [];
    const blocked: { file: WantedFile; error: ShoalError }[] = [];
    const finished = wanted.flatMap(({ file, manifest }, index) => {
      const outcome = outcomes[index];
      if (outcome?.kind === 'failed') {
        const error = new ShoalError(isErrorCode(outcome.code) ? outcome.code : 'INTERNAL', outcome.message);
        if (error.code === 'DESTINATION_EXISTS') blocked.push({ file, error });
        else this.fail(file.file, error);
      } else if (outcome?.kind === 'done') {
        this.#onDone(file.file, outcome.fetched ? file.arrival : 'unchanged', outcome.fetched);
        const path = this.large.pathOf(file);
        const { fileName, version } = file.file;
        return [{ groupId, fileName, path, manifest, stamp: outcome.stamp, version }];
      } else {
        if (outcome?.kind === 'unsourced' && outcome.isChanged) this.#changed.add(file);
        again.push(file);
      }
      return [];
    });
    if (finished.length > 0) {
      await this.#shared.add(finished);
      this.#small = 'coming';
    }
    await eachInLanes(EXAMINED_AT_ONCE, blocked, async ({ file, error }) => {
      const found = await this.#onBlocked(file, error);
      if (found) again.push(found);
    });
    this.#tell();
    return again;
  }

  #tell(): void {
    const { isLargeUnderWay, hasLarge } = this.#tally;
    const isWaiting = !isLargeUnderWay && (this.#small === 'waiting' || (this.#small === 'over' && hasLarge));
    const { now, isVerifying, isLimited } = this.#tally;
    this.#parts.handle.waits(isWaiting);
    this.#parts.handle.progressed(now);
    const phase = isWaiting ? 'waiting' : isVerifying || this.large.isLooking ? 'verifying' : 'downloading';
    const { doneBytes, bytesPerSecond } = now;
    this.#parts.onProgress({ phase, doneBytes, bytesPerSecond, mayExpect: true, isLimited });
  }
}
