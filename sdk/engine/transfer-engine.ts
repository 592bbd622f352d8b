import type { TLSSocket } from 'node:tls';
import type { FileStamp } from '../disk/index.js';
import type { TlsIdentity } from '../identity/index.js';
import { MAX_BLOCK_BYTES, MAX_OUTSTANDING_REQUESTS, PIECE_BYTES, ShoalError, type Source } from '../protocol/index.js';
import { UploadScheduler } from '../transfer/index.js';
import { DownloadTask } from './downloads/download-task.js';
import { DownloadLimiter } from './fetching/download-limiter.js';
import type { TaskContext } from './fetching/task-context.js';
import { folderDiskOf } from './folders/folder-disk-of.js';
import { FolderTask } from './folders/folder-task.js';
import { FolderWorkerClient } from './folders/folder-worker-client.js';
import { HashPool } from './hashing/hash-pool.js';
import type { DownloadOrder, EngineCommand, EngineEvent } from './messages.js';
import { peerLookup } from './peers/dialling.js';
import type { DownloadConnection } from './peers/download-connection.js';
import { DownloadConnections } from './peers/download-connections.js';
import { PeerListener } from './peers/peer-listener.js';
import { DiskPool } from './storage/disk-pool.js';
import { PieceBuffers } from './storage/piece-buffers.js';
import { Access } from './uploads/access.js';
import { SendBuffers } from './uploads/send-buffers.js';
import type { ServedFile, ServedPart } from './uploads/served-file.js';
import { ServedFiles } from './uploads/served-files.js';
import { UploadBudget } from './uploads/upload-budget.js';
import { type ServingContext, UploadConnection } from './uploads/upload-connection.js';
import { UploadLimiter } from './uploads/upload-limiter.js';
import { atMost } from './util/at-most.js';
import { AwayWorkers } from './workers/away-workers.js';

const TICK_MS = 250;
const REVIEW_EVERY_TICKS = 4;
/** So long files may take to be closed at the end; processes that wait for a disk are killed then. */
const STOP_TIMEOUT_MS = 2000;
/** Peers to send to at a time, unless more fill the line better: found with `npm run sim`. */
const UPLOAD_SLOTS = 4;

/** Everything that moves bytes, in one worker thread: what is served to whom, and what is fetched from whom. */
export class TransferEngine implements TaskContext, ServingContext {
  readonly access = new Access();
  readonly hashes = new HashPool();
  readonly buffers: PieceBuffers;
  readonly checks: DiskPool;
  readonly pacer = new DownloadLimiter();
  readonly scheduler = new UploadScheduler<UploadConnection>({
    blockBytes: MAX_BLOCK_BYTES,
    maxBlockBytes: PIECE_BYTES,
    maxQueued: MAX_OUTSTANDING_REQUESTS,
    turnBytes: PIECE_BYTES,
    slots: UPLOAD_SLOTS,
    random: Math.random,
  });
  readonly sendBuffers = new SendBuffers();
  readonly servingBudget = new UploadBudget();
  readonly emit: (event: EngineEvent) => void;
  readonly #gate = new UploadLimiter(this.scheduler);
  readonly #contents = new ServedFiles(this.hashes, {
    onRecounted: (content, code) => {
      for (const connection of this.#connections) connection.refuseContent(content, code);
    },
    onPiece: (content, piece) => {
      for (const connection of this.#connections) connection.announce(content, piece);
    },
    onBroken: (content, { path }, error) => this.#onBroken(content, path, error),
  });
  readonly #tasks = new Map<number, DownloadTask>();
  readonly #folders = new Map<number, FolderTask>();
  readonly #folderLanes = new AwayWorkers((mount) => new FolderWorkerClient(mount));
  readonly #connections = new Set<UploadConnection>();
  readonly #tickets = new Map<string, string>();
  /** Whether the tracker is on this computer. */
  #isLoopback = false;
  #links: DownloadConnections | undefined;
  #server: PeerListener | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #ticks = 0;
  /** Whether the last word on uploads was that there are some. */
  #uploading = false;

  constructor(emit: (event: EngineEvent) => void, buffers = new PieceBuffers()) {
    this.emit = emit;
    this.buffers = buffers;
    this.checks = new DiskPool(buffers.memory);
  }

  /** Carries out what the application's thread says. */
  async handle(command: EngineCommand): Promise<void> {
    switch (command.type) {
      case 'start':
        return this.#start(command.identity, command.host, command.port);
      case 'trust':
        this.#isLoopback = command.isLoopback;
        return this.access.trust(command.ticketKeys, command.clockOffsetMs);
      case 'groups':
        this.access.setGroups(command.groups);
        return this.#reviewGrants();
      case 'removal':
        this.access.remove(command.groupId, command.epoch, command.userId);
        return this.#reviewGrants();
      case 'ticket':
        this.#tickets.set(command.groupId, command.ticket);
        return this.#links?.showTicket(command.groupId);
      case 'serve':
        return this.#contents.addFile(command);
      case 'unserve':
        return this.#contents.removeFiles(command.groupId, command.manifestId, command.path);
      case 'download':
        return this.#download(command);
      case 'downloadFolder': {
        const laneOf = (mount: string) => this.#folderLanes.of(mount);
        const disk = folderDiskOf(command, laneOf, (path) => this.isServed(path));
        const folder = new FolderTask(command, disk, this);
        this.#folders.set(command.downloadId, folder);
        return folder.prepare();
      }
      case 'folderBatch':
        return this.#folders.get(command.downloadId)?.add(command.batch, command.files, command.devices);
      case 'folderPlace': {
        const { downloadId, place, segments, sizeBytes } = command;
        return this.#folders.get(downloadId)?.place(place, segments, sizeBytes);
      }
      case 'sourceCame':
        this.#links?.announced(command.source);
        return this.#tasks.get(command.downloadId)?.addSource(command.source);
      case 'sourceWent':
        return this.#tasks.get(command.downloadId)?.removeSource(command.deviceId);
      case 'limits':
        this.pacer.setLimit(command.downloadBytesPerSecond);
        return this.#gate.setLimit(command.uploadBytesPerSecond);
      case 'pace':
        return this.#tasks.get(command.downloadId)?.pace(command);
      case 'stopDownload':
        await this.#tasks.get(command.downloadId)?.stop();
        await this.#folders.get(command.downloadId)?.stop();
        this.#tasks.delete(command.downloadId);
        this.#folders.delete(command.downloadId);
        return this.emit({ type: 'stopped', downloadId: command.downloadId });
      case 'readAhead':
        return this.#tasks.get(command.downloadId)?.readAhead(command.readerId, command);
      case 'stopReading':
        return this.#tasks.get(command.downloadId)?.stopReading(command.readerId);
      case 'describeDownload': {
        const { downloadId } = command;
        const pieces = this.#tasks.get(downloadId)?.pieceMap() ?? new Uint8Array(0);
        return this.emit({ type: 'pieceMap', downloadId, pieces });
      }
      case 'stopServing':
        return this.#stopServing();
      case 'close':
        return this.#close();
    }
  }

  content(groupId: string, manifestId: string): ServedFile | undefined {
    return this.#contents.get(groupId, manifestId);
  }

  serve(part: ServedPart): ServedFile {
    return this.#contents.addPart(part);
  }

  unserve(part: ServedPart): void {
    this.#contents.removePart(part);
  }

  isServed(path: string): boolean {
    return this.#contents.hasFile(path);
  }

  pieceCame(part: ServedPart, piece: number): void {
    this.#contents.came(part, piece);
  }

  becomeFile(part: ServedPart, path: string, stamp: FileStamp): void {
    this.#contents.becomeFile(part, path, stamp);
  }

  /** Sends what the scheduler has for those who can take it. */
  pump(): void {
    this.#gate.pump();
  }

  link(source: Source): DownloadConnection {
    if (!this.#links) throw new ShoalError('INTERNAL', 'The engine has not started.');
    return this.#links.link(source);
  }

  ticketRefused(groupId: string): void {
    this.emit({ type: 'ticketRefused', groupId });
  }

  onAdmitted(socket: TLSSocket): void {
    this.#server?.admitted(socket);
  }

  onClosed(connection: UploadConnection): void {
    this.#connections.delete(connection);
  }

  log(level: 'debug' | 'info' | 'warn', message: string): void {
    this.emit({ type: 'log', level, message });
  }

  async #start(identity: TlsIdentity, host: string, port: number): Promise<void> {
    const ticketFor = (groupId: string) => this.#tickets.get(groupId);
    const lookup = peerLookup(() => this.#isLoopback);
    this.#links = new DownloadConnections({ identity, buffers: this.buffers, lookup, ticketFor });
    const server = new PeerListener(identity, (socket, deviceId) => {
      if (this.servingBudget.admit(deviceId, performance.now()))
        this.#connections.add(new UploadConnection(socket, deviceId, this));
      else socket.destroy();
    });
    try {
      const address = await server.listen(host, port);
      this.#server = server;
      this.checks.prepare();
      this.#ticker = setInterval(() => this.#tick(), TICK_MS);
      this.emit({ type: 'listening', host: address.address, port: address.port });
    } catch (error) {
      this.emit({ type: 'listenFailed', message: error instanceof Error ? error.message : String(error) });
    }
  }

  #onBroken({ groupId, manifest }: ServedFile, path: string, error: ShoalError): void {
    const reason =
      error.code === 'FILE_CHANGED' || error.code === 'NOT_A_FILE'
        ? 'changed'
        : error.code === 'PATH_NOT_FOUND'
          ? 'gone'
          : 'unavailable';
    const { message } = error;
    this.emit({ type: 'contentBroken', groupId, manifestId: manifest.id, path, reason, message });
  }

  async #download(order: DownloadOrder): Promise<void> {
    const task = new DownloadTask(order, this);
    this.#tasks.set(order.downloadId, task);
    await task.prepare();
  }

  #stopServing(): void {
    this.access.setGroups([]);
    this.#tickets.clear();
    this.#contents.clear();
    this.#server?.disconnectAll();
    this.#links?.destroyAll();
  }

  #reviewGrants(): void {
    for (const connection of this.#connections) connection.reviewGrants();
  }

  #tick(): void {
    const nowMs = Date.now();
    for (const task of this.#tasks.values()) task.tick(nowMs);
    for (const folder of this.#folders.values()) folder.tick(nowMs);
    this.#contents.deal(nowMs);
    for (const slow of this.scheduler.review(nowMs)) slow.destroy('reads nothing');
    this.pump();
    this.#links?.tick(nowMs);
    this.#tellUploads(nowMs);
    if (++this.#ticks % REVIEW_EVERY_TICKS !== 0) return;
    this.#links?.review(nowMs);
    this.servingBudget.review(performance.now());
    this.#reviewGrants();
  }

  #tellUploads(nowMs: number): void {
    const uploads = [...this.#connections].flatMap((connection) => connection.uploads(nowMs));
    if (uploads.length === 0 && !this.#uploading) return;
    this.#uploading = uploads.length > 0;
    this.emit({ type: 'uploads', uploads });
  }

  async #close(): Promise<void> {
    clearInterval(this.#ticker);
    this.pacer.close();
    this.#stopServing();
    this.#gate.close();
    this.#server?.close();
    const stops = [...this.#tasks.values(), ...this.#folders.values()].map((task) => task.stop());
    await atMost(Promise.all(stops), STOP_TIMEOUT_MS);
    await Promise.all([this.hashes.close(), this.checks.close(), this.#folderLanes.close()]);
    this.emit({ type: 'closed' });
  }
}
