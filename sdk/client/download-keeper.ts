import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { type EngineEvent, type FileStamp, journalPathOf, partPathOf } from '../engine/index.js';
import { decodeManifest, nameKey, ShoalError, type Source, type TrackerEvent } from '../protocol/index.js';
import type { Download, DownloadResult, StreamableDownload } from './download.js';
import { DownloadHandle } from './download-handle.js';
import { prepareDownload } from './download-preparation.js';
import type { LibraryDownload } from './library.js';
import type { DownloadOptions } from './options.js';
import type { Session } from './session.js';
import type { ShareKeeper } from './share-keeper.js';
import { TicketKeeper } from './ticket-keeper.js';

/** A download that is not over, and what is needed to go on with it. */
interface Entry {
  readonly handle: DownloadHandle;
  readonly destination: string;
  readonly overwrite: boolean;
  /** Its number in the engine; each try has its own. */
  engineId: number;
  /** What the library holds of it, once its place and content are known. */
  record: LibraryDownload | undefined;
  hasTicket: boolean;
  /** The engine was told to stop it, and has not answered yet: it may still turn out to be done. */
  stopping: boolean;
}

let nextEngineId = 1;

/** The tracker went away: a download that has begun is told its sources when it is back. */
const LEFT_TO_REFRESH: ReadonlySet<string> = new Set(['DISCONNECTED', 'SHUTTING_DOWN', 'TIMEOUT']);

/** Downloads from the first question to the tracker until the file is whole and served on. */
export class DownloadKeeper {
  readonly #session: Session;
  readonly #shares: ShareKeeper;
  readonly #onChanged: (download: Download) => void;
  readonly tickets: TicketKeeper;
  readonly #entries = new Map<DownloadHandle, Entry>();

  constructor(session: Session, shares: ShareKeeper, onChanged: (download: Download) => void) {
    this.#session = session;
    this.#shares = shares;
    this.#onChanged = onChanged;
    this.tickets = new TicketKeeper(session);
  }

  list(): StreamableDownload[] {
    return [...this.#entries.keys()];
  }

  /** Takes those that are complete off the list. */
  clear(): void {
    for (const handle of this.#entries.keys()) if (handle.state.name === 'complete') this.#entries.delete(handle);
  }

  /** Begins a download, or takes up the one of the same file to the same place. */
  start(groupId: string, fileName: string, destination: string, options: DownloadOptions = {}): StreamableDownload {
    const absolute = resolve(destination) + (/[/\\]$/.test(destination) ? '/' : '');
    const known = [...this.#entries.values()].find((entry) => isSameDownload(entry, groupId, fileName, absolute));
    const entry = known ?? this.#add(groupId, fileName, absolute, options.overwrite ?? false);
    if (options.sequential !== undefined) entry.handle.setSequential(options.sequential);
    if (!known) void this.#begin(entry);
    else if (!known.handle.isActive) this.#resume(known);
    options.signal?.addEventListener('abort', () => void this.#giveUp(entry), { once: true });
    if (options.signal?.aborted) void this.#giveUp(entry);
    return entry.handle;
  }

  /** After signing in: lists what was not finished, and goes on with what was not paused. */
  restore(): void {
    for (const record of this.#session.account.downloads) {
      const entry = this.#add(record.groupId, record.fileName, record.finalPath, record.overwrite, record.id);
      entry.handle.setSequential(record.sequential ?? false);
      entry.record = record;
      entry.handle.restored(record.finalPath, record.sizeBytes, record.donePieces ?? 0);
      if (record.paused) entry.handle.paused();
      else void this.#begin(entry);
    }
  }

  /** The tracker is back: asks anew for the sources of everything under way, and announces it. */
  async refresh(): Promise<void> {
    this.tickets.renewAll();
    for (const entry of this.#entries.values()) {
      if (!entry.record || !entry.handle.isActive) continue;
      if (entry.handle.state.name !== 'starting') this.#announce(entry.record);
      await this.#findSources(entry, entry.record).catch((error: unknown) => {
        this.#session.logger.warn(`${entry.handle.fileName}: ${ShoalError.from(error).message}`);
      });
    }
  }

  /** Signing out or closing: everything under way stops; what is there is kept. */
  async suspendAll(remember: 'paused' | 'running'): Promise<void> {
    await Promise.all([...this.#entries.values()].map((entry) => this.#suspend(entry, remember)));
    for (const handle of this.#entries.keys()) handle.abandoned();
    this.tickets.close();
  }

  /** This user is no member of the group any more. */
  async dropGroup(groupId: string): Promise<void> {
    for (const entry of this.#entries.values()) {
      if (nameKey(entry.handle.groupId) !== nameKey(groupId) || !entry.handle.isActive) continue;
      await this.#stopEngine(entry);
      entry.handle.failed(new ShoalError('NOT_A_MEMBER', `You are no member of ${groupId} any more.`));
    }
  }

  /** The engine is gone. */
  failAll(error: ShoalError): void {
    for (const { handle } of this.#entries.values()) handle.failed(error);
  }

  onSourceCame({ groupId, manifestId, source }: TrackerEvent<'sourceCame'>): void {
    for (const entry of this.#underWay(groupId, manifestId)) this.#addSource(entry, source);
  }

  onSourceWent({ groupId, manifestId, deviceId }: TrackerEvent<'sourceWent'>): void {
    for (const entry of this.#underWay(groupId, manifestId)) {
      this.#session.engine.send({ type: 'sourceWent', downloadId: entry.engineId, deviceId });
    }
  }

  onProgress(event: EngineEvent & { type: 'downloadProgress' }): void {
    this.#byEngineId(event.downloadId)?.handle.progressed(event);
  }

  onReadable(event: EngineEvent & { type: 'readable' }): void {
    this.#byEngineId(event.downloadId)?.handle.readable(event);
  }

  onReady(event: EngineEvent & { type: 'downloadReady' }): void {
    const entry = this.#byEngineId(event.downloadId);
    if (!entry?.record) return;
    entry.handle.begun();
    this.#announce(entry.record);
  }

  async onDone(event: EngineEvent & { type: 'downloadDone' }): Promise<void> {
    const entry = this.#byEngineId(event.downloadId);
    if (!entry?.record) return;
    this.#forgetWatch(entry);
    try {
      entry.handle.completed(await this.#keepAsShare(entry.record, event.stamp));
    } catch (error) {
      entry.handle.failed(ShoalError.from(error, 'DISK_ERROR'));
      return;
    }
    await this.#shares.announceAll().catch((error: unknown) => {
      const why = ShoalError.from(error).message;
      this.#session.logger.debug(`${entry.handle.fileName} is announced when the tracker is back: ${why}`);
    });
  }

  onFailed(event: EngineEvent & { type: 'downloadFailed' }): void {
    const entry = this.#byEngineId(event.downloadId);
    if (!entry) return;
    this.#forgetWatch(entry);
    this.#withdraw(entry);
    entry.engineId = 0;
    entry.handle.failed(new ShoalError(event.code, event.message));
  }

  #add(groupId: string, fileName: string, destination: string, overwrite: boolean, id: string = randomUUID()): Entry {
    const handle = new DownloadHandle(id, groupId, fileName, destination, {
      pieces: (described) => this.#session.engine.describeDownload(this.#entries.get(described)?.engineId ?? 0),
      pause: (paused) => this.#withEntry(paused, (entry) => this.#suspend(entry, 'paused')),
      resume: (resumed) => void this.#withEntry(resumed, async (entry) => this.#resume(entry)),
      cancel: (cancelled) => this.#withEntry(cancelled, (entry) => this.#cancel(entry)),
      setSequential: (ordered, sequential) => this.#setSequential(ordered, sequential),
      read: (read, command) =>
        this.#session.engine.send({ ...command, downloadId: this.#entries.get(read)?.engineId ?? 0 }),
    });
    handle.on('state', () => this.#onChanged(handle));
    const entry: Entry = {
      handle,
      destination,
      overwrite,
      engineId: 0,
      record: undefined,
      hasTicket: false,
      stopping: false,
    };
    this.#entries.set(handle, entry);
    return entry;
  }

  async #withEntry(handle: DownloadHandle, act: (entry: Entry) => Promise<void>): Promise<void> {
    const entry = this.#entries.get(handle);
    if (entry) await act(entry);
  }

  async #begin(entry: Entry): Promise<void> {
    const engineId = nextEngineId++;
    entry.engineId = engineId;
    const isStill = () => entry.engineId === engineId && !entry.stopping && entry.handle.isActive;
    try {
      const { record, manifest, pieceCount } = await prepareDownload(this.#session, {
        ...entry,
        groupId: entry.handle.groupId,
        fileName: entry.handle.fileName,
      });
      if (!isStill()) return;
      this.#refuseSamePlace(entry, record.finalPath);
      await this.#keepRecord(entry, { ...record, id: entry.handle.id, sequential: entry.handle.sequential });
      entry.handle.prepared(record.finalPath, record.sizeBytes, pieceCount);
      await this.tickets.acquire(record.groupId);
      entry.hasTicket = true;
      if (!isStill()) return this.#forgetWatch(entry);
      const { groupId, finalPath, overwrite } = record;
      const { sequential } = entry.handle;
      const order = { downloadId: engineId, groupId, manifest, finalPath, overwrite, sequential };
      this.#session.engine.send({ type: 'download', ...order });
      await this.#findSources(entry, record).catch((error: unknown) => {
        const { code, message } = ShoalError.from(error);
        if (!LEFT_TO_REFRESH.has(code)) throw error;
        this.#session.logger.warn(`${record.fileName}: ${message}`);
      });
    } catch (error) {
      if (!isStill()) return;
      this.#forgetWatch(entry);
      entry.engineId = 0;
      entry.handle.failed(ShoalError.from(error));
    }
  }

  async #findSources(entry: Entry, record: LibraryDownload): Promise<void> {
    const { groupId, fileName } = record;
    const { file, sources } = await this.#session.call('findSources', { groupId, fileName });
    if (file.manifestId !== record.manifestId) return; // the name was given to another file: what is known has to do
    for (const source of sources) this.#addSource(entry, source);
  }

  /** A download becomes a share, in one step: a crash leaves either of the two. */
  async #keepAsShare(record: LibraryDownload, stamp: FileStamp): Promise<DownloadResult> {
    const { groupId, fileName, finalPath: path, manifestId, sizeBytes } = record;
    const { account, library } = this.#session;
    const manifest = await library.readManifest(manifestId);
    if (!manifest) {
      throw new ShoalError(
        'DATA_DIR_INVALID',
        `${path} is whole, but its manifest is gone from the data folder: share it anew.`,
      );
    }
    account.downloads = account.downloads.filter((one) => one !== record);
    await this.#shares.keep({ groupId, fileName, path }, manifest, stamp, false);
    return {
      path,
      sizeBytes,
      manifestId,
      fileDigest: Buffer.from(decodeManifest(manifest).fileDigest).toString('hex'),
    };
  }

  /** Others may have from here what is there already. */
  #announce({ groupId, manifestId, fileName }: LibraryDownload): void {
    this.#session.call('announce', { items: [{ groupId, manifestId, complete: false }] }).catch((error: unknown) => {
      this.#session.logger.debug(`${fileName} is not announced: ${ShoalError.from(error).message}`);
    });
  }

  #addSource(entry: Entry, source: Source): void {
    this.#session.engine.send({ type: 'sourceCame', downloadId: entry.engineId, source });
  }

  #setSequential(handle: DownloadHandle, sequential: boolean): void {
    const entry = this.#entries.get(handle);
    if (!entry?.record) return; // told with the order
    this.#session.engine.send({ type: 'setSequential', downloadId: entry.engineId, sequential });
    entry.record.sequential = sequential;
    this.#session.library.save().catch((error: unknown) => {
      this.#session.logger.warn(`${handle.fileName}: its order is not kept: ${ShoalError.from(error).message}`);
    });
  }

  async #suspend(entry: Entry, remember: 'paused' | 'running'): Promise<void> {
    if (!entry.handle.isActive) return;
    if (entry.record) {
      entry.record.paused = remember === 'paused';
      entry.record.donePieces = entry.handle.progress.donePieces;
    }
    await this.#stopEngine(entry);
    entry.handle.paused();
    if (entry.record) await this.#session.library.save();
  }

  #resume(entry: Entry): void {
    if (entry.handle.isActive || entry.handle.state.name === 'complete' || entry.handle.state.name === 'cancelled')
      return;
    if (entry.record) entry.record.paused = false;
    entry.handle.restart();
    void this.#begin(entry);
  }

  /** Ends a download, and removes what is there of it. */
  async #cancel(entry: Entry): Promise<void> {
    const { record } = entry;
    if (!(await this.#giveUp(entry)) || !record) return;
    await rm(partPathOf(record.finalPath), { force: true });
    await rm(journalPathOf(record.finalPath), { force: true });
  }

  /** Ends a download; what is there of it is kept for another call. False when it had ended already. */
  async #giveUp(entry: Entry): Promise<boolean> {
    const { name } = entry.handle.state;
    if (name === 'complete' || name === 'cancelled') return false;
    await this.#stopEngine(entry);
    this.#entries.delete(entry.handle);
    if (entry.record) await this.#forgetRecord(entry);
    entry.handle.cancelled();
    return true;
  }

  /** Stops the engine's part of a download, and waits until its files are closed. */
  async #stopEngine(entry: Entry): Promise<void> {
    const { engineId } = entry;
    this.#forgetWatch(entry);
    if (engineId === 0) return;
    entry.stopping = true;
    this.#withdraw(entry);
    await this.#session.engine.stopDownload(engineId);
    entry.stopping = false;
    if (entry.engineId === engineId) entry.engineId = 0;
  }

  #forgetWatch(entry: Entry): void {
    const { record } = entry;
    if (!record || !entry.hasTicket) return;
    entry.hasTicket = false;
    this.tickets.release(record.groupId);
    const { groupId, manifestId } = record;
    this.#session.call('unwatch', { groupId, manifestId }).catch(() => {}); // gone with the connection, then
  }

  /** What is there of a download is no longer served. */
  #withdraw(entry: Entry): void {
    if (!entry.record) return;
    const { groupId, manifestId } = entry.record;
    this.#session.call('withdraw', { items: [{ groupId, manifestId }] }).catch(() => {}); // gone with the connection, then
  }

  async #keepRecord(entry: Entry, record: LibraryDownload): Promise<void> {
    const { account } = this.#session;
    account.downloads = [...account.downloads.filter((one) => one !== entry.record), record];
    entry.record = record;
    await this.#session.library.save();
  }

  async #forgetRecord(entry: Entry): Promise<void> {
    const { account, library } = this.#session;
    const { record } = entry;
    account.downloads = account.downloads.filter((one) => one !== record);
    await library.save();
    if (record) await library.dropManifest(record.manifestId);
  }

  #refuseSamePlace(entry: Entry, finalPath: string): void {
    for (const other of this.#entries.values()) {
      if (other === entry || !other.handle.isActive || other.record?.finalPath !== finalPath) continue;
      throw new ShoalError(
        'ALREADY_DOWNLOADING',
        `${other.handle.fileName} is on its way to ${finalPath}: choose another place.`,
      );
    }
  }

  #byEngineId(engineId: number): Entry | undefined {
    return [...this.#entries.values()].find((entry) => entry.engineId === engineId);
  }

  #underWay(groupId: string, manifestId: string): Entry[] {
    return [...this.#entries.values()].filter(
      (entry) => entry.handle.isActive && entry.record?.groupId === groupId && entry.record.manifestId === manifestId,
    );
  }
}

function isSameDownload(entry: Entry, groupId: string, fileName: string, destination: string): boolean {
  const { handle, record } = entry;
  if (handle.state.name === 'complete' || handle.state.name === 'cancelled') return false;
  if (nameKey(handle.groupId) !== nameKey(groupId) || nameKey(handle.fileName) !== nameKey(fileName)) return false;
  if (entry.destination === destination || record?.finalPath === destination) return true;
  // A folder was named, and the file stands in it.
  return (
    record !== undefined &&
    dirname(record.finalPath) === destination.replace(/\/$/, '') &&
    basename(record.finalPath) !== ''
  );
}
