import { decodeManifest, type Manifest, pieceLength, ShoalError, type Source } from '../protocol/index.js';
import { DownloadPlan, type PieceRange, type ReadonlyBitfield } from '../transfer/index.js';
import { Content } from './content.js';
import type { Follower, HashPool } from './hash-pool.js';
import type { DownloadOrder, EngineEvent } from './messages.js';
import { PartFile, partPathOf } from './part-file.js';
import type { ChannelHandler, LinkEnd, PeerLink } from './peer-link.js';
import { ReaderWindows } from './reader-windows.js';
import { describeEnd, reportSource, rest, type TaskSource } from './task-source.js';

/** What a download needs of the engine around it. */
export interface TaskContext {
  readonly hashes: HashPool;
  /** The connection to a device, made when there is none. */
  link(source: Source): PeerLink;
  /** Begins to serve what is there. */
  serve(content: Content): void;
  unserve(content: Content): void;
  /** A piece more can be had. */
  pieceCame(content: Content, piece: number): void;
  ticketRefused(groupId: string): void;
  emit(event: EngineEvent): void;
  log(level: 'debug' | 'info' | 'warn', message: string): void;
}

/** One file on its way: the plan decides, links fetch, the partial file keeps. */
export class DownloadTask {
  readonly id: number;
  readonly #order: DownloadOrder;
  readonly #manifest: Manifest;
  readonly #context: TaskContext;
  readonly #sources = new Map<string, TaskSource>();
  readonly #byNumber: TaskSource[] = [];
  readonly #readers = new ReaderWindows();
  #sequential: boolean;
  #part: PartFile | undefined;
  #plan: DownloadPlan | undefined;
  #content: Content | undefined;
  #follower: Follower | undefined;
  #frontPiece = 0;
  #phase: 'preparing' | 'fetching' | 'verifying' | 'over' = 'preparing';
  #doneBytes = 0;

  constructor(order: DownloadOrder, context: TaskContext) {
    this.id = order.downloadId;
    this.#order = order;
    this.#manifest = decodeManifest(order.manifest);
    this.#sequential = order.sequential;
    this.#context = context;
  }

  /** Opens the partial file, checks what an earlier try left, and begins to fetch. */
  async prepare(): Promise<void> {
    try {
      const part = PartFile.open(this.#manifest, this.#order.finalPath);
      this.#part = part;
      const verified = part.found.vouched;
      if (!part.found.doubtful.isEmpty) {
        const good = await this.#context.hashes.check(partPathOf(part.finalPath), this.#order.manifest, [
          ...part.found.doubtful,
        ]);
        for (const piece of good) verified.set(piece);
      }
      if (this.#isOver()) return;
      part.begin(verified);
      this.#begin(part, verified);
    } catch (error) {
      this.#fail(error);
    }
  }

  addSource(source: Source): void {
    const known = this.#sources.get(source.deviceId);
    if (known?.state.name === 'banned' || known?.state.name === 'linked') {
      known.source = source;
      return;
    }
    const entry: TaskSource = known ?? {
      source,
      number: this.#byNumber.length,
      attempts: 0,
      state: { name: 'gone' },
      bytes: 0,
      pieces: 0,
    };
    entry.source = source;
    entry.attempts = 0;
    if (!known) this.#byNumber.push(entry);
    this.#sources.set(source.deviceId, entry);
    if (this.#phase === 'fetching') this.#connect(entry);
  }

  /** The tracker lost sight of a source: a standing connection goes on, but no new one is tried. */
  removeSource(deviceId: string): void {
    const entry = this.#sources.get(deviceId);
    if (entry?.state.name === 'resting') entry.state = { name: 'gone' };
  }

  setSequential(sequential: boolean): void {
    this.#sequential = sequential;
    this.#plan?.setSequential(sequential);
  }

  /** A reader came or moved: what lies ahead of it comes first. */
  readAhead(readerId: number, window: PieceRange): void {
    this.#readers.move(readerId, window);
    this.#plan?.setUrgent(this.#readers.ranges);
    this.#tellReaders();
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

  /** Stops; what is there is kept for the next try. */
  async stop(): Promise<void> {
    if (this.#isOver()) return;
    this.#phase = 'over';
    await this.#letGo();
  }

  /** Takes back what stalls, tries again what failed, tells how far it is; to be called some times a second. */
  tick(nowMs: number): void {
    if (this.#phase === 'fetching') {
      for (const { source, piece } of this.#plan?.expire(nowMs) ?? []) this.#cancel(source, piece);
      for (const entry of this.#sources.values()) {
        if (entry.state.name === 'resting' && entry.state.untilMs <= nowMs) this.#connect(entry);
      }
      this.#assign();
    }
    if (this.#phase === 'fetching' || this.#phase === 'verifying') this.#tell(nowMs);
  }

  #begin(part: PartFile, verified: ReadonlyBitfield): void {
    const { pieceCount } = this.#manifest;
    this.#plan = new DownloadPlan({ pieceCount, pieceBytes: this.#manifest.pieceBytes, verified, random: Math.random });
    this.#plan.setSequential(this.#sequential);
    this.#plan.setUrgent(this.#readers.ranges);
    for (const piece of verified) this.#doneBytes += pieceLength(this.#manifest, piece);
    this.#content = Content.ofDownload(this.#order.groupId, this.#manifest, this.#plan.verified, part.fd);
    this.#context.serve(this.#content);
    this.#follower = this.#context.hashes.follow(partPathOf(part.finalPath), this.#manifest);
    this.#follower.digest.catch(() => {}); // met in #complete
    this.#phase = 'fetching';
    this.#context.emit({ type: 'downloadReady', downloadId: this.id });
    this.#tellReaders();
    this.#advanceFront();
    if (this.#plan.isComplete) {
      void this.#complete();
      return;
    }
    for (const entry of this.#sources.values()) this.#connect(entry);
  }

  #connect(entry: TaskSource): void {
    if (this.#phase !== 'fetching' || !this.#plan) return;
    this.#plan.addSource(entry.number, Date.now());
    const link = this.#context.link(entry.source);
    entry.state = { name: 'linked', link, channel: link.open(this.#handlerFor(entry)) };
  }

  #handlerFor(entry: TaskSource): ChannelHandler {
    return {
      groupId: this.#order.groupId,
      manifest: this.#manifest,
      onPieceMap: (pieces) => {
        entry.attempts = 0;
        this.#plan?.sourceReady(entry.number, pieces, Date.now());
        this.#assign();
      },
      onHave: (piece) => {
        this.#plan?.sourceHas(entry.number, piece);
        this.#assign();
      },
      onBytes: (count) => this.#plan?.received(entry.number, count, Date.now()),
      onPiece: (piece, bytes, intact) => this.#onPiece(entry, piece, bytes, intact),
      onClosed: (reason) => this.#onClosed(entry, reason),
    };
  }

  #assign(): void {
    if (this.#phase !== 'fetching' || !this.#plan) return;
    for (const { source, piece } of this.#plan.assign(Date.now())) {
      const entry = this.#byNumber[source];
      if (entry?.state.name === 'linked') entry.state.link.request(entry.state.channel, piece);
    }
  }

  #cancel(number: number, piece: number): void {
    const entry = this.#byNumber[number];
    if (entry?.state.name === 'linked') entry.state.link.cancel(entry.state.channel, piece);
  }

  #onPiece(entry: TaskSource, piece: number, bytes: Buffer, intact: boolean): void {
    if (this.#phase !== 'fetching' || !this.#plan || !this.#part || !this.#content) return;
    const nowMs = Date.now();
    if (!intact) {
      for (const { source, piece: other } of this.#plan.pieceCorrupt(entry.number, piece, nowMs))
        this.#cancel(source, other);
      this.#ban(entry, piece);
      this.#assign();
      return;
    }
    if (!this.#plan.verified.has(piece)) {
      try {
        this.#part.writePiece(piece, bytes);
      } catch (error) {
        this.#fail(error);
        return;
      }
      entry.bytes += bytes.length;
      entry.pieces++;
      this.#doneBytes += bytes.length;
    }
    for (const { source, piece: other } of this.#plan.pieceVerified(entry.number, piece, nowMs))
      this.#cancel(source, other);
    this.#context.pieceCame(this.#content, piece);
    this.#tellReaders();
    this.#advanceFront();
    if (this.#plan.isComplete) void this.#complete();
    else this.#assign();
  }

  #tellReaders(): void {
    if (!this.#plan) return;
    for (const { readerId, end } of this.#readers.takeReadable(this.#plan.verified)) {
      this.#context.emit({ type: 'readable', downloadId: this.id, readerId, end });
    }
  }

  #ban(entry: TaskSource, piece: number): void {
    const { deviceId, userId } = entry.source;
    this.#context.log(
      'warn',
      `${userId} (device ${deviceId.slice(0, 12)}) sent a wrong piece ${piece}: banned for this file`,
    );
    const { state } = entry;
    entry.state = { name: 'banned' };
    if (state.name === 'linked') state.link.close(state.channel);
  }

  #onClosed(entry: TaskSource, reason: LinkEnd): void {
    if (entry.state.name !== 'linked') return;
    this.#plan?.sourceLost(entry.number, Date.now());
    rest(entry, Date.now());
    const ticketRefused =
      reason.kind === 'turnedAway' || (reason.kind === 'refused' && reason.code === 'TICKET_REFUSED');
    if (ticketRefused) this.#context.ticketRefused(this.#order.groupId);
    this.#context.log(
      'debug',
      `source ${entry.source.userId} (device ${entry.source.deviceId.slice(0, 12)}): ${describeEnd(reason)}`,
    );
    this.#assign();
  }

  /** Tells the follower how far the file is verified without a gap. */
  #advanceFront(): void {
    const { pieceCount, pieceBytes, sizeBytes } = this.#manifest;
    const before = this.#frontPiece;
    while (this.#frontPiece < pieceCount && this.#plan?.verified.has(this.#frontPiece)) this.#frontPiece++;
    if (this.#frontPiece > before) this.#follower?.advance(Math.min(sizeBytes, this.#frontPiece * pieceBytes));
  }

  async #complete(): Promise<void> {
    this.#phase = 'verifying';
    this.#closeChannels();
    this.#tell(Date.now());
    try {
      const digest = await this.#follower?.digest;
      if (!digest || !Buffer.from(digest).equals(this.#manifest.fileDigest)) {
        throw new ShoalError(
          'DIGEST_MISMATCH',
          'Every piece is as listed, but the whole file is not: who shared it must share it again.',
        );
      }
      if (this.#isOver()) return;
      const stamp = await this.#part?.finish(this.#order.overwrite);
      if (!stamp || this.#isOver()) return;
      this.#content?.becomeFile(this.#order.finalPath, stamp);
      this.#phase = 'over';
      await this.#part?.close();
      const shares = [...this.#sources.values()].map(({ source, pieces }) => `${source.userId} ${pieces}`);
      this.#context.log('info', `${this.#order.finalPath} is complete; pieces by source: ${shares.join(', ')}`);
      this.#context.emit({ type: 'downloadDone', downloadId: this.id, stamp });
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(thrown: unknown): void {
    if (this.#isOver()) return;
    this.#phase = 'over';
    const error = ShoalError.from(thrown, 'DISK_ERROR');
    this.#letGo().then(
      () =>
        this.#context.emit({ type: 'downloadFailed', downloadId: this.id, code: error.code, message: error.message }),
      (closing: unknown) => this.#context.log('warn', `closing ${this.#order.finalPath}: ${String(closing)}`),
    );
  }

  async #letGo(): Promise<void> {
    this.#closeChannels();
    this.#follower?.cancel();
    if (this.#content) this.#context.unserve(this.#content);
    await this.#part?.close();
  }

  #closeChannels(): void {
    for (const entry of this.#sources.values()) {
      const { state } = entry;
      if (state.name !== 'linked') continue;
      entry.state = { name: 'gone' };
      state.link.close(state.channel);
    }
  }

  #isOver(): boolean {
    return this.#phase === 'over';
  }

  #tell(nowMs: number): void {
    const sources = [...this.#sources.values()].map((entry) => reportSource(entry, this.#plan, nowMs));
    const reachable = sources.some(
      (source) => source.state === 'ready' || source.state === 'connecting' || source.state === 'stalled',
    );
    this.#context.emit({
      type: 'downloadProgress',
      downloadId: this.id,
      phase: this.#phase === 'verifying' ? 'verifying' : reachable ? 'downloading' : 'waiting',
      doneBytes: this.#doneBytes,
      donePieces: this.#plan?.verified.count ?? 0,
      bytesPerSecond: sources.reduce((sum, source) => sum + source.bytesPerSecond, 0),
      sources,
    });
  }
}
