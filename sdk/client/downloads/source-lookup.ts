import type { EngineEvent } from '../../engine/index.js';
import { ShoalError, type Source } from '../../protocol/index.js';
import type { Session } from '../session/session.js';
import type { TransferManager } from '../transfers/transfer-manager.js';
import type { DownloadRecord } from './download-preparation.js';
import type { FileTransfer } from './file-transfer.js';
import { SourceSearch } from './source-search.js';

/** What the tracker is asked and told while a download is under way. */
export class SourceLookup {
  readonly #session: Session;
  readonly #manager: TransferManager;
  /** Of each download's present try, under its number in the engine. */
  readonly #searches = new Map<number, SourceSearch>();

  constructor(manager: TransferManager) {
    this.#session = manager.session;
    this.#manager = manager;
  }

  /** Asks who has the file, but for those in `exclude`, and tells the engine. */
  async find(transfer: FileTransfer, record: DownloadRecord, exclude?: string[]): Promise<void> {
    const { groupId, fileName } = record;
    const { file, sources } = await this.#session.call('findSources', { groupId, fileName, exclude });
    if (file.manifestId !== record.manifestId) return; // the name was given to another file: what is known has to do
    for (const source of sources) this.add(transfer, source);
  }

  /** The same for one that goes on without an answer. */
  async findOrLog(transfer: FileTransfer, record: DownloadRecord): Promise<void> {
    await this.find(transfer, record).catch((error: unknown) => {
      this.#session.logger.warn(`${record.fileName}: ${ShoalError.from(error).message}`);
    });
  }

  /** Whether the group has the file no more as it is to be fetched. @throws ShoalError the tracker's, where it does not say */
  async isGone({ groupId, fileName, manifestId }: DownloadRecord): Promise<boolean> {
    try {
      const { file } = await this.#session.call('findSources', { groupId, fileName });
      return file.manifestId !== manifestId;
    } catch (error) {
      if (error instanceof ShoalError && error.code === 'FILE_NOT_FOUND') return true;
      throw error;
    }
  }

  /** Others may have from here what is there already. */
  announce(transfer: FileTransfer, record: DownloadRecord): void {
    this.#session.presence.part(record, transfer);
    this.#tell(record);
  }

  /** What comes, or does not: a download whose sources bring nothing asks for others. */
  progressed(transfer: FileTransfer, event: EngineEvent & { type: 'downloadProgress' }): void {
    const search = this.#searches.get(transfer.engineId) ?? new SourceSearch();
    this.#searches.set(transfer.engineId, search);
    const exclude = search.progressed(event, Date.now());
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

  /** Needs no ticket for it, and hears no more of its sources, unless it rests until one comes. */
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
    this.#session.call('unwatch', { groupId, manifestId, served }).catch(() => {}); // gone with the connection, then
  }

  /** What is there of a download is no longer served from its partial file. */
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
