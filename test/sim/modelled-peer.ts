import { Bitfield, DownloadPlan, PeerSampler, type ReadonlyBitfield } from '../../sdk/transfer/index.js';
import type { UploadBlock } from '../../sdk/transfer/upload/upload-scheduler.js';
import { Line, type LineOptions } from '../support/line.js';
import { ModelledConnection } from './modelled-connection.js';
import { ModelledUploads } from './modelled-uploads.js';
import type { SimTracker } from './tracker.js';
import type { Policy, SwarmMember, World } from './world.js';

const TICK_MS = 250;
/** One-way trips from the dial until the request to open the file arrives: TCP, TLS 1.3, ticket. */
const TRIPS_TO_OPEN = 5;

/** The additional environment of modelled peers. */
export interface ModelledWorld extends World {
  readonly tracker: SimTracker<ModelledPeer>;
  readonly pieceCount: number;
  readonly pieceBytes: number;
  readonly policy: Policy;
}

/** A member of a large swarm, on modelled connections. The shipped code decides, but messages and data are events without content. */
export class ModelledPeer implements SwarmMember {
  readonly id: number;
  readonly line: Line;
  readonly #world: ModelledWorld;
  readonly #plan: DownloadPlan;
  readonly #choice: PeerSampler<ModelledPeer>;
  readonly uploads: ModelledUploads;
  /** Connections to sources, by the source's id. */
  readonly #sources = new Map<number, ModelledConnection>();
  isOnline = false;
  joinedMs = 0;
  doneMs: number | undefined;
  /** Received bytes that were of no use. */
  wastedBytes = 0;

  constructor(id: number, line: LineOptions, complete: boolean, world: ModelledWorld) {
    this.id = id;
    this.line = new Line(line);
    this.#world = world;
    const { pieceCount, pieceBytes, random } = world;
    const verified = new Bitfield(pieceCount);
    if (complete) verified.fill();
    this.#plan = new DownloadPlan({ pieceCount, pieceBytes, verified, random });
    this.uploads = new ModelledUploads(this, complete, world);
    this.#choice = new PeerSampler<ModelledPeer>({
      limit: world.policy.maxSources,
      random,
      userOf: ({ id }) => String(id),
    });
  }

  get pieces(): ReadonlyBitfield {
    return this.#plan.verified;
  }

  get sentBytes(): number {
    return this.uploads.sentBytes;
  }

  join(): void {
    const { queue, tracker } = this.#world;
    this.isOnline = true;
    this.joinedMs = queue.nowMs;
    queue.in(TICK_MS, () => this.#tick());
    if (this.pieces.isComplete) {
      this.doneMs = queue.nowMs;
      tracker.announce(this);
      return;
    }
    const found = tracker.findSources(this);
    tracker.announce(this);
    for (const source of found) this.#choose(source);
  }

  leave(): void {
    if (!this.isOnline) return;
    this.isOnline = false;
    this.#world.tracker.leave(this);
    for (const connection of [...this.#sources.values(), ...this.uploads.connections]) {
      connection.isOpen = false;
      const { requester, server, latencyMs } = connection;
      if (server !== this) this.#world.queue.in(latencyMs, () => server.uploads.onRequesterGone(connection));
      else this.#world.queue.in(latencyMs, () => requester.onSourceLost(connection));
    }
  }

  // Events from the tracker.

  onSourceCame(source: ModelledPeer): void {
    this.#world.queue.in(this.line.latencyMs, () => this.#choose(source));
  }

  onSourceWent(source: ModelledPeer): void {
    this.#world.queue.in(this.line.latencyMs, () => this.#replace(source));
  }

  // Messages from a source.

  onPieceMap(connection: ModelledConnection, pieces: Bitfield): void {
    if (!connection.isOpen || !this.#isDownloading) return;
    this.#plan.sourceReady(connection.server.id, pieces, this.#world.queue.nowMs);
    this.#assign();
  }

  onHave(connection: ModelledConnection, piece: number): void {
    if (!connection.isOpen || !this.#isDownloading) return;
    if (this.#plan.sourceHas(connection.server.id, piece)) this.#assign();
  }

  onAnswer(connection: ModelledConnection, answered: number): void {
    if (!connection.isOpen || !this.#isDownloading || !connection.onAnswer(answered)) return;
    for (const { source, piece } of this.#plan.begun(connection.server.id, answered, this.#world.queue.nowMs))
      this.#cancel(source, piece);
  }

  onBlock(connection: ModelledConnection, block: UploadBlock<ModelledConnection>): void {
    if (!connection.isOpen || !this.isOnline) return;
    const { nowMs } = this.#world.queue;
    const id = connection.server.id;
    if (!connection.isReceiving(block.piece) || !this.#isDownloading) {
      this.wastedBytes += block.length;
      return;
    }
    this.#plan.received(id, block.length, nowMs);
    if (block.offset + block.length < this.#world.pieceBytes) return;
    connection.onPieceEnd();
    for (const { source, piece } of this.#plan.pieceVerified(id, block.piece, nowMs)) this.#cancel(source, piece);
    this.uploads.announce(block.piece);
    if (this.#plan.isComplete) this.#complete();
    else this.#assign();
  }

  onSourceLost(connection: ModelledConnection): void {
    if (this.#sources.get(connection.server.id) !== connection) return;
    this.#sources.delete(connection.server.id);
    if (!this.#isDownloading) return;
    this.#plan.sourceLost(connection.server.id, this.#world.queue.nowMs);
    this.#replace(connection.server);
    this.#assign();
  }

  get #isDownloading(): boolean {
    return this.isOnline && this.doneMs === undefined;
  }

  #tick(): void {
    if (!this.isOnline) return;
    const { queue } = this.#world;
    this.uploads.tick();
    if (this.#isDownloading) {
      for (const { source, piece } of this.#plan.expire(queue.nowMs)) {
        this.#cancel(source, piece);
      }
      this.#assign();
    }
    queue.in(TICK_MS, () => this.#tick());
  }

  #choose(source: ModelledPeer): void {
    if (!this.#isDownloading) return;
    const { connect, drop } = this.#choice.came(source);
    if (drop) this.#disconnect(drop);
    if (connect) this.#connect(connect);
  }

  #replace(source: ModelledPeer): void {
    const next = this.#choice.went(source);
    if (next) this.#connect(next);
  }

  #disconnect(source: ModelledPeer): void {
    const connection = this.#sources.get(source.id);
    if (!connection?.isOpen) return;
    this.#sources.delete(source.id);
    connection.isOpen = false;
    this.#plan.sourceLost(source.id, this.#world.queue.nowMs);
    this.#world.queue.in(connection.latencyMs, () => source.uploads.onRequesterGone(connection));
  }

  #connect(source: ModelledPeer): void {
    if (!this.#isDownloading || this.#sources.has(source.id)) return;
    if (!source.isOnline) {
      this.#replace(source);
      return;
    }
    const { queue } = this.#world;
    const connection = new ModelledConnection(this, source);
    this.#sources.set(source.id, connection);
    this.#plan.addSource(source.id, queue.nowMs);
    queue.in(TRIPS_TO_OPEN * connection.latencyMs, () => source.uploads.onOpen(connection));
  }

  #assign(): void {
    const { queue } = this.#world;
    for (const { source, piece } of this.#plan.assign(queue.nowMs)) {
      const connection = this.#sources.get(source);
      if (!connection?.isOpen) continue;
      connection.onRequested(piece);
      queue.in(connection.latencyMs, () => connection.server.uploads.onRequest(connection, piece));
    }
  }

  #cancel(source: number, piece: number): void {
    const connection = this.#sources.get(source);
    if (!connection?.isOpen || !connection.onCancelled(piece)) return;
    this.#world.queue.in(connection.latencyMs, () => connection.server.uploads.onCancel(connection, piece));
  }

  #complete(): void {
    this.doneMs = this.#world.queue.nowMs;
    this.#world.tracker.unwatch(this);
    for (const connection of this.#sources.values()) {
      connection.isOpen = false;
      this.#world.queue.in(connection.latencyMs, () => connection.server.uploads.onRequesterGone(connection));
    }
    this.#sources.clear();
    this.#world.onDone();
  }
}
