import { SuperSeeder, UploadScheduler } from '../../sdk/transfer/index.js';
import type { UploadBlock } from '../../sdk/transfer/upload/upload-scheduler.js';
import { CHANNEL, type ModelledConnection } from './modelled-connection.js';
import type { ModelledPeer, ModelledWorld } from './modelled-peer.js';

/** What a modelled peer sends to others. */
export class ModelledUploads {
  readonly #peer: ModelledPeer;
  readonly #world: ModelledWorld;
  readonly #scheduler: UploadScheduler<ModelledConnection>;
  /** Super-seeding of a file that was complete from the start. */
  readonly #firstCopy: SuperSeeder<ModelledConnection> | undefined;
  /** Connections from requesters, by latency. */
  readonly #requesters = new Map<number, Set<ModelledConnection>>();
  sentBytes = 0;

  constructor(peer: ModelledPeer, complete: boolean, world: ModelledWorld) {
    this.#peer = peer;
    this.#world = world;
    const { pieceCount, pieceBytes, random } = world;
    this.#scheduler = new UploadScheduler<ModelledConnection>({ ...world.policy, random });
    this.#firstCopy =
      complete && world.policy.spread ? new SuperSeeder({ pieceCount, lengthOf: () => pieceBytes, random }) : undefined;
  }

  get connections(): ModelledConnection[] {
    return [...this.#requesters.values()].flatMap((some) => [...some]);
  }

  tick(): void {
    this.#scheduler.review(this.#world.queue.nowMs);
    this.#deal();
    this.#pump();
  }

  onOpen(connection: ModelledConnection): void {
    if (!this.#peer.isOnline || !connection.isOpen) return;
    this.#scheduler.add(connection);
    const group = this.#requesters.get(connection.latencyMs) ?? new Set();
    this.#requesters.set(connection.latencyMs, group.add(connection));
    const pieces = this.#firstCopy?.open(connection) ?? this.#peer.pieces.clone();
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

  announce(piece: number): void {
    const order = this.#world.queue.count;
    for (const [latencyMs, connections] of this.#requesters) {
      this.#world.queue.in(latencyMs, () => {
        for (const connection of connections)
          if (connection.openOrder <= order) connection.requester.onHave(connection, piece);
      });
    }
  }

  #pump(): void {
    if (!this.#peer.isOnline) return;
    const { queue } = this.#world;
    for (let block = this.#scheduler.next(queue.nowMs); block; block = this.#scheduler.next(queue.nowMs)) {
      const sent = block;
      if (this.#firstCopy?.sent(block.peer, block.piece, block.offset, block.length, queue.nowMs)) this.#deal();
      if (block.offset === 0) {
        const { peer, piece } = block;
        queue.at(this.#peer.line.startOf(queue.nowMs) + peer.latencyMs, () => peer.requester.onAnswer(peer, piece));
      }
      queue.at(this.#peer.line.send(block.length, queue.nowMs), () => this.#onSent(sent));
    }
  }

  #onSent(block: UploadBlock<ModelledConnection>): void {
    if (!this.#peer.isOnline) return;
    const { queue } = this.#world;
    const { peer: connection, length } = block;
    this.sentBytes += length;
    const arrivesMs = connection.requester.line.receive(length, queue.nowMs);
    queue.at(arrivesMs + connection.latencyMs, () => connection.requester.onBlock(connection, block));
    if (arrivesMs > queue.nowMs) queue.at(arrivesMs, () => this.#onWritable(connection));
    else this.#onWritable(connection);
    this.#world.onSent(this.#peer);
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
