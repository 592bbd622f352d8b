import { roomIn } from '../../sdk/disk/index.js';
import { DownloadFetch } from '../../sdk/engine/downloads/download-fetch.js';
import { DownloadLimiter } from '../../sdk/engine/fetching/download-limiter.js';
import { DownloadConnections } from '../../sdk/engine/peers/download-connections.js';
import type { PieceBuffers } from '../../sdk/engine/storage/disk-workers/piece-buffers.js';
import type { TransportListener } from '../../sdk/engine/transport/transport.js';
import type { ServedPart } from '../../sdk/engine/uploads/served-file.js';
import { UploadService } from '../../sdk/engine/uploads/upload-service.js';
import type { Cancel, Clock } from '../../sdk/engine/util/clock.js';
import { decodeManifest, type Manifest, PIECE_BYTES, type Source } from '../../sdk/protocol/index.js';
import { Bitfield, type ReadonlyBitfield } from '../../sdk/transfer/index.js';
import { ANY_ADDRESS } from '../support/any-address.js';
import type { Line } from '../support/line.js';
import type { MemoryNetwork } from '../support/memory-network.js';
import type { SimTracker } from './tracker.js';
import type { SwarmMember, World } from './world.js';

const TICK_MS = 250;
const REVIEW_EVERY_TICKS = 4;
const GROUP = 'lab';
const TICKET = 'ticket';

/** The additional environment of peers with real connections. */
export interface ConnectedWorld extends World {
  readonly tracker: SimTracker<ConnectedPeer>;
  readonly clock: Clock;
  readonly network: MemoryNetwork;
  readonly buffers: PieceBuffers;
  /** Its canonical bytes. */
  readonly manifest: Uint8Array;
  /** Asynchronous work outside the event queue began: it must settle before the next event. */
  onAwaited(): void;
}

/** A member on the shipped connections. It runs everything except the disk, the digests and TLS. */
export class ConnectedPeer implements SwarmMember {
  readonly line: Line;
  readonly source: Source;
  readonly #world: ConnectedWorld;
  readonly #manifest: Manifest;
  readonly #isSeed: boolean;
  readonly #links: DownloadConnections;
  readonly #uploads: UploadService;
  readonly #fetch: DownloadFetch;
  #served: ServedPart | undefined;
  #listener: TransportListener | undefined;
  #stopTicks: Cancel = () => {};
  #ticks = 0;
  #isOnline = false;
  joinedMs = 0;
  doneMs: number | undefined;
  sentBytes = 0;

  constructor(id: number, line: Line, isSeed: boolean, world: ConnectedWorld) {
    const { clock, random, network, buffers } = world;
    this.line = line;
    this.source = sourceOf(id);
    this.#world = world;
    this.#manifest = decodeManifest(world.manifest);
    this.#isSeed = isSeed;
    const transport = network.transportOf(this.source.deviceId);
    this.#links = new DownloadConnections({
      transport,
      clock,
      random,
      buffers,
      ticketFor: () => TICKET,
      rules: ANY_ADDRESS,
      ask: () => {},
    });
    const log = () => {};
    this.#uploads = new UploadService({
      ...{ clock, random, log },
      access: {
        admit: (_ticket, deviceId) => {
          world.onAwaited();
          return Promise.resolve({ grp: GROUP, sub: deviceId, epo: 0, exp: Infinity });
        },
        holds: () => true,
      },
      fileAt: (path, stamp) => ({ path, stamp, read: (targets) => this.#onRead(targets), close: () => {} }),
      onBroken: () => {},
    });
    const link = (source: Source) => this.#links.link(source, GROUP);
    this.#fetch = new DownloadFetch(
      {
        ...{ groupId: GROUP, manifest: this.#manifest, pace: {}, name: 'file', limiter: new DownloadLimiter(clock) },
        onArrived: (peer, piece, buffer) => {
          buffers.giveBack(buffer);
          const { plan } = this.#fetch;
          if (!plan || !this.#served) return;
          this.#fetch.verified(peer, piece, plan);
          this.#uploads.files.came(this.#served, piece);
          if (plan.isComplete) this.#complete();
        },
        isStuck: () => false,
        onChanged: () => {},
      },
      { clock, random, buffers, link, ticketRefused: () => {}, log },
    );
  }

  get wastedBytes(): number {
    return this.#isSeed ? 0 : Math.max(0, this.line.receivedBytes - this.pieces.count * PIECE_BYTES);
  }

  get pieces(): ReadonlyBitfield {
    return this.#fetch.plan?.verified ?? new Bitfield(this.#manifest.pieceCount);
  }

  join(): void {
    const { clock, queue, network, tracker, manifest } = this.#world;
    this.#isOnline = true;
    this.joinedMs = queue.nowMs;
    this.#stopTicks = clock.every(TICK_MS, () => this.#tick());
    const { deviceId, host, port } = this.source;
    this.#listener = network.listenNow(deviceId, host, port, (stream) => this.#uploads.accept(stream));
    if (this.#isSeed) {
      this.doneMs = queue.nowMs;
      const stamp = { sizeBytes: this.#manifest.sizeBytes, modifiedNs: 0n };
      this.#uploads.files.addFile({ groupId: GROUP, manifest, path: 'file', stamp });
      tracker.announce(this);
      return;
    }
    const { verified: pieces } = this.#fetch.begin(new Bitfield(this.#manifest.pieceCount));
    this.#served = { groupId: GROUP, manifest: this.#manifest, pieces, read: (targets) => this.#onRead(targets) };
    this.#uploads.files.addPart(this.#served);
    const found = tracker.findSources(this);
    tracker.announce(this);
    this.#fetch.usePeers();
    for (const source of found) this.#fetch.addSource(source.source);
  }

  leave(): void {
    if (!this.#isOnline) return;
    this.#isOnline = false;
    this.#stopTicks();
    this.#world.tracker.leave(this);
    this.#fetch.end();
    this.#links.destroyAll();
    this.#uploads.close();
    this.#listener?.close();
  }

  onSourceCame(source: ConnectedPeer): void {
    this.#world.queue.in(this.line.latencyMs, () => {
      if (this.#isDownloading) this.#fetch.addSource(source.source);
    });
  }

  onSourceWent(source: ConnectedPeer): void {
    this.#world.queue.in(this.line.latencyMs, () => {
      if (this.#isDownloading) this.#fetch.removeSource(source.source.deviceId);
    });
  }

  get #isDownloading(): boolean {
    return this.#isOnline && this.doneMs === undefined;
  }

  #onRead(targets: readonly Buffer[]): void {
    this.sentBytes += roomIn(targets);
    this.#world.onSent(this);
  }

  #tick(): void {
    const { nowMs } = this.#world.queue;
    if (this.#isDownloading) this.#fetch.tick(nowMs);
    this.#uploads.tick(nowMs);
    this.#links.tick(nowMs);
    if (++this.#ticks % REVIEW_EVERY_TICKS !== 0) return;
    this.#links.review(nowMs);
    this.#uploads.review();
  }

  #complete(): void {
    this.doneMs = this.#world.queue.nowMs;
    this.#world.tracker.unwatch(this);
    this.#fetch.end();
    this.#world.onDone();
  }
}

/** A device with its own host. */
function sourceOf(id: number): Source {
  const deviceId = id.toString(16).padStart(64, '0');
  return { deviceId, userId: `user${id}`, host: `10.0.${id >> 8}.${id & 255}`, port: 6000, complete: false };
}
