import { basename, resolve } from 'node:path';
import type { FileStamp } from '../../disk/index.js';
import { MAX_BATCH_FILES, parseFilePath, ShoalError } from '../../protocol/index.js';
import type { FolderShareOptions } from '../api/options.js';
import type { FolderShareResult, FolderSurvey } from '../api/results.js';
import { tagOf } from '../local/folder-tag.js';
import { MAX_SHARES } from '../local/library-errors.js';
import type { LibraryShare } from '../local/library-schema.js';
import type { Session } from '../session/session.js';
import { throwIfAborted } from '../util/abort.js';
import { type Named, nameFiles } from './name-files.js';
import type { ShareManager } from './share-manager.js';
import { offerFiles } from './share-offer.js';
import { type Skipped, type WalkedFile, walkFolder } from './walk-folder.js';

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

/**
 * Shares the files of a folder in batches: the next batch is hashed while the previous one is registered. A file that
 * cannot be shared does not stop the rest. After an interruption, the same call continues: it does not hash files again
 * that are shared and unchanged.
 */
export class FolderSharer {
  readonly #session: Session;
  readonly #shares: ShareManager;
  readonly #options: FolderShareOptions;
  readonly #skipped: Skipped[] = [];
  #doneFiles = 0;
  #doneBytes = 0;

  constructor(session: Session, shares: ShareManager, options: FolderShareOptions) {
    this.#session = session;
    this.#shares = shares;
    this.#options = options;
  }

  /** Lists the files that `share` would share. @throws ShoalError the errors of `walkFolder` */
  async survey(path: string): Promise<FolderSurvey> {
    const root = resolve(path);
    const { files, skipped } = await this.#walk(root);
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
    const { files, skipped } = await this.#walk(root);
    const { named, skipped: unnamed } = nameFiles(folder, files);
    this.#skipped.push(...skipped, ...unnamed);
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
    return { folder, files: this.#doneFiles, bytes: this.#doneBytes, skipped: this.#skipped };
  }

  async #walk(root: string): ReturnType<typeof walkFolder> {
    const { signal, exclude = [], omit } = this.#options;
    await this.#session.hashes.requireAnswer(root);
    const tags = new Set(this.#session.account.folders.map(({ id }) => tagOf(id)));
    return walkFolder(root, { exclude, signal, tags, omit: new Set(omit) });
  }

  /** The files that are not shared yet, or not with their current content. */
  #unshared(groupId: string, files: readonly Named[]): NamedFile[] {
    return files.flatMap((file): NamedFile[] => {
      const known = this.#session.account.findShare(groupId, file.fileName);
      if (known?.path !== file.path || !known.registered) return [{ ...file, before: undefined }];
      if (known.sizeBytes !== file.sizeBytes || known.modifiedNs !== String(file.modifiedNs))
        return [{ ...file, before: known }];
      this.#count(file);
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
    const outcomes = await offerFiles(
      this.#session,
      (batch) => this.#shares.shareHashed(batch, signal),
      files.map(({ fileName, path, manifest, stamp, executable }) => {
        return { groupId, fileName, path, manifest, stamp, executable };
      }),
      {},
      signal,
    );
    for (const [index, file] of files.entries()) {
      const outcome = outcomes[index];
      if (outcome instanceof ShoalError) this.#skipped.push({ path: file.path, why: outcome.message });
      else this.#count(file);
    }
  }

  #count({ sizeBytes }: WalkedFile): void {
    this.#doneFiles += 1;
    this.#doneBytes += sizeBytes;
  }
}

function sumOf(files: readonly WalkedFile[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
