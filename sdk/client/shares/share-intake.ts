import type { FileStamp } from '../../disk/index.js';
import { decodeManifest, ShoalError } from '../../protocol/index.js';
import { type LibraryShare, MAX_COPIES } from '../local/library-schema.js';
import type { Session } from '../session/session.js';
import { inlineManifest } from '../tracker/manifest-http.js';
import type { Outcome, ShareRegistration } from './share-registration.js';
import type { ShareRemoval } from './share-removal.js';
import type { ShareService } from './share-service.js';

/** A hashed file that is to become a share. */
export interface NewShare {
  readonly groupId: string;
  readonly fileName: string;
  readonly path: string;
  readonly manifest: Uint8Array;
  readonly stamp: FileStamp;
  /** The library has the manifest in a file of its own. */
  readonly isManifestKept?: boolean;
}

/** A share in the library, and the one whose name it took. */
interface Added {
  readonly share: LibraryShare;
  readonly file: NewShare;
  readonly before: LibraryShare | undefined;
}

interface IntakeParts {
  readonly service: ShareService;
  readonly registration: ShareRegistration;
  readonly removal: ShareRemoval;
}

/**
 * The one way to a share, for one file and for thousands: the engine serves it, the library has it on the disk, the tracker registers it, and
 * with that its group hears of it. So whatever the tracker lists is known and served here, wherever a crash comes between.
 */
export class ShareIntake {
  readonly #session: Session;
  readonly #parts: IntakeParts;

  constructor(session: Session, parts: IntakeParts) {
    this.#session = session;
    this.#parts = parts;
  }

  /**
   * Shares files of one group for a user who waits for the outcome: what is not registered is not shared.
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
    this.#settle(added.filter((_one, index) => !(answers[index] instanceof ShoalError)));
    await this.#takeBack(
      added.filter((_one, index) => answers[index] instanceof ShoalError),
      'refused',
    );
    return taken.map((error) => error ?? answers.shift() ?? new ShoalError('INTERNAL', 'Nothing was shared.'));
  }

  /**
   * Shares downloaded files; the tracker registers them in the background. If the same content is shared under the name from another file
   * already, the new file becomes a copy of it.
   * @throws the disk's errors: the files are shared all the same, and the library writes them with its next change
   */
  async keep(files: readonly NewShare[]): Promise<void> {
    const added = this.#serve(files.filter((file) => !this.#isCopy(file)));
    try {
      await this.#save(added);
    } finally {
      this.#settle(added);
      this.#parts.registration.registerLater(added.map(({ share }) => share));
    }
  }

  #serve(files: readonly NewShare[]): Added[] {
    return files.map((file) => {
      const share = recordOf(file);
      const before = this.#session.account.findShare(share.groupId, share.fileName);
      this.#parts.service.serve(share, file.manifest, file.stamp);
      return { share, before, file };
    });
  }

  /** Puts shares into the library; fulfilled when they are on its disk. */
  async #save(added: readonly Added[]): Promise<void> {
    const { account, library } = this.#session;
    account.putShares(added.map(({ share }) => share));
    const manifests = new Map<string, Uint8Array>();
    for (const { share, file } of added)
      if (share.manifest === undefined && !file.isManifestKept) manifests.set(share.manifestId, file.manifest);
    if (manifests.size > 0) await library.saveManifests(manifests);
    await library.durable();
  }

  /** The shares whose names these took are no longer served. */
  #settle(added: readonly Added[]): void {
    this.#parts.service.unserve(added.flatMap(({ before }) => before ?? []));
  }

  /** What is not registered is not shared: the library has again what it had before. */
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

  /** The tracker would refuse another content under a name that this device shares, and the library has only one of them. */
  #takenError({ groupId, fileName, manifest }: NewShare): ShoalError | undefined {
    const known = this.#session.account.findShare(groupId, fileName);
    if (!known?.registered || known.manifestId === decodeManifest(manifest).id) return undefined;
    const why = `You share another file as ${known.fileName}: stop sharing it first, or choose another name.`;
    return new ShoalError('NAME_TAKEN', why);
  }

  /** Whether a file has the content of a share that is served from another file: the share goes on from it if that one goes. */
  #isCopy({ groupId, fileName, path, manifest, stamp }: NewShare): boolean {
    const { account } = this.#session;
    const share = account.findShare(groupId, fileName);
    if (!share || share.path === path || !this.#parts.service.has(share)) return false;
    if (share.manifestId !== decodeManifest(manifest).id) return false;
    const others = (share.copies ?? []).filter((copy) => copy.path !== path);
    const copies = [{ path, modifiedNs: String(stamp.modifiedNs) }, ...others].slice(0, MAX_COPIES);
    account.changeShare(share, { copies });
    return true;
  }
}

function recordOf({ groupId, fileName, path, manifest, stamp, isManifestKept }: NewShare): LibraryShare {
  const { id: manifestId, sizeBytes } = decodeManifest(manifest);
  const inline = isManifestKept ? undefined : inlineManifest(manifest);
  return {
    ...{ groupId, fileName, path, manifestId, sizeBytes, registered: false },
    modifiedNs: String(stamp.modifiedNs),
    ...(inline !== undefined && { manifest: inline }),
  };
}
