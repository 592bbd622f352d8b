import { randomUUID } from 'node:crypto';
import type { FileStamp } from '../../disk/index.js';
import { type EngineEvent, removePartial } from '../../engine/index.js';
import { MAX_VERSION, nameKey, ShoalError, type TrackerEvent } from '../../protocol/index.js';
import type { Download, StreamableDownload } from '../api/download.js';
import type { DownloadOptions } from '../api/options.js';
import type { LibraryDownload } from '../library/records/library-schema.js';
import { absoluteDestination } from '../local/destination.js';
import type { Session } from '../session/session.js';
import type { ShareManager } from '../shares/share-manager.js';
import type { TransferManager } from '../transfers/transfer-manager.js';
import { checkTerms, termsFrom } from '../transfers/transfer-terms.js';
import type { DownloadHandle } from './download-handle.js';
import { DownloadRecords } from './download-records.js';
import { DownloadStart } from './download-start.js';
import { type Become, type FileContext, FileTransfer, type Whole } from './file-transfer.js';
import { SourceLookup } from './source-lookup.js';

/** A file of a folder download. */
export interface Part {
  readonly groupId: string;
  readonly fileName: string;
  readonly path: string;
  readonly overwrite: boolean;
  readonly replaces: FileStamp | undefined;
  readonly sequential: boolean;
  readonly whole: Whole;
  /** The record of an earlier run. */
  readonly record: LibraryDownload | undefined;
  /** The wanted version; undefined for the newest. */
  readonly version?: number;
  /** What the complete file becomes. Default: a share. */
  readonly become?: Become;
}

/** File downloads from the first request to the tracker until the file is complete and served. */
export class FileDownloads {
  readonly #session: Session;
  readonly #manager: TransferManager;
  readonly #sources: SourceLookup;
  readonly #records: DownloadRecords;
  readonly #context: FileContext;

  constructor(manager: TransferManager, shares: ShareManager, onChanged: (download: Download) => void) {
    const { session } = manager;
    this.#session = session;
    this.#manager = manager;
    this.#records = new DownloadRecords(manager, shares);
    this.#sources = new SourceLookup(manager);
    const start = new DownloadStart({ manager, records: this.#records, sources: this.#sources });
    this.#context = { session, manager, records: this.#records, sources: this.#sources, start, onChanged };
  }

  /** All downloads that are not parts of folders. */
  list(): StreamableDownload[] {
    return this.#all.flatMap(({ handle, whole }) => (whole ? [] : handle));
  }

  /** Starts a download, or resumes the one of the same file to the same destination. */
  start(groupId: string, fileName: string, destination: string, options: DownloadOptions = {}): DownloadHandle {
    const absolute = absoluteDestination(destination);
    const { version } = options;
    if (version !== undefined && (!Number.isInteger(version) || version < 1 || version > MAX_VERSION))
      throw new ShoalError('INVALID_ARGUMENT', `${version} is no number of a version: give 1, 2, 3, …`);
    const known = this.find(groupId, fileName, absolute, version);
    const terms = checkTerms(termsFrom(options, known?.handle));
    const transfer =
      known ??
      new FileTransfer(
        { id: randomUUID(), groupId, fileName, path: absolute, terms },
        { overwrite: options.overwrite ?? false, version, first: this.#manager.firstState() },
        this.#context,
      );
    if (known && options.overwrite) known.replacesFromNow();
    if (known) this.#manager.startAgain(known, terms);
    else this.#manager.start(transfer);
    transfer.signals.add(options.signal, () => void this.#manager.giveUp(transfer));
    return transfer.handle;
  }

  /** An unfinished download that is not a part of a folder. */
  find(groupId: string, fileName: string, destination: string, version?: number): FileTransfer | undefined {
    return this.#all.find((transfer) => transfer.is(groupId, fileName, destination, version));
  }

  /** Starts the download of a folder's file. Only the folder is visible to the application. */
  startPart({
    groupId,
    fileName,
    path,
    overwrite,
    replaces,
    sequential,
    whole,
    record,
    version,
    become,
  }: Part): FileTransfer {
    const terms = { priority: 'normal', limitBytesPerSecond: undefined, sequential } as const;
    const first = this.#manager.firstState(whole.id);
    const about = { id: record?.id ?? randomUUID(), groupId, fileName, path, terms };
    const part = new FileTransfer(about, { overwrite, replaces, whole, version, become, first }, this.#context);
    part.record = record;
    if (record) part.handle.restored(path, record.sizeBytes, record.donePieces ?? 0);
    this.#manager.start(part);
    return part;
  }

  /** Stops a part, and removes it from the queue. Its record stays. */
  dropPart(part: FileTransfer): Promise<void> {
    return this.#manager.dropPart(part);
  }

  /** Removes records and partial files of files that are no longer wanted. */
  async forgetParts(records: readonly LibraryDownload[]): Promise<void> {
    await this.#records.forget(records);
    for (const { finalPath, manifestId } of records) await removePartial(finalPath, manifestId);
  }

  /** Restores the download of an earlier process. */
  restored(record: LibraryDownload): FileTransfer {
    const { id, groupId, fileName, finalPath: path, overwrite } = record;
    const about = { id, groupId, fileName, path, terms: termsFrom(record) };
    const transfer = new FileTransfer(about, { overwrite, first: 'queued' }, this.#context);
    transfer.record = record;
    transfer.handle.restored(path, record.sizeBytes, record.donePieces ?? 0);
    return transfer;
  }

  onSourceCame({ groupId, manifestId, source }: TrackerEvent<'sourceCame'>): void {
    for (const transfer of this.#underWay(groupId, manifestId)) this.#sources.add(transfer, source);
  }

  onSourceWent({ groupId, manifestId, deviceId }: TrackerEvent<'sourceWent'>): void {
    for (const { engineId } of this.#underWay(groupId, manifestId))
      this.#session.engine.send({ type: 'sourceWent', downloadId: engineId, deviceId });
  }

  onProgress(event: EngineEvent & { type: 'downloadProgress' }): void {
    const transfer = this.#byEngineId(event.downloadId);
    if (!transfer) return;
    this.#manager.progressed(transfer, event);
    transfer.handle.progressed(event);
    this.#sources.progressed(transfer, event);
  }

  onReadable(event: EngineEvent & { type: 'readable' }): void {
    this.#byEngineId(event.downloadId)?.handle.readable(event);
  }

  onReady(event: EngineEvent & { type: 'downloadReady' }): void {
    const transfer = this.#byEngineId(event.downloadId);
    if (!transfer) return;
    const begun = () => {
      if (transfer.engineId !== event.downloadId || !transfer.record) return;
      transfer.handle.begun(event.reusedBytes);
      this.#sources.announce(transfer, transfer.record);
    };
    void transfer.saving.then(begun, () => {}); // `DownloadStart` handles errors of the library's disk
  }

  async onDone(event: EngineEvent & { type: 'downloadDone' }): Promise<void> {
    const transfer = this.#byEngineId(event.downloadId);
    if (!transfer?.record) return;
    this.#sources.forget(transfer);
    try {
      await transfer.saving;
      transfer.handle.completed(await this.#records.end(transfer.record, event.stamp, transfer.become));
    } catch (error) {
      transfer.handle.failed(ShoalError.from(error, 'DISK_ERROR'));
      return;
    }
    this.#sources.withdraw(transfer); // it is now served as a share
  }

  /** The sharer changed the file. The download fails unless the group still has the old content. */
  async onSourceChanged({ downloadId }: EngineEvent & { type: 'sourceChanged' }): Promise<void> {
    const transfer = this.#byEngineId(downloadId);
    if (!transfer?.record || !(await this.#sources.isGone(transfer.record))) return;
    if (transfer.engineId !== downloadId || !transfer.handle.isRunning) return;
    await this.#manager.stop(transfer);
    const why = `${transfer.handle.fileName} changed at its sharer, and nobody has the old content: download it again when it is shared again.`;
    transfer.handle.failed(new ShoalError('FILE_CHANGED', why));
  }

  /** Files were removed from a group: downloads of them fail. Paused ones learn it when they continue. */
  async onRemoved(groupId: string, fileNames: readonly string[], removedBy: string): Promise<void> {
    const names = new Set(fileNames.map(nameKey));
    const isRemoved = ({ handle }: FileTransfer) =>
      nameKey(handle.groupId) === nameKey(groupId) && names.has(nameKey(handle.fileName));
    for (const transfer of this.#all.filter((one) => one.handle.isActive && isRemoved(one))) {
      const { handle } = transfer;
      const why = `${removedBy} removed ${handle.fileName} from ${handle.groupId}: ask there if you need it.`;
      if (handle.isRunning) await this.#manager.stop(transfer);
      if (handle.isActive) handle.failed(new ShoalError('FILE_REMOVED', why));
    }
  }

  onFailed(event: EngineEvent & { type: 'downloadFailed' }): void {
    const transfer = this.#byEngineId(event.downloadId);
    if (!transfer) return;
    this.#sources.forget(transfer);
    this.#sources.withdraw(transfer);
    transfer.engineId = 0;
    transfer.handle.failed(new ShoalError(event.code, event.message));
  }

  get #all(): FileTransfer[] {
    return this.#manager.all.filter((transfer) => transfer instanceof FileTransfer);
  }

  #byEngineId(engineId: number): FileTransfer | undefined {
    return this.#all.find((transfer) => transfer.engineId === engineId);
  }

  #underWay(groupId: string, manifestId: string): FileTransfer[] {
    return this.#all.filter(
      ({ handle, record }) => handle.isRunning && record?.groupId === groupId && record.manifestId === manifestId,
    );
  }
}
