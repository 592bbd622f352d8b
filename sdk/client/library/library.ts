import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ShoalError } from '../../protocol/index.js';
import { accountRecords } from './account-records.js';
import { KeptFolder } from './files/kept-folder.js';
import { recordOf } from './files/library-changes.js';
import { LibraryFile } from './files/library-file.js';
import { type ReadLibrary, readLibrary } from './files/library-reading.js';
import { LibraryWriter } from './files/library-writer.js';
import { checkedManifest, ManifestFolder } from './files/manifest-folder.js';
import { LibraryAccount } from './library-account.js';
import { libraryPaths } from './records/library-paths.js';
import type { LibraryShare } from './records/library-schema.js';
import { KeptIndex } from './tables/kept-index.js';
import { LiveBytes } from './tables/live-bytes.js';

interface LibraryParts {
  readonly dataDir: string;
  readonly manifests: ManifestFolder;
  readonly contents: KeptFolder;
  readonly file: LibraryFile;
  warn(message: string): void;
}

/**
 * The shares and downloads of this device, by account, in the data folder. Accounts make changes, and the library
 * writes them within a second, or when `durable` requests it.
 */
export class Library {
  /** The files of kept contents. */
  readonly contents: KeptFolder;
  /** The kept contents of all accounts. */
  readonly kept = new KeptIndex();
  readonly #manifests: ManifestFolder;
  readonly #folderFolder: string;
  readonly #accounts = new Map<string, LibraryAccount>();
  readonly #live = new LiveBytes();
  readonly #writer: LibraryWriter;

  private constructor({ dataDir, manifests, contents, file, warn }: LibraryParts) {
    this.contents = contents;
    this.#manifests = manifests;
    this.#folderFolder = join(dataDir, 'folders');
    this.#writer = new LibraryWriter({
      ...{ file, live: this.#live, warn },
      records: () => Array.from(this.#accounts, ([key, account]) => [key, accountRecords(account)]),
    });
  }

  /**
   * @param warn receives messages about a damaged file that was moved aside, or a failed rewrite
   * @throws ShoalError `DATA_DIR_INVALID`, `DATA_DIR_NEWER`, or the disk's errors
   */
  static async open(dataDir: string, warn: (message: string) => void = () => {}): Promise<Library> {
    const manifests = await ManifestFolder.open(dataDir);
    const contents = await KeptFolder.open(dataDir);
    await mkdir(join(dataDir, 'folders'), { recursive: true, mode: 0o700 });
    const paths = libraryPaths(dataDir);
    const read = await readLibrary(paths);
    if (read.warning !== undefined) warn(read.warning);
    const { journal } = read;
    const file = new LibraryFile(paths, journal.kind === 'whole' ? journal.size : undefined);
    if (journal.kind === 'torn') await file.cutOff(journal.size);
    const library = new Library({ dataDir, manifests, contents, file, warn });
    library.#take(read);
    await contents.clean((id) => library.kept.has(id));
    if (journal.kind === 'damaged') {
      await file.putAside();
      await library.#writer.begin().catch((error: unknown) => {
        warn(`What was rescued is not on the disk yet: ${ShoalError.from(error, 'DISK_ERROR').message}`);
      });
    }
    return library;
  }

  #take({ lines, warning }: ReadLibrary): void {
    for (const { batch, bytes } of lines) {
      const changes = batch.reduce((sum, [, some]) => sum + some.length, 0);
      for (const [key, some] of batch) {
        const account = this.#account(key);
        for (const change of some) {
          account.apply(change);
          const record = recordOf(change);
          // an estimate: the records of a line have similar sizes
          if (record) this.#live.set(record, Math.floor(bytes / changes));
        }
      }
    }
    if (warning !== undefined) for (const account of this.#accounts.values()) account.completeness.doubt();
  }

  /** The shares and downloads of a user at a tracker. */
  account(trackerFingerprint: string, userId: string, otherFingerprints: readonly string[] = []): LibraryAccount {
    const keys = [trackerFingerprint, ...otherFingerprints].map((fingerprint) => `${userId}@${fingerprint}`);
    const [own = ''] = keys;
    return this.#account(keys.find((key) => this.#accounts.has(key)) ?? own);
  }

  #account(key: string): LibraryAccount {
    const known = this.#accounts.get(key);
    if (known) return known;
    const account = new LibraryAccount({
      ...{ live: this.#live, kept: this.kept },
      onChange: (change) => this.#writer.add(key, change),
    });
    this.#accounts.set(key, account);
    return account;
  }

  /**
   * Resolves when all changes so far are on the disk. The changes of one synchronous step are written together or not
   * at all.
   * @throws ShoalError `TOO_MANY_SHARES`, the disk's errors, or the error of `close`
   */
  durable(): Promise<void> {
    return this.#writer.durable();
  }

  /** Like `durable`, at the end: it may also compact the file. */
  finish(): Promise<void> {
    return this.#writer.finish();
  }

  /** Stops all writes: later calls fail with this error. */
  close(error: ShoalError): void {
    this.#writer.close(error);
  }

  /** The path of the engine's journal of a folder download. */
  folderJournalPath(id: string): string {
    return join(this.#folderFolder, `${id}.journal`);
  }

  saveManifest(id: string, bytes: Uint8Array): Promise<void> {
    return this.#manifests.save(id, bytes);
  }

  saveManifests(manifests: ReadonlyMap<string, Uint8Array>): Promise<void> {
    return this.#manifests.saveAll(manifests);
  }

  /** The canonical bytes of a manifest; undefined if it is missing or damaged. @throws the disk's errors */
  readManifest(id: string): Promise<Uint8Array | undefined> {
    return this.#manifests.read(id);
  }

  /** The manifest of a share or a kept content; undefined if it is missing or damaged. */
  async manifestOf({
    manifest,
    manifestId: id,
  }: Pick<LibraryShare, 'manifest' | 'manifestId'>): Promise<Uint8Array | undefined> {
    return manifest === undefined ? this.readManifest(id) : checkedManifest(Buffer.from(manifest, 'base64url'), id);
  }

  /** Removes the records of a kept content from all accounts. Its file stays. */
  forgetKept(manifestId: string): void {
    const records = this.kept.recordsOf(manifestId);
    for (const { kept } of this.#accounts.values()) for (const record of records) kept.remove(record);
  }

  /** Removes manifests that no record uses. */
  async dropManifests(ids: readonly string[]): Promise<void> {
    const accounts = [...this.#accounts.values()];
    for (const id of new Set(ids))
      if (!accounts.some((account) => account.usesManifest(id))) await this.#manifests.remove(id);
  }
}
