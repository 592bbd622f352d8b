import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type EngineEvent, removeParts } from '../../engine/index.js';
import { nameKey, parseFilePath, ShoalError } from '../../protocol/index.js';
import type { FolderDownload } from '../api/folder-download.js';
import type { FolderDownloadOptions } from '../api/options.js';
import type { DownloadManager } from '../downloads/download-manager.js';
import { tagOf } from '../local/folder-tag.js';
import type { LibraryFolder } from '../local/library-schema.js';
import type { Session } from '../session/session.js';
import type { ShareManager } from '../shares/share-manager.js';
import { StopSignals, untilEnded } from '../util/abort.js';
import { newEngineId } from '../util/engine-ids.js';
import { FolderHandle } from './folder-handle.js';
import { prepareFolder } from './folder-preparation.js';
import { FolderRun } from './folder-run.js';
import { claimFolderSpace } from './folder-space.js';
import type { LargeFiles } from './large-files.js';

/** A folder download that is listed, and the try that is on. */
interface Entry {
  readonly handle: FolderHandle;
  readonly destination: string;
  record: LibraryFolder | undefined;
  run: FolderRun | undefined;
  /** Its large files, those of an earlier try included. */
  large: LargeFiles | undefined;
  /** Each try has its own number, so that one that was stopped is known as such. */
  attempt: number;
  hasTicket: boolean;
  overwrite: boolean;
  readonly signals: StopSignals;
}

/** Folder downloads from the first question to the tracker until all of a folder is there and served on. */
export class FolderManager {
  readonly #session: Session;
  readonly #shares: ShareManager;
  readonly #downloads: DownloadManager;
  readonly #onChanged: (download: FolderDownload) => void;
  readonly #entries: Entry[] = [];

  constructor(
    session: Session,
    shares: ShareManager,
    downloads: DownloadManager,
    onChanged: (download: FolderDownload) => void,
  ) {
    this.#session = session;
    this.#shares = shares;
    this.#downloads = downloads;
    this.#onChanged = onChanged;
  }

  list(): FolderDownload[] {
    return this.#entries.map(({ handle }) => handle);
  }

  /** Takes those that are complete off the list. */
  clear(): void {
    for (const entry of [...this.#entries]) if (entry.handle.state.name === 'complete') this.#unlist(entry);
  }

  /** Begins a folder download, or takes up the one of the same folder to the same place. @throws ShoalError `INVALID_NAME` */
  start(groupId: string, folder: string, destination: string, options: FolderDownloadOptions): FolderDownload {
    const name = parseFilePath(folder.replace(/\/$/, ''));
    const absolute = resolve(destination) + (/[/\\]$/.test(destination) ? '/' : '');
    const known = this.#entries.find((entry) => isSame(entry, groupId, name, absolute));
    const entry = known ?? this.#add({ id: randomUUID(), groupId, folder: name, path: absolute });
    if (options.overwrite) {
      entry.overwrite = true;
      if (entry.record) this.#session.account.changeFolder(entry.record, { overwrite: true });
    }
    if (!known) void this.#begin(entry);
    else this.#resume(known);
    entry.signals.add(options.signal, () => void this.#giveUp(entry));
    return entry.handle;
  }

  /** After signing in: lists what was not finished, and goes on with what was not paused. */
  restore(): void {
    for (const record of this.#session.account.folders) {
      const { id, groupId, folder, root, paused } = record;
      const entry = this.#add({ id, groupId, folder, path: root });
      entry.record = record;
      if (paused) entry.handle.paused();
      else void this.#begin(entry);
    }
  }

  /** Signing out or closing: everything under way stops, and is waited for so long at most; what is there is kept. */
  async suspendAll(remember: 'paused' | 'running', maxMs: number): Promise<void> {
    try {
      await untilEnded(
        this.#entries.map((entry) => this.#suspend(entry, remember)),
        maxMs,
      );
    } finally {
      for (const { handle, signals } of this.#entries) {
        signals.end();
        handle.abandoned();
      }
    }
  }

  /** This user is no member of the group any more. */
  async dropGroup(groupId: string): Promise<void> {
    const error = new ShoalError('NOT_A_MEMBER', `You are no member of ${groupId} any more.`);
    for (const entry of this.#entries) {
      if (nameKey(entry.handle.groupId) !== nameKey(groupId) || !entry.handle.isRunning) continue;
      await this.#stop(entry);
      entry.handle.failed(error);
    }
  }

  /** The engine is gone. */
  failAll(error: ShoalError): void {
    for (const { handle, run } of this.#entries) {
      run?.stop();
      handle.failed(error);
    }
  }

  onProgress(event: EngineEvent & { type: 'folderProgress' }): void {
    this.#runOf(event.downloadId)?.onProgress(event);
  }

  onBatchDone(event: EngineEvent & { type: 'folderBatchDone' }): void {
    this.#runOf(event.downloadId)?.onBatchDone(event);
  }

  onPlaced(event: EngineEvent & { type: 'folderPlaced' }): void {
    this.#runOf(event.downloadId)?.onPlaced(event);
  }

  onFailed(event: EngineEvent & { type: 'folderFailed' }): void {
    this.#runOf(event.downloadId)?.onFailed(event);
  }

  #add(about: { id: string; groupId: string; folder: string; path: string }): Entry {
    const handle: FolderHandle = new FolderHandle(about, {
      pause: () => this.#suspend(entry, 'paused'),
      resume: () => this.#resume(entry),
      cancel: () => this.#cancel(entry),
    });
    const entry: Entry = {
      ...{
        handle,
        destination: about.path,
        record: undefined,
        run: undefined,
        large: undefined,
        attempt: 0,
        hasTicket: false,
        overwrite: false,
        signals: new StopSignals(),
      },
    };
    handle.on('state', () => {
      if (handle.isOver) entry.signals.end();
      this.#onChanged(handle);
    });
    this.#entries.push(entry);
    this.#onChanged(handle);
    return entry;
  }

  async #begin(entry: Entry): Promise<void> {
    const attempt = ++entry.attempt;
    const isStill = () => entry.attempt === attempt;
    const { handle, destination } = entry;
    const { id, groupId, folder } = handle;
    try {
      const prepared = await prepareFolder(
        this.#session,
        { id, groupId, folder, destination, overwrite: entry.overwrite },
        entry.record,
      );
      if (!isStill()) return;
      const { record, placed, misplaced, fileCount, sizeBytes } = prepared;
      await claimFolderSpace(this.#downloads.space, handle, prepared, this.#session.hashes);
      if (!isStill()) return;
      await this.#keep(entry, record);
      if (!isStill()) return;
      entry.hasTicket = true;
      await this.#downloads.tickets.acquire(record.groupId);
      if (!isStill()) return;
      const run = this.#run(entry, record);
      handle.begun(fileCount, sizeBytes);
      for (const { file, error } of misplaced) run.fail(file, error);
      await run.run(placed);
      if (isStill()) await this.#end(entry, run);
    } catch (thrown) {
      if (!isStill()) return;
      await this.#stop(entry);
      handle.failed(ShoalError.from(thrown));
    }
  }

  #run(entry: Entry, record: LibraryFolder): FolderRun {
    const { engine, library } = this.#session;
    const { groupId, root, id, overwrite = false } = record;
    const engineId = newEngineId();
    const journalPath = library.folderJournalPath(id);
    engine.send({
      ...{ type: 'downloadFolder', downloadId: engineId, groupId, root, overwrite },
      ...{ tag: tagOf(id), journalPath },
    });
    const [session, shares, downloads] = [this.#session, this.#shares, this.#downloads];
    const run = new FolderRun({ session, shares, downloads, record, handle: entry.handle, engineId });
    entry.run = run;
    entry.large = run.large;
    return run;
  }

  /** Puts the download into the library, when it is not there. */
  async #keep(entry: Entry, record: LibraryFolder): Promise<void> {
    entry.handle.placed(record.root);
    if (entry.record) return;
    const other = this.#entries.find((one) => !one.handle.isOver && one.record?.root === record.root);
    if (other) {
      const { folder } = other.handle;
      throw new ShoalError('ALREADY_DOWNLOADING', `${folder} is on its way to ${record.root}: choose another place.`);
    }
    this.#session.account.putFolder(record);
    entry.record = record;
    await this.#session.library.durable();
  }

  /** Everything has come to an end. */
  async #end(entry: Entry, run: FolderRun): Promise<void> {
    const { handle, record } = entry;
    await this.#stop(entry);
    if (run.firstFailure) {
      const { fileCount } = handle.progress;
      const what = `${run.failedFiles} of ${fileCount} files of ${handle.folder} could not be had, first ${run.firstFailure.message}`;
      handle.failed(
        new ShoalError('FOLDER_INCOMPLETE', `${what} The others are there: resume when that is put right.`, {
          cause: run.firstFailure,
        }),
      );
      return;
    }
    if (record) await this.#forget(record);
    handle.completed();
  }

  #resume(entry: Entry): void {
    const { handle } = entry;
    if (handle.isRunning || handle.isOver) return;
    if (entry.record) this.#session.account.changeFolder(entry.record, { paused: false });
    handle.restart();
    this.#session.library.durable().catch((error: unknown) => {
      this.#session.logger.warn(`${handle.folder}: ${ShoalError.from(error).message}`);
    });
    void this.#begin(entry);
  }

  async #suspend(entry: Entry, remember: 'paused' | 'running'): Promise<void> {
    if (!entry.handle.isRunning) return;
    const { large } = entry;
    await this.#stop(entry);
    if (remember === 'paused') await large?.pause(); // else whoever suspends all suspends them
    if (entry.record) this.#session.account.changeFolder(entry.record, { paused: remember === 'paused' });
    entry.handle.paused();
    await this.#session.library.durable();
  }

  async #cancel(entry: Entry): Promise<void> {
    const { record } = entry;
    if (entry.handle.isOver) return;
    await this.#stop(entry);
    try {
      await entry.large?.cancel();
      if (record) await this.#removeParts(record);
    } finally {
      await this.#giveUp(entry);
    }
  }

  /** Removes what a try that was killed left of small files. @throws ShoalError `DISK_UNAVAILABLE`, or the disk's errors */
  async #removeParts({ root, id }: LibraryFolder): Promise<void> {
    await this.#session.hashes.requireAnswer(root);
    await removeParts(root, tagOf(id));
  }

  /** Ends a download; what is there of it is kept for another call. */
  async #giveUp(entry: Entry): Promise<void> {
    if (entry.handle.isOver) return;
    const { record } = entry;
    await this.#stop(entry);
    entry.large?.giveUp();
    this.#unlist(entry);
    if (record) await this.#forget(record);
    entry.handle.cancelled();
  }

  /** Stops the try that is on, and waits until the engine has closed its files. */
  async #stop(entry: Entry): Promise<void> {
    entry.attempt++;
    const { run } = entry;
    entry.run = undefined;
    run?.stop();
    if (run) await Promise.all([this.#session.engine.stopDownload(run.engineId), run.ended]);
    if (entry.hasTicket && entry.record) this.#downloads.tickets.release(entry.record.groupId);
    entry.hasTicket = false;
  }

  async #forget(record: LibraryFolder): Promise<void> {
    const { account, library } = this.#session;
    account.removeFolder(record);
    await library.durable();
    await rm(library.folderJournalPath(record.id), { force: true });
  }

  #unlist(entry: Entry): void {
    const at = this.#entries.indexOf(entry);
    if (at >= 0) this.#entries.splice(at, 1);
  }

  #runOf(engineId: number): FolderRun | undefined {
    return this.#entries.find(({ run }) => run?.engineId === engineId)?.run;
  }
}

function isSame({ handle, destination, record }: Entry, groupId: string, folder: string, place: string): boolean {
  if (handle.isOver || nameKey(handle.groupId) !== nameKey(groupId) || nameKey(handle.folder) !== nameKey(folder))
    return false;
  return (
    destination === place || record?.root === place || record?.root === resolve(place, folder.split('/').at(-1) ?? '')
  );
}
