import { decodeManifest, ShoalError, type Source } from '../protocol/index.js';
import { BatchPlan } from '../transfer/index.js';
import type { Paced } from './download-pacer.js';
import type { TaskContext } from './download-task.js';
import { type BatchFile, FolderBatch } from './folder-batch.js';
import { FolderFiles, isContent, removeParts } from './folder-files.js';
import { FolderJournal } from './folder-journal.js';
import { type FolderSource, FolderSources } from './folder-sources.js';
import { FolderTree } from './folder-tree.js';
import type { FolderFile, FolderOrder } from './messages.js';
import { PacedRequests } from './paced-requests.js';
import type { ChannelHandler, LinkEnd } from './peer-link.js';
import { describeEnd } from './task-source.js';

/** What the disk says of every file if it says it of one. */
const DISK_IS_OUT: ReadonlySet<string> = new Set(['NO_SPACE', 'DISK_ERROR']);
/** Files looked at, and made where they are empty, before others have their turn. */
const LOOKS_AT_ONCE = 16;

/** What the context of a download has, as far as a folder needs it. */
type FolderContext = Pick<TaskContext, 'pacer' | 'link' | 'ticketRefused' | 'emit' | 'log'>;

/**
 * A folder's small files on their way: batch after batch is told by the application's thread, several at a time. The plan
 * decides who is asked for what; each file has a channel of its own, so that many are asked for at once on one connection.
 */
export class FolderTask implements Paced {
  readonly id: number;
  readonly #order: FolderOrder;
  readonly #context: FolderContext;
  readonly #plan = new BatchPlan(Math.random);
  readonly #sources = new FolderSources();
  readonly #wanted = new Map<number, BatchFile>();
  readonly #held = new PacedRequests((ask) => this.#plan.heard(ask.number, 0, Date.now()));
  readonly #tree: FolderTree;
  readonly #finishing = new Set<Promise<void>>();
  readonly #batches = new Set<FolderBatch>();
  #journal: FolderJournal | undefined;
  #files: FolderFiles | undefined;
  #isOver = false;
  #nextFile = 0;
  #fetchedBytes = 0;
  #fetchedFiles = 0;

  constructor(order: FolderOrder, context: FolderContext) {
    this.id = order.downloadId;
    this.#order = order;
    this.#context = context;
    this.#tree = new FolderTree(order.root);
    context.pacer.set(this, {});
  }

  /** Opens the journal, and clears away what an earlier try left. */
  prepare(): void {
    try {
      this.#journal = FolderJournal.open(this.#order.journalPath);
      removeParts(this.#order.root, this.#order.tag);
      this.#files = new FolderFiles(this.#tree, this.#journal, this.#order.tag);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Files more to fetch. */
  async add(number: number, files: readonly FolderFile[], devices: readonly Source[]): Promise<void> {
    if (this.#isOver) return;
    const batch = new FolderBatch(number, files.length);
    this.#batches.add(batch);
    const sources = devices.map((source) => this.#sources.add(source));
    for (const [index, file] of files.entries()) {
      if (this.#isOver) return;
      this.#addFile(batch, index, file, sources);
      if ((index + 1) % LOOKS_AT_ONCE !== 0) continue;
      this.#assign();
      await new Promise(setImmediate);
    }
    this.#assign();
    this.#finishIfWhole(batch);
  }

  ask(maxBytes: number): number {
    return this.#held.ask(maxBytes, this.#context.pacer.rateOf(this) ?? Infinity);
  }

  askAll(): void {
    this.#held.askAll();
    this.#assign();
  }

  /** Takes back what stalls and tells how far it is; to be called some times a second. */
  tick(nowMs: number): void {
    if (this.#isOver) return;
    this.#held.tellHeld();
    const { withdrawn, dead } = this.#plan.expire(nowMs);
    for (const { file } of withdrawn) this.#closeChannel(this.#wanted.get(file));
    for (const number of dead) this.#drop(number, 'it does not answer');
    this.#assign();
    this.#tell(nowMs);
  }

  /** Stops; files that are done stay, others are fetched again by the next try. */
  async stop(): Promise<void> {
    this.#end();
    await Promise.all(this.#finishing);
    this.#journal?.close();
    this.#journal = undefined;
  }

  #addFile(
    batch: FolderBatch,
    index: number,
    { segments, manifest, sources }: FolderFile,
    all: (FolderSource | undefined)[],
  ) {
    try {
      const decoded = decodeManifest(manifest);
      const path = this.#tree.place(segments);
      const about = { batch, index, place: segments.join('/'), path, manifest: decoded };
      const file: BatchFile = { ...about, number: this.#nextFile++, ask: undefined };
      if (decoded.pieceCount === 0) isContent(decoded, new Uint8Array(0)); // what is listed may contradict itself
      const stamp = this.#files?.present(file);
      if (stamp) batch.isPresent(file, stamp);
      else if (decoded.pieceCount === 0) this.#write(file, new Uint8Array(0));
      else {
        this.#wanted.set(file.number, file);
        const numbers = sources.flatMap((one) => all[one]?.number ?? []);
        this.#plan.want(file.number, decoded.sizeBytes, numbers);
      }
    } catch (error) {
      this.#failFile(batch, index, error);
    }
  }

  #assign(): void {
    if (this.#isOver) return;
    for (const { source, file } of this.#plan.assign(Date.now())) {
      const entry = this.#sources.byNumber(source);
      const wanted = this.#wanted.get(file);
      if (entry && wanted) this.#open(entry, wanted);
    }
    for (const file of this.#plan.takeStrays()) this.#settle(file, (one) => one.batch.isUnsourced(one.index));
  }

  #open(entry: FolderSource, file: BatchFile): void {
    const link = this.#context.link(entry.source);
    this.#sources.use(entry, link);
    const channel = link.open(this.#handlerFor(entry, file));
    const { source, number } = entry;
    file.ask = { source, number, attempts: 0, state: { name: 'linked', link, channel }, bytes: 0, pieces: 0 };
  }

  #handlerFor(entry: FolderSource, file: BatchFile): ChannelHandler {
    return {
      groupId: this.#order.groupId,
      manifest: file.manifest,
      onPieceMap: (pieces) => {
        this.#plan.heard(entry.number, 0, Date.now());
        if (pieces.has(0)) this.#request(file);
      },
      onHave: () => {
        this.#plan.heard(entry.number, 0, Date.now());
        this.#request(file);
      },
      onAnswer: () => this.#plan.heard(entry.number, 0, Date.now()),
      onBytes: (count) => {
        this.#plan.heard(entry.number, count, Date.now());
        if (file.ask && this.#held.received(file.ask, count)) this.#context.pacer.pump();
      },
      onPiece: (_piece, bytes) => this.#onContent(entry, file, bytes),
      onClosed: (reason) => this.#onClosed(entry, file, reason),
    };
  }

  #request({ ask, manifest }: BatchFile): void {
    if (ask?.state.name !== 'linked') return;
    if (this.#context.pacer.rateOf(this) === undefined) {
      ask.state.link.request(ask.state.channel, 0);
      return;
    }
    this.#held.add(ask, 0, manifest.sizeBytes);
    this.#context.pacer.pump();
  }

  #onContent(entry: FolderSource, file: BatchFile, bytes: Buffer): void {
    if (file.ask) this.#held.finish(file.ask, 0);
    let isRight = false;
    try {
      isRight = isContent(file.manifest, bytes);
      if (isRight) {
        this.#write(file, bytes);
        entry.bytes += bytes.length;
        entry.files++;
        this.#fetchedBytes += bytes.length;
        this.#fetchedFiles++;
        this.#plan.received(file.number);
      }
    } catch (error) {
      this.#plan.forget(file.number);
      this.#failFile(file.batch, file.index, error);
      isRight = true; // what failed is not the source's fault
    }
    if (isRight) {
      this.#wanted.delete(file.number);
      this.#assign(); // before this channel closes: the next ones open
      this.#closeChannel(file);
      this.#finishIfWhole(file.batch);
    } else this.#ban(entry, file);
  }

  #write(file: BatchFile, bytes: Uint8Array): void {
    const written = this.#files?.write(file, bytes);
    if (written) file.batch.isWritten(written);
  }

  #ban(entry: FolderSource, file: BatchFile): void {
    const { userId, deviceId } = entry.source;
    entry.isBanned = true;
    const who = `${userId} (device ${deviceId.slice(0, 12)})`;
    this.#context.log('warn', `${who} sent a wrong ${file.path}: banned for this folder`);
    this.#drop(entry.number, undefined);
    this.#assign();
  }

  #onClosed(entry: FolderSource, file: BatchFile, reason: LinkEnd): void {
    if (file.ask?.number !== entry.number) return;
    this.#forgetAsk(file);
    const isTicket = reason.kind === 'turnedAway' || (reason.kind === 'refused' && reason.code === 'TICKET_REFUSED');
    if (isTicket) this.#context.ticketRefused(this.#order.groupId);
    if (reason.kind === 'refused' && !isTicket) this.#plan.refused(entry.number, file.number);
    else this.#drop(entry.number, describeEnd(reason));
    this.#assign();
  }

  /** The source is not asked any more for what is wanted of it now. */
  #drop(number: number, why: string | undefined): void {
    const entry = this.#sources.byNumber(number);
    for (const file of this.#plan.drop(number)) this.#closeChannel(this.#wanted.get(file));
    if (!entry) return;
    this.#sources.letGo(entry);
    const { userId, deviceId } = entry.source;
    if (why) this.#context.log('debug', `source ${userId} (device ${deviceId.slice(0, 12)}): ${why}`);
  }

  #closeChannel(file: BatchFile | undefined): void {
    const ask = file?.ask;
    if (!file || ask?.state.name !== 'linked') return;
    this.#forgetAsk(file);
    ask.state.link.close(ask.state.channel);
  }

  #forgetAsk(file: BatchFile): void {
    if (file.ask) this.#held.drop(file.ask);
    file.ask = undefined;
  }

  /** A file is not wanted any more, however it ended. */
  #settle(number: number, how: (file: BatchFile) => void): void {
    const file = this.#wanted.get(number);
    if (!file) return;
    this.#wanted.delete(number);
    how(file);
    this.#finishIfWhole(file.batch);
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
    this.#context.pacer.remove(this);
    for (const file of this.#wanted.values()) this.#closeChannel(file);
    this.#wanted.clear();
    this.#sources.letGoAll();
    for (const batch of this.#batches) this.#files?.discard(batch.takeWritten());
    this.#batches.clear();
  }

  #tell(nowMs: number): void {
    const sources = this.#sources.report(this.#plan, nowMs);
    this.#context.emit({
      type: 'folderProgress',
      downloadId: this.id,
      bytes: this.#fetchedBytes,
      files: this.#fetchedFiles,
      bytesPerSecond: sources.reduce((sum, source) => sum + source.bytesPerSecond, 0),
      sources,
    });
  }
}
