import { join } from 'node:path';
import { type FileStamp, sameStamp } from '../../disk/index.js';
import { eachInLanes } from '../../program/index.js';
import { nameKey, type SharedFile, ShoalError } from '../../protocol/index.js';
import type { LibraryFolder } from '../library/records/library-schema.js';
import { recordedStamp } from '../library/records/recorded-stamp.js';
import { listAllVersions } from '../session/list-pages.js';
import type { Session } from '../session/session.js';
import type { PlacedFile } from './folder-places.js';
import { stampIfContent } from './stamp-if-content.js';

/** Files that are examined on the disk in parallel. */
const LOOKS_AT_ONCE = 16;

/** A file of a folder that is to be fetched, unless the engine finds it on the disk. */
export interface WantedFile extends PlacedFile {
  /** What its arrival means: it was never here, it was deleted here, or an older or another file was here. */
  readonly arrival: 'added' | 'restored' | 'updated';
  /** The stamp of the older version that is on the disk, and may be replaced. */
  readonly replaces?: FileStamp | undefined;
}

/** A file on the disk as the library knows it. */
interface KnownFile {
  readonly manifestId: string;
  readonly version: number | undefined;
  readonly stamp: FileStamp;
}

/** Compares the files of a folder with the disk. What the user edited is never to be replaced. */
export class FolderLook {
  readonly #session: Session;
  readonly #record: LibraryFolder;
  readonly #signal: AbortSignal;
  readonly #known: ReadonlyMap<string, KnownFile>;

  constructor(session: Session, record: LibraryFolder, signal: AbortSignal) {
    this.#session = session;
    this.#record = record;
    this.#signal = signal;
    this.#known = knownFiles(session, record.groupId);
  }

  /** Compares stamps only. @param onThere receives each file that needs nothing @returns the others */
  async look(files: readonly PlacedFile[], onThere: (file: SharedFile) => void): Promise<WantedFile[]> {
    const wanted: WantedFile[] = [];
    await eachInLanes(LOOKS_AT_ONCE, files, async (file) => {
      const found = await this.#lookAt(file);
      if (found === 'there') onThere(file.file);
      else wanted.push(found);
    });
    return wanted;
  }

  /**
   * Another file stands at the path of a wanted file. Compares its content with the earlier versions.
   * @returns the wanted file, with the stamp of an older version that may be replaced; `edited` if the user changed the
   * file; `foreign` if it never was a file of the group
   */
  async examine(file: WantedFile): Promise<WantedFile | 'edited' | 'foreign'> {
    const wasOurs = file.replaces !== undefined || this.#knownAt(file) !== undefined;
    try {
      const replaces = file.replaces ? undefined : await this.#olderVersionAt(file);
      if (replaces) return { ...file, replaces };
    } catch (error) {
      this.#signal.throwIfAborted();
      this.#session.logger.debug(`${file.file.fileName}: ${ShoalError.from(error).message}`);
    }
    return wasOurs ? 'edited' : 'foreign';
  }

  async #lookAt(file: PlacedFile): Promise<WantedFile | 'there'> {
    const known = this.#knownAt(file);
    const stamp = await this.#session.hashes.stamp(this.#pathOf(file)).catch(() => undefined);
    if (!stamp) return { ...file, arrival: known ? 'restored' : 'added' };
    if (!known || !sameStamp(known.stamp, stamp)) return { ...file, arrival: 'updated' };
    const age = ageOf(known, file.file);
    if (known.manifestId === file.file.manifestId || age === 'newer') return 'there';
    return { ...file, arrival: 'updated', replaces: age === 'older' ? stamp : undefined };
  }

  /** The stamp of the file at the path, if it has the content of an older version. */
  async #olderVersionAt(file: WantedFile): Promise<FileStamp | undefined> {
    const path = this.#pathOf(file);
    const { sizeBytes } = await this.#session.hashes.stamp(path);
    const older = await this.#olderVersions(file, sizeBytes);
    if (older.size === 0) return undefined;
    return stampIfContent(this.#session, path, (manifestId) => older.has(manifestId), this.#signal);
  }

  /** The manifests of older versions of that size. */
  async #olderVersions(wanted: WantedFile, sizeBytes: number): Promise<Set<string>> {
    const { file } = wanted;
    const { version = 1, fileName } = file;
    const known = this.#knownAt(wanted);
    const older = new Set<string>();
    if (known && known.stamp.sizeBytes === sizeBytes && ageOf(known, file) === 'older') older.add(known.manifestId);
    if (version === 1 || !this.#session.offersVersions) return older;
    for (const one of await listAllVersions(this.#session, this.#record.groupId, fileName, this.#signal))
      if (one.version < version && one.sizeBytes === sizeBytes) older.add(one.manifestId);
    return older;
  }

  #pathOf({ segments }: PlacedFile): string {
    return join(this.#record.root, ...segments);
  }

  #knownAt(file: PlacedFile): KnownFile | undefined {
    return this.#known.get(keyOf(file.file.fileName, this.#pathOf(file)));
  }
}

/** The files of a group that the library knows. Content that the tracker never confirmed has no version. */
function knownFiles({ account }: Session, groupId: string): Map<string, KnownFile> {
  const known = new Map<string, KnownFile>();
  for (const share of account.shares) {
    if (share.groupId !== groupId) continue;
    const { fileName, manifestId, sizeBytes, version } = share;
    for (const { path, modifiedNs } of [share, ...(share.copies ?? [])])
      known.set(keyOf(fileName, path), { manifestId, version, stamp: recordedStamp({ sizeBytes, modifiedNs }) });
  }
  return known;
}

function keyOf(fileName: string, path: string): string {
  return `${nameKey(fileName)}\0${path}`;
}

/** Compares versions. Without both numbers nothing is known. */
function ageOf({ version: here }: KnownFile, { version: there }: SharedFile): 'older' | 'newer' | undefined {
  if (here === undefined || there === undefined || here === there) return undefined;
  return here < there ? 'older' : 'newer';
}
