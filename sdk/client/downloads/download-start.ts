import { partialBytes } from '../../engine/index.js';
import { ShoalError } from '../../protocol/index.js';
import type { DiskSpace } from '../local/disk-space.js';
import type { Session } from '../session/session.js';
import type { TicketRenewal } from '../session/ticket-renewal.js';
import { newEngineId } from '../util/engine-ids.js';
import type { Entry } from './download-entry.js';
import { type DownloadRecord, type Prepared, prepareDownload } from './download-preparation.js';
import type { DownloadQueue } from './download-queue.js';
import type { DownloadRecords } from './download-records.js';
import { paceOf } from './download-terms.js';
import type { SourceLookup } from './source-lookup.js';

/** The tracker went away: a download that has begun is told its sources when it is back. */
const LEFT_TO_REFRESH: ReadonlySet<string> = new Set(['DISCONNECTED', 'SHUTTING_DOWN', 'TIMEOUT']);

export interface StartContext {
  readonly session: Session;
  readonly queue: DownloadQueue<Entry>;
  readonly records: DownloadRecords;
  readonly sources: SourceLookup;
  readonly tickets: TicketRenewal;
  readonly space: DiskSpace;
  /** Without the tracker nothing can begin: what waits goes on waiting, rather than fail one after the other. */
  isTrackerThere(): boolean;
  /** Stops the engine's part of a download, and waits until its files are closed. */
  stopEngine(entry: Entry): Promise<void>;
  /** More is known of one that waits. */
  onLookedUp(entry: Entry): void;
}

/** A download from the call until its engine runs: what is asked of the tracker, and what becomes of it when that fails. */
export class DownloadStart {
  readonly #context: StartContext;
  /** The one that is being looked up before its turn, and those to follow: one after another, so that many are no burden. */
  #lookUps = Promise.resolve();

  constructor(context: StartContext) {
    this.#context = context;
  }

  /** Finds out about one that waits what can be known before its turn: so it has a size, and is there after a restart. */
  lookUp(entry: Entry): void {
    this.#lookUps = this.#lookUps.then(async () => {
      if (!entry.handle.isQueued || entry.record || !this.#context.isTrackerThere()) return;
      entry.lookingUp = this.#lookUp(entry);
      await entry.lookingUp;
      entry.lookingUp = undefined;
    });
  }

  /** Asks for everything at once, and does not wait for the library's disk: the first bytes come the sooner. */
  async begin(entry: Entry): Promise<void> {
    const { session, sources, tickets } = this.#context;
    const engineId = newEngineId();
    entry.engineId = engineId;
    entry.isResting = false;
    let isSent = false;
    const isStill = () => entry.engineId === engineId && !entry.stopping && entry.handle.isActive;
    try {
      await entry.lookingUp;
      const groupId = await session.memberGroup(entry.handle.groupId);
      if (!isStill()) return;
      entry.ticketGroup = groupId;
      const [prepared] = await Promise.all([this.#prepare(entry, isStill), tickets.acquire(groupId)]);
      if (!prepared || !isStill()) return; // who ended it let go of the ticket
      const { finalPath, overwrite, root, fileName } = prepared.record;
      await this.#claimSpace(entry, prepared.record);
      if (!isStill()) return;
      isSent = true;
      session.engine.send({
        ...{ type: 'download', downloadId: engineId, groupId, manifest: prepared.manifest, finalPath, overwrite, root },
        ...paceOf(entry.handle),
      });
      for (const source of prepared.sources) sources.add(entry, source);
      const found = sources.find(entry, prepared.record).catch((error: unknown) => {
        const { code, message } = ShoalError.from(error);
        if (!LEFT_TO_REFRESH.has(code)) throw error;
        session.logger.warn(`${fileName}: ${message}`);
      });
      await Promise.all([entry.saving, found]);
    } catch (error) {
      if (!isStill()) return;
      if (isSent) await this.#context.stopEngine(entry);
      else sources.forget(entry);
      entry.engineId = 0;
      entry.handle.failed(ShoalError.from(error));
    }
  }

  async #lookUp(entry: Entry): Promise<void> {
    try {
      const known = await this.#prepare(entry, () => entry.handle.isActive);
      if (known) await this.#context.space.check(known.record.finalPath, known.record.sizeBytes);
      await entry.saving;
      if (known) this.#context.onLookedUp(entry);
    } catch (thrown) {
      const error = ShoalError.from(thrown);
      if (entry.handle.isQueued && !LEFT_TO_REFRESH.has(error.code)) entry.handle.failed(error);
    }
  }

  /** Learns all that has to be known of a download and begins to put it into the library; undefined when it has ended meanwhile. */
  async #prepare(entry: Entry, isStill: () => boolean): Promise<Prepared | undefined> {
    const { groupId, fileName } = entry.handle;
    const prepared = await prepareDownload(this.#context.session, {
      ...{ ...entry, groupId, fileName },
      onPlace: (path) => entry.handle.placed(path),
    });
    if (!isStill()) return undefined;
    const { record, manifest, isManifestKept, pieceCount } = prepared;
    this.#refuseSamePlace(entry, record.finalPath);
    entry.saving = this.#context.records.keep(entry, record, isManifestKept ? undefined : manifest);
    entry.saving.catch(() => {}); // met by who began it
    entry.handle.prepared(record.finalPath, record.sizeBytes, pieceCount);
    return prepared;
  }

  async #claimSpace(entry: Entry, { finalPath, manifestId, sizeBytes }: DownloadRecord): Promise<void> {
    const { handle } = entry;
    await this.#context.space.claim({
      path: finalPath,
      isFolder: false,
      isComing: () => handle.isRunning && !entry.isResting,
      missingBytes: async () =>
        Math.max(0, sizeBytes - Math.max(handle.progress.doneBytes, await partialBytes(finalPath, manifestId))),
    });
  }

  #refuseSamePlace(entry: Entry, finalPath: string): void {
    for (const other of this.#context.queue.all) {
      if (other === entry || !other.handle.isActive || other.record?.finalPath !== finalPath) continue;
      throw new ShoalError(
        'ALREADY_DOWNLOADING',
        `${other.handle.fileName} is on its way to ${finalPath}: choose another place.`,
      );
    }
  }
}
