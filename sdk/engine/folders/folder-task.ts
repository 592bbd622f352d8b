import { join, resolve } from 'node:path';
import type { FileStamp } from '../../disk/index.js';
import { decodeManifest, type ErrorCode, ShoalError, type Source } from '../../protocol/index.js';
import type { Limiter } from '../fetching/limiter.js';
import { LimiterGroup } from '../fetching/limiter-group.js';
import type { Peer } from '../fetching/peer.js';
import { rateOf } from '../fetching/sources-report.js';
import type { FetchContext, TaskContext } from '../fetching/task-context.js';
import type { DownloadPace, FolderFile, FolderOrder, PlaceOutcome, RemovalOutcome } from '../messages.js';
import { type BatchFile, FolderBatch } from './folder-batch.js';
import type { FolderDisk } from './folder-disk.js';
import { FolderFetch } from './folder-fetch.js';
import { isContent } from './folder-files.js';
import { FolderJournal } from './folder-journal.js';
import { readLocalContent } from './local-content.js';

/** Errors that concern the whole disk or its process, not a single file. */
const DISK_IS_OUT: ReadonlySet<string> = new Set(['NO_SPACE', 'DISK_ERROR', 'DISK_UNAVAILABLE', 'INTERNAL']);
/** Files that are looked up, and created if they are empty, before other work gets a turn. */
const LOOKS_AT_ONCE = 16;

type FolderContext = FetchContext & Pick<TaskContext, 'emit' | 'limiter'>;

/**
 * The download of a folder's small files. The application thread sends batches, several at a time. Files that exist already are recognised,
 * the others are fetched. A batch becomes durable as a whole once all of its files have arrived.
 */
export class FolderTask {
  readonly id: number;
  readonly #order: FolderOrder;
  readonly #disk: FolderDisk;
  readonly #context: FolderContext;
  readonly #fetch: FolderFetch;
  readonly #limit: LimiterGroup;
  readonly #finishing = new Set<Promise<void>>();
  #journal: FolderJournal | undefined;
  #ready = Promise.resolve();
  #isOver = false;
  #nextFile = 0;
  #fetchedBytes = 0;
  #fetchedFiles = 0;

  constructor(order: FolderOrder, disk: FolderDisk, context: FolderContext) {
    this.id = order.downloadId;
    this.#order = order;
    this.#disk = disk;
    this.#context = context;
    this.#limit = new LimiterGroup(context.limiter, order);
    this.#fetch = new FolderFetch(order.groupId, context, this.#limit, {
      hasRoom: () => disk.hasRoom,
      onContent: (file, bytes) => this.#onContent(file, bytes),
      onSettled: ({ batch }) => this.#finishIfWhole(batch),
      onStray: ({ batch, index }) => {
        batch.isUnsourced(index);
        this.#finishIfWhole(batch);
      },
    });
  }

  /** The limiter that the folder's small and large files share. */
  get limiter(): Limiter {
    return this.#limit;
  }

  /** Opens the journal, and removes the leftovers of an earlier run. */
  prepare(): Promise<void> {
    this.#ready = this.#prepare();
    return this.#ready;
  }

  /** Adds a batch of files. */
  async add(number: number, files: readonly FolderFile[], devices: readonly Source[]): Promise<void> {
    await this.#ready;
    if (this.#isOver) return;
    const batch = new FolderBatch(number, files.length);
    const peers = this.#fetch.peersFor(devices);
    for (let first = 0; first < files.length; first += LOOKS_AT_ONCE) {
      const looks: Promise<void>[] = [];
      for (const [at, file] of files.slice(first, first + LOOKS_AT_ONCE).entries()) {
        const looking = this.#addFile(batch, first + at, file, peers);
        if (looking) looks.push(looking);
        if (this.#isOver) return;
      }
      await Promise.all(looks);
      this.#fetch.assign();
      await new Promise(setImmediate);
    }
    this.#finishIfWhole(batch);
  }

  /** Creates the folder of a larger file, and reports whether a file of its size exists there. Without a size, creates a folder. */
  async place(number: number, segments: readonly string[], sizeBytes: number | undefined): Promise<void> {
    await this.#ready;
    if (this.#isOver) return;
    const outcome = await this.#place(segments, sizeBytes);
    if (!this.#isOver) this.#context.emit({ type: 'folderPlaced', downloadId: this.id, place: number, outcome });
  }

  /** Removes a file that has this stamp, and reports whether it did. */
  async remove(number: number, segments: readonly string[], stamp: FileStamp): Promise<void> {
    await this.#ready;
    if (this.#isOver) return;
    const outcome = await this.#disk.remove(this.#pathOf(segments), stamp).then(
      (removed): RemovalOutcome => ({ kind: 'ended', removed }),
      (thrown: unknown) => this.#diskFailed(thrown),
    );
    if (!this.#isOver) this.#context.emit({ type: 'folderRemoved', downloadId: this.id, removal: number, outcome });
  }

  pace(pace: DownloadPace): void {
    this.#limit.setPace(pace);
  }

  /** Withdraws stalled requests, and reports progress; called several times a second. */
  tick(nowMs: number): void {
    if (this.#isOver) return;
    this.#fetch.tick(nowMs);
    const sources = this.#fetch.report(nowMs);
    this.#context.emit({
      type: 'folderProgress',
      downloadId: this.id,
      bytes: this.#fetchedBytes,
      files: this.#fetchedFiles,
      bytesPerSecond: rateOf(sources),
      sources,
      isLimited: this.#fetch.isLimited,
    });
  }

  /** Stops. Complete files stay; the next run fetches the others again. */
  async stop(): Promise<void> {
    this.#end();
    this.#limit.close();
    await Promise.all([this.#ready, ...this.#finishing]);
    await this.#disk.close();
    this.#journal?.close();
    this.#journal = undefined;
  }

  async #prepare(): Promise<void> {
    try {
      this.#journal = FolderJournal.open(this.#order.journalPath);
      await this.#disk.open();
    } catch (error) {
      this.#fail(error);
    }
  }

  #pathOf(segments: readonly string[]): string {
    return join(resolve(this.#order.root), ...segments);
  }

  /** Looks up a file that may exist, synchronously if the disk does. */
  #addFile(
    batch: FolderBatch,
    index: number,
    { segments, manifest: encoded, sources, replaces, attributes, copies = [] }: FolderFile,
    devices: readonly Peer[],
  ): void | Promise<void> {
    try {
      const manifest = decodeManifest(encoded);
      const place = segments.join('/');
      const about = { batch, index, place, path: this.#pathOf(segments), manifest, replaces, attributes };
      const file: BatchFile = { ...about, number: this.#nextFile++, channel: undefined };
      const from = sources.map((one) => devices[one]);
      const looked = this.#disk.look(file, this.#journal?.stampOf(place, manifest.id));
      if (looked instanceof Promise)
        return looked
          .then((stamp) => this.#onLooked(file, stamp, from, copies))
          .catch((error: unknown) => this.#failFile(file, error));
      this.#onLooked(file, looked, from, copies);
    } catch (error) {
      this.#failFile({ batch, index }, error);
    }
    return undefined;
  }

  #onLooked(
    file: BatchFile,
    stamp: FileStamp | undefined,
    from: readonly (Peer | undefined)[],
    copies: readonly string[],
  ): void {
    if (this.#isOver) return;
    if (stamp) file.batch.isPresent(file, stamp);
    else if (file.manifest.pieceCount === 0) {
      if (isContent(file.manifest, NOTHING)) this.#write(file, NOTHING, () => {});
    } else {
      const local = this.#disk.hasRoom ? readLocalContent(file.manifest, copies) : undefined;
      if (local) this.#writeContent(file, local);
      else this.#fetch.want(file, from);
    }
  }

  async #place(segments: readonly string[], sizeBytes: number | undefined): Promise<PlaceOutcome> {
    const path = this.#pathOf(segments);
    try {
      if (sizeBytes !== undefined) return { kind: 'placed', isThere: await this.#disk.place(path, sizeBytes) };
      await this.#disk.makeFolder(path);
      return { kind: 'placed', isThere: true };
    } catch (thrown) {
      return this.#diskFailed(thrown);
    }
  }

  #diskFailed(thrown: unknown): { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string } {
    const { code, message } = ShoalError.from(thrown, 'DISK_ERROR');
    if (code === 'DISK_UNAVAILABLE') this.#fail(thrown);
    return { kind: 'failed', code, message };
  }

  #onContent(file: BatchFile, bytes: Buffer): boolean {
    try {
      if (!isContent(file.manifest, bytes)) return false;
      this.#writeContent(file, bytes);
    } catch (error) {
      this.#failFile(file, error);
    }
    return true;
  }

  #writeContent(file: BatchFile, bytes: Uint8Array): void {
    const { length } = bytes;
    this.#write(file, bytes, () => {
      this.#fetchedBytes += length;
      this.#fetchedFiles++;
    });
  }

  #write(file: BatchFile, bytes: Uint8Array, onWritten: () => void): void {
    const isWritten = () => {
      file.batch.isWritten(file);
      onWritten();
    };
    const writing = this.#disk.write(file, bytes);
    if (!writing) {
      isWritten();
      return;
    }
    const hadRoom = this.#disk.hasRoom;
    writing.then(isWritten).then(
      () => {
        this.#finishIfWhole(file.batch);
        if (!hadRoom) this.#fetch.assign();
      },
      (error: unknown) => {
        this.#failFile(file, error);
        this.#finishIfWhole(file.batch);
      },
    );
  }

  #failFile({ batch, index }: Pick<BatchFile, 'batch' | 'index'>, thrown: unknown): void {
    const error = ShoalError.from(thrown, 'DISK_ERROR');
    if (DISK_IS_OUT.has(error.code)) this.#fail(error);
    else batch.hasFailed(index, error);
  }

  #finishIfWhole(batch: FolderBatch): void {
    if (this.#isOver || !batch.takeWhole()) return;
    const finishing = this.#finish(batch)
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#finishing.delete(finishing));
    this.#finishing.add(finishing);
  }

  /** All files of a batch have arrived: makes them durable, names them, records them, and reports the batch. */
  async #finish(batch: FolderBatch): Promise<void> {
    const written = batch.takeWritten();
    const kept = await this.#disk.keep(written, batch.present);
    for (const [at, file] of written.entries()) {
      const one = kept[at];
      if (one === undefined || one instanceof Error) this.#failFile(file, one);
      else batch.isKept(file, one);
    }
    if (batch.done.length > 0) this.#journal?.add(batch.done);
    const { number, outcomes } = batch;
    if (!this.#isOver) this.#context.emit({ type: 'folderBatchDone', downloadId: this.id, batch: number, outcomes });
  }

  #fail(thrown: unknown): void {
    if (this.#isOver) return;
    this.#end();
    const { code, message } = ShoalError.from(thrown, 'DISK_ERROR');
    this.#context.emit({ type: 'folderFailed', downloadId: this.id, code, message });
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#fetch.end();
  }
}

const NOTHING = new Uint8Array(0);
