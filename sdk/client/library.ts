import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { errnoOf, readFileWithin, writeFileDurably, writeFilesDurably } from '../disk/index.js';
import {
  decodeManifest,
  MAX_INLINE_MANIFEST_BYTES,
  MAX_MANIFEST_BYTES,
  manifestId,
  ShoalError,
} from '../protocol/index.js';

const hex32 = z.string().regex(/^[0-9a-f]{64}$/);

const SHARE = z.object({
  groupId: z.string(),
  fileName: z.string(),
  path: z.string(),
  manifestId: hex32,
  sizeBytes: z.number().int().nonnegative(),
  /** The file's last change, nanoseconds since 1970, decimal. */
  modifiedNs: z.string().regex(/^-?\d+$/),
  /** Whether the tracker has taken it down already. */
  registered: z.boolean(),
  /** A small file's manifest, in base64url; that of a large one has a file of its own. */
  manifest: z
    .string()
    .max(Math.ceil((MAX_INLINE_MANIFEST_BYTES * 4) / 3))
    .optional(),
});

const DOWNLOAD = z.object({
  /** The same for as long as it is not finished, whatever process works on it. */
  id: z.string().min(1).max(64).optional(),
  groupId: z.string(),
  fileName: z.string(),
  finalPath: z.string(),
  overwrite: z.boolean(),
  /** The folder that is being fetched and that it is a file of. */
  root: z.string().optional(),
  manifestId: hex32,
  sizeBytes: z.number().int().nonnegative(),
  /** Paused on purpose: it does not go on by itself. */
  paused: z.boolean(),
  /** How many pieces were there when it was paused, to be shown until the journal is read again. */
  donePieces: z.number().int().nonnegative().optional(),
  priority: z.enum(['high', 'normal', 'low']).optional(),
  limitBytesPerSecond: z.number().positive().optional(),
  /** Fetched in the file's order. */
  sequential: z.boolean().optional(),
});

/** Bytes in `library.json`, and entries of an account in it: a damaged one must not take all memory before it is refused. */
const MAX_LIBRARY_BYTES = 256 * 1024 * 1024;
export const MAX_ENTRIES = 100_000;

const FOLDER = z.object({
  id: z.uuid(),
  groupId: z.string(),
  folder: z.string(),
  /** The folder that holds the tree. */
  root: z.string(),
  /** Paused on purpose: it does not go on by itself. */
  paused: z.boolean(),
});

/** Downloads are in the order in which they begin, but for their priorities. */
const ACCOUNT = z.object({
  shares: z.array(SHARE).max(MAX_ENTRIES),
  downloads: z.array(DOWNLOAD).max(MAX_ENTRIES),
  folders: z.array(FOLDER).max(MAX_ENTRIES).default([]),
});
const FILE = z.object({ version: z.literal(1), accounts: z.record(z.string(), ACCOUNT) });

export type LibraryShare = z.infer<typeof SHARE>;
export type LibraryDownload = z.infer<typeof DOWNLOAD>;
/** A folder download that is not over. */
export type LibraryFolder = z.infer<typeof FOLDER>;
export type Account = z.infer<typeof ACCOUNT>;

/** What this device shares and downloads, by account, kept in the data folder. What a call has saved is on the disk. */
export class Library {
  readonly #path: string;
  readonly #manifestFolder: string;
  readonly #folderFolder: string;
  readonly #file: z.infer<typeof FILE>;
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  private constructor(dataDir: string, file: z.infer<typeof FILE>) {
    this.#path = join(dataDir, 'library.json');
    this.#manifestFolder = join(dataDir, 'manifests');
    this.#folderFolder = join(dataDir, 'folders');
    this.#file = file;
  }

  /** @throws ShoalError `DATA_DIR_INVALID`, `DATA_DIR_NEWER` */
  static async open(dataDir: string): Promise<Library> {
    await mkdir(join(dataDir, 'manifests'), { recursive: true, mode: 0o700 });
    await mkdir(join(dataDir, 'folders'), { recursive: true, mode: 0o700 });
    const path = join(dataDir, 'library.json');
    const text = await readFileWithin(path, MAX_LIBRARY_BYTES).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw ShoalError.from(error, 'DATA_DIR_INVALID');
    });
    return new Library(
      dataDir,
      text === undefined ? { version: 1, accounts: {} } : parseLibrary(path, text.toString('utf8')),
    );
  }

  /** The shares and downloads of a user at a tracker; changes to them are kept by `save`. */
  account(trackerFingerprint: string, userId: string): Account {
    const key = `${userId}@${trackerFingerprint}`;
    const account = this.#file.accounts[key] ?? { shares: [], downloads: [], folders: [] };
    this.#file.accounts[key] = account;
    return account;
  }

  /** Puts the present state on the disk. Calls that come while it is being written share the next write. */
  save(): Promise<void> {
    if (!this.#writing) {
      this.#writing = writeFileDurably(this.#path, `${JSON.stringify(this.#file, null, 1)}\n`).finally(() => {
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

  /** A manifest's canonical bytes; undefined when they are not here, or not what their name says. */
  async readManifest(id: string): Promise<Uint8Array | undefined> {
    const bytes = await readFileWithin(this.#manifestPath(id), MAX_MANIFEST_BYTES).catch(() => undefined);
    return bytes && checked(bytes, id);
  }

  /** Removes a manifest that no share and no download needs any more. */
  async dropManifest(id: string): Promise<void> {
    for (const account of Object.values(this.#file.accounts)) {
      if ([...account.shares, ...account.downloads].some((entry) => entry.manifestId === id)) return;
    }
    await rm(this.#manifestPath(id), { force: true });
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

/**
 * Reads what `library.json` holds. Takes memory in proportion to the text, of which 256 MiB are read at most.
 * @throws ShoalError `DATA_DIR_INVALID`, `DATA_DIR_NEWER`
 */
export function parseLibrary(path: string, text: string): z.infer<typeof FILE> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadable(path, error);
  }
  const version = z.object({ version: z.number() }).safeParse(value);
  if (version.success && version.data.version > 1) {
    throw new ShoalError(
      'DATA_DIR_NEWER',
      `${path} was written by a newer Shoal: update this one, or choose another data folder.`,
    );
  }
  const parsed = FILE.safeParse(value);
  if (parsed.success) return parsed.data;
  throw unreadable(path, parsed.error);
}

function unreadable(path: string, cause: unknown): ShoalError {
  return new ShoalError(
    'DATA_DIR_INVALID',
    `${path} is damaged: restore it from a backup, or move it away (shares must then be shared again).`,
    {
      cause,
    },
  );
}
