import { partialBytes } from '../../engine/index.js';
import { ShoalError } from '../../protocol/index.js';
import type { TransferManager } from '../transfers/transfer-manager.js';
import { paceOf } from '../transfers/transfer-terms.js';
import { newEngineId } from '../util/engine-ids.js';
import { type DownloadRecord, type Prepared, prepareDownload } from './download-preparation.js';
import type { DownloadRecords } from './download-records.js';
import type { FileTransfer } from './file-transfer.js';
import { findLocalCopies } from './local-copies.js';
import type { SourceLookup } from './source-lookup.js';

/** Codes of an unreachable tracker. A started download then receives its sources after the reconnect. */
const LEFT_TO_REFRESH: ReadonlySet<string> = new Set(['DISCONNECTED', 'SHUTTING_DOWN', 'TIMEOUT', 'UNAVAILABLE']);

interface StartContext {
  readonly manager: TransferManager;
  readonly records: DownloadRecords;
  readonly sources: SourceLookup;
}

/** The start of a file's download: it asks the tracker, and starts the engine. */
export class DownloadStart {
  readonly #context: StartContext;

  constructor(context: StartContext) {
    this.#context = context;
  }

  /** Makes all requests in parallel, and does not wait for the library's disk, so that data arrives sooner. */
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
      if (!prepared || !isStill()) return; // whatever ended the run released the ticket
      const { finalPath, overwrite, root, fileName } = prepared.record;
      const folderId = transfer.whole?.engineId;
      await this.#claimSpace(transfer, prepared.record);
      const copies = await findLocalCopies(session.library, session.account, prepared.record);
      if (!isStill()) return;
      isSent = true;
      session.engine.send({
        ...{ type: 'download', downloadId: engineId, groupId, manifest: prepared.manifest },
        ...{
          finalPath,
          overwrite,
          replaces: transfer.replaces,
          root,
          folderId,
          copies,
          attributes: prepared.attributes,
        },
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

  /** Looks up a queued download, so that it has a size, and survives a restart. */
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

  /**
   * Asks the tracker for the file, and starts to save its record. @returns undefined if the download ended meanwhile
   */
  async #prepare(transfer: FileTransfer, isStill: () => boolean): Promise<Prepared | undefined> {
    const { groupId, fileName } = transfer.handle;
    const { destination, overwrite, replaces, whole, record: known } = transfer;
    const prepared = await prepareDownload(this.#context.manager.session, {
      ...{ groupId, fileName, destination, overwrite, replaces, root: whole?.root ?? known?.root, record: known },
      version: transfer.version,
      onPlace: (path) => transfer.handle.placed(path),
    });
    if (!isStill()) return undefined;
    const { record, manifest, isManifestKept, pieceCount } = prepared;
    this.#context.manager.refuseSamePlace(transfer, record.finalPath);
    transfer.saving = this.#context.records.keep(transfer, record, isManifestKept ? undefined : manifest);
    transfer.saving.catch(() => {}); // the caller awaits it
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
