import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { removePartial, removeParts } from '../../engine/index.js';
import { nameKey, ShoalError } from '../../protocol/index.js';
import type { FolderDownload } from '../api/folder-download.js';
import type { FileDownloads } from '../downloads/file-downloads.js';
import type { LibraryFolder } from '../library/records/library-schema.js';
import { tagOf } from '../local/folder-tag.js';
import type { Session } from '../session/session.js';
import type { ShareManager } from '../shares/share-manager.js';
import type { Transfer } from '../transfers/transfer.js';
import type { TransferAbout } from '../transfers/transfer-handle.js';
import type { TransferManager } from '../transfers/transfer-manager.js';
import { paceOf, type TransferTerms, termsOf } from '../transfers/transfer-terms.js';
import { StopSignals } from '../util/abort.js';
import { newEngineId } from '../util/engine-ids.js';
import { FolderHandle } from './folder-handle.js';
import { type PreparedFolder, prepareFolder } from './folder-preparation.js';
import { FolderRun } from './folder-run.js';
import { claimFolderSpace } from './folder-space.js';
import type { FolderWish } from './folder-wish.js';

/** Number of slots for a folder's large files. */
const PARTS_AT_ONCE = 4;
/** Codes of an unreachable tracker. A queued folder is then looked up after the reconnect. */
const LATER: ReadonlySet<string> = new Set(['DISCONNECTED', 'SHUTTING_DOWN', 'TIMEOUT', 'UNAVAILABLE']);

/** What a folder's transfer depends on. */
export interface FolderContext {
  readonly manager: TransferManager;
  readonly shares: ShareManager;
  readonly downloads: FileDownloads;
  readonly onChanged: (download: FolderDownload) => void;
}

/** The download of one folder, and its current run. */
export class FolderTransfer implements Transfer {
  readonly handle: FolderHandle;
  readonly destination: string;
  readonly parent = undefined;
  readonly signals = new StopSignals();
  record: LibraryFolder | undefined;
  isStopping = false;
  isResting = false;
  #wish: FolderWish;
  #stopping: Promise<unknown> = Promise.resolve();
  readonly #context: FolderContext;
  readonly #session: Session;
  #run: FolderRun | undefined;
  /** Number of the current run, by which a stopped run recognises that it is outdated. */
  #attempt = 0;
  #isTrying = false;
  #lookingUp: Promise<void> | undefined;
  /** The group whose ticket this download keeps valid. */
  #ticketGroup: string | undefined;

  constructor(
    about: TransferAbout & { readonly folder: string },
    first: 'starting' | 'queued',
    wish: FolderWish,
    context: FolderContext,
  ) {
    this.#wish = wish;
    this.#context = context;
    this.#session = context.manager.session;
    this.destination = about.path;
    const actions = context.manager.actionsOf(() => this);
    this.handle = new FolderHandle(about, first, actions);
    this.handle.on('state', () => context.manager.onState(this));
  }

  get isUnderWay(): boolean {
    return this.#isTrying;
  }

  get partsAtOnce(): number {
    if (!this.#run || this.isStopping) return 0;
    return this.handle.sequential ? 1 : PARTS_AT_ONCE;
  }

  get run(): FolderRun | undefined {
    return this.#run;
  }

  begin(): void {
    void this.#begin();
  }

  async lookUp(): Promise<void> {
    this.#lookingUp = this.#lookUp();
    await this.#lookingUp;
    this.#lookingUp = undefined;
  }

  /** Nothing to do: the run retries its requests by itself. */
  async refresh(): Promise<void> {}

  async stop(): Promise<void> {
    this.#attempt++;
    this.isStopping = true;
    if (this.#run) this.#stopping = this.#stopRun(this.#run);
    this.#run = undefined;
    await this.#stopping;
    this.isStopping = false;
    this.#isTrying = false;
    if (this.#ticketGroup !== undefined) this.#context.manager.tickets.release(this.#ticketGroup);
    this.#ticketGroup = undefined;
  }

  pace(): void {
    if (!this.#run) return;
    this.#session.engine.send({ type: 'pace', downloadId: this.#run.engineId, ...paceOf(this.handle) });
    this.#run.large.setSequential(this.handle.sequential);
  }

  remember(changes: Partial<TransferTerms & { paused: boolean }>): void {
    if (this.record) this.#session.account.changeFolder(this.record, changes);
  }

  get wish(): FolderWish {
    return this.#wish;
  }

  /** Changes what the user wants, from the next run on. */
  wishes(changes: Partial<FolderWish>): void {
    this.#wish = { ...this.#wish, ...changes };
    if (this.record) this.#session.account.changeFolder(this.record, changes);
  }

  async forget(): Promise<void> {
    const { record } = this;
    if (!record) return;
    const { account, library } = this.#session;
    const parts = account.partsOf(record.id);
    for (const part of parts) account.removeDownload(part);
    account.removeFolder(record);
    await library.durable();
    await library.dropManifests(parts.map(({ manifestId }) => manifestId));
    await rm(library.folderJournalPath(record.id), { force: true });
  }

  leftovers(): () => Promise<void> {
    const { record } = this;
    const removeFiles = this.#partFiles();
    return async () => {
      if (!record) return;
      await this.#session.hashes.requireAnswer(record.root);
      await removeFiles();
      await removeParts(record.root, tagOf(record.id));
    };
  }

  fail(error: ShoalError): void {
    this.#run?.stop();
    this.handle.failed(error);
  }

  announce(): void {
    this.#context.onChanged(this.handle);
  }

  holds(path: string): boolean {
    return !this.handle.isOver && this.record?.root === path;
  }

  /** Whether a call refers to this unfinished download. */
  is(groupId: string, folder: string, place: string): boolean {
    const { handle, destination, record } = this;
    if (handle.isOver || nameKey(handle.groupId) !== nameKey(groupId) || nameKey(handle.folder) !== nameKey(folder))
      return false;
    return (
      destination === place || record?.root === place || record?.root === resolve(place, folder.split('/').at(-1) ?? '')
    );
  }

  async #begin(): Promise<void> {
    const attempt = ++this.#attempt;
    const isStill = () => this.#attempt === attempt;
    const { handle } = this;
    const { manager } = this.#context;
    this.#isTrying = true;
    this.isResting = false;
    try {
      await this.#lookingUp;
      if (!isStill()) return;
      const prepared = await this.#prepare();
      if (!isStill()) return;
      await claimFolderSpace(manager.space, handle, prepared, this.#session.hashes);
      if (!isStill()) return;
      const record = await this.#keep(prepared);
      if (!isStill()) return;
      this.#ticketGroup = record.groupId;
      await manager.tickets.acquire(record.groupId);
      if (!isStill()) return;
      const run = this.#startRun(record);
      handle.begun();
      for (const { file, error } of prepared.misplaced) run.fail(file, error);
      await run.run(prepared);
      if (isStill()) await this.#end(run);
    } catch (thrown) {
      if (!isStill()) return;
      await manager.stop(this);
      handle.failed(ShoalError.from(thrown));
    }
  }

  async #lookUp(): Promise<void> {
    try {
      const prepared = await this.#prepare();
      if (!this.handle.isActive) return;
      await this.#keep(prepared);
      this.announce();
    } catch (thrown) {
      const error = ShoalError.from(thrown);
      if (this.handle.isQueued && !LATER.has(error.code)) this.handle.failed(error);
    }
  }

  async #prepare(): Promise<PreparedFolder> {
    const { handle, destination, wish } = this;
    const { id, groupId, folder } = handle;
    const wanted = { id, groupId, folder, destination, wish };
    return prepareFolder(this.#session, wanted, this.record);
  }

  /** Adds the download to the library, if it is new. */
  async #keep({ record, fileCount, sizeBytes }: PreparedFolder): Promise<LibraryFolder> {
    this.handle.placed(record.root);
    this.handle.listed(fileCount, sizeBytes);
    if (this.record) return this.record;
    this.#context.manager.refuseSamePlace(this, record.root);
    const kept = this.#session.account.putFolder({ ...record, ...termsOf(this.handle) });
    this.record = kept;
    await this.#context.manager.place(this);
    return kept;
  }

  #startRun(record: LibraryFolder): FolderRun {
    const { engine, library } = this.#session;
    const { groupId, root, id, overwrite = false } = record;
    const engineId = newEngineId();
    engine.send({
      ...{ type: 'downloadFolder', downloadId: engineId, groupId, root, overwrite },
      ...{ tag: tagOf(id), journalPath: library.folderJournalPath(id) },
      ...paceOf(this.handle),
    });
    const { shares, downloads, manager } = this.#context;
    const run = new FolderRun({
      ...{ manager, shares, downloads, record, handle: this.handle, engineId },
      partsAtOnce: () => this.partsAtOnce,
      onProgress: (progress) => manager.progressed(this, progress),
    });
    this.#run = run;
    return run;
  }

  async #stopRun(run: FolderRun): Promise<void> {
    run.stop();
    await run.large.stop(); // before the engine's part, which contains their rate limit
    await Promise.all([this.#session.engine.stopDownload(run.engineId), run.ended]);
  }

  /** Every file is complete or has failed. */
  async #end(run: FolderRun): Promise<void> {
    const { handle } = this;
    await this.#context.manager.stop(this);
    if (run.firstFailure) {
      const { fileCount } = handle.progress;
      const what = `${run.failedFiles} of ${fileCount} files of ${handle.folder} failed, first ${run.firstFailure.message}`;
      handle.failed(
        new ShoalError('FOLDER_INCOMPLETE', `${what} The others are complete: resume when the cause is removed.`, {
          cause: run.firstFailure,
        }),
      );
      return;
    }
    const removeFiles = this.#partFiles(); // of files that the group no longer shares
    await this.forget();
    handle.completed();
    await removeFiles();
  }

  /** Locates the partial files of its large files. @returns a function that removes them */
  #partFiles(): () => Promise<void> {
    const parts = this.record ? this.#session.account.partsOf(this.record.id) : [];
    return async () => {
      for (const { finalPath, manifestId } of parts) await removePartial(finalPath, manifestId);
    };
  }
}
