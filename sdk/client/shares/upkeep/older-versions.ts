import { type FileStamp, sameStamp } from '../../../disk/index.js';
import type { EngineEvent } from '../../../engine/index.js';
import { eachInLanes } from '../../../program/index.js';
import { decodeManifest, ShoalError } from '../../../protocol/index.js';
import type { LibraryShare, OlderFile } from '../../library/records/library-schema.js';
import type { InGroup } from '../../library/records/library-share.js';
import { recordedStamp } from '../../library/records/recorded-stamp.js';
import type { Session } from '../../session/session.js';
import { inlineManifest } from '../../tracker/manifest-http.js';
import { inBackground } from '../../util/background.js';
import type { NewShare } from '../serving/new-share.js';
import type { ShareService } from '../serving/share-service.js';

const LOOKS_AT_ONCE = 8;

/**
 * Serves downloaded files with older versions than the ones that are shared under their names. The tracker registers one version of a name
 * for each device; the others are announced only. Such a file is no wish: once it is another one, its record ends.
 */
export class OlderVersions {
  readonly #session: Session;
  readonly #service: ShareService;

  constructor(session: Session, service: ShareService) {
    this.#session = session;
    this.#service = service;
    service.onNamesEnded = (names) => this.drop(names.flatMap((name) => session.account.olderFiles.of(name)));
  }

  /** Serves downloaded files beside the newer shares of their names. @throws the disk's errors */
  async keep(files: readonly NewShare[]): Promise<void> {
    const { library } = this.#session;
    for (const { groupId, fileName, version, path, manifest, stamp, isManifestKept } of files) {
      if (version === undefined) continue;
      const { id: manifestId, sizeBytes } = decodeManifest(manifest);
      const inline = isManifestKept ? undefined : inlineManifest(manifest);
      if (!isManifestKept && inline === undefined) await library.saveManifest(manifestId, manifest);
      const about = { groupId, fileName, version, manifestId, sizeBytes, path, modifiedNs: String(stamp.modifiedNs) };
      this.#add({ ...about, ...(inline !== undefined && { manifest: inline }) }, manifest, stamp);
    }
  }

  /** A newer version from another path takes the place of a share: the former file is served on. */
  async keepFormer(former: LibraryShare): Promise<void> {
    const { groupId, fileName, version, manifestId, sizeBytes, path, modifiedNs, manifest: inline } = former;
    const manifest = await this.#session.library.manifestOf(former);
    if (!manifest || version === undefined || !this.#service.has(former)) return;
    const about = { groupId, fileName, version, manifestId, sizeBytes, path, modifiedNs };
    this.#add({ ...about, ...(inline !== undefined && { manifest: inline }) }, manifest, recordedStamp(former));
  }

  /** After a sign-in: serves the files that are unchanged. Files that cannot be had wait for the next sign-in. Never rejects. */
  async restore(): Promise<void> {
    await eachInLanes(LOOKS_AT_ONCE, this.#session.account.olderFiles.list, (file) =>
      this.#restoreOne(file).catch((error: unknown) => this.#logProblem(file, error)),
    );
  }

  /** The engine found that a served file is another one, or cannot be read. */
  onBroken({ groupId, manifestId, path, reason }: EngineEvent & { type: 'contentBroken' }): void {
    const files = this.#session.account.olderFiles.with({ groupId, manifestId }).filter((file) => file.path === path);
    if (reason === 'unavailable') this.#service.unserve(files);
    else this.drop(files, reason === 'changed');
  }

  /** The tracker does not know a content of the group any more. */
  onRefused(content: InGroup): void {
    this.drop(this.#session.account.olderFiles.with(content));
  }

  /** Ends records. The files stay. */
  drop(files: readonly OlderFile[], isChanged = false): void {
    if (files.length === 0) return;
    const { account, library, logger } = this.#session;
    for (const file of files) account.olderFiles.remove(file);
    this.#service.unserve(files, isChanged);
    inBackground(library.dropManifests(files.map(({ manifestId }) => manifestId)), logger);
  }

  async #restoreOne(file: OlderFile): Promise<void> {
    const { account, hashes, library } = this.#session;
    const stamp = await hashes.stamp(file.path);
    const manifest = sameStamp(stamp, recordedStamp(file)) ? await library.manifestOf(file) : undefined;
    if (!manifest) this.drop([file]);
    else if (account.olderFiles.holds(file)) this.#service.serve(file, manifest, stamp);
  }

  #logProblem({ fileName, version }: OlderFile, error: unknown): void {
    const why = ShoalError.from(error, 'DISK_ERROR').message;
    this.#session.logger.debug(`Version ${version} of ${fileName} is served after a later sign-in: ${why}`);
  }

  #add(file: OlderFile, manifest: Uint8Array, stamp: FileStamp): void {
    const gone = this.#session.account.olderFiles.put(file);
    this.#service.serve(file, manifest, stamp);
    this.drop(gone);
  }
}
