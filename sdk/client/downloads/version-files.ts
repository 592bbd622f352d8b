import { sameStamp } from '../../disk/index.js';
import { MAX_VERSION, ShoalError } from '../../protocol/index.js';
import type { OpenedVersion, OpenVersionOptions } from '../api/kept-versions.js';
import type { KeptContents } from '../kept/kept-contents.js';
import type { LibraryShare } from '../library/records/library-schema.js';
import { recordedStamp } from '../library/records/recorded-stamp.js';
import type { Session } from '../session/session.js';
import { throwIfAborted } from '../util/abort.js';
import { formatBytes } from '../util/format-bytes.js';
import { isUnanswered } from '../util/unanswered.js';
import type { FileDownloads } from './file-downloads.js';
import { type FetchedVersion, VersionFetches } from './version-fetches.js';

/** Largest version that is fetched to be opened, unless larger files are kept anyway. */
const MAX_FETCHED_BYTES = 256 * 1024 * 1024;

/** Gives the versions of files as local files: kept contents, shared files that are still that version, or fetched ones. */
export class VersionFiles {
  readonly #session: Session;
  readonly #kept: KeptContents;
  readonly #fetches: VersionFetches;

  constructor(session: Session, kept: KeptContents, downloads: FileDownloads) {
    this.#session = session;
    this.#kept = kept;
    this.#fetches = new VersionFetches(session, kept, downloads);
  }

  /**
   * @throws ShoalError `INVALID_ARGUMENT`, `FILE_NOT_FOUND`, `VERSION_NOT_FOUND`, `FILE_TOO_LARGE`, `TIMEOUT`, `TRACKER_INCOMPATIBLE`, errors
   * of downloads
   */
  async open(
    named: string,
    fileName: string,
    version: number,
    { signal, maxBytes = Infinity }: OpenVersionOptions = {},
  ): Promise<OpenedVersion> {
    throwIfAborted(signal);
    if (!Number.isInteger(version) || version < 1 || version > MAX_VERSION)
      throw new ShoalError('INVALID_ARGUMENT', `${version} is no number of a version: give 1, 2, 3, …`);
    const session = this.#session;
    const groupId = await session.memberGroup(named, signal);
    try {
      return await this.#openListed(await this.#listed(groupId, fileName, version, signal), maxBytes, signal);
    } catch (thrown) {
      throwIfAborted(signal);
      const error = ShoalError.from(thrown);
      const local = isUnanswered(error) ? await this.#openLocal(groupId, fileName, version) : undefined;
      if (!local) throw error;
      requireAtMost(maxBytes, { fileName, ...local });
      return local;
    }
  }

  dropGroup(groupId: string): void {
    this.#fetches.dropGroup(groupId);
  }

  /** Removes what an earlier process did not fetch to the end. */
  removeUnfinished(): Promise<void> {
    return this.#fetches.removeUnfinished();
  }

  /** Ends fetches. */
  close(): Promise<void> {
    return this.#fetches.close();
  }

  async #openListed(listed: FetchedVersion, maxBytes: number, signal: AbortSignal | undefined): Promise<OpenedVersion> {
    requireAtMost(maxBytes, listed);
    const { groupId, version, manifestId, sizeBytes } = listed;
    const path = await this.#keptAt(manifestId);
    if (path !== undefined) return { path, version, manifestId, sizeBytes };
    const shared = await this.#sharedAt(this.#session.account.sharesWith({ groupId, manifestId }));
    if (shared) return { ...shared, version };
    requireAtMost(Math.max(MAX_FETCHED_BYTES, this.#kept.limits.maxFileBytes), listed);
    await this.#fetches.fetch(listed, signal);
    this.#kept.hold(manifestId);
    return { path: this.#kept.pathOf(manifestId), version, manifestId, sizeBytes };
  }

  /** What this device believes to be the version, while the tracker cannot be asked. */
  async #openLocal(groupId: string, fileName: string, version: number): Promise<OpenedVersion | undefined> {
    const { account } = this.#session;
    const share = account.findShare(groupId, fileName);
    const isVersion = share?.version === version;
    const kept = account.kept.of({ groupId, fileName }).filter((one) => one.version === version);
    for (const { manifestId, sizeBytes } of isVersion ? [share, ...kept] : kept) {
      const path = await this.#keptAt(manifestId);
      if (path !== undefined) return { path, version, manifestId, sizeBytes };
    }
    const shared = isVersion ? await this.#sharedAt([share]) : undefined;
    return shared && { ...shared, version };
  }

  async #listed(
    groupId: string,
    fileName: string,
    version: number,
    signal: AbortSignal | undefined,
  ): Promise<FetchedVersion> {
    this.#session.requireVersions();
    const page = { groupId, fileName, before: Math.min(version + 1, MAX_VERSION), limit: 2 };
    const { versions } = await this.#session.call('listVersions', page, signal);
    const found = versions.find((one) => one.version === version);
    if (found) return { groupId, fileName, version, manifestId: found.manifestId, sizeBytes: found.sizeBytes };
    const why = `${fileName} has no version ${version} any more: list its versions, and choose one of them.`;
    throw new ShoalError('VERSION_NOT_FOUND', why);
  }

  /** The path of a kept content that is as it was kept. */
  async #keptAt(manifestId: string): Promise<string | undefined> {
    if (!(await this.#kept.intactStamp(manifestId))) return undefined;
    this.#kept.hold(manifestId);
    return this.#kept.pathOf(manifestId);
  }

  /** A file of these shares that is as it was shared. */
  async #sharedAt(shares: readonly LibraryShare[]): Promise<Omit<OpenedVersion, 'version'> | undefined> {
    for (const { manifestId, sizeBytes, path, modifiedNs, copies = [] } of shares) {
      for (const file of [{ path, modifiedNs }, ...copies]) {
        const stamp = await this.#session.hashes.stamp(file.path).catch(() => undefined);
        if (stamp && sameStamp(stamp, recordedStamp({ ...file, sizeBytes })))
          return { path: file.path, manifestId, sizeBytes };
      }
    }
    return undefined;
  }
}

/** @throws ShoalError `FILE_TOO_LARGE` */
function requireAtMost(
  maxBytes: number,
  { fileName, version, sizeBytes }: Pick<FetchedVersion, 'fileName' | 'version' | 'sizeBytes'>,
): void {
  if (sizeBytes <= maxBytes) return;
  const why = `Version ${version} of ${fileName} has ${formatBytes(sizeBytes)}`;
  throw new ShoalError(
    'FILE_TOO_LARGE',
    `${why}, and at most ${formatBytes(maxBytes)} are opened: download it instead.`,
  );
}
