import { decodeManifest, ShoalError, type Source } from '../../protocol/index.js';
import type { TaskContext } from '../downloads/download-task.js';
import type { FolderFile, FolderOrder } from '../messages.js';
import { type BatchFile, FolderBatch } from './folder-batch.js';
import { type FetchContext, FolderFetch } from './folder-fetch.js';
import { FolderFiles, isContent, removeParts } from './folder-files.js';
import { FolderJournal } from './folder-journal.js';
import type { FolderPeer } from './folder-peers.js';
import { FolderTree } from './folder-tree.js';

/** What the disk says of every file if it says it of one. */
const DISK_IS_OUT: ReadonlySet<string> = new Set(['NO_SPACE', 'DISK_ERROR']);
/** Files looked at, and made where they are empty, before others have their turn. */
const LOOKS_AT_ONCE = 16;

/**
 * A folder's small files on their way: batch after batch is told by the application's thread, several at a time. What stands there
 * already is looked at, the rest is fetched; a batch of which all has come is made durable as one.
 */
export class FolderTask {
  readonly id: number;
  readonly #order: FolderOrder;
  readonly #context: FetchContext & Pick<TaskContext, 'emit' | 'isServed'>;
  readonly #fetch: FolderFetch;
  readonly #tree: FolderTree;
  readonly #finishing = new Set<Promise<void>>();
  readonly #batches = new Set<FolderBatch>();
  #journal: FolderJournal | undefined;
  #files: FolderFiles | undefined;
  #isOver = false;
  #nextFile = 0;
  #fetchedBytes = 0;
  #fetchedFiles = 0;

  constructor(order: FolderOrder, context: FetchContext & Pick<TaskContext, 'emit' | 'isServed'>) {
    this.id = order.downloadId;
    this.#order = order;
    this.#context = context;
    this.#tree = new FolderTree(order.root);
    this.#fetch = new FolderFetch(order.groupId, context, {
      onContent: (file, bytes) => this.#onContent(file, bytes),
      onSettled: ({ batch }) => this.#finishIfWhole(batch),
      onStray: ({ batch, index }) => {
        batch.isUnsourced(index);
        this.#finishIfWhole(batch);
      },
    });
  }

  /** Opens the journal, and clears away what an earlier try left. */
  prepare(): void {
    try {
      this.#journal = FolderJournal.open(this.#order.journalPath);
      removeParts(this.#order.root, this.#order.tag);
      this.#files = new FolderFiles(this.#tree, this.#journal, this.#order.tag, this.#order.overwrite);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Files more to fetch. */
  async add(number: number, files: readonly FolderFile[], devices: readonly Source[]): Promise<void> {
    if (this.#isOver) return;
    const batch = new FolderBatch(number, files.length);
    this.#batches.add(batch);
    const sources = this.#fetch.sourcesFor(devices);
    for (const [index, file] of files.entries()) {
      if (this.#isOver) return;
      await this.#addFile(batch, index, file, sources);
      if ((index + 1) % LOOKS_AT_ONCE !== 0) continue;
      this.#fetch.assign();
      await new Promise(setImmediate);
    }
    this.#fetch.assign();
    this.#finishIfWhole(batch);
  }

  /** Takes back what stalls and tells how far it is; to be called some times a second. */
  tick(nowMs: number): void {
    if (this.#isOver) return;
    this.#fetch.tick(nowMs);
    const sources = this.#fetch.report(nowMs);
    this.#context.emit({
      type: 'folderProgress',
      downloadId: this.id,
      bytes: this.#fetchedBytes,
      files: this.#fetchedFiles,
      bytesPerSecond: sources.reduce((sum, source) => sum + source.bytesPerSecond, 0),
      sources,
    });
  }

  /** Stops; files that are done stay, others are fetched again by the next try. */
  async stop(): Promise<void> {
    this.#end();
    await Promise.all(this.#finishing);
    this.#files?.close();
    this.#journal?.close();
    this.#journal = undefined;
  }

  async #addFile(
    batch: FolderBatch,
    index: number,
    told: FolderFile,
    devices: readonly (FolderPeer | undefined)[],
  ): Promise<void> {
    const { segments, sources } = told;
    try {
      const manifest = decodeManifest(told.manifest);
      const path = this.#tree.place(segments);
      const about = { batch, index, place: segments.join('/'), path, manifest };
      const file: BatchFile = { ...about, number: this.#nextFile++, ask: undefined };
      if (FolderFiles.mayMeetPart(file)) await this.#files?.takeName(file, (other) => this.#context.isServed(other));
      if (this.#isOver) return;
      const stamp = this.#files?.present(file);
      if (stamp) batch.isPresent(file, stamp);
      else if (manifest.pieceCount > 0)
        this.#fetch.want(
          file,
          sources.map((one) => devices[one]),
        );
      else if (isContent(manifest, NOTHING)) this.#write(file, NOTHING);
    } catch (error) {
      this.#failFile(batch, index, error);
    }
  }

  #onContent(file: BatchFile, bytes: Buffer): boolean {
    try {
      if (!isContent(file.manifest, bytes)) return false;
      this.#write(file, bytes);
      this.#fetchedBytes += bytes.length;
      this.#fetchedFiles++;
    } catch (error) {
      this.#failFile(file.batch, file.index, error);
    }
    return true;
  }

  #write(file: BatchFile, bytes: Uint8Array): void {
    const written = this.#files?.write(file, bytes);
    if (written) file.batch.isWritten(written);
  }

  #failFile(batch: FolderBatch, index: number, thrown: unknown): void {
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

  /** All of a batch is there: made durable, named, journalled, and told. */
  async #finish(batch: FolderBatch): Promise<void> {
    const written = batch.takeWritten();
    const kept = (await this.#files?.keep(written, batch.present)) ?? [];
    for (const one of kept) {
      if (one.kept instanceof Error) this.#failFile(batch, one.file.index, one.kept);
      else batch.isKept(one.file, one.kept);
    }
    if (batch.done.length > 0) this.#journal?.add(batch.done);
    this.#batches.delete(batch);
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
    for (const batch of this.#batches) this.#files?.discard(batch.takeWritten());
    this.#batches.clear();
  }
}

const NOTHING = new Uint8Array(0);
