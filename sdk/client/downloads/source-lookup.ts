import type { EngineEvent } from '../../engine/index.js';
import { ShoalError, type Source } from '../../protocol/index.js';
import type { Session } from '../session/session.js';
import type { TicketRenewal } from '../session/ticket-renewal.js';
import type { Entry } from './download-entry.js';
import type { DownloadRecord } from './download-preparation.js';
import { SourceSearch } from './source-search.js';

/** What the tracker is asked and told while a download is under way. */
export class SourceLookup {
  readonly #session: Session;
  readonly #tickets: TicketRenewal;
  /** Of each download's present try, under its number in the engine. */
  readonly #searches = new Map<number, SourceSearch>();

  readonly #wake: (entry: Entry) => void;

  /** @param wake hears of a source of a download that rests */
  constructor(session: Session, tickets: TicketRenewal, wake: (entry: Entry) => void) {
    this.#session = session;
    this.#tickets = tickets;
    this.#wake = wake;
  }

  /** Asks who has the file, but for those in `exclude`, and tells the engine. */
  async find(entry: Entry, record: DownloadRecord, exclude?: string[]): Promise<void> {
    const { groupId, fileName } = record;
    const { file, sources } = await this.#session.call('findSources', { groupId, fileName, exclude });
    if (file.manifestId !== record.manifestId) return; // the name was given to another file: what is known has to do
    for (const source of sources) this.add(entry, source);
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
  announce(entry: Entry, record: DownloadRecord): void {
    this.#session.presence.part(record, entry);
    this.#tell(record);
  }

  /** What comes, or does not: a download whose sources bring nothing asks for others. */
  progressed(entry: Entry, event: EngineEvent & { type: 'downloadProgress' }): void {
    const search = this.#searches.get(entry.engineId) ?? new SourceSearch();
    this.#searches.set(entry.engineId, search);
    const exclude = search.progressed(event, Date.now());
    const { record } = entry;
    if (!exclude || !record || !entry.handle.isRunning) return;
    this.#session.logger.info(`${record.fileName}: nothing comes from ${exclude.length} sources; asking for others`);
    this.find(entry, record, exclude).catch((error: unknown) => {
      this.#session.logger.debug(`${record.fileName}: ${ShoalError.from(error).message}`);
    });
  }

  add(entry: Entry, source: Source): void {
    if (!this.#session.isDialable(source)) return;
    if (entry.isResting) this.#wake(entry);
    else this.#session.engine.send({ type: 'sourceCame', downloadId: entry.engineId, source });
  }

  /** Needs no ticket for it, and hears no more of its sources, unless it rests until one comes. */
  forget(entry: Entry): void {
    const { record, ticketGroup, isResting } = entry;
    const served = [...(this.#searches.get(entry.engineId)?.served ?? [])];
    this.#searches.delete(entry.engineId);
    if (ticketGroup !== undefined) this.#tickets.release(ticketGroup);
    entry.ticketGroup = undefined;
    const isWatched = ticketGroup !== undefined || entry.isWatched;
    entry.isWatched = isWatched && isResting;
    if (!record || !isWatched || isResting) return;
    const { groupId, manifestId } = record;
    this.#session.call('unwatch', { groupId, manifestId, served }).catch(() => {}); // gone with the connection, then
  }

  /** What is there of a download is no longer served from its partial file. */
  withdraw(entry: Entry): void {
    if (!entry.record) return;
    this.#session.presence.notPart(entry.record, entry);
    this.#tell(entry.record);
  }

  #tell({ fileName }: DownloadRecord): void {
    this.#session.presence.tell().catch((error: unknown) => {
      this.#session.logger.debug(
        `${fileName} is announced when the tracker is back: ${ShoalError.from(error).message}`,
      );
    });
  }
}
