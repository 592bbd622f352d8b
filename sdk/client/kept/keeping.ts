import { awayMountOf, type FileStamp, writeCopyDurably } from '../../disk/index.js';
import { PIECE_BYTES, ShoalError } from '../../protocol/index.js';
import type { LibraryShare } from '../library/records/library-schema.js';
import { recordedStamp } from '../library/records/recorded-stamp.js';
import type { Session } from '../session/session.js';
import type { KeptContents } from './kept-contents.js';

/** Files that are copied in parallel: few, because nobody waits for them. */
const AT_ONCE = 2;
/** Files that wait to be copied. Further ones are not kept. */
const MAX_WAITING = 100_000;

/** Copies published files to the kept contents, in the background. */
export class Keeping {
  readonly #session: Session;
  readonly #kept: KeptContents;
  readonly #waiting = new Set<LibraryShare>();
  readonly #running = new Set<Promise<void>>();
  #isClosed = false;

  constructor(session: Session, kept: KeptContents) {
    this.#session = session;
    this.#kept = kept;
  }

  /** Keeps the contents of published files. */
  add(shares: readonly LibraryShare[]): void {
    for (const share of shares) if (this.#waiting.size < MAX_WAITING && this.#isToKeep(share)) this.#waiting.add(share);
    this.#begin();
  }

  /** Keeps what was published before, while there is room. */
  catchUp(shares: readonly LibraryShare[]): void {
    const { maxTotalBytes } = this.#kept.limits;
    let { totalBytes } = this.#session.library.kept;
    this.add(
      shares.filter((share) => {
        if (!this.#isToKeep(share) || totalBytes + share.sizeBytes > maxTotalBytes) return false;
        totalBytes += share.sizeBytes;
        return true;
      }),
    );
  }

  /** Resolves when the copies that have begun have ended. The others are not made. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#waiting.clear();
    await Promise.all(this.#running);
  }

  #isToKeep(share: LibraryShare): boolean {
    const isPublished = share.published !== undefined || !this.#session.offersVersions;
    return isPublished && this.#kept.takes(share.sizeBytes) && !this.#kept.has(share);
  }

  #begin(): void {
    while (this.#running.size < AT_ONCE && !this.#isClosed) {
      const [share] = this.#waiting;
      if (!share) return;
      this.#waiting.delete(share);
      const running = this.#keep(share).finally(() => {
        this.#running.delete(running);
        this.#begin();
      });
      this.#running.add(running);
    }
  }

  async #keep(share: LibraryShare): Promise<void> {
    const { account, library, logger } = this.#session;
    const { groupId, fileName, manifestId } = share;
    if (!account.hasShare(share) || !this.#isToKeep(share)) return;
    try {
      const manifest = await library.manifestOf(share);
      if (!manifest) return;
      const stamp = (await this.#kept.intactStamp(manifestId)) ?? (await this.#copy(share));
      if (account.hasShare(share)) await this.#kept.add({ groupId, fileName, version: share.version, manifest, stamp });
      else await this.#kept.removeUnused([manifestId]); // its share ended meanwhile
    } catch (error) {
      logger.info(`${fileName} is not kept beside its file: ${ShoalError.from(error, 'DISK_ERROR').message}`);
    }
  }

  #copy({ manifestId, path, sizeBytes, modifiedNs }: LibraryShare): Promise<FileStamp> {
    const { hashes, library } = this.#session;
    const stamp = recordedStamp({ sizeBytes, modifiedNs });
    const mount = awayMountOf(path);
    if (mount === undefined) return library.contents.copy(manifestId, path, stamp);
    return writeCopyDurably(library.contents.pathOf(manifestId), sizeBytes, (position) =>
      hashes.readAway(mount, path, stamp, position, Math.min(PIECE_BYTES, sizeBytes - position)),
    );
  }
}
