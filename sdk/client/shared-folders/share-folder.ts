import { basename, resolve } from 'node:path';
import { type FileStamp, sameStamp } from '../../disk/index.js';
import { eachInLanes } from '../../program/index.js';
import { MAX_BATCH_FILES, parseFilePath, ShoalError } from '../../protocol/index.js';
import type { FolderShareOptions } from '../api/options.js';
import type { FolderShareResult, FolderSurvey } from '../api/results.js';
import { MAX_SHARES } from '../library/records/library-errors.js';
import type { LibraryShare, SharedFolderRecord } from '../library/records/library-schema.js';
import { recordedStamp } from '../library/records/recorded-stamp.js';
import { type Named, nameFiles } from '../selection/name-files.js';
import type { Skipped, Walked, WalkedFile } from '../selection/walk-folder.js';
import type { Session } from '../session/session.js';
import { type Offered, offerFiles } from '../shares/intake/share-offer.js';
import type { ShareManager } from '../shares/share-manager.js';
import { throwIfAborted } from '../util/abort.js';
import { tellEmptyFolders } from './empty-folders.js';
import { lookAtFolder, walkOwn } from './folder-look.js';
import { type FolderPlace, findGone } from './gone-files.js';
import type { RefusedFiles } from './refused-files.js';
import { settledFiles } from './settled-files.js';
import { withdrawFiles } from './withdraw-files.js';

/** Files that are hashed in parallel: enough to keep every worker busy while some wait for the disk. */
const HASHED_AT_ONCE = 16;

interface NamedFile extends Named {
  /** The share of this device under the same name with older content. */
  readonly before: LibraryShare | undefined;
}

interface HashedFile extends NamedFile {
  readonly manifest: Uint8Array;
  readonly stamp: FileStamp;
}

/** How a watched folder is shared by itself. */
export interface Unasked {
  /** Files that change within this time are left until later. */
  readonly settleMs: number;
  readonly refused: RefusedFiles;
}

/** The outcomes of files, counted. */
type Counts = Record<'added' | 'changed' | 'removed' | 'unchanged', number>;

/**
 * Shares the files of a folder in batches: the next batch is hashed while the previous one is registered. A file that
 * cannot be shared does not stop the rest. After an interruption, the same call continues: it does not hash files again
 * that are shared and unchanged. Files that were shared
 * before and are no longer part of the folder are withdrawn.
 */
export class FolderSharer {
  readonly #session: Session;
  readonly #shares: ShareManager;
  readonly #options: FolderShareOptions;
  readonly #unasked: Unasked | undefined;
  /** What the latest walk found. */
  walked: Walked | undefined;
  /** Duration of this walk in milliseconds. */
  walkMs = 0;
  /** Whether files were left until later. */
  isUnsettled = false;
  readonly #skipped: Skipped[] = [];
  readonly #counts: Counts = { added: 0, changed: 0, removed: 0, unchanged: 0 };
  #doneFiles = 0;
  #doneBytes = 0;
  /** The record of the folder, until the library has it. */
  #record: SharedFolderRecord | undefined;

  /** @param unasked for a watched folder whose record is in the library */
  constructor(session: Session, shares: ShareManager, options: FolderShareOptions, unasked?: Unasked) {
    this.#session = session;
    this.#shares = shares;
    this.#options = options;
    this.#unasked = unasked;
  }

  /** The folder in the group that a path is shared as. @throws ShoalError `INVALID_NAME`, `NOT_A_MEMBER` */
  async place(path: string, groupId: string): Promise<FolderPlace> {
    const root = resolve(path);
    const folder = parseFilePath(this.#options.as ?? basename(root));
    return { groupId: await this.#session.memberGroup(groupId, this.#options.signal), folder, root };
  }

  /** Lists the files that `share` would share. @throws ShoalError the errors of `walkFolder` */
  async survey(path: string): Promise<FolderSurvey> {
    const root = resolve(path);
    const { files, skipped } = await walkOwn(this.#session, root, this.#options);
    const { named, skipped: unnamed } = nameFiles(this.#options.as ?? basename(root), files);
    const found = named.map(({ path: at, place, sizeBytes }) => ({ path: at, place, sizeBytes }));
    return { files: found, skipped: [...skipped, ...unnamed] };
  }

  /** @throws ShoalError the errors of `walkFolder` and the tracker, `NOT_A_MEMBER`, `INVALID_NAME`, `ABORTED` */
  async share(path: string, groupId: string): Promise<FolderShareResult> {
    const place = await this.place(path, groupId);
    const { groupId: group, folder, root } = place;
    const beganMs = performance.now();
    const walked = await lookAtFolder(this.#session, place, this.#options);
    this.walked = walked;
    this.walkMs = performance.now() - beganMs;
    const { named, skipped: unnamed } = nameFiles(folder, walked.files);
    for (const one of [...walked.skipped, ...unnamed]) this.#skipped.push(one);
    const names = named.map(({ fileName }) => fileName);
    const gone = await findGone(this.#session.account, place, walked, names);
    const [fileCount, sizeBytes] = [named.length, sumOf(named)];
    const tell = () => {
      const { onProgress } = this.#options;
      onProgress?.({ doneFiles: this.#doneFiles, doneBytes: this.#doneBytes, fileCount, sizeBytes });
    };
    const fresh = await this.#settled(this.#unshared(group, named));
    const freshNames = fresh.map(({ fileName }) => fileName);
    if (this.#session.account.countWith(group, freshNames) > MAX_SHARES) {
      const why = `with ${root} this device would share more than ${MAX_SHARES} files`;
      throw new ShoalError('FOLDER_TOO_LARGE', `Not shared: ${why}. Share a part of it, or stop sharing others.`);
    }
    tell();
    const known = this.#session.account.sharedFolders.find(place);
    this.#record = this.#recordOf(place, walked, known);
    if (gone.length > 0) await this.#withdraw(group, gone, known?.root === root);
    let registering = Promise.resolve();
    try {
      for (let at = 0; at < fresh.length; at += MAX_BATCH_FILES) {
        const hashed = await this.#hashAll(fresh.slice(at, at + MAX_BATCH_FILES));
        await registering;
        registering = this.#register(group, hashed).then(tell);
        registering.catch(() => {}); // the loop and `finally` await it
      }
    } finally {
      await registering;
    }
    this.#putRecord();
    if (named.length > 0) {
      const { signal } = this.#options;
      await tellEmptyFolders(this.#session, place, walked, { isAsked: !this.#unasked, signal });
    }
    await this.#session.library.durable();
    const [files, bytes] = [this.#doneFiles, this.#doneBytes];
    return { folder, files, bytes, ...this.#counts, skipped: this.#skipped };
  }

  /** The record to keep; undefined if the library has it as it is to be. */
  #recordOf(
    place: FolderPlace,
    { mounts }: Walked,
    known: SharedFolderRecord | undefined,
  ): SharedFolderRecord | undefined {
    if (this.#unasked && known && String(mounts) === String(known.mounts ?? [])) return undefined;
    const { exclude = [], omit = [], algorithm = 'sha1' } = this.#options;
    const options = { exclude: [...exclude], omit: [...omit], algorithm, watch: known?.watch ?? false };
    const told = known?.emptyFolders && { emptyFolders: known.emptyFolders };
    return { ...place, ...options, ...(mounts.length > 0 && { mounts: [...mounts] }), ...told };
  }

  /** Keeps the record of the folder before the first of its files is shared, in the same write. */
  #putRecord(): void {
    const { account } = this.#session;
    // What ended meanwhile stays ended.
    const current = this.#record && this.#unasked && account.sharedFolders.find(this.#record);
    const omit = current?.omit ?? this.#record?.omit ?? [];
    if (this.#record && (current || !this.#unasked)) account.sharedFolders.put({ ...this.#record, omit });
    this.#record = undefined;
  }

  async #withdraw(groupId: string, shares: readonly LibraryShare[], isWhole: boolean): Promise<void> {
    const { signal } = this.#options;
    const order = { groupId, shares, isWhole, signal };
    const { removed, skipped } = await withdrawFiles(this.#session, this.#shares, order);
    this.#counts.removed = removed;
    this.#skipped.push(...skipped);
  }

  /** Without the files that are being written, and those that were refused as they are. */
  async #settled(files: readonly NamedFile[]): Promise<readonly NamedFile[]> {
    if (!this.#unasked) return files;
    const { refused, settleMs } = this.#unasked;
    const open = files.filter((file) => {
      const skipped = refused.find(file);
      if (skipped) this.#skipped.push(skipped);
      return !skipped;
    });
    const settled = await settledFiles(open, settleMs, this.#options.signal);
    this.isUnsettled = settled.length < open.length;
    return settled;
  }

  /** The files that are not shared yet, or not with their current content. */
  #unshared(groupId: string, files: readonly Named[]): NamedFile[] {
    return files.flatMap((file): NamedFile[] => {
      const known = this.#session.account.findShare(groupId, file.fileName);
      const there = [known, ...(known?.copies ?? [])].find((one) => one?.path === file.path);
      if (!known?.registered || !there) return [{ ...file, before: undefined }];
      const { modifiedNs } = there;
      if (!sameStamp(file, recordedStamp({ sizeBytes: known.sizeBytes, modifiedNs })))
        return [{ ...file, before: known }];
      this.#count(file, 'unchanged');
      return [];
    });
  }

  async #hashAll(files: readonly NamedFile[]): Promise<HashedFile[]> {
    const { signal, algorithm = 'sha1' } = this.#options;
    const hashed: (HashedFile | undefined)[] = [];
    await eachInLanes(HASHED_AT_ONCE, [...files.entries()], async ([index, file]) => {
      try {
        const { manifest, stamp } = await this.#session.hashes.manifest(file.path, algorithm, { signal });
        hashed[index] = { ...file, manifest, stamp };
      } catch (thrown) {
        const error = ShoalError.from(thrown, 'DISK_ERROR');
        if (error.code === 'ABORTED' || error.code === 'CLOSED') throw error;
        if (this.#unasked && error.code === 'FILE_CHANGED') this.isUnsettled = true;
        else this.#skipped.push({ path: file.path, why: error.message });
      }
    });
    return hashed.filter((file) => file !== undefined);
  }

  async #register(groupId: string, files: readonly HashedFile[]): Promise<void> {
    const { signal } = this.#options;
    throwIfAborted(signal);
    // Without versions, the name stays taken if another member shares the old content.
    const old = this.#session.offersVersions ? [] : files.flatMap(({ before }) => before?.fileName ?? []);
    if (old.length > 0 && this.#session.online) await this.#shares.stopMany(groupId, old, signal); // throws while the tracker is away
    this.#putRecord();
    const outcomes = await this.#offer(groupId, files);
    const removed = this.#unasked ? [] : files.filter((_file, index) => isRemoved(outcomes[index]));
    if (removed.length > 0) {
      // The user asks for files again that were removed from the group: their names begin again.
      await this.#shares.dropFiles(
        groupId,
        removed.map(({ fileName }) => fileName),
      );
      const again = await this.#offer(groupId, removed);
      for (const [index, outcome] of outcomes.entries()) if (isRemoved(outcome)) outcomes[index] = again.shift();
    }
    for (const [index, file] of files.entries()) {
      const outcome = outcomes[index];
      if (outcome instanceof ShoalError) {
        const skipped = { path: file.path, why: outcome.message };
        this.#skipped.push(skipped);
        this.#unasked?.refused.add(file, skipped);
      } else this.#count(file, countOf(file, outcome, this.#session.offersVersions));
    }
  }

  #offer(groupId: string, files: readonly HashedFile[]): Promise<(Offered | ShoalError | undefined)[]> {
    const { signal } = this.#options;
    return offerFiles(
      this.#session,
      (batch) => this.#shares.shareHashed(batch, signal),
      files.map(({ fileName, path, manifest, stamp, executable }) => {
        return { groupId, fileName, path, manifest, stamp, executable };
      }),
      {},
      signal,
    );
  }

  #count({ sizeBytes }: WalkedFile, as: keyof Counts): void {
    this.#counts[as] += 1;
    this.#doneFiles += 1;
    this.#doneBytes += sizeBytes;
  }
}

function isRemoved(outcome: Offered | ShoalError | undefined): boolean {
  return outcome instanceof ShoalError && outcome.code === 'FILE_REMOVED';
}

const COUNTED = { shared: 'added', published: 'changed', unchanged: 'unchanged' } as const;

function countOf({ before }: NamedFile, offered: Offered | undefined, offersVersions: boolean): keyof Counts {
  if (!offersVersions) return before ? 'changed' : 'added';
  return COUNTED[offered?.outcome ?? 'unchanged'];
}

function sumOf(files: readonly WalkedFile[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
