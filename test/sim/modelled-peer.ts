import {
  Bitfield,
  DownloadPlan,
  PeerSampler,
  type ReadonlyBitfield,
  SuperSeeder,
  UploadScheduler,
} from '../../sdk/transfer/index.js';
import type { UploadBlock } from '../../sdk/transfer/upload/upload-scheduler.js';
import { Line, type LineOptions } from '../support/line.js';
import { CHANNEL, ModelledConnection } from './modelled-connection.js';
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
  readonly #scheduler: UploadScheduler<ModelledConnection>;
  /** Super-seeding of a file that was complete from the start. */
  readonly #firstCopy: SuperSeeder<ModelledConnection> | undefined;
  /** Connections to sources, by the source's id. */
  readonly #sources = new Map<number, ModelledConnection>();
  /** Connections from requesters, by latency. */
  readonly #requesters = new Map<number, Set<ModelledConnection>>();
  isOnline = false;
  joinedMs = 0;
  doneMs: number | undefined;
  sentBytes = 0;
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
    this.#scheduler = new UploadScheduler<ModelledConnection>({ ...world.policy, random });
    this.#choice = new PeerSampler<ModelledPeer>({
      limit: world.policy.maxSources,
      random,
      userOf: ({ id }) => String(id),
    });
    this.#firstCopy =
      complete && world.policy.spread ? new SuperSeeder({ pieceCount, lengthOf: () => pieceBytes, random }) : undefined;
  }

  get pieces(): ReadonlyBitfield {
    return this.#plan.verified;
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
    const connections = [...this.#sources.values(), ...[...this.#requesters.values()].flatMap((some) => [...some])];
    for (const connection of connections) {
      connection.isOpen = false;
      const { requester, server, latencyMs } = connection;
      if (server !== this) this.#world.queue.in(latencyMs, () => server.onRequesterGone(connection));
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
    this.#announce(block.piece);
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

  // Messages from a requester.

  onOpen(connection: ModelledConnection): void {
    if (!this.isOnline || !connection.isOpen) return;
    this.#scheduler.add(connection);
    const group = this.#requesters.get(connection.latencyMs) ?? new Set();
    this.#requesters.set(connection.latencyMs, group.add(connection));
    const pieces = this.#firstCopy?.open(connection) ?? this.pieces.clone();
    connection.openOrder = this.#world.queue.count;
    this.#world.queue.in(connection.latencyMs, () => connection.requester.onPieceMap(connection, pieces));
    this.#deal();
  }

  onRequest(connection: ModelledConnection, piece: number): void {
    const { pieceBytes, queue } = this.#world;
    this.#firstCopy?.requested(connection, piece, 0, pieceBytes, queue.nowMs);
    if (this.#scheduler.enqueue(connection, { channel: CHANNEL, piece, offset: 0, length: pieceBytes })) this.#pump();
  }

  onCancel(connection: ModelledConnection, piece: number): void {
    const { pieceBytes } = this.#world;
    this.#firstCopy?.withdrawn(connection, piece);
    this.#scheduler.cancel(connection, { channel: CHANNEL, piece, offset: 0, length: pieceBytes });
    this.#pump();
  }

  onRequesterGone(connection: ModelledConnection): void {
    this.#requesters.get(connection.latencyMs)?.delete(connection);
    this.#scheduler.remove(connection);
    this.#firstCopy?.close(connection);
    this.#deal();
    this.#pump();
  }

  get #isDownloading(): boolean {
    return this.isOnline && this.doneMs === undefined;
  }

  #tick(): void {
    if (!this.isOnline) return;
    const { queue } = this.#world;
    this.#scheduler.review(queue.nowMs);
    this.#deal();
    this.#pump();
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
    this.#world.queue.in(connection.latencyMs, () => source.onRequesterGone(connection));
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
    queue.in(TRIPS_TO_OPEN * connection.latencyMs, () => source.onOpen(connection));
  }

  #assign(): void {
    const { queue } = this.#world;
    for (const { source, piece } of this.#plan.assign(queue.nowMs)) {
      const connection = this.#sources.get(source);
      if (!connection?.isOpen) continue;
      connection.onRequested(piece);
      queue.in(connection.latencyMs, () => connection.server.onRequest(connection, piece));
    }
  }

  #cancel(source: number, piece: number): void {
    const connection = this.#sources.get(source);
    if (!connection?.isOpen || !connection.onCancelled(piece)) return;
    this.#world.queue.in(connection.latencyMs, () => connection.server.onCancel(connection, piece));
  }

  #announce(piece: number): void {
    const order = this.#world.queue.count;
    for (const [latencyMs, connections] of this.#requesters) {
      this.#world.queue.in(latencyMs, () => {
        for (const connection of connections)
          if (connection.openOrder <= order) connection.requester.onHave(connection, piece);
      });
    }
  }

  #complete(): void {
    this.doneMs = this.#world.queue.nowMs;
    this.#world.tracker.unwatch(this);
    for (const connection of this.#sources.values()) {
      connection.isOpen = false;
      this.#world.queue.in(connection.latencyMs, () => connection.server.onRequesterGone(connection));
    }
    this.#sources.clear();
    this.#world.onDone();
  }

  #pump(): void {
    if (!this.isOnline) return;
    const { queue } = this.#world;
    for (let block = this.#scheduler.next(queue.nowMs); block; block = this.#scheduler.next(queue.nowMs)) {
      const sent = block;
      if (this.#firstCopy?.sent(block.peer, block.piece, block.offset, block.length, queue.nowMs)) this.#deal();
      if (block.offset === 0) {
        const { peer, piece } = block;
        queue.at(this.line.startOf(queue.nowMs) + peer.latencyMs, () => peer.requester.onAnswer(peer, piece));
      }
      queue.at(this.line.send(block.length, queue.nowMs), () => this.#onSent(sent));
    }
  }

  #onSent(block: UploadBlock<ModelledConnection>): void {
    if (!this.isOnline) return;
    const { queue } = this.#world;
    const { peer: connection, length } = block;
    this.sentBytes += length;
    const arrivesMs = connection.requester.line.receive(length, queue.nowMs);
    queue.at(arrivesMs + connection.latencyMs, () => connection.requester.onBlock(connection, block));
    if (arrivesMs > queue.nowMs) queue.at(arrivesMs, () => this.#onWritable(connection));
    else this.#onWritable(connection);
    this.#world.onSent(this);
  }

  #deal(): void {
    const { queue } = this.#world;
    for (const { peer, piece } of this.#firstCopy?.deal(queue.nowMs) ?? []) {
      queue.in(peer.latencyMs, () => peer.requester.onHave(peer, piece));
    }
  }

  #onWritable(connection: ModelledConnection): void {
    this.#scheduler.setWritable(connection, true, this.#world.queue.nowMs);
    this.#pump();
  }
}
