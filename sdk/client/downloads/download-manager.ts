import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type EngineEvent, removePartial } from '../../engine/index.js';
import { nameKey, ShoalError, type TrackerEvent } from '../../protocol/index.js';
import type { Download, StreamableDownload } from '../api/download.js';
import type { DownloadOptions } from '../api/options.js';
import { DiskSpace } from '../local/disk-space.js';
import type { Session } from '../session/session.js';
import { TicketRenewal } from '../session/ticket-renewal.js';
import type { ShareManager } from '../shares/share-manager.js';
import { untilEnded } from '../util/abort.js';
import { type Entry, isSameDownload, newEntry } from './download-entry.js';
import { DownloadHandle } from './download-handle.js';
import { DownloadQueue } from './download-queue.js';
import { DownloadRecords } from './download-records.js';
import { DownloadStart } from './download-start.js';
import { checkPosition, checkTerms, type DownloadTerms, paceOf, termsOf } from './download-terms.js';
import { IdleDownloads } from './idle-downloads.js';
import { SourceLookup } from './source-lookup.js';

/** Downloads from the first question to the tracker until the file is whole and served on. */
export class DownloadManager {
  readonly #session: Session;
  readonly #onChanged: (download: Download) => void;
  readonly tickets: TicketRenewal;
  readonly space = new DiskSpace();
  readonly #sources: SourceLookup;
  readonly #queue: DownloadQueue<Entry>;
  readonly #records: DownloadRecords;
  readonly #start: DownloadStart;
  readonly #idle: IdleDownloads;
  /** Whether one begins when another makes room. */
  #goesOn = true;
  #isTrackerThere = true;

  constructor(
    session: Session,
    shares: ShareManager,
    atOnce: number | undefined,
    onChanged: (download: Download) => void,
  ) {
    this.#session = session;
    this.#queue = new DownloadQueue(atOnce);
    this.#records = new DownloadRecords(session, shares, this.#queue);
    this.#onChanged = onChanged;
    this.tickets = new TicketRenewal(session);
    this.#sources = new SourceLookup(session, this.tickets, (entry) => this.#idle.wake(entry));
    this.#start = new DownloadStart({
      ...{ session, queue: this.#queue, records: this.#records, sources: this.#sources },
      ...{ tickets: this.tickets, space: this.space },
      isTrackerThere: () => this.#isTrackerThere,
      stopEngine: (entry) => this.#stop(entry),
      onLookedUp: ({ handle }) => onChanged(handle),
    });
    this.#idle = new IdleDownloads({
      queue: this.#queue,
      stopEngine: (entry) => this.#stopEngine(entry),
      beginNext: () => this.#beginNext(),
    });
  }

  list(): StreamableDownload[] {
    return this.#queue.all.map(({ handle }) => handle);
  }

  /** How many may run from now on; those that run go on. */
  setAtOnce(atOnce: number | undefined): void {
    this.#queue.atOnce = atOnce;
    this.#beginNext();
  }

  /** Takes those that are complete off the list. */
  clear(): void {
    for (const entry of this.#queue.all) if (entry.handle.state.name === 'complete') this.#queue.remove(entry);
  }

  /** Begins a download, or takes up the one of the same file to the same place. */
  start(
    groupId: string,
    fileName: string,
    destination: string,
    options: DownloadOptions & { readonly root?: string } = {},
  ): DownloadHandle {
    const absolute = resolve(destination) + (/[/\\]$/.test(destination) ? '/' : '');
    const known = this.#queue.all.find((entry) => isSameDownload(entry, groupId, fileName, absolute));
    const terms = checkTerms({
      priority: options.priority ?? known?.handle.priority ?? 'normal',
      limitBytesPerSecond: options.limitBytesPerSecond ?? known?.handle.limitBytesPerSecond,
      sequential: options.sequential ?? known?.handle.sequential ?? false,
    });
    const about = { id: randomUUID(), groupId, fileName, path: absolute, terms };
    const entry =
      known ?? this.#add(about, { overwrite: options.overwrite ?? false, root: options.root }, this.#nextState());
    if (known && options.overwrite) {
      known.overwrite = true;
      if (known.record) this.#session.account.changeDownload(known.record, { overwrite: true });
    }
    if (known && !known.handle.isActive) this.#resume(known);
    else if (!known) this.#beginOrLookUp(entry);
    if (known) this.#inBackground(known, this.#setTerms(known, terms));
    entry.signals.add(options.signal, () => void this.#giveUp(entry));
    return entry.handle;
  }

  /** After signing in: lists what was not finished, and goes on with what was not paused. */
  restore(): void {
    this.#goesOn = false; // until all are there: the first of them need not be the next
    for (const record of this.#session.account.downloads) {
      const { id, groupId, fileName, finalPath: path, overwrite, root } = record;
      const { priority = 'normal', limitBytesPerSecond, sequential = false } = record;
      const terms = { priority, limitBytesPerSecond, sequential };
      const entry = this.#add({ id, groupId, fileName, path, terms }, { overwrite, root }, 'queued');
      entry.record = record;
      entry.handle.restored(path, record.sizeBytes, record.donePieces ?? 0);
      if (record.paused) entry.handle.paused();
    }
    this.#goesOn = true;
    this.#beginNext();
  }

  trackerLost(): void {
    this.#isTrackerThere = false;
  }

  /** The tracker is back: asks anew for the sources of everything under way, and announces it. */
  async refresh(): Promise<void> {
    this.tickets.renewAll();
    for (const entry of this.#queue.all) {
      if (!entry.record || !entry.handle.isRunning) continue;
      if (entry.handle.state.name !== 'starting' && !entry.isResting) this.#sources.announce(entry, entry.record);
      await this.#sources.find(entry, entry.record).catch((error: unknown) => {
        this.#session.logger.warn(`${entry.handle.fileName}: ${ShoalError.from(error).message}`);
      });
    }
    this.#isTrackerThere = true;
    this.#beginNext();
    for (const entry of this.#queue.waiting) this.#beginOrLookUp(entry);
  }

  /** Signing out or closing: everything under way stops, and is waited for so long at most; what is there is kept. */
  async suspendAll(remember: 'paused' | 'running', maxMs: number): Promise<void> {
    this.#goesOn = false;
    try {
      await untilEnded(
        this.#queue.all.map((entry) => this.#suspend(entry, remember)),
        maxMs,
      );
    } finally {
      for (const { handle, signals } of this.#queue.all) {
        signals.end();
        handle.abandoned();
      }
      this.tickets.close();
    }
  }

  /** This user is no member of the group any more. */
  async dropGroup(groupId: string): Promise<void> {
    const lost = this.#queue.all.filter(({ handle }) => nameKey(handle.groupId) === nameKey(groupId));
    const error = new ShoalError('NOT_A_MEMBER', `You are no member of ${groupId} any more.`);
    // First those that wait: none of them is to begin in the place of another.
    for (const { handle } of lost) if (handle.isQueued) handle.failed(error);
    for (const entry of lost.filter(({ handle }) => handle.isRunning)) {
      await this.#stop(entry);
      entry.handle.failed(error);
    }
  }

  /** The engine is gone. */
  failAll(error: ShoalError): void {
    this.#goesOn = false;
    for (const { handle } of this.#queue.all) handle.failed(error);
  }

  onSourceCame({ groupId, manifestId, source }: TrackerEvent<'sourceCame'>): void {
    for (const entry of this.#underWay(groupId, manifestId)) this.#sources.add(entry, source);
  }

  onSourceWent({ groupId, manifestId, deviceId }: TrackerEvent<'sourceWent'>): void {
    for (const entry of this.#underWay(groupId, manifestId)) {
      this.#session.engine.send({ type: 'sourceWent', downloadId: entry.engineId, deviceId });
    }
  }

  onProgress(event: EngineEvent & { type: 'downloadProgress' }): void {
    const entry = this.#byEngineId(event.downloadId);
    if (!entry) return;
    this.#idle.progressed(entry, event);
    entry.handle.progressed(event);
    this.#sources.progressed(entry, event);
  }

  onReadable(event: EngineEvent & { type: 'readable' }): void {
    this.#byEngineId(event.downloadId)?.handle.readable(event);
  }

  onReady(event: EngineEvent & { type: 'downloadReady' }): void {
    const entry = this.#byEngineId(event.downloadId);
    if (!entry) return;
    const begun = () => {
      if (entry.engineId !== event.downloadId || !entry.record) return;
      entry.handle.begun();
      this.#sources.announce(entry, entry.record);
    };
    void entry.saving.then(begun, () => {}); // who began it hears of the library's disk
  }

  async onDone(event: EngineEvent & { type: 'downloadDone' }): Promise<void> {
    const entry = this.#byEngineId(event.downloadId);
    if (!entry?.record) return;
    this.#sources.forget(entry);
    try {
      await entry.saving;
      entry.handle.completed(await this.#records.becomeShare(entry.record, event.stamp));
    } catch (error) {
      entry.handle.failed(ShoalError.from(error, 'DISK_ERROR'));
      return;
    }
    this.#sources.withdraw(entry); // served as a share by now
  }

  /** Whoever shared the file changed it: unless the group has it as it was, it cannot be had any more. */
  async onSourceChanged({ downloadId }: EngineEvent & { type: 'sourceChanged' }): Promise<void> {
    const entry = this.#byEngineId(downloadId);
    if (!entry?.record || !(await this.#sources.isGone(entry.record))) return;
    if (entry.engineId !== downloadId || !entry.handle.isRunning) return;
    await this.#stop(entry);
    const why = `${entry.handle.fileName} was changed where it was shared, and nobody has it as it was: download it again when it is shared anew.`;
    entry.handle.failed(new ShoalError('FILE_CHANGED', why));
  }

  onFailed(event: EngineEvent & { type: 'downloadFailed' }): void {
    const entry = this.#byEngineId(event.downloadId);
    if (!entry) return;
    this.#sources.forget(entry);
    this.#sources.withdraw(entry);
    entry.engineId = 0;
    entry.handle.failed(new ShoalError(event.code, event.message));
  }

  #add(
    about: { id: string } & DownloadPlace,
    how: Pick<Entry, 'overwrite' | 'root'>,
    first: 'starting' | 'queued',
  ): Entry {
    const handle = new DownloadHandle(about, first, {
      pieces: (described) => this.#session.engine.describeDownload(this.#entryOf(described)?.engineId ?? 0),
      pause: (paused) => this.#withEntry(paused, (entry) => this.#suspend(entry, 'paused')),
      resume: (resumed) => void this.#withEntry(resumed, async (entry) => this.#resume(entry)),
      cancel: (cancelled) => this.#withEntry(cancelled, (entry) => this.#cancel(entry)),
      queuePosition: (queued) => {
        const position = this.#queue.waiting.findIndex((entry) => entry.handle === queued);
        return position < 0 ? undefined : position;
      },
      setTerms: async (changed, terms) => {
        const checked = checkTerms({ ...termsOf(changed), ...terms });
        await this.#withEntry(changed, (entry) => this.#setTerms(entry, checked));
      },
      moveTo: async (moved, position) => {
        checkPosition(position);
        await this.#withEntry(moved, (entry) => this.#move(entry, position));
      },
      read: (read, command) =>
        this.#session.engine.send({ ...command, downloadId: this.#entryOf(read)?.engineId ?? 0 }),
    });
    const entry = newEntry(handle, about.path, how);
    handle.on('state', () => {
      if (!handle.isRunning) this.#idle.forget(entry);
      if (handle.isOver) entry.signals.end();
      this.#onChanged(handle);
      this.#beginNext();
    });
    this.#queue.add(entry);
    return entry;
  }

  #entryOf(handle: DownloadHandle): Entry | undefined {
    return this.#queue.all.find((entry) => entry.handle === handle);
  }

  async #withEntry(handle: DownloadHandle, act: (entry: Entry) => Promise<void>): Promise<void> {
    const entry = this.#entryOf(handle);
    if (entry) await act(entry);
  }

  /** What one that is to go on comes to first. */
  #nextState(): 'starting' | 'queued' {
    return this.#queue.hasRoom ? 'starting' : 'queued';
  }

  /** Begins as many of those that wait as there is room for. */
  #beginNext(): void {
    if (!this.#isTrackerThere) return;
    for (let next = this.#queue.next; next && this.#goesOn; next = this.#queue.next) {
      next.handle.dequeued();
      void this.#start.begin(next);
    }
  }

  #beginOrLookUp(entry: Entry): void {
    if (entry.handle.isRunning) void this.#start.begin(entry);
    else this.#start.lookUp(entry);
  }

  async #suspend(entry: Entry, remember: 'paused' | 'running'): Promise<void> {
    if (!entry.handle.isActive) return;
    if (entry.record) {
      const { donePieces } = entry.handle.progress;
      this.#session.account.changeDownload(entry.record, { paused: remember === 'paused', donePieces });
    }
    await this.#stop(entry);
    entry.handle.paused();
    if (entry.record) await this.#session.library.durable();
  }

  #resume(entry: Entry): void {
    if (entry.handle.isActive || entry.handle.isOver) return;
    if (entry.record) this.#session.account.changeDownload(entry.record, { paused: false });
    entry.handle.restart(this.#nextState());
    this.#beginOrLookUp(entry);
    if (entry.handle.isQueued) this.#inBackground(entry, this.#session.library.durable());
  }

  /** Nobody waits for it: the log tells. */
  #inBackground({ handle }: Entry, work: Promise<void>): void {
    work.catch((error: unknown) => this.#session.logger.warn(`${handle.fileName}: ${ShoalError.from(error).message}`));
  }

  async #setTerms(entry: Entry, terms: DownloadTerms): Promise<void> {
    if (isDeepStrictEqual(terms, termsOf(entry.handle))) return;
    entry.handle.onTerms(terms);
    if (entry.engineId > 0)
      this.#session.engine.send({ type: 'pace', downloadId: entry.engineId, ...paceOf(entry.handle) });
    if (entry.record) this.#session.account.changeDownload(entry.record, terms);
    this.#onChanged(entry.handle);
    await this.#session.library.durable();
  }

  async #move(entry: Entry, position: number): Promise<void> {
    this.#queue.move(entry, position);
    this.#onChanged(entry.handle);
    await this.#records.keepPlace(entry);
  }

  /** Ends a download, and removes what is there of it. */
  async #cancel(entry: Entry): Promise<void> {
    const { record } = entry;
    if (!(await this.#giveUp(entry)) || !record) return;
    await this.#session.hashes.requireAnswer(record.finalPath);
    await removePartial(record.finalPath, record.manifestId);
  }

  /** Ends a download; what is there of it is kept for another call. False when it had ended already. */
  async #giveUp(entry: Entry): Promise<boolean> {
    if (entry.handle.isOver) return false;
    await this.#stop(entry);
    this.#queue.remove(entry);
    await this.#records.forget(entry);
    entry.handle.cancelled();
    return true;
  }

  /** Stops all that is under way for a download, and waits until its files are closed. */
  async #stop(entry: Entry): Promise<void> {
    this.#idle.forget(entry);
    await this.#stopEngine(entry);
  }

  async #stopEngine(entry: Entry): Promise<void> {
    const { engineId } = entry;
    this.#sources.forget(entry);
    const saved = entry.saving.catch(() => {}); // who began it hears of it
    if (engineId === 0) return saved;
    entry.stopping = true;
    this.#sources.withdraw(entry);
    await Promise.all([this.#session.engine.stopDownload(engineId), saved]);
    entry.stopping = false;
    if (entry.engineId === engineId) entry.engineId = 0;
  }

  #byEngineId(engineId: number): Entry | undefined {
    return this.#queue.all.find((entry) => entry.engineId === engineId);
  }

  #underWay(groupId: string, manifestId: string): Entry[] {
    return this.#queue.all.filter(
      (entry) => entry.handle.isRunning && entry.record?.groupId === groupId && entry.record.manifestId === manifestId,
    );
  }
}

/** What is told of a download from the start. */
interface DownloadPlace {
  readonly groupId: string;
  readonly fileName: string;
  readonly path: string;
  readonly terms: DownloadTerms;
}
