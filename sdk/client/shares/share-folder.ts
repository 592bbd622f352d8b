import { basename, join, resolve } from 'node:path';
import type { FileStamp } from '../../disk/index.js';
import { MAX_BATCH_FILES, parseFilePath, ShoalError } from '../../protocol/index.js';
import type { FolderShareOptions } from '../api/options.js';
import type { FolderShareResult, FolderSurvey } from '../api/results.js';
import { tagOf } from '../local/folder-tag.js';
import { folderKey } from '../local/folder-wishes.js';
import { MAX_SHARES } from '../local/library-errors.js';
import type { LibraryShare, SharedFolderRecord } from '../local/library-schema.js';
import type { Session } from '../session/session.js';
import { throwIfAborted } from '../util/abort.js';
import { type FolderPlace, findGone, unmounted } from './gone-files.js';
import { type Named, nameFiles } from './name-files.js';
import type { ShareManager } from './share-manager.js';
import { type Offered, offerFiles } from './share-offer.js';
import { type Skipped, type Walked, type WalkedFile, walkFolder } from './walk-folder.js';
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
  readonly #skipped: Skipped[] = [];
  readonly #counts: Counts = { added: 0, changed: 0, removed: 0, unchanged: 0 };
  #doneFiles = 0;
  #doneBytes = 0;
  /** The record of the folder, until the library has it. */
  #record: SharedFolderRecord | undefined;

  constructor(session: Session, shares: ShareManager, options: FolderShareOptions) {
    this.#session = session;
    this.#shares = shares;
    this.#options = options;
  }

  /** Lists the files that `share` would share. @throws ShoalError the errors of `walkFolder` */
  async survey(path: string): Promise<FolderSurvey> {
    const root = resolve(path);
    const { files, skipped } = await this.#walk(root, new Set());
    const { named, skipped: unnamed } = nameFiles(this.#options.as ?? basename(root), files);
    const found = named.map(({ path: at, place, sizeBytes }) => ({ path: at, place, sizeBytes }));
    return { files: found, skipped: [...skipped, ...unnamed] };
  }

  /** @throws ShoalError the errors of `walkFolder` and the tracker, `NOT_A_MEMBER`, `INVALID_NAME`, `ABORTED` */
  async share(path: string, groupId: string): Promise<FolderShareResult> {
    const { signal } = this.#options;
    const root = resolve(path);
    const folder = parseFilePath(this.#options.as ?? basename(root));
    const group = await this.#session.memberGroup(groupId, signal);
    const place = { groupId: group, folder, root };
    const walked = await this.#look(place);
    const { named, skipped: unnamed } = nameFiles(folder, walked.files);
    for (const one of [...walked.skipped, ...unnamed]) this.#skipped.push(one);
    const names = named.map(({ fileName }) => fileName);
    const gone = await findGone(this.#session.account, place, walked, names);
    const [fileCount, sizeBytes] = [named.length, sumOf(named)];
    const tell = () => {
      const { onProgress } = this.#options;
      onProgress?.({ doneFiles: this.#doneFiles, doneBytes: this.#doneBytes, fileCount, sizeBytes });
    };
    const fresh = this.#unshared(group, named);
    if (!this.#session.account.hasRoomFor(fresh.length)) {
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
    await this.#keepRecord();
    const [files, bytes] = [this.#doneFiles, this.#doneBytes];
    return { folder, files, bytes, ...this.#counts, skipped: this.#skipped };
  }

  /** What is in the folder, without the shared folders in it. @throws ShoalError `DISK_UNAVAILABLE`, or as `#walk` */
  async #look(place: FolderPlace): Promise<Walked> {
    const { sharedFolders } = this.#session.account;
    const prefix = `${folderKey(place)}/`;
    const inner = sharedFolders.list.filter((record) => folderKey(record).startsWith(prefix));
    const places = inner.map(({ folder }) => folder.slice(place.folder.length + 1));
    const walked = await this.#walk(place.root, new Set(places));
    for (const one of places)
      if (walked.leftOut.has(one))
        this.#skipped.push({ path: join(place.root, one), why: 'a shared folder of its own' });
    const known = sharedFolders.find(place);
    const lost = known?.root === place.root ? unmounted(known.mounts ?? [], walked) : [];
    if (lost.includes('')) {
      const why = `The disk of ${place.root} is not connected, and the folder is empty without it: connect the disk.`;
      throw new ShoalError('DISK_UNAVAILABLE', why);
    }
    const unread = lost.map((one) => join(place.root, one));
    return { ...walked, unread: [...walked.unread, ...unread], mounts: [...walked.mounts, ...lost] };
  }

  async #walk(root: string, inner: ReadonlySet<string>): Promise<Walked> {
    const { signal, exclude = [], omit = [] } = this.#options;
    await this.#session.hashes.requireAnswer(root);
    const tags = new Set(this.#session.account.folders.map(({ id }) => tagOf(id)));
    return walkFolder(root, { exclude, signal, tags, omit: new Set([...omit, ...inner]) });
  }

  #recordOf(place: FolderPlace, { mounts }: Walked, known: SharedFolderRecord | undefined): SharedFolderRecord {
    const { exclude = [], omit = [], algorithm = 'sha1' } = this.#options;
    const options = { exclude: [...exclude], omit: [...omit], algorithm, watch: known?.watch ?? false };
    return { ...place, ...options, ...(mounts.length > 0 && { mounts: [...mounts] }) };
  }

  /** Keeps the record of the folder before the first of its files is shared, in the same write. */
  #putRecord(): void {
    if (this.#record) this.#session.account.sharedFolders.put(this.#record);
    this.#record = undefined;
  }

  async #keepRecord(): Promise<void> {
    this.#putRecord();
    await this.#session.library.durable();
  }

  async #withdraw(groupId: string, shares: readonly LibraryShare[], isWhole: boolean): Promise<void> {
    const { signal } = this.#options;
    const order = { groupId, shares, isWhole, signal };
    const { removed, skipped } = await withdrawFiles(this.#session, this.#shares, order);
    this.#counts.removed = removed;
    this.#skipped.push(...skipped);
  }

  /** The files that are not shared yet, or not with their current content. */
  #unshared(groupId: string, files: readonly Named[]): NamedFile[] {
    return files.flatMap((file): NamedFile[] => {
      const known = this.#session.account.findShare(groupId, file.fileName);
      const there = [known, ...(known?.copies ?? [])].find((one) => one?.path === file.path);
      if (!known?.registered || !there) return [{ ...file, before: undefined }];
      if (known.sizeBytes !== file.sizeBytes || there.modifiedNs !== String(file.modifiedNs))
        return [{ ...file, before: known }];
      this.#count(file, 'unchanged');
      return [];
    });
  }

  async #hashAll(files: readonly NamedFile[]): Promise<HashedFile[]> {
    const { signal, algorithm = 'sha1' } = this.#options;
    const hashed: (HashedFile | undefined)[] = [];
    let next = 0;
    const lane = async () => {
      for (let index = next++; index < files.length; index = next++) {
        const file = files[index];
        if (!file) return;
        try {
          const { manifest, stamp } = await this.#session.hashes.manifest(file.path, algorithm, { signal });
          hashed[index] = { ...file, manifest, stamp };
        } catch (thrown) {
          const error = ShoalError.from(thrown, 'DISK_ERROR');
          if (error.code === 'ABORTED' || error.code === 'CLOSED') throw error;
          this.#skipped.push({ path: file.path, why: error.message });
        }
      }
    };
    await Promise.all(Array.from({ length: HASHED_AT_ONCE }, lane));
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
    const removed = files.filter((_file, index) => isRemoved(outcomes[index]));
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
      if (outcome instanceof ShoalError) this.#skipped.push({ path: file.path, why: outcome.message });
      else this.#count(file, countOf(file, outcome, this.#session.offersVersions));
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
