import { randomUUID } from 'node:crypto';
import { type EngineEvent, removePartial } from '../../engine/index.js';
import { ShoalError, type TrackerEvent } from '../../protocol/index.js';
import type { Download, StreamableDownload } from '../api/download.js';
import type { DownloadOptions } from '../api/options.js';
import { absoluteDestination } from '../local/destination.js';
import type { LibraryDownload } from '../local/library-schema.js';
import type { Session } from '../session/session.js';
import type { ShareManager } from '../shares/share-manager.js';
import type { TransferManager } from '../transfers/transfer-manager.js';
import { checkTerms, termsFrom } from '../transfers/transfer-terms.js';
import type { DownloadHandle } from './download-handle.js';
import { DownloadRecords } from './download-records.js';
import { DownloadStart } from './download-start.js';
import { type FileContext, FileTransfer, type Whole } from './file-transfer.js';
import { SourceLookup } from './source-lookup.js';

/** A file of a folder that is being fetched. */
export interface Part {
  readonly groupId: string;
  readonly fileName: string;
  readonly path: string;
  readonly overwrite: boolean;
  readonly sequential: boolean;
  readonly whole: Whole;
  /** What an earlier try left. */
  readonly record: LibraryDownload | undefined;
}

/** Downloads of files, from the first question to the tracker until the file is whole and served on. */
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

  /** Those that are no parts of folders. */
  list(): StreamableDownload[] {
    return this.#all.flatMap(({ handle, whole }) => (whole ? [] : handle));
  }

  /** Begins a download, or takes up the one of the same file to the same place. */
  start(groupId: string, fileName: string, destination: string, options: DownloadOptions = {}): DownloadHandle {
    const absolute = absoluteDestination(destination);
    const known = this.find(groupId, fileName, absolute);
    const terms = checkTerms(termsFrom(options, known?.handle));
    const transfer =
      known ??
      new FileTransfer(
        { id: randomUUID(), groupId, fileName, path: absolute, terms },
        { overwrite: options.overwrite ?? false, first: this.#manager.firstState() },
        this.#context,
      );
    if (known && options.overwrite) known.replacesFromNow();
    if (known) this.#manager.startAgain(known, terms);
    else this.#manager.start(transfer);
    transfer.signals.add(options.signal, () => void this.#manager.giveUp(transfer));
    return transfer.handle;
  }

  /** A download that is not over, and no part of a folder. */
  find(groupId: string, fileName: string, destination: string): FileTransfer | undefined {
    return this.#all.find((transfer) => transfer.is(groupId, fileName, destination));
  }

  /** Begins to fetch a file of a folder; only the folder shows it. */
  startPart({ groupId, fileName, path, overwrite, sequential, whole, record }: Part): FileTransfer {
    const terms = { priority: 'normal', limitBytesPerSecond: undefined, sequential } as const;
    const first = this.#manager.firstState(whole.id);
    const about = { id: record?.id ?? randomUUID(), groupId, fileName, path, terms };
    const part = new FileTransfer(about, { overwrite, whole, first }, this.#context);
    part.record = record;
    if (record) part.handle.restored(path, record.sizeBytes, record.donePieces ?? 0);
    this.#manager.start(part);
    return part;
  }

  /** Drops what an earlier try left of files that are no longer wanted, on the disk too. */
  async forgetParts(records: readonly LibraryDownload[]): Promise<void> {
    await this.#records.forget(records);
    for (const { finalPath, manifestId } of records) await removePartial(finalPath, manifestId);
  }

  /** One that an earlier process did not finish. */
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
      transfer.handle.begun();
      this.#sources.announce(transfer, transfer.record);
    };
    void transfer.saving.then(begun, () => {}); // who began it hears of the library's disk
  }

  async onDone(event: EngineEvent & { type: 'downloadDone' }): Promise<void> {
    const transfer = this.#byEngineId(event.downloadId);
    if (!transfer?.record) return;
    this.#sources.forget(transfer);
    try {
      await transfer.saving;
      transfer.handle.completed(await this.#records.becomeShare(transfer.record, event.stamp));
    } catch (error) {
      transfer.handle.failed(ShoalError.from(error, 'DISK_ERROR'));
      return;
    }
    this.#sources.withdraw(transfer); // served as a share by now
  }

  /** Whoever shared the file changed it: unless the group has it as it was, it cannot be had any more. */
  async onSourceChanged({ downloadId }: EngineEvent & { type: 'sourceChanged' }): Promise<void> {
    const transfer = this.#byEngineId(downloadId);
    if (!transfer?.record || !(await this.#sources.isGone(transfer.record))) return;
    if (transfer.engineId !== downloadId || !transfer.handle.isRunning) return;
    await this.#manager.stop(transfer);
    const why = `${transfer.handle.fileName} changed at its sharer, and nobody has the old content: download it again when it is shared again.`;
    transfer.handle.failed(new ShoalError('FILE_CHANGED', why));
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
