import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ShoalError } from '../../protocol/index.js';
import { LibraryAccount } from './library-account.js';
import { recordOf } from './library-changes.js';
import { LibraryFile } from './library-file.js';
import { libraryPaths } from './library-paths.js';
import { type ReadLibrary, readLibrary } from './library-reading.js';
import type { LibraryShare } from './library-schema.js';
import { LibraryWriter } from './library-writer.js';
import { LiveBytes } from './live-bytes.js';
import { checkedManifest, ManifestFolder } from './manifest-folder.js';

interface LibraryParts {
  readonly dataDir: string;
  readonly manifests: ManifestFolder;
  readonly file: LibraryFile;
  warn(message: string): void;
}

/**
 * What this device shares and downloads, by account, kept in the data folder. An account makes each change and the library writes it, within
 * a second or when `durable` asks for it.
 */
export class Library {
  readonly #manifests: ManifestFolder;
  readonly #folderFolder: string;
  readonly #accounts = new Map<string, LibraryAccount>();
  readonly #live = new LiveBytes();
  readonly #writer: LibraryWriter;

  private constructor({ dataDir, manifests, file, warn }: LibraryParts) {
    this.#manifests = manifests;
    this.#folderFolder = join(dataDir, 'folders');
    this.#writer = new LibraryWriter({
      ...{ file, live: this.#live, warn },
      records: () => Array.from(this.#accounts, ([key, account]) => [key, account.records()]),
    });
  }

  /**
   * @param warn hears, in words, that a damaged file was put aside, or that the library could not be written anew
   * @throws ShoalError `DATA_DIR_INVALID`, `DATA_DIR_NEWER`, or the disk's errors
   */
  static async open(dataDir: string, warn: (message: string) => void = () => {}): Promise<Library> {
    const manifests = await ManifestFolder.open(dataDir);
    await mkdir(join(dataDir, 'folders'), { recursive: true, mode: 0o700 });
    const paths = libraryPaths(dataDir);
    const read = await readLibrary(paths);
    if (read.warning !== undefined) warn(read.warning);
    const { journal } = read;
    const file = new LibraryFile(paths, journal.kind === 'whole' ? journal.size : undefined);
    if (journal.kind === 'torn') await file.cutOff(journal.size);
    const library = new Library({ dataDir, manifests, file, warn });
    library.#take(read);
    if (journal.kind === 'damaged') {
      await file.putAside();
      await library.#writer.begin().catch((error: unknown) => {
        warn(`What was rescued is not on the disk yet: ${ShoalError.from(error, 'DISK_ERROR').message}`);
      });
    }
    return library;
  }

  #take({ lines }: ReadLibrary): void {
    for (const { batch, bytes } of lines) {
      const changes = batch.reduce((sum, [, some]) => sum + some.length, 0);
      for (const [key, some] of batch) {
        const account = this.#account(key);
        for (const change of some) {
          account.apply(change);
          const record = recordOf(change);
          if (record) this.#live.set(record, Math.floor(bytes / changes)); // nearly: records of a line are alike
        }
      }
    }
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
      live: this.#live,
      onChange: (change) => this.#writer.add(key, change),
    });
    this.#accounts.set(key, account);
    return account;
  }

  /**
   * Fulfilled when all changes until now are on the disk; what is changed in one go is there as a whole or not at all.
   * @throws ShoalError `TOO_MANY_SHARES`, the disk's errors, or what it was closed with
   */
  durable(): Promise<void> {
    return this.#writer.durable();
  }

  /** As `durable`, at the end: what is dead in the file may be left out of it. */
  finish(): Promise<void> {
    return this.#writer.finish();
  }

  /** Writes nothing any more: each call to write fails with this. */
  close(error: ShoalError): void {
    this.#writer.close(error);
  }

  /** Where the engine keeps what is done of a folder download. */
  folderJournalPath(id: string): string {
    return join(this.#folderFolder, `${id}.journal`);
  }

  saveManifest(id: string, bytes: Uint8Array): Promise<void> {
    return this.#manifests.save(id, bytes);
  }

  saveManifests(manifests: ReadonlyMap<string, Uint8Array>): Promise<void> {
    return this.#manifests.saveAll(manifests);
  }

  /** A manifest's canonical bytes; undefined when they are not here, or not what their name says. @throws the disk's errors */
  readManifest(id: string): Promise<Uint8Array | undefined> {
    return this.#manifests.read(id);
  }

  /** A share's manifest; undefined when it is not here, or not what its name says. */
  async manifestOf({ manifest, manifestId: id }: LibraryShare): Promise<Uint8Array | undefined> {
    return manifest === undefined ? this.readManifest(id) : checkedManifest(Buffer.from(manifest, 'base64url'), id);
  }

  /** Removes manifests that no share and no download needs any more. */
  async dropManifests(ids: readonly string[]): Promise<void> {
    const accounts = [...this.#accounts.values()];
    for (const id of new Set(ids))
      if (!accounts.some((account) => account.usesManifest(id))) await this.#manifests.remove(id);
  }
}
