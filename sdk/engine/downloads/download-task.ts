import { awayMountOf, type FileStamp, withPlainPaths } from '../../disk/index.js';
import { decodeManifest, type Manifest, pieceLength, ShoalError, type Source } from '../../protocol/index.js';
import { DownloadPlan, type PieceRange, type ReadonlyBitfield } from '../../transfer/index.js';
import type { DownloadLimiter, Limited } from '../fetching/download-limiter.js';
import { type DownloadPeer, describeEnd, reportSource } from '../fetching/download-peer.js';
import { DownloadPeers } from '../fetching/download-peers.js';
import { LimitedRequests } from '../fetching/limited-requests.js';
import { SecondLook } from '../fetching/second-look.js';
import type { HashPool } from '../hashing/hash-pool.js';
import type { DownloadOrder, DownloadPace, EngineEvent } from '../messages.js';
import type { ChannelHandler, ConnectionEnd } from '../peers/channel-handler.js';
import type { DownloadConnection } from '../peers/download-connection.js';
import type { DiskPool } from '../storage/disk-pool.js';
import { PartFile } from '../storage/part-file.js';
import type { PieceBuffer, PieceBuffers } from '../storage/piece-buffers.js';
import { PieceStore } from '../storage/piece-store.js';
import type { ServedFile, ServedPart } from '../uploads/served-file.js';
import { findComplete } from './already-complete.js';
import { explainDigestMismatch } from './digest-mismatch.js';
import { ProgressWatch } from './progress-watch.js';
import { ReadWindows } from './read-windows.js';

/** What a download needs of the engine around it. */
export interface TaskContext {
  readonly hashes: HashPool;
  readonly checks: DiskPool;
  readonly buffers: PieceBuffers;
  readonly pacer: DownloadLimiter;
  /** The connection to a device, made when there is none. */
  link(source: Source): DownloadConnection;
  /** Begins to serve what is there. */
  serve(part: ServedPart): Pick<ServedFile, 'isOpen'>;
  unserve(part: ServedPart): void;
  /** Whether a path is a whole file's that is served. */
  isServed(path: string): boolean;
  /** A piece more can be had. */
  pieceCame(part: ServedPart, piece: number): void;
  /** The download became a whole file: it is served from there. */
  becomeFile(part: ServedPart, path: string, stamp: FileStamp): void;
  ticketRefused(groupId: string): void;
  emit(event: EngineEvent): void;
  log(level: 'debug' | 'info' | 'warn', message: string): void;
}

/** One file on its way: the plan decides, links fetch, the partial file keeps. */
export class DownloadTask implements Limited {
  readonly id: number;
  readonly #order: DownloadOrder;
  readonly #manifest: Manifest;
  readonly #context: TaskContext;
  readonly #sources: DownloadPeers;
  readonly #held = new LimitedRequests((entry) => this.#plan?.held(entry.number, Date.now()));
  readonly #readers = new ReadWindows();
  readonly #watch = new ProgressWatch(Date.now());
  readonly #secondLook: SecondLook;
  /** Whether a source said that its file was changed. */
  #isChanged = false;
  #sequential: boolean;
  #opening: Promise<PartFile> | undefined;
  #part: PartFile | undefined;
  #plan: DownloadPlan | undefined;
  #served: ServedPart | undefined;
  #kept: PieceStore<DownloadPeer> | undefined;
  #phase: 'looking' | 'opening' | 'fetching' | 'verifying' | 'over' = 'looking';
  #doneBytes = 0;

  constructor(order: DownloadOrder, context: TaskContext) {
    this.id = order.downloadId;
    this.#order = order;
    this.#manifest = decodeManifest(order.manifest);
    this.#sequential = order.sequential ?? false;
    this.#secondLook = new SecondLook(this.#manifest);
    this.#context = context;
    this.#sources = new DownloadPeers({
      link: (source) => context.link(source),
      handlerFor: (entry) => this.#handlerFor(entry),
      onLinked: ({ number, source }) => this.#plan?.addSource(number, Date.now(), source.userId),
      onUnlinked: (entry) => {
        if (!entry.doubt) this.#plan?.sourceLost(entry.number, Date.now());
        entry.doubt = undefined;
        this.#held.drop(entry);
      },
    });
    context.pacer.set(this, order);
  }

  /** Opens the partial file, checks what an earlier try left, and begins to fetch. */
  async prepare(): Promise<void> {
    try {
      const stamp = await findComplete(this.#order, this.#manifest, this.#context.hashes);
      if (this.#isOver()) return;
      if (stamp) {
        this.#phase = 'over';
        this.#context.emit({ type: 'downloadDone', downloadId: this.id, stamp });
        return;
      }
      this.#phase = 'opening';
      this.#sources.connect();
      const { finalPath, root } = this.#order;
      const isWhole = (path: string) => this.#context.isServed(path);
      this.#opening = PartFile.open(this.#manifest, finalPath, { root, isWhole });
      const part = await this.#opening;
      this.#part = part;
      if (this.#isOver()) return; // who stops it waits for this, and closes it
      const verified = part.found.vouched;
      if (!part.found.doubtful.isEmpty) {
        const good = await this.#context.hashes.check(part.path, this.#order.manifest, [...part.found.doubtful]);
        for (const piece of good) verified.set(piece);
      }
      if (this.#isOver()) return;
      await part.begin(verified);
      if (this.#isOver()) return;
      this.#begin(part, verified);
    } catch (error) {
      this.#fail(error);
    }
  }

  addSource(source: Source): void {
    this.#sources.add(source);
  }

  /** The tracker lost sight of a source. */
  removeSource(deviceId: string): void {
    this.#sources.remove(deviceId);
    this.#tellOfChange(); // who was told before the tracker knew is told again
  }

  /** A reader came or moved: what lies ahead of it comes first. */
  readAhead(readerId: number, window: PieceRange): void {
    this.#readers.move(readerId, window);
    this.#plan?.setUrgent(this.#readers.ranges);
    this.#tellReaders();
    this.#tellWanted();
    this.#assign();
  }

  stopReading(readerId: number): void {
    this.#readers.leave(readerId);
    this.#plan?.setUrgent(this.#readers.ranges);
  }

  /** Every piece's state, a byte each; empty before the transfer begins. */
  pieceMap(): Uint8Array {
    return this.#plan?.pieceMap() ?? new Uint8Array(0);
  }

  /** Goes on at another pace, or in another order. */
  pace(pace: DownloadPace): void {
    this.#sequential = pace.sequential ?? false;
    this.#plan?.setSequential(this.#sequential);
    if (this.#phase === 'verifying' || this.#isOver()) return;
    this.#context.pacer.set(this, pace);
  }

  ask(maxBytes: number): number {
    return this.#held.ask(maxBytes, this.#context.pacer.rateOf(this) ?? Infinity);
  }

  askAll(): void {
    this.#held.askAll();
    this.#assign();
  }

  /** Stops; what is there is kept for the next try. */
  async stop(): Promise<void> {
    if (this.#isOver()) return;
    this.#phase = 'over';
    await this.#letGo();
  }

  /** Takes back what stalls, tries again what failed, tells how far it is; to be called some times a second. */
  tick(nowMs: number): void {
    this.#lookAfterDisk(nowMs);
    if (this.#phase === 'fetching') {
      this.#lookAfterProgress(nowMs);
      this.#held.tellHeld();
      this.#tellWanted();
      if (this.#context.buffers.isBehind || this.#kept?.isStuck) this.#excuseSources(nowMs);
      for (const { source, piece } of this.#plan?.expire(nowMs) ?? []) this.#cancel(source, piece);
      for (const entry of this.#sources.linked)
        if (this.#secondLook.isOverdue(entry, nowMs)) this.#sources.leave(entry, nowMs);
      this.#sources.retry(nowMs);
      this.#assign();
    }
    if (this.#phase === 'fetching' || this.#phase === 'verifying') this.#tell(nowMs);
  }

  /** A disk that does not answer is given nothing more until it does. */
  #lookAfterDisk(nowMs: number): void {
    const wasStuck = this.#kept?.isStuck;
    this.#kept?.review(nowMs);
    if (this.#kept?.isStuck && !wasStuck)
      this.#context.log('warn', `the disk of ${this.#order.finalPath} does not answer: the download waits for it`);
  }

  /** Without a source or a disk that answers, and where a limit holds requests back, nothing has to come. Otherwise all is asked for anew, on new channels. */
  #lookAfterProgress(nowMs: number): void {
    if (this.#held.isWaiting || this.#kept?.isStuck || !this.#plan?.mayExpect) this.#watch.excuse(nowMs);
    if (!this.#watch.takeStill(nowMs)) return;
    const { buffers } = this.#context;
    const sources = this.#sources.linked.map((entry) => {
      const { userId, state, bytesPerSecond } = reportSource(entry, this.#plan, nowMs);
      return `${userId} ${state}, ${this.#plan?.sourceStats(entry.number, nowMs)?.inFlight ?? 0} asked, ${bytesPerSecond} bytes/s`;
    });
    this.#context.log(
      'warn',
      `${this.#order.finalPath} has stood still for a minute, and asks its sources anew: ${this.#plan?.missing} pieces missing, ` +
        `${this.#plan?.inFlight} asked for, ${buffers.free} buffers free, reading ${buffers.isBehind ? 'waits' : 'goes on'}; ${sources.join('; ')}`,
    );
    this.#sources.askAnew();
  }

  /** What they sent is not read for the moment: their silence is ours. */
  #excuseSources(nowMs: number): void {
    for (const { number } of this.#sources.linked) this.#plan?.held(number, nowMs);
  }

  #begin(part: PartFile, verified: ReadonlyBitfield): void {
    const { pieceCount } = this.#manifest;
    this.#plan = new DownloadPlan({ pieceCount, pieceBytes: this.#manifest.pieceBytes, verified, random: Math.random });
    this.#plan.setSequential(this.#sequential);
    this.#plan.setUrgent(this.#readers.ranges);
    for (const piece of verified) this.#doneBytes += pieceLength(this.#manifest, piece);
    const { groupId } = this.#order;
    const mount = awayMountOf(part.place);
    const readAway =
      mount === undefined ? undefined : (length: number, position: number) => part.readAway(mount, length, position);
    this.#served = { groupId, manifest: this.#manifest, pieces: this.#plan.verified, fd: part.fd, readAway };
    const content = this.#context.serve(this.#served);
    this.#kept = new PieceStore<DownloadPeer>({
      ...{ part, manifest: this.#order.manifest, verified },
      ...{ checks: this.#context.checks, buffers: this.#context.buffers },
      isRead: () => content.isOpen || this.#readers.isReading,
      onChecked: (entry, piece, intact) => this.#onChecked(entry, piece, intact),
      onFailed: (error) => this.#onCheckFailed(error),
    });
    this.#phase = 'fetching';
    this.#context.emit({ type: 'downloadReady', downloadId: this.id });
    this.#tellReaders();
    if (this.#plan.isComplete) void this.#complete();
    else this.#sources.use();
  }

  #handlerFor(entry: DownloadPeer): ChannelHandler {
    return {
      groupId: this.#order.groupId,
      manifest: this.#manifest,
      onPieceMap: (pieces) => {
        this.#plan?.sourceReady(entry.number, pieces, Date.now());
        this.#tellWanted();
        this.#assign();
      },
      onHave: (piece) => {
        if (!entry.doubt && this.#plan?.sourceHas(entry.number, piece)) this.#assign();
      },
      onAnswer: (piece) => {
        if (entry.doubt) return;
        for (const cancel of this.#plan?.begun(entry.number, piece, Date.now()) ?? [])
          this.#cancel(cancel.source, cancel.piece);
      },
      onBytes: (count) => {
        const nowMs = Date.now();
        this.#watch.excuse(nowMs);
        if (entry.doubt) return;
        this.#plan?.received(entry.number, count, nowMs);
        if (this.#held.received(entry, count)) this.#context.pacer.pump();
      },
      onPiece: (piece, buffer) => this.#onPiece(entry, piece, buffer),
      onClosed: (reason) => this.#onClosed(entry, reason),
    };
  }

  #assign(): void {
    if (this.#phase !== 'fetching' || !this.#plan || this.#kept?.isStuck) return;
    const rate = this.#context.pacer.rateOf(this);
    const maxPieces = rate === undefined ? Infinity : 1 + Math.ceil(rate / this.#manifest.pieceBytes);
    // What a limit holds back must not wait for the same piece's second copy.
    const bounds = { maxPieces, duplicates: !this.#held.isHeldBack };
    for (const { source, piece } of this.#plan.assign(Date.now(), bounds)) {
      const entry = this.#sources.linkedAt(source);
      if (!entry) continue;
      if (rate === undefined) entry.state.link.request(entry.state.channel, piece);
      else this.#held.add(entry, piece, pieceLength(this.#manifest, piece));
    }
    if (this.#held.isWaiting) this.#context.pacer.pump();
  }

  #cancel(number: number, piece: number): void {
    const entry = this.#sources.linkedAt(number);
    if (!entry) return;
    this.#held.cancel(entry, piece);
    entry.state.link.cancel(entry.state.channel, piece);
  }

  #onPiece(entry: DownloadPeer, piece: number, buffer: PieceBuffer): void {
    if (entry.doubt) {
      this.#onSecondCopy(entry, piece, buffer);
      return;
    }
    this.#held.finish(entry, piece);
    const isNew = this.#phase === 'fetching' && this.#plan?.pieceArrived(entry.number, piece, Date.now());
    if (!isNew || !this.#kept) {
      this.#context.buffers.giveBack(buffer);
      this.#assign();
      return;
    }
    this.#kept.keep(entry, piece, buffer);
    this.#assign();
  }

  #onChecked(entry: DownloadPeer, piece: number, intact: boolean): void {
    if (this.#isOver() && intact) this.#recordLate(piece);
    if (this.#phase !== 'fetching' || !this.#plan || !this.#part || !this.#served) return;
    const nowMs = Date.now();
    if (!intact) {
      this.#onWrong(entry, piece, this.#plan, nowMs);
      return;
    }
    try {
      this.#part.recordPiece(piece);
    } catch (error) {
      this.#fail(error);
      return;
    }
    const length = pieceLength(this.#manifest, piece);
    entry.bytes += length;
    entry.pieces++;
    entry.attempts = 0;
    this.#doneBytes += length;
    for (const { source, piece: other } of this.#plan.pieceVerified(entry.number, piece, nowMs))
      this.#cancel(source, other);
    this.#context.pieceCame(this.#served, piece);
    this.#tellReaders();
    if (this.#plan.isComplete) void this.#complete();
  }

  #onWrong(entry: DownloadPeer, piece: number, plan: DownloadPlan, nowMs: number): void {
    const verdict = this.#secondLook.judge(entry, piece, nowMs);
    const cancels =
      verdict === 'liar'
        ? plan.pieceCorrupt(entry.number, piece, nowMs)
        : plan.pieceDoubted(entry.number, piece, nowMs);
    for (const { source, piece: other } of cancels) this.#cancel(source, other);
    this.#held.drop(entry);
    if (verdict === 'liar') this.#ban(entry, piece);
    this.#assign();
  }

  /** The piece that a source was asked for once more, for it was wrong. */
  #onSecondCopy(entry: DownloadPeer, piece: number, buffer: PieceBuffer): void {
    const nowMs = Date.now();
    const isRight = this.#plan && this.#secondLook.isRight(entry, piece, buffer, this.#plan, nowMs);
    this.#context.buffers.giveBack(buffer);
    if (isRight === false) {
      this.#plan?.banSource(entry.number, nowMs);
      this.#ban(entry, piece);
    }
    this.#assign();
  }

  /** It stops, and this piece was on its way to be checked: the next try has it. */
  #recordLate(piece: number): void {
    try {
      this.#part?.recordPiece(piece);
    } catch (error) {
      this.#context.log('debug', `piece ${piece} of ${this.#order.finalPath} is not recorded: ${String(error)}`);
    }
  }

  /** Of a partial file that something else cuts short, what is right is kept. */
  #onCheckFailed(error: ShoalError): void {
    if (error.code !== 'FILE_CHANGED') this.#fail(error);
    else if (this.#phase === 'fetching') void this.#complete();
  }

  /** Sources may hold back what is to come first: they do not, once they know. */
  #tellWanted(): void {
    for (const range of this.#plan?.ahead ?? []) {
      for (const { state } of this.#sources.linked) state.link.want(state.channel, range);
    }
  }

  #tellReaders(): void {
    if (!this.#plan || !this.#part) return;
    const path = this.#part.place;
    for (const { readerId, end } of this.#readers.takeReadable(this.#plan.verified)) {
      this.#context.emit({ type: 'readable', downloadId: this.id, readerId, end, path });
    }
  }

  #ban(entry: DownloadPeer, piece: number): void {
    if (entry.state.name === 'banned') return;
    const { deviceId, userId } = entry.source;
    this.#context.log(
      'warn',
      `${userId} (device ${deviceId.slice(0, 12)}) sent a wrong piece ${piece}: banned for this file`,
    );
    this.#sources.ban(entry);
  }

  #onClosed(entry: DownloadPeer, reason: ConnectionEnd): void {
    if (entry.state.name !== 'linked') return;
    this.#sources.closed(entry, Date.now());
    this.#isChanged ||= reason.kind === 'refused' && reason.code === 'FILE_CHANGED';
    this.#tellOfChange();
    const ticketRefused =
      reason.kind === 'turnedAway' || (reason.kind === 'refused' && reason.code === 'TICKET_REFUSED');
    if (ticketRefused) this.#context.ticketRefused(this.#order.groupId);
    this.#context.log(
      'debug',
      `source ${entry.source.userId} (device ${entry.source.deviceId.slice(0, 12)}): ${describeEnd(reason)}`,
    );
    this.#assign();
  }

  /** The file was changed where it was shared, and nobody is there who may have it as it was. */
  #tellOfChange(): void {
    if (!this.#isChanged || this.#isOver() || this.#sources.linked.length > 0) return;
    this.#context.emit({ type: 'sourceChanged', downloadId: this.id });
  }

  async #complete(): Promise<void> {
    this.#phase = 'verifying';
    this.#closeChannels();
    this.#tell(Date.now());
    try {
      const digest = await this.#wholeDigest();
      const part = this.#part;
      if (!part || this.#isOver()) return;
      if (!digest || !Buffer.from(digest).equals(this.#manifest.fileDigest)) {
        throw await explainDigestMismatch(part, this.#order.manifest, this.#context.hashes);
      }
      const stamp = await part.finish(this.#order.overwrite);
      if (this.#isOver()) return;
      if (this.#served) this.#context.becomeFile(this.#served, this.#order.finalPath, stamp);
      this.#phase = 'over';
      await this.#kept?.close();
      await this.#closePart();
      const shares = [...this.#sources].map(({ source, pieces }) => `${source.userId} ${pieces}`);
      this.#context.log('info', `${this.#order.finalPath} is complete; pieces by source: ${shares.join(', ')}`);
      this.#context.emit({ type: 'downloadDone', downloadId: this.id, stamp });
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Undefined when something else cut the file short. */
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
    const { code, message } = ShoalError.from(thrown, 'DISK_ERROR');
    const told = withPlainPaths(message); // while its folder is held
    void this.#letGo().then(() => {
      this.#context.emit({ type: 'downloadFailed', downloadId: this.id, code, message: told });
    });
  }

  async #letGo(): Promise<void> {
    this.#closeChannels();
    if (this.#served) this.#context.unserve(this.#served);
    await this.#kept?.settled();
    await this.#kept?.close();
    await this.#opening?.catch(() => {}); // met where it is opened
    await this.#closePart();
  }

  /** A disk that fails even here takes nothing back of what was decided. */
  async #closePart(): Promise<void> {
    await this.#part?.close().catch((error: unknown) => {
      this.#context.log('warn', `closing ${this.#order.finalPath}: ${String(error)}`);
    });
  }

  #closeChannels(): void {
    this.#context.pacer.remove(this);
    this.#sources.close();
  }

  #isOver(): boolean {
    return this.#phase === 'over';
  }

  #tell(nowMs: number): void {
    const sources = [...this.#sources]
      .filter((entry) => this.#sources.isChosen(entry) || entry.pieces > 0 || entry.state.name === 'banned')
      .map((entry) => reportSource(entry, this.#plan, nowMs));
    const reachable = sources.some(
      (source) => source.state === 'ready' || source.state === 'connecting' || source.state === 'stalled',
    );
    this.#context.emit({
      type: 'downloadProgress',
      downloadId: this.id,
      phase: this.#phase === 'verifying' ? 'verifying' : reachable && !this.#kept?.isStuck ? 'downloading' : 'waiting',
      doneBytes: this.#doneBytes,
      donePieces: this.#plan?.verified.count ?? 0,
      bytesPerSecond: sources.reduce((sum, source) => sum + source.bytesPerSecond, 0),
      sources,
      mayExpect: this.#plan?.mayExpect ?? false,
      isLimited: this.#context.pacer.rateOf(this) !== undefined,
    });
  }
}
