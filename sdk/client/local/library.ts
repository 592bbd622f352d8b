import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, readFileWithin, writeFileDurably, writeFilesDurably } from '../../disk/index.js';
import { decodeManifest, MAX_MANIFEST_BYTES, manifestId, ShoalError } from '../../protocol/index.js';
import { MAX_LIBRARY_BYTES, readLibrary, tooManyShares, writeLibrary } from './library-file.js';
import type { Account, LibraryContents, LibraryShare } from './library-schema.js';

/** Shares of an account that its user may make. What is downloaded beyond is served on all the same. */
export const MAX_SHARES = 100_000;
/** What is under way, and what becomes of it, has to fit into the library as well. */
const RESERVED_BYTES = 16 * 1024 * 1024;
/** Changes that may be lost wait so long to be written together. */
const SOON_MS = 1000;

/** What this device shares and downloads, by account, kept in the data folder. What a call has saved is on the disk. */
export class Library {
  readonly #path: string;
  readonly #manifestFolder: string;
  readonly #folderFolder: string;
  readonly #contents: LibraryContents;
  /** What the file had when it was last written. */
  #bytes = 0;
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #soon: NodeJS.Timeout | undefined;
  #closed: ShoalError | undefined;

  private constructor(dataDir: string, contents: LibraryContents) {
    this.#path = libraryPath(dataDir);
    this.#manifestFolder = join(dataDir, 'manifests');
    this.#folderFolder = join(dataDir, 'folders');
    this.#contents = contents;
  }

  /**
   * @param warn hears, in words, that a damaged file was put aside
   * @throws ShoalError `DATA_DIR_INVALID`, `DATA_DIR_NEWER`
   */
  static async open(dataDir: string, warn?: (message: string) => void): Promise<Library> {
    await mkdir(join(dataDir, 'manifests'), { recursive: true, mode: 0o700 });
    await mkdir(join(dataDir, 'folders'), { recursive: true, mode: 0o700 });
    const { contents, warning } = await readLibrary(libraryPath(dataDir));
    if (warning !== undefined) warn?.(warning);
    return new Library(dataDir, contents);
  }

  /** The shares and downloads of a user at a tracker; changes to them are kept by `save`. */
  account(trackerFingerprint: string, userId: string, otherFingerprints: readonly string[] = []): Account {
    const { accounts } = this.#contents;
    const keys = [trackerFingerprint, ...otherFingerprints].map((fingerprint) => `${userId}@${fingerprint}`);
    const [own = ''] = keys;
    const key = keys.find((one) => accounts[one] !== undefined) ?? own;
    accounts[key] ??= { shares: [], downloads: [], folders: [] };
    return accounts[key];
  }

  /**
   * Refuses more shares than can be kept track of, before any of them is made known.
   * @throws ShoalError `TOO_MANY_SHARES`
   */
  requireRoom(account: Account, added: readonly object[]): void {
    if (account.shares.length + added.length > MAX_SHARES) throw tooManyShares();
    const bytes = added.reduce((sum, share) => sum + Buffer.byteLength(JSON.stringify(share)) + 1, this.#bytes);
    if (bytes > MAX_LIBRARY_BYTES - RESERVED_BYTES) throw tooManyShares();
  }

  /** Puts the present state on the disk. Calls that come while it is being written share the next write. */
  save(): Promise<void> {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    if (!this.#writing) {
      this.#writing = this.#write().finally(() => {
        this.#writing = undefined;
      });
      return this.#writing;
    }
    this.#next ??= this.#writing
      .catch(() => {}) // its own caller hears of it
      .then(() => {
        this.#next = undefined;
        return this.save();
      });
    return this.#next;
  }

  /** As `save`, for what a crash may take back: many such changes are written together. */
  saveSoon(): void {
    this.#soon ??= setTimeout(() => void this.save().catch(() => {}), SOON_MS); // the next save tells
  }

  /** Puts on the disk what was to be saved soon. @throws the disk's errors */
  async flush(): Promise<void> {
    if (this.#soon) await this.save();
  }

  /** Writes nothing any more: each call to save it fails with this. */
  close(error: ShoalError): void {
    this.#closed = error;
  }

  async #write(): Promise<void> {
    if (this.#closed) throw this.#closed;
    this.#bytes = await writeLibrary(this.#path, this.#contents);
  }

  /** Where the engine keeps what is done of a folder download. */
  folderJournalPath(id: string): string {
    return join(this.#folderFolder, `${id}.journal`);
  }

  async saveManifest(id: string, bytes: Uint8Array): Promise<void> {
    await writeFileDurably(this.#manifestPath(id), bytes);
  }

  /** A share's manifest; undefined when it is not here, or not what its name says. */
  async manifestOf({ manifest, manifestId: id }: LibraryShare): Promise<Uint8Array | undefined> {
    return manifest === undefined ? this.readManifest(id) : checked(Buffer.from(manifest, 'base64url'), id);
  }

  /** Keeps many manifests, waiting for the disk as seldom as may be; those that are kept already cost nothing. */
  async saveManifests(manifests: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const kept = new Set(await readdir(this.#manifestFolder));
    await writeFilesDurably(this.#manifestFolder, new Map([...manifests].filter(([id]) => !kept.has(id))));
  }

  /** A manifest's canonical bytes; undefined when they are not here, or not what their name says. @throws the disk's errors */
  async readManifest(id: string): Promise<Uint8Array | undefined> {
    const bytes = await readFileWithin(this.#manifestPath(id), MAX_MANIFEST_BYTES).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT' || error instanceof ShoalError) return undefined; // none, or nothing of ours
      throw error;
    });
    return bytes && checked(bytes, id);
  }

  /** Removes manifests that no share and no download needs any more. */
  async dropManifests(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const used = new Set<string>();
    for (const { shares, downloads } of Object.values(this.#contents.accounts))
      for (const { manifestId: id } of [...shares, ...downloads]) used.add(id);
    for (const id of new Set(ids)) if (!used.has(id)) await rm(this.#manifestPath(id), { force: true });
  }

  #manifestPath(id: string): string {
    return join(this.#manifestFolder, id);
  }
}

function checked(bytes: Uint8Array, id: string): Uint8Array | undefined {
  if (manifestId(bytes) !== id) return undefined;
  decodeManifest(bytes);
  return bytes;
}

function libraryPath(dataDir: string): string {
  return join(dataDir, 'library.json');
}
