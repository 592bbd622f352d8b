import { type FileStamp, sameStamp } from '../../../disk/index.js';
import type { EngineEvent } from '../../../engine/index.js';
import { eachInLanes } from '../../../program/index.js';
import { decodeManifest } from '../../../protocol/index.js';
import type { OlderShare } from '../../api/results.js';
import type { LibraryShare, OlderFile } from '../../library/records/library-schema.js';
import type { InGroup, Named } from '../../library/records/library-share.js';
import { recordedStamp } from '../../library/records/recorded-stamp.js';
import type { Session } from '../../session/session.js';
import { inlineManifest } from '../../tracker/manifest-http.js';
import { inBackground } from '../../util/background.js';
import type { NewShare } from '../serving/new-share.js';
import type { ShareService } from '../serving/share-service.js';
import { movedPath } from './moved-path.js';
import { OlderChecks } from './older-checks.js';

const MOVES_AT_ONCE = 8;
/** The time of a file whose content must be hashed before it is served. No file has it. */
const UNKNOWN_NS = '-1';

/**
 * Serves downloaded files with older versions than the ones that are shared under their names. The tracker registers one version of a name
 * for each device; the others are announced only. A file that is missing or has other content is served again when its content is back.
 */
export class OlderVersions {
  readonly #session: Session;
  readonly #service: ShareService;
  readonly #checks: OlderChecks;

  /** @param onChanged the state of a file has another name */
  constructor(session: Session, service: ShareService, onChanged: (file: OlderFile) => void) {
    this.#session = session;
    this.#service = service;
    this.#checks = new OlderChecks(session, { service, onChanged, onUseless: (file) => this.drop([file]) });
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

  /** The files with older versions of a share. */
  of(share: Named): OlderShare[] {
    const { olderFiles } = this.#session.account;
    if (olderFiles.list.length === 0) return [];
    return olderFiles.of(share).map((file) => {
      const { version, path, sizeBytes } = file;
      return { version, path, sizeBytes, state: this.#checks.stateOf(file) };
    });
  }

  /** After a sign-in: serves the files that are unchanged. Never rejects. */
  restore(): Promise<void> {
    return this.check(this.#session.account.olderFiles.list);
  }

  /** Whether a file is not as it was found last. */
  differs(file: OlderFile): Promise<boolean> {
    return this.#checks.differs(file);
  }

  /** Examines files. Never rejects. */
  check(files: readonly OlderFile[]): Promise<void> {
    return this.#checks.check(files);
  }

  /** Files or folders were moved on this device: the records follow them. An unchanged file is served without a gap. */
  async move(places: ReadonlyMap<string, string>): Promise<void> {
    const moved: OlderFile[] = [];
    await eachInLanes(MOVES_AT_ONCE, this.#session.account.olderFiles.list, async (file) => {
      const path = movedPath(file.path, places);
      if (path !== undefined) moved.push(...(await this.#move(file, path)));
    });
    await this.check(moved);
  }

  close(): void {
    this.#checks.close();
  }

  /** The engine found that a served file is another one, or cannot be read. */
  onBroken({ groupId, manifestId, path, reason }: EngineEvent & { type: 'contentBroken' }): void {
    const files = this.#session.account.olderFiles.with({ groupId, manifestId }).filter((file) => file.path === path);
    if (files.length === 0) return;
    this.#service.unserve(files, reason === 'changed');
    const { olderFiles } = this.#session.account;
    const doubted =
      reason === 'changed' ? files.map((file) => olderFiles.change(file, { modifiedNs: UNKNOWN_NS })) : files;
    void this.check(doubted);
  }

  /** The tracker does not know a content of the group any more. */
  onRefused(content: InGroup): void {
    this.drop(this.#session.account.olderFiles.with(content));
  }

  /** Ends records. The files stay. */
  drop(files: readonly OlderFile[]): void {
    if (files.length === 0) return;
    const { account, library, logger } = this.#session;
    for (const file of files) account.olderFiles.remove(file);
    this.#service.unserve(files);
    inBackground(library.dropManifests(files.map(({ manifestId }) => manifestId)), logger);
  }

  /** @returns the new record; nothing if the record ended meanwhile */
  async #move(file: OlderFile, path: string): Promise<OlderFile[]> {
    const { account, hashes, library } = this.#session;
    const canBeServed = this.#service.has(file) && !hashes.isAway(path);
    const stamp = canBeServed ? await hashes.stamp(path).catch(() => undefined) : undefined; // the check finds out why
    const manifest = stamp && sameStamp(stamp, recordedStamp(file)) ? await library.manifestOf(file) : undefined;
    if (!account.olderFiles.holds(file)) return [];
    const moved = account.olderFiles.change(file, { path });
    this.#checks.onMoved(file, moved);
    if (stamp && manifest) this.#checks.serve(moved, manifest, stamp);
    this.#service.unserve([file]);
    return [moved];
  }

  #add(file: OlderFile, manifest: Uint8Array, stamp: FileStamp): void {
    const gone = this.#session.account.olderFiles.put(file);
    this.#checks.serve(file, manifest, stamp);
    this.drop(gone);
  }
}
