import type { EngineEvent } from '../../engine/index.js';
import { ShoalError, type Source } from '../../protocol/index.js';
import type { Session } from '../session/session.js';
import type { TransferManager } from '../transfers/transfer-manager.js';
import type { DownloadRecord } from './download-preparation.js';
import type { FileTransfer } from './file-transfer.js';
import { SourceSearch } from './source-search.js';

/** Codes which show that the group has the content no longer. */
const GONE: ReadonlySet<string> = new Set(['FILE_NOT_FOUND', 'FILE_REMOVED', 'VERSION_NOT_FOUND']);

/** The requests and announcements of running downloads at the tracker. */
export class SourceLookup {
  readonly #session: Session;
  readonly #manager: TransferManager;
  /** The searches of current runs, by id in the engine. */
  readonly #searches = new Map<number, SourceSearch>();

  constructor(manager: TransferManager) {
    this.#session = manager.session;
    this.#manager = manager;
  }

  /** Asks the tracker for sources except those in `exclude`, and sends them to the engine. */
  async find(transfer: FileTransfer, record: DownloadRecord, exclude?: string[]): Promise<void> {
    const { groupId, fileName, version } = record;
    const { file, sources } = await this.#session.call('findSources', { groupId, fileName, exclude, version });
    if (file.manifestId !== record.manifestId) return; // the name now has other content: known sources must suffice
    for (const source of sources) this.add(transfer, source);
  }

  /** Like `find`, but only logs errors. */
  async findOrLog(transfer: FileTransfer, record: DownloadRecord): Promise<void> {
    await this.find(transfer, record).catch((error: unknown) => {
      this.#session.logger.warn(`${record.fileName}: ${ShoalError.from(error).message}`);
    });
  }

  /** Whether nobody offers the file with this content to the group for now. @throws ShoalError the tracker's errors */
  async isGone({ groupId, fileName, manifestId, version }: DownloadRecord): Promise<boolean> {
    try {
      const { file, sources } = await this.#session.call('findSources', { groupId, fileName, version });
      return file.manifestId !== manifestId || sources.length === 0;
    } catch (error) {
      if (error instanceof ShoalError && GONE.has(error.code)) return true;
      throw error;
    }
  }

  /** Announces the verified pieces to the group. */
  announce(transfer: FileTransfer, record: DownloadRecord): void {
    this.#session.presence.part(record, transfer);
    this.#tell(record);
  }

  /** Processes the engine's progress. A download that receives nothing asks for other sources. */
  progressed(transfer: FileTransfer, event: EngineEvent & { type: 'downloadProgress' }): void {
    const search = this.#searches.get(transfer.engineId) ?? new SourceSearch();
    this.#searches.set(transfer.engineId, search);
    const exclude = search.progressed(event, performance.now());
    const { record } = transfer;
    if (!exclude || !record || !transfer.handle.isRunning) return;
    this.#session.logger.info(`${record.fileName}: nothing comes from ${exclude.length} sources; asking for others`);
    this.find(transfer, record, exclude).catch((error: unknown) => {
      this.#session.logger.debug(`${record.fileName}: ${ShoalError.from(error).message}`);
    });
  }

  add(transfer: FileTransfer, source: Source): void {
    if (!this.#session.isDialable(source)) return;
    if (transfer.isResting) this.#manager.wake(transfer);
    else this.#session.engine.send({ type: 'sourceCame', downloadId: transfer.engineId, source });
  }

  /** Releases the ticket, and ends the notifications about sources unless the download rests. */
  forget(transfer: FileTransfer): void {
    const { record, ticketGroup, isResting } = transfer;
    const served = [...(this.#searches.get(transfer.engineId)?.served ?? [])];
    this.#searches.delete(transfer.engineId);
    if (ticketGroup !== undefined) this.#manager.tickets.release(ticketGroup);
    transfer.ticketGroup = undefined;
    const isWatched = ticketGroup !== undefined || transfer.isWatched;
    transfer.isWatched = isWatched && isResting;
    if (!record || !isWatched || isResting) return;
    const { groupId, manifestId } = record;
    this.#session.call('unwatch', { groupId, manifestId, served }).catch(() => {}); // a lost connection ends it, too
  }

  /** Withdraws the announcement of a partial file. */
  withdraw(transfer: FileTransfer): void {
    if (!transfer.record) return;
    this.#session.presence.notPart(transfer.record, transfer);
    this.#tell(transfer.record);
  }

  #tell({ fileName }: DownloadRecord): void {
    this.#session.presence.tell().catch((error: unknown) => {
      this.#session.logger.debug(
        `${fileName} is announced when the tracker is back: ${ShoalError.from(error).message}`,
      );
    });
  }
}
