import { partialBytes } from '../../engine/index.js';
import { ShoalError } from '../../protocol/index.js';
import type { TransferManager } from '../transfers/transfer-manager.js';
import { paceOf } from '../transfers/transfer-terms.js';
import { newEngineId } from '../util/engine-ids.js';
import { type DownloadRecord, type Prepared, prepareDownload } from './download-preparation.js';
import type { DownloadRecords } from './download-records.js';
import type { FileTransfer } from './file-transfer.js';
import type { SourceLookup } from './source-lookup.js';

/** The tracker went away: a download that has begun is told its sources when it is back. */
const LEFT_TO_REFRESH: ReadonlySet<string> = new Set(['DISCONNECTED', 'SHUTTING_DOWN', 'TIMEOUT']);

interface StartContext {
  readonly manager: TransferManager;
  readonly records: DownloadRecords;
  readonly sources: SourceLookup;
}

/** A file's download from its turn until its engine runs: what is asked of the tracker, and what becomes of it when that fails. */
export class DownloadStart {
  readonly #context: StartContext;

  constructor(context: StartContext) {
    this.#context = context;
  }

  /** Asks for everything at once, and does not wait for the library's disk: the first bytes come the sooner. */
  async begin(transfer: FileTransfer): Promise<void> {
    const { manager, sources } = this.#context;
    const { session, tickets } = manager;
    const engineId = newEngineId();
    transfer.engineId = engineId;
    transfer.isResting = false;
    let isSent = false;
    const isStill = () => transfer.engineId === engineId && !transfer.isStopping && transfer.handle.isActive;
    try {
      await transfer.lookingUp;
      const groupId = await session.memberGroup(transfer.handle.groupId);
      if (!isStill()) return;
      transfer.ticketGroup = groupId;
      const [prepared] = await Promise.all([this.#prepare(transfer, isStill), tickets.acquire(groupId)]);
      if (!prepared || !isStill()) return; // who ended it let go of the ticket
      const { finalPath, overwrite, root, fileName } = prepared.record;
      const folderId = transfer.whole?.engineId;
      await this.#claimSpace(transfer, prepared.record);
      if (!isStill()) return;
      isSent = true;
      session.engine.send({
        ...{ type: 'download', downloadId: engineId, groupId, manifest: prepared.manifest },
        ...{ finalPath, overwrite, root, folderId },
        ...paceOf(transfer.handle),
      });
      for (const source of prepared.sources) sources.add(transfer, source);
      const found = sources.find(transfer, prepared.record).catch((error: unknown) => {
        const { code, message } = ShoalError.from(error);
        if (!LEFT_TO_REFRESH.has(code)) throw error;
        session.logger.warn(`${fileName}: ${message}`);
      });
      await Promise.all([transfer.saving, found]);
    } catch (error) {
      if (!isStill()) return;
      if (isSent) await manager.stop(transfer);
      else sources.forget(transfer);
      transfer.engineId = 0;
      transfer.handle.failed(ShoalError.from(error));
    }
  }

  /** Finds out about one that waits what can be known before its turn: so it has a size, and is there after a restart. */
  async lookUp(transfer: FileTransfer): Promise<void> {
    try {
      const known = await this.#prepare(transfer, () => transfer.handle.isActive);
      if (known) await this.#context.manager.space.check(known.record.finalPath, known.record.sizeBytes);
      await transfer.saving;
      if (known) transfer.announce();
    } catch (thrown) {
      const error = ShoalError.from(thrown);
      if (transfer.handle.isQueued && !LEFT_TO_REFRESH.has(error.code)) transfer.handle.failed(error);
    }
  }

  /** Learns all that has to be known of a download and begins to put it into the library; undefined when it has ended meanwhile. */
  async #prepare(transfer: FileTransfer, isStill: () => boolean): Promise<Prepared | undefined> {
    const { groupId, fileName } = transfer.handle;
    const { destination, overwrite, whole, record: known } = transfer;
    const prepared = await prepareDownload(this.#context.manager.session, {
      ...{ groupId, fileName, destination, overwrite, root: whole?.root ?? known?.root, record: known },
      onPlace: (path) => transfer.handle.placed(path),
    });
    if (!isStill()) return undefined;
    const { record, manifest, isManifestKept, pieceCount } = prepared;
    this.#context.manager.refuseSamePlace(transfer, record.finalPath);
    transfer.saving = this.#context.records.keep(transfer, record, isManifestKept ? undefined : manifest);
    transfer.saving.catch(() => {}); // met by who began it
    transfer.handle.prepared(record.finalPath, record.sizeBytes, pieceCount);
    return prepared;
  }

  async #claimSpace(transfer: FileTransfer, { finalPath, manifestId, sizeBytes }: DownloadRecord): Promise<void> {
    const { handle } = transfer;
    await this.#context.manager.space.claim({
      path: finalPath,
      isFolder: false,
      isComing: () => handle.isRunning && !transfer.isResting,
      missingBytes: async () =>
        Math.max(0, sizeBytes - Math.max(handle.progress.doneBytes, await partialBytes(finalPath, manifestId))),
    });
  }
}
