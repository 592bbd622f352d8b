import { withPlainPaths } from '../../disk/index.js';
import { decodeManifest, type Manifest, pieceLength, ShoalError, type Source } from '../../protocol/index.js';
import type { PieceRange } from '../../transfer/index.js';
import type { Limiter } from '../fetching/limiter.js';
import type { Peer } from '../fetching/peer.js';
import { isReachable } from '../fetching/sources-report.js';
import type { TaskContext } from '../fetching/task-context.js';
import type { DownloadOrder, DownloadPace } from '../messages.js';
import type { PieceBuffer } from '../storage/disk-workers/piece-buffers.js';
import { PartFile } from '../storage/parts/part-file.js';
import { partReader } from '../storage/parts/part-reader.js';
import { PieceStore } from '../storage/piece-store.js';
import type { ServedPart } from '../uploads/served-file.js';
import { findComplete } from './already-complete.js';
import { explainDigestMismatch } from './digest-mismatch.js';
import { DownloadFetch } from './download-fetch.js';
import { fetchProgress } from './fetch-progress.js';
import { findKnownPieces, type KnownPieces } from './known-pieces.js';
import { ReadWindows } from './read-windows.js';

/**
 * The download of one file: the plan decides, connections fetch, and the partial file stores. One class has the whole
 * life of a download, because each step depends on how far the others are.
 */
export class DownloadTask {
  readonly id: number;
  readonly #order: DownloadOrder;
  readonly #manifest: Manifest;
  readonly #context: TaskContext;
  readonly #fetch: DownloadFetch;
  readonly #readers = new ReadWindows();
  readonly #end = new AbortController();
  /** The steps between the search for a complete file and the first request. */
  #opening: Promise<void> | undefined;
  #part: PartFile | undefined;
  #served: ServedPart | undefined;
  #kept: PieceStore<Peer> | undefined;
  #phase: 'looking' | 'opening' | 'fetching' | 'verifying' | 'over' = 'looking';
  #doneBytes = 0;

  /** @param limiter that of the enclosing folder download, if there is one */
  constructor(order: DownloadOrder, context: TaskContext, limiter: Limiter) {
    this.id = order.downloadId;
    this.#order = order;
    this.#manifest = decodeManifest(order.manifest);
    this.#context = context;
    this.#fetch = new DownloadFetch(
      {
        ...{ groupId: order.groupId, manifest: this.#manifest, pace: order, limiter, name: order.finalPath },
        onArrived: (peer, piece, buffer) => this.#onArrived(peer, piece, buffer),
        isStuck: () => this.#kept?.isStuck ?? false,
        onChanged: () => context.emit({ type: 'sourceChanged', downloadId: this.id }),
      },
      context,
    );
  }

  /** Opens the partial file, verifies the data of an earlier run, and starts to fetch. */
  async prepare(): Promise<void> {
    try {
      const stamp = await findComplete(this.#order, this.#manifest, this.#context.hashes);
      if (this.#isOver()) return;
      if (stamp) {
        this.#phase = 'over';
        this.#fetch.end();
        this.#context.emit({ type: 'downloadDone', downloadId: this.id, stamp });
        return;
      }
      this.#phase = 'opening';
      this.#fetch.connect();
      this.#opening = this.#open();
      await this.#opening;
    } catch (error) {
      this.#fail(error);
    }
  }

  async #open(): Promise<void> {
    const isWhole = (path: string) => this.#context.isServed(path);
    const part = await PartFile.open(this.#manifest, this.#order.finalPath, { root: this.#order.root, isWhole });
    this.#part = part; // `stop` closes it after these steps
    if (this.#isOver()) return;
    const known = await findKnownPieces(part, this.#order, this.#manifest, this.#context, this.#end.signal);
    if (this.#isOver()) return;
    await part.begin(known.found);
    if (this.#isOver()) return;
    for (const piece of known.reused) part.recordPiece(piece);
    this.#begin(part, known);
  }

  addSource(source: Source): void {
    this.#fetch.addSource(source);
  }

  /** The tracker no longer lists a peer. */
  removeSource(deviceId: string): void {
    this.#fetch.removeSource(deviceId);
  }

  /** A reader opened the file or moved: the pieces ahead of it come first. */
  readAhead(readerId: number, window: PieceRange): void {
    this.#readers.move(readerId, window);
    this.#fetch.setUrgent(this.#readers.ranges);
    this.#tellReaders();
    if (this.#phase !== 'fetching') return;
    this.#fetch.tellWanted();
    this.#fetch.assign();
  }

  stopReading(readerId: number): void {
    this.#readers.leave(readerId);
    this.#fetch.setUrgent(this.#readers.ranges);
  }

  /** The state of every piece, one byte each; empty before the transfer begins. */
  pieceMap(): Uint8Array {
    return this.#fetch.plan?.pieceMap() ?? new Uint8Array(0);
  }

  /** Changes the pace or the order of pieces. */
  pace(pace: DownloadPace): void {
    this.#fetch.setPace(pace);
  }

  /** The computer is in another network. */
  networkChanged(): void {
    this.#fetch.networkChanged();
  }

  /** Stops. The partial file stays for the next run. */
  async stop(): Promise<void> {
    if (this.#isOver()) return;
    this.#phase = 'over';
    this.#end.abort();
    await this.#letGo();
  }

  /** Withdraws stalled requests, retries failed peers, and reports progress; called several times a second. */
  tick(nowMs: number): void {
    this.#lookAfterDisk(nowMs);
    if (this.#phase === 'fetching') this.#fetch.tick(nowMs);
    if (this.#phase === 'fetching' || this.#phase === 'verifying') this.#reportProgress(nowMs);
  }

  /** Logs a disk that does not answer. It gets no more writes until it does. */
  #lookAfterDisk(nowMs: number): void {
    const wasStuck = this.#kept?.isStuck;
    this.#kept?.review(nowMs);
    if (this.#kept?.isStuck && !wasStuck)
      this.#context.log('warn', `the disk of ${this.#order.finalPath} does not answer: the download waits for it`);
  }

  #begin(part: PartFile, { found: verified, reused }: KnownPieces): void {
    for (const piece of reused) verified.set(piece);
    const plan = this.#fetch.begin(verified);
    for (const piece of verified) this.#doneBytes += pieceLength(this.#manifest, piece);
    const reusedBytes = reused.reduce((bytes, piece) => bytes + pieceLength(this.#manifest, piece), 0);
    const { groupId } = this.#order;
    this.#served = { groupId, manifest: this.#manifest, pieces: plan.verified, read: partReader(part) };
    const content = this.#context.serve(this.#served);
    this.#kept = new PieceStore<Peer>({
      ...{ part, manifest: this.#order.manifest, verified },
      ...{ checks: this.#context.checks, buffers: this.#context.buffers, clock: this.#context.clock },
      isRead: () => content.isOpen || this.#readers.isReading,
      onChecked: (entry, piece, intact) => this.#onChecked(entry, piece, intact),
      onFailed: (error) => this.#onCheckFailed(error),
    });
    this.#phase = 'fetching';
    this.#context.emit({ type: 'downloadReady', downloadId: this.id, reusedBytes });
    this.#tellReaders();
    if (plan.isComplete) void this.#complete();
    else this.#fetch.usePeers();
  }

  #onArrived(peer: Peer, piece: number, buffer: PieceBuffer): void {
    if (this.#kept) this.#kept.keep(peer, piece, buffer);
    else this.#context.buffers.giveBack(buffer);
  }

  #onChecked(entry: Peer, piece: number, intact: boolean): void {
    if (this.#isOver() && intact) this.#recordLate(piece);
    const { plan } = this.#fetch;
    if (this.#phase !== 'fetching' || !plan || !this.#part || !this.#served) return;
    if (!intact) {
      this.#fetch.corrupt(entry, piece, plan);
      return;
    }
    try {
      this.#part.recordPiece(piece);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#doneBytes += pieceLength(this.#manifest, piece);
    this.#fetch.verified(entry, piece, plan);
    this.#context.pieceCame(this.#served, piece);
    this.#tellReaders();
    if (plan.isComplete) void this.#complete();
  }

  /** The download stopped while this piece was being verified: the journal records it for the next run. */
  #recordLate(piece: number): void {
    try {
      this.#part?.recordPiece(piece);
    } catch (error) {
      this.#context.log('debug', `piece ${piece} of ${this.#order.finalPath} is not recorded: ${String(error)}`);
    }
  }

  /** If another program truncated the partial file, its correct pieces are kept. */
  #onCheckFailed(error: ShoalError): void {
    if (error.code !== 'FILE_CHANGED') this.#fail(error);
    else if (this.#phase === 'fetching') void this.#complete();
  }

  #tellReaders(): void {
    const { plan } = this.#fetch;
    if (!plan || !this.#part) return;
    const path = this.#part.place;
    for (const { readerId, end } of this.#readers.takeReadable(plan.verified)) {
      this.#context.emit({ type: 'readable', downloadId: this.id, readerId, end, path });
    }
  }

  async #complete(): Promise<void> {
    this.#phase = 'verifying';
    this.#fetch.end();
    this.#reportProgress(this.#context.clock.nowMs());
    try {
      const digest = await this.#wholeDigest();
      const part = this.#part;
      if (!part || this.#isOver()) return;
      if (!digest || !Buffer.from(digest).equals(this.#manifest.fileDigest)) {
        throw await explainDigestMismatch(part, this.#order.manifest, this.#context.hashes);
      }
      const { overwrite, replaces = false, attributes } = this.#order;
      const stamp = await part.finish(overwrite || replaces, attributes);
      if (this.#isOver()) return;
      if (this.#served) this.#context.becomeFile(this.#served, this.#order.finalPath, stamp);
      this.#phase = 'over';
      await this.#kept?.close();
      await this.#closePart();
      this.#context.log('info', `${this.#order.finalPath} is complete; pieces by source: ${this.#fetch.pieceCounts}`);
      this.#context.emit({ type: 'downloadDone', downloadId: this.id, stamp });
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Undefined if another program truncated the file. */
  async #wholeDigest(): Promise<Uint8Array | undefined> {
    try {
      return await this.#kept?.wholeDigest();
    } catch (error) {
      if (error instanceof ShoalError && error.code === 'FILE_CHANGED') return undefined;
      throw error;
    }
  }

  #fail(thrown: unknown): void {
    if (this.#isOver()) return;
    this.#phase = 'over';
    const { code, message: raw } = ShoalError.from(thrown, 'DISK_ERROR');
    const message = withPlainPaths(raw); // while its folder is open
    const event = { type: 'downloadFailed', downloadId: this.id, code, message } as const;
    void this.#letGo().then(() => this.#context.emit(event));
  }

  async #letGo(): Promise<void> {
    this.#fetch.end();
    if (this.#served) this.#context.unserve(this.#served);
    await this.#kept?.settled();
    await this.#kept?.close();
    await this.#opening?.catch(() => {}); // `prepare` handles the error
    await this.#closePart();
  }

  /** A disk error does not change an outcome that is already decided. */
  async #closePart(): Promise<void> {
    await this.#part?.close().catch((error: unknown) => {
      this.#context.log('warn', `closing ${this.#order.finalPath}: ${String(error)}`);
    });
  }

  #isOver(): boolean {
    return this.#phase === 'over';
  }

  #reportProgress(nowMs: number): void {
    const progress = fetchProgress(this.#fetch, nowMs);
    const isFetching = isReachable(progress.sources) && !this.#kept?.isStuck;
    const phase = this.#phase === 'verifying' ? 'verifying' : isFetching ? 'downloading' : 'waiting';
    const doneBytes = this.#doneBytes;
    this.#context.emit({ type: 'downloadProgress', downloadId: this.id, phase, doneBytes, ...progress });
  }
}
