import type { FileStamp } from '../../disk/index.js';
import { decodeManifest, ShoalError } from '../../protocol/index.js';
import type { DownloadResult } from '../api/download.js';
import type { LibraryDownload } from '../library/records/library-schema.js';
import type { Session } from '../session/session.js';
import type { ShareManager } from '../shares/share-manager.js';
import type { TransferManager } from '../transfers/transfer-manager.js';
import { termsOf } from '../transfers/transfer-terms.js';
import type { DownloadRecord } from './download-preparation.js';
import type { Become, FileTransfer } from './file-transfer.js';

/** The library's records of unfinished file downloads. */
export class DownloadRecords {
  readonly #session: Session;
  readonly #manager: TransferManager;
  readonly #shares: ShareManager;

  constructor(manager: TransferManager, shares: ShareManager) {
    this.#session = manager.session;
    this.#manager = manager;
    this.#shares = shares;
  }

  /**
   * Adds or replaces a download's record at once. Resolves when the record, and the manifest if it is new, are on the
   * disk.
   */
  async keep(transfer: FileTransfer, record: DownloadRecord, newManifest?: Uint8Array): Promise<void> {
    const { account, library } = this.#session;
    const { handle, parent } = transfer;
    transfer.record = account.putDownload({ ...record, id: handle.id, parent, ...termsOf(handle) });
    await Promise.all([
      this.#manager.place(transfer),
      newManifest && library.saveManifest(record.manifestId, newManifest),
    ]);
  }

  async forget(records: readonly LibraryDownload[]): Promise<void> {
    if (records.length === 0) return;
    const { account, library } = this.#session;
    for (const record of records) account.removeDownload(record);
    await library.durable();
    await library.dropManifests(records.map(({ manifestId }) => manifestId));
  }

  /** Turns a download into a share, or what `become` makes of it, in one step: a crash leaves one of the two. */
  async end(record: LibraryDownload, stamp: FileStamp, become: Become = this.#becomeShare): Promise<DownloadResult> {
    const { finalPath: path, manifestId, sizeBytes } = record;
    const { account, library } = this.#session;
    const manifest = await library.readManifest(manifestId);
    if (!manifest) {
      throw new ShoalError(
        'DATA_DIR_INVALID',
        `${path} is complete, but its manifest is missing from the data folder: share the file again.`,
      );
    }
    account.removeDownload(record);
    await become(record, stamp, manifest);
    return {
      path,
      sizeBytes,
      manifestId,
      fileDigest: Buffer.from(decodeManifest(manifest).fileDigest).toString('hex'),
    };
  }

  readonly #becomeShare: Become = async ({ groupId, fileName, finalPath: path, version }, stamp, manifest) =>
    this.#shares.keep([{ groupId, fileName, path, manifest, stamp, isManifestKept: true, version }]);
}
