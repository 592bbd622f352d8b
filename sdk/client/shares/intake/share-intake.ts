import { decodeManifest, ShoalError } from '../../../protocol/index.js';
import type { Keeping } from '../../kept/keeping.js';
import { type LibraryShare, MAX_COPIES } from '../../library/records/library-schema.js';
import type { Session } from '../../session/session.js';
import { inlineManifest } from '../../tracker/manifest-http.js';
import type { Outcome } from '../../versions/outcome.js';
import { seenVersion } from '../../versions/publication.js';
import type { ShareRegistration } from '../registration/share-registration.js';
import type { ShareRemoval } from '../registration/share-removal.js';
import type { NewShare } from '../serving/new-share.js';
import type { ShareService } from '../serving/share-service.js';
import type { OlderVersions } from '../upkeep/older-versions.js';

/** A new share in the library, and the share that it replaces. */
interface Added {
  readonly share: LibraryShare;
  readonly file: NewShare;
  readonly before: LibraryShare | undefined;
}

interface IntakeParts {
  readonly service: ShareService;
  readonly registration: ShareRegistration;
  readonly removal: ShareRemoval;
  readonly keeping: Keeping;
  readonly older: OlderVersions;
}

/**
 * Creates every share, one file or thousands, in this order: the engine serves it, the library flushes it to the disk,
 * the tracker registers it and notifies the group. After a crash at any point, this device knows and serves everything
 * that the tracker lists.
 */
export class ShareIntake {
  readonly #session: Session;
  readonly #parts: IntakeParts;

  constructor(session: Session, parts: IntakeParts) {
    this.#session = session;
    this.#parts = parts;
  }

  /**
   * Shares files of one group for a waiting caller. A file that the tracker does not register is not shared.
   * @returns the outcome of each file, in order
   * @throws ShoalError the disk's errors, or if the tracker does not answer; none of the files is shared then
   */
  async share(files: readonly NewShare[], signal?: AbortSignal): Promise<Outcome[]> {
    const taken = files.map((file) => this.#takenError(file));
    const added = this.#serve(files.filter((_file, index) => !taken[index]));
    let answers: Outcome[];
    try {
      await this.#save(added);
      answers = await this.#parts.registration.register(
        added.map(({ share }) => share),
        signal,
      );
    } catch (error) {
      await this.#takeBack(added, 'to be ended');
      throw error;
    }
    const accepted = added.filter((_one, index) => !(answers[index] instanceof ShoalError));
    this.#settle(accepted);
    this.#parts.keeping.add(accepted.map(({ share }) => share));
    await this.#takeBack(
      added.filter((_one, index) => answers[index] instanceof ShoalError),
      'refused',
    );
    return taken.map((error) => error ?? answers.shift() ?? new ShoalError('INTERNAL', 'Nothing was shared.'));
  }

  /**
   * Shares downloaded files; the tracker registers them in the background. If another file with the same content is
   * already shared under the name, the new file becomes a copy of it. An older version does not replace a newer one, because
   * this device may be the only one with the newer one: it is served beside it.
   * @throws the disk's errors: the files are shared all the same, and the library writes them with its next change
   */
  async keep(files: readonly NewShare[]): Promise<void> {
    const older = new Set(files.filter((file) => this.#isOlder(file)));
    const wanted = files.filter((file) => !older.has(file));
    const added = this.#serve(wanted.filter((file) => !this.#isCopy(file)));
    await this.#keepOlder([...older], added);
    try {
      await this.#save(added);
    } finally {
      this.#settle(added);
      this.#parts.registration.registerLater(added.map(({ share }) => share));
    }
    const unused = files
      .filter(({ isManifestKept }) => isManifestKept)
      .map(({ manifest }) => decodeManifest(manifest).id);
    if (wanted.length < files.length) await this.#session.library.dropManifests(unused);
  }

  /** Serves older versions beside newer ones, the downloaded files and those that the downloaded ones replace. */
  async #keepOlder(files: readonly NewShare[], added: readonly Added[]): Promise<void> {
    const { older } = this.#parts;
    try {
      await older.keep(files);
      for (const { before, share } of added) if (before && isOlder(before, share)) await older.keepFormer(before);
    } catch (error) {
      this.#session.logger.warn(`Older versions are not shared: ${ShoalError.from(error, 'DISK_ERROR').message}`);
    }
  }

  #serve(files: readonly NewShare[]): Added[] {
    return files.map((file) => {
      const before = this.#session.account.findShare(file.groupId, file.fileName);
      const share = recordOf(file, before);
      this.#parts.service.serve(share, file.manifest, file.stamp);
      return { share, before, file };
    });
  }

  /** Adds shares to the library. Resolves when they are on the disk. */
  async #save(added: readonly Added[]): Promise<void> {
    const { account, library } = this.#session;
    account.putShares(added.map(({ share }) => share));
    const manifests = new Map<string, Uint8Array>();
    for (const { share, file } of added)
      if (share.manifest === undefined && !file.isManifestKept) manifests.set(share.manifestId, file.manifest);
    if (manifests.size > 0) await library.saveManifests(manifests);
    await library.durable();
  }

  /** Stops serving the shares that these replaced. */
  #settle(added: readonly Added[]): void {
    this.#parts.service.unserve(added.flatMap(({ before }) => before ?? []));
  }

  /** Undoes shares that were not registered: the library has its earlier records again. */
  async #takeBack(added: readonly Added[], how: 'refused' | 'to be ended'): Promise<void> {
    const { account, logger } = this.#session;
    const { service, removal, registration } = this.#parts;
    const own = added.filter(({ share }) => account.hasShare(share)); // the others ended or were replaced meanwhile
    const before = own.flatMap((one) => one.before ?? []);
    service.unserve(added.map(({ share }) => share));
    account.putShares(before);
    registration.registerLater(before.filter((share) => !share.registered));
    const fresh = own.flatMap((one) => (one.before ? [] : one.share));
    try {
      await (how === 'refused' ? removal.drop(fresh) : removal.end(fresh));
    } catch (error) {
      logger.warn(`Written with the library's next change: ${ShoalError.from(error, 'DISK_ERROR').message}`);
    }
  }

  /**
   * The error for a name under which this device shares other content, if the tracker keeps no versions. It would refuse the
   * content, and the library keeps one share a name.
   */
  #takenError({ groupId, fileName, manifest, publish }: NewShare): ShoalError | undefined {
    if (publish) return undefined;
    const known = this.#session.account.findShare(groupId, fileName);
    if (!known?.registered || known.manifestId === decodeManifest(manifest).id) return undefined;
    const why = `You share another file as ${known.fileName}: stop sharing it first, or choose another name.`;
    return new ShoalError('NAME_TAKEN', why);
  }

  /** Whether a newer version of the file is shared already. */
  #isOlder({ groupId, fileName, version }: NewShare): boolean {
    const share = this.#session.account.findShare(groupId, fileName);
    if (!share || version === undefined || !this.#parts.service.has(share)) return false;
    return share.version !== undefined && share.version > version;
  }

  /**
   * Records a file as a copy if its content is already shared from another file. The share switches to the copy if that
   * file cannot be had.
   */
  #isCopy({ groupId, fileName, path, manifest, stamp }: NewShare): boolean {
    const { account } = this.#session;
    const share = account.findShare(groupId, fileName);
    if (!share || share.path === path || share.manifestId !== decodeManifest(manifest).id) return false;
    const others = (share.copies ?? []).filter((copy) => copy.path !== path);
    const modifiedNs = String(stamp.modifiedNs);
    if (this.#parts.service.has(share)) {
      account.changeShare(share, { copies: [{ path, modifiedNs }, ...others].slice(0, MAX_COPIES) });
    } else {
      const former = { path: share.path, modifiedNs: share.modifiedNs };
      account.changeShare(share, { path, modifiedNs, copies: [former, ...others].slice(0, MAX_COPIES) });
      this.#parts.service.serve(share, manifest, stamp);
    }
    return true;
  }
}

/** Whether a share has an older version than the one that replaces it, from a file that stays. */
function isOlder(before: LibraryShare, { version, path }: LibraryShare): boolean {
  return before.path !== path && before.version !== undefined && version !== undefined && before.version < version;
}

function recordOf(file: NewShare, before: LibraryShare | undefined): LibraryShare {
  const { groupId, fileName, path, manifest, stamp, isManifestKept } = file;
  const { id: manifestId, sizeBytes } = decodeManifest(manifest);
  const inline = isManifestKept ? undefined : inlineManifest(manifest);
  return {
    ...{ groupId, fileName, path, manifestId, sizeBytes, registered: false },
    modifiedNs: String(stamp.modifiedNs),
    ...(inline !== undefined && { manifest: inline }),
    ...versionOf(file, before, before?.manifestId === manifestId),
  };
}

/** The version of a new share. What is known of the share that it replaces is kept. */
function versionOf(
  { publish, version: given }: NewShare,
  before: LibraryShare | undefined,
  isSame: boolean,
): Pick<LibraryShare, 'version' | 'seen' | 'published'> {
  const version = given ?? (isSame && !publish ? before?.version : undefined);
  const published = publish ?? (isSame ? before?.published : undefined);
  const seen = seenVersion(before);
  return {
    ...(version !== undefined && { version }),
    ...(published && { published }),
    ...(seen > (version ?? published?.base ?? 0) && { seen }),
  };
}
