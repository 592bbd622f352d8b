import type { FileStamp } from '../../disk/index.js';
import { decodeManifest, ShoalError } from '../../protocol/index.js';
import type { DownloadResult } from '../api/download.js';
import type { LibraryDownload } from '../local/library-schema.js';
import type { Session } from '../session/session.js';
import type { ShareManager } from '../shares/share-manager.js';
import type { Entry } from './download-entry.js';
import type { DownloadRecord } from './download-preparation.js';
import type { DownloadQueue } from './download-queue.js';
import { termsOf } from './download-terms.js';

/** What the library holds of downloads: those that are not over, in their order. */
export class DownloadRecords {
  readonly #session: Session;
  readonly #shares: ShareManager;
  readonly #queue: DownloadQueue<Entry>;

  constructor(session: Session, shares: ShareManager, queue: DownloadQueue<Entry>) {
    this.#session = session;
    this.#shares = shares;
    this.#queue = queue;
  }

  /** Puts a download's record in the place of what was known before, at once; fulfilled when it is on the disk, with its manifest where that is new. */
  async keep(entry: Entry, record: DownloadRecord, newManifest?: Uint8Array): Promise<void> {
    const { account, library } = this.#session;
    entry.record = account.putDownload({ ...record, id: entry.handle.id, ...termsOf(entry.handle) });
    await Promise.all([this.keepPlace(entry), newManifest && library.saveManifest(record.manifestId, newManifest)]);
  }

  /** Puts a download's record where the download is in the order of all. */
  async keepPlace({ record }: Entry): Promise<void> {
    const { account, library } = this.#session;
    const order = this.#queue.all.flatMap((one) => one.record ?? []);
    if (record) account.moveDownload(record, order);
    await library.durable();
  }

  async forget({ record }: Entry): Promise<void> {
    if (!record) return;
    const { account, library } = this.#session;
    account.removeDownload(record);
    await library.durable();
    await library.dropManifests([record.manifestId]);
  }

  /** A download becomes a share, in one step: a crash leaves either of the two. */
  async becomeShare(record: LibraryDownload, stamp: FileStamp): Promise<DownloadResult> {
    const { groupId, fileName, finalPath: path, manifestId, sizeBytes } = record;
    const { account, library } = this.#session;
    const manifest = await library.readManifest(manifestId);
    if (!manifest) {
      throw new ShoalError(
        'DATA_DIR_INVALID',
        `${path} is whole, but its manifest is gone from the data folder: share it anew.`,
      );
    }
    account.removeDownload(record);
    await this.#shares.keep([{ groupId, fileName, path, manifest, stamp, isManifestKept: true }]);
    return {
      path,
      sizeBytes,
      manifestId,
      fileDigest: Buffer.from(decodeManifest(manifest).fileDigest).toString('hex'),
    };
  }
}
