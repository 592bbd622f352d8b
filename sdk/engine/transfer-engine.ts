import type { FileStamp } from '../disk/index.js';
import type { TlsIdentity } from '../identity/index.js';
import { ShoalError, type Source } from '../protocol/index.js';
import { DownloadTask } from './downloads/download-task.js';
import { DownloadLimiter } from './fetching/download-limiter.js';
import type { TaskContext } from './fetching/task-context.js';
import { folderDiskOf } from './folders/folder-disk-of.js';
import { FolderTask } from './folders/folder-task.js';
import { FolderWorkerClient } from './folders/folder-worker-client.js';
import { HashPool } from './hashing/hash-pool.js';
import type { DownloadOrder, EngineCommand, EngineEvent } from './messages.js';
import type { DownloadConnection } from './peers/download-connection.js';
import { PeerNetwork } from './peers/peer-network.js';
import type { DiskPort } from './storage/disk-workers/disk-messages.js';
import { DiskPool } from './storage/disk-workers/disk-pool.js';
import { PieceBuffers } from './storage/disk-workers/piece-buffers.js';
import { TlsTransport } from './transport/tls-transport.js';
import type { AcceptedStream, PeerTransport } from './transport/transport.js';
import { Access } from './uploads/access.js';
import { fileOnAnyDisk } from './uploads/away-file.js';
import type { ServedFile, ServedPart } from './uploads/served-file.js';
import { UploadService } from './uploads/upload-service.js';
import { atMost } from './util/at-most.js';
import { type Cancel, type Clock, SYSTEM_CLOCK } from './util/clock.js';
import { AwayWorkers } from './workers/away-workers.js';

const TICK_MS = 250;
const REVIEW_EVERY_TICKS = 4;
/** Limit for closing files at the end. After it, processes that wait for a disk are killed. */
const STOP_TIMEOUT_MS = 2000;

/** The resources of the engine. Default: those of this computer. */
export interface EngineOptions {
  readonly buffers?: PieceBuffers;
  readonly clock?: Clock;
  /** Starts the thread that writes and verifies pieces. */
  readonly disk?: (memory: SharedArrayBuffer) => DiskPort;
  readonly transport?: (identity: TlsIdentity) => PeerTransport;
  /** IP addresses of this computer. Default: those of its network interfaces. */
  readonly ownHosts?: () => readonly string[];
}

/** Runs all uploads and downloads, in one worker thread. */
export class TransferEngine implements TaskContext {
  readonly clock: Clock;
  readonly random = Math.random;
  readonly access: Access;
  readonly hashes = new HashPool();
  readonly buffers: PieceBuffers;
  readonly checks: DiskPool;
  readonly limiter: DownloadLimiter;
  readonly emit: (event: EngineEvent) => void;
  readonly #uploads: UploadService;
  readonly #tasks = new Map<number, DownloadTask>();
  readonly #folders = new Map<number, FolderTask>();
  readonly #folderWorkers = new AwayWorkers((mount) => new FolderWorkerClient(mount));
  readonly #tickets = new Map<string, string>();
  /** Whether the tracker runs on this computer. */
  #isLoopback = false;
  readonly #network: PeerNetwork;
  readonly #transport: NonNullable<EngineOptions['transport']>;
  #stopTicks: Cancel | undefined;
  #ticks = 0;
  /** Whether the last `uploads` event listed any uploads. */
  #uploading = false;

  constructor(emit: (event: EngineEvent) => void, options: EngineOptions = {}) {
    const { buffers = new PieceBuffers(), clock = SYSTEM_CLOCK, transport = overTls } = options;
    this.emit = emit;
    this.buffers = buffers;
    this.clock = clock;
    this.#transport = transport;
    this.#network = new PeerNetwork({
      ...{ clock, buffers, emit, random: this.random },
      isLoopback: () => this.#isLoopback,
      ticketFor: (groupId) => this.#tickets.get(groupId),
      ...(options.ownHosts && { ownHosts: options.ownHosts }),
    });
    this.access = new Access(clock, emit);
    this.checks = new DiskPool(buffers.memory, options.disk);
    this.limiter = new DownloadLimiter(clock);
    this.#uploads = new UploadService({
      ...{ access: this.access, clock, random: this.random, fileAt: fileOnAnyDisk(this.hashes) },
      onBroken: (content, { path }, error) => this.#onBroken(content, path, error),
      log: (level, message) => this.log(level, message),
    });
  }

  /** Carries out a command of the application thread. */
  async handle(command: EngineCommand): Promise<void> {
    switch (command.type) {
      case 'start':
        return this.#start(command.identity, command.host, command.port);
      case 'trust':
        this.#isLoopback = command.isLoopback;
        return this.access.trust(command.ticketKeys);
      case 'trackerTime':
        return this.access.setTime(command.nowMs);
      case 'groups':
        this.access.setGroups(command.groups);
        return this.#uploads.review();
      case 'removal':
        this.access.remove(command.groupId, command.epoch, command.userId);
        return this.#uploads.review();
      case 'ticket':
        this.#tickets.set(command.groupId, command.ticket);
        return this.#network.links?.showTicket(command.groupId);
      case 'serve':
        return this.#uploads.files.addFile(command);
      case 'unserve': {
        const { groupId, manifestId, path, isChanged } = command;
        return this.#uploads.files.removeFiles(groupId, manifestId, path, isChanged);
      }
      case 'download':
        return this.#download(command);
      case 'downloadFolder': {
        const workerOf = (mount: string) => this.#folderWorkers.of(mount);
        const disk = folderDiskOf(command, workerOf, (path) => this.isServed(path));
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
      case 'folderRemove': {
        const { downloadId, removal, segments, stamp } = command;
        return this.#folders.get(downloadId)?.remove(removal, segments, stamp);
      }
      case 'sourceCame':
        this.#network.links?.announced(command.source);
        return this.#tasks.get(command.downloadId)?.addSource(command.source);
      case 'sourceWent':
        return this.#tasks.get(command.downloadId)?.removeSource(command.deviceId);
      case 'limits':
        this.limiter.setLimit(command.downloadBytesPerSecond);
        return this.#uploads.setLimit(command.uploadBytesPerSecond);
      case 'pace':
        this.#folders.get(command.downloadId)?.pace(command);
        return this.#tasks.get(command.downloadId)?.pace(command);
      case 'networkChanged':
        for (const task of this.#tasks.values()) task.networkChanged();
        return this.#network.handle(command);
      case 'ways':
      case 'meeting':
      case 'noMeeting':
      case 'called':
      case 'meetGo':
        return this.#network.handle(command);
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

  serve(part: ServedPart): ServedFile {
    return this.#uploads.files.addPart(part);
  }

  unserve(part: ServedPart): void {
    this.#uploads.files.removePart(part);
  }

  isServed(path: string): boolean {
    return this.#uploads.files.hasFile(path);
  }

  pieceCame(part: ServedPart, piece: number): void {
    this.#uploads.files.came(part, piece);
  }

  becomeFile(part: ServedPart, path: string, stamp: FileStamp): void {
    this.#uploads.files.becomeFile(part, path, stamp);
  }

  link(source: Source, groupId: string): DownloadConnection {
    if (!this.#network.links) throw new ShoalError('INTERNAL', 'The engine has not started.');
    return this.#network.links.link(source, groupId);
  }

  ticketRefused(groupId: string): void {
    this.emit({ type: 'ticketRefused', groupId });
  }

  log(level: 'debug' | 'info' | 'warn', message: string): void {
    this.emit({ type: 'log', level, message });
  }

  async #start(identity: TlsIdentity, host: string, port: number): Promise<void> {
    try {
      const onPeer = (stream: AcceptedStream) => this.#uploads.accept(stream);
      const address = await this.#network.start(this.#transport(identity), host, port, onPeer);
      this.checks.prepare();
      this.#stopTicks = this.clock.every(TICK_MS, () => this.#tick());
      this.emit({ type: 'listening', ...address });
    } catch (error) {
      this.emit({ type: 'listenFailed', message: error instanceof Error ? error.message : String(error) });
    }
  }

  #onBroken(content: ServedFile, path: string, error: ShoalError): void {
    const { groupId, manifest } = content;
    const lasting = error.code === 'FILE_CHANGED' ? 'changed' : 'unavailable';
    const reason = content.isDoubtful(path) ? 'doubtful' : lasting;
    const { message } = error;
    this.emit({ type: 'contentBroken', groupId, manifestId: manifest.id, path, reason, message });
  }

  async #download(order: DownloadOrder): Promise<void> {
    const folder = order.folderId === undefined ? undefined : this.#folders.get(order.folderId);
    const task = new DownloadTask(order, this, folder?.limiter ?? this.limiter);
    this.#tasks.set(order.downloadId, task);
    await task.prepare();
  }

  #stopServing(): void {
    this.access.setGroups([]);
    this.#tickets.clear();
    this.#uploads.files.clear();
    this.#network.disconnectAll();
  }

  #tick(): void {
    const nowMs = this.clock.nowMs();
    for (const task of this.#tasks.values()) task.tick(nowMs);
    for (const folder of this.#folders.values()) folder.tick(nowMs);
    this.#uploads.tick(nowMs);
    this.#network.links?.tick(nowMs);
    this.#tellUploads(nowMs);
    if (++this.#ticks % REVIEW_EVERY_TICKS !== 0) return;
    this.#network.links?.review(nowMs);
    this.#uploads.review();
  }

  #tellUploads(nowMs: number): void {
    const uploads = this.#uploads.uploads(nowMs);
    if (uploads.length === 0 && !this.#uploading) return;
    this.#uploading = uploads.length > 0;
    this.emit({ type: 'uploads', uploads });
  }

  async #close(): Promise<void> {
    this.#stopTicks?.();
    this.limiter.close();
    this.#stopServing();
    this.#uploads.close();
    this.#network.close();
    const stops = [...this.#tasks.values(), ...this.#folders.values()].map((task) => task.stop());
    await atMost(Promise.all(stops), STOP_TIMEOUT_MS);
    await Promise.all([this.hashes.close(), this.checks.close(), this.#folderWorkers.close()]);
    this.emit({ type: 'closed' });
  }
}

function overTls(identity: TlsIdentity): PeerTransport {
  return new TlsTransport(identity);
}
