import { basename, resolve } from 'node:path';
import type { FileStamp } from '../../disk/index.js';
import { atMost, type EngineEvent } from '../../engine/index.js';
import {
  decodeManifest,
  inParts,
  MAX_BATCH_FILES,
  parseFilePath,
  pieceHashString,
  type SharedFile,
  ShoalError,
} from '../../protocol/index.js';
import type { ShareOptions } from '../api/options.js';
import type { LoginResult, LostShare, Share, ShareResult, UnavailableShare } from '../api/results.js';
import { type LibraryShare, MAX_COPIES, type ShareCopy } from '../local/library-schema.js';
import { contentOf, shareKey, toShare } from '../local/library-share.js';
import type { RefusedHolding } from '../session/presence.js';
import type { Session } from '../session/session.js';
import { inlineManifest } from '../tracker/manifest-http.js';
import { SessionOver, throwIfAborted, untilEnded } from '../util/abort.js';
import { inBackground } from '../util/background.js';
import { requireNoSecret } from './secret-folder.js';
import { ShareChecks } from './share-checks.js';
import { REFUSALS, ShareRegistration } from './share-registration.js';
import { ShareService } from './share-service.js';
import { ShareWatch } from './share-watch.js';

/** A file that is to be served from now on. */
export interface KeptShare {
  readonly groupId: string;
  readonly fileName: string;
  readonly path: string;
  readonly manifest: Uint8Array;
  readonly stamp: FileStamp;
  /** Whether the tracker knows of it; if not, it is told. */
  readonly registered?: boolean;
}

/** What is told of shares without being asked. */
export interface ShareNews {
  onLost(share: LostShare): void;
  onUnavailable(shares: readonly UnavailableShare[]): void;
  onAvailable(shares: readonly Share[]): void;
}

/** A sign-in waits so long for files that have to be hashed again; then they are checked in the background. */
const CHECKS_WAIT_MS = 2000;
/** What is being shared may take so long to stop when its user goes. */
const STOP_WAIT_MS = 5000;

/** What this device serves: shared by its user, or downloaded and served on. */
export class ShareManager {
  readonly #session: Session;
  readonly #news: ShareNews;
  readonly #registration: ShareRegistration;
  readonly #service: ShareService;
  readonly #checks: ShareChecks;
  readonly #watch: ShareWatch;
  readonly #over = new AbortController();
  readonly #sharing = new Set<Promise<unknown>>();
  /** What is lost or not available while the sign-in is under way is its answer's to tell. */
  #atSignIn: { readonly lost: LostShare[]; readonly unavailable: UnavailableShare[] } | undefined;

  constructor(session: Session, news: ShareNews) {
    this.#session = session;
    this.#news = news;
    this.#service = new ShareService(session);
    this.#registration = new ShareRegistration(session, (shares) => this.#onRefused(shares));
    this.#checks = new ShareChecks(session, {
      serve: (share, manifest, stamp) => this.#service.serve(share, manifest, stamp),
      onSettled: (lost, unavailable, back) => this.#onSettled(lost, unavailable, back),
    });
    this.#watch = new ShareWatch({
      shares: () => session.account.shares,
      isToBeLookedAt: (share) => this.#service.has(share) && !session.hashes.isAway(share.path),
      onDeleted: (shares) =>
        inBackground(this.#loseAll(shares.map((share) => ({ ...toShare(share), reason: 'gone' }))), session.logger),
    });
    session.presence.onRefused = (holdings) => this.#onNotTaken(holdings);
  }

  /** Looks after nothing any more: what is being shared stops. @throws the disk's errors */
  async close(): Promise<void> {
    this.#over.abort(new SessionOver());
    this.#checks.close();
    this.#watch.close();
    this.#service.close();
    await untilEnded(
      Array.from(this.#sharing, (one) => one.catch(() => {})), // its own caller hears of it
      STOP_WAIT_MS,
    );
    await this.#session.library.durable();
  }

  /** Has something shared that stops when the signal is given, or when its user goes. */
  whileOpen<T>(signal: AbortSignal | undefined, share: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const either = signal ? AbortSignal.any([signal, this.#over.signal]) : this.#over.signal;
    const sharing = share(either).finally(() => this.#sharing.delete(sharing));
    this.#sharing.add(sharing);
    return sharing;
  }

  list(): Share[] {
    return this.#session.account.shares.map(toShare);
  }

  /** Hashes a file, registers it with the tracker, and serves it. */
  share(path: string, groupId: string, options: ShareOptions = {}): Promise<ShareResult> {
    return this.whileOpen(options.signal, (signal) => this.#share(path, groupId, options, signal));
  }

  async #share(path: string, groupId: string, options: ShareOptions, signal: AbortSignal): Promise<ShareResult> {
    const absolute = resolve(path);
    const fileName = parseFilePath(options.fileName ?? basename(absolute));
    const { account, hashes } = this.#session;
    await hashes.requireAnswer(absolute);
    await requireNoSecret(absolute, 'file');
    const isKnown = account.findShare(groupId, fileName) !== undefined;
    const giveBack = isKnown ? () => {} : account.reserveShare({ groupId, fileName, path: absolute });
    try {
      return await this.#shareAs(fileName, absolute, groupId, options, signal);
    } finally {
      giveBack();
    }
  }

  async #shareAs(
    fileName: string,
    absolute: string,
    groupId: string,
    options: ShareOptions,
    signal: AbortSignal,
  ): Promise<ShareResult> {
    const group = await this.#session.memberGroup(groupId, signal); // says no before hours of hashing
    const hashed = await this.#session.hashes.manifest(absolute, options.algorithm ?? 'sha1', {
      signal,
      onProgress: options.onProgress,
    });
    throwIfAborted(signal);
    const manifest = decodeManifest(hashed.manifest);
    const { sizeBytes, id: manifestId } = manifest;
    const modifiedNs = String(hashed.stamp.modifiedNs);
    const share = { groupId: group, fileName, path: absolute, manifestId, sizeBytes, modifiedNs, registered: true };
    // Whoever waits for the file asks for it as soon as the tracker tells of it.
    this.#service.serve(share, hashed.manifest, hashed.stamp);
    let file: SharedFile;
    try {
      file = await this.#registration.register(group, fileName, hashed.manifest, signal);
    } catch (error) {
      this.#service.unserve([share]);
      throw error;
    }
    await this.#keep({ ...share, fileName: file.fileName }, hashed.manifest, hashed.stamp);
    return {
      ...file,
      pieceHashString: pieceHashString(manifest),
      fileDigest: Buffer.from(manifest.fileDigest).toString('hex'),
    };
  }

  /** A download is whole: puts it into the library as a share, on the disk, and serves it. The tracker is told in the background. */
  async keepDownload(
    place: { groupId: string; fileName: string; path: string },
    manifest: Uint8Array,
    stamp: FileStamp,
  ): Promise<void> {
    const { id: manifestId, sizeBytes } = decodeManifest(manifest);
    const modifiedNs = String(stamp.modifiedNs);
    const known = this.#session.account.findShare(place.groupId, place.fileName);
    if (known?.manifestId === manifestId && known.path !== place.path && this.#service.has(known)) {
      await this.#keepCopy(known, { path: place.path, modifiedNs });
      return;
    }
    const share = { ...place, manifestId, sizeBytes, modifiedNs, registered: false };
    await this.#replace([share]);
    this.#service.serve(share, manifest, stamp);
    this.#registration.registerLater([share]);
  }

  /** What this device serves to the group, by where each file is. */
  servedFrom(groupId: string): Map<string, LibraryShare> {
    const shares = this.#session.account.shares.filter((share) => share.groupId === groupId);
    return new Map(shares.map((share) => [share.path, share]));
  }

  /** Puts many shares into the library in one write, and serves them; the tracker is told in the background, or when it is back. */
  async keepAll(kept: readonly KeptShare[]): Promise<void> {
    const manifests = new Map<string, Uint8Array>();
    const added = kept.map(({ groupId, fileName, path, manifest, stamp, registered = false }): LibraryShare => {
      const { id, sizeBytes } = decodeManifest(manifest);
      const modifiedNs = String(stamp.modifiedNs);
      const inline = inlineManifest(manifest);
      if (inline === undefined) manifests.set(id, manifest);
      return {
        groupId,
        fileName,
        path,
        manifestId: id,
        sizeBytes,
        modifiedNs,
        registered,
        ...(inline !== undefined && { manifest: inline }),
      };
    });
    if (manifests.size > 0) await this.#session.library.saveManifests(manifests);
    await this.#replace(added);
    for (const [index, share] of added.entries()) {
      const one = kept[index];
      if (one) this.#service.serve(share, one.manifest, one.stamp);
      if (share.registered) this.#session.presence.registered(share);
    }
    this.#registration.registerLater(added.filter((share) => !share.registered));
  }

  async stop(groupId: string, fileName: string, signal?: AbortSignal): Promise<void> {
    const share = this.#session.account.findShare(groupId, fileName);
    await this.#session.call('stopShare', { groupId, fileName }, signal);
    if (!share) return;
    await this.#drop([share]);
    this.#tell();
  }

  /** Stops many; after each call to the tracker what it ended is gone here too, so that one that fails later undoes nothing. */
  async stopMany(groupId: string, fileNames: readonly string[], signal?: AbortSignal): Promise<void> {
    try {
      for (const part of inParts(fileNames, MAX_BATCH_FILES)) {
        await this.#session.call('stopShares', { groupId, fileNames: part }, signal);
        await this.#drop(part.flatMap((fileName) => this.#session.account.findShare(groupId, fileName) ?? []));
      }
    } finally {
      this.#tell();
    }
  }

  /** Shares under these names are replaced by others: their contents are served no more. */
  unserve(shares: readonly LibraryShare[]): void {
    this.#service.unserve(shares);
  }

  /** After signing in: serves again what is still there and unchanged, and tells what is not. What takes long goes on in the background. */
  async restore(signal?: AbortSignal): Promise<Omit<LoginResult, 'userId' | 'sessionToken'>> {
    const told = { lost: [] as LostShare[], unavailable: [] as UnavailableShare[] };
    this.#atSignIn = told;
    const { lost, left } = await this.#checks.look([...this.#session.account.shares]);
    await this.#loseAll(lost);
    await this.announceAgain().catch((error: unknown) => {
      this.#session.logger.debug(`Shares are announced when the tracker is back: ${ShoalError.from(error).message}`);
    });
    const checked = this.#checks.check(left);
    await atMost(checked, CHECKS_WAIT_MS, signal);
    this.#atSignIn = undefined;
    const waits = new Set(left.filter((share) => !this.#service.has(share)));
    const out = new Set([...told.lost, ...told.unavailable].map(shareKey));
    const all = this.#session.account.shares.filter((share) => !out.has(shareKey(share)));
    const [restored, checking] = [all.filter((share) => !waits.has(share)), all.filter((share) => waits.has(share))];
    return { restored: restored.map(toShare), checking: checking.map(toShare), ...told };
  }

  /** The tracker knows of nothing: registers and announces everything; what is not taken any more is lost. */
  async announceAgain(): Promise<void> {
    this.#session.presence.forgotten();
    await this.#registration.registerRest();
    await this.#session.presence.tell();
  }

  /** A file that was served turned out to be changed or gone, or cannot be read for now. */
  async onBroken({
    groupId,
    manifestId,
    path,
    reason,
    message,
  }: EngineEvent & { type: 'contentBroken' }): Promise<void> {
    const broken = this.#service.servedFrom(groupId, manifestId, path);
    this.#service.unserve(broken);
    if (reason === 'unavailable') this.#checks.onUnavailable(broken, new ShoalError('DISK_ERROR', message));
    else await this.#loseAll(broken.map((share) => ({ ...toShare(share), reason })));
  }

  /** This user is no member of the group any more: nothing is served there, and the tracker has forgotten it already. */
  async dropGroup(groupId: string): Promise<void> {
    await this.#drop(this.#session.account.sharesInGroup(groupId));
  }

  /** A tracker that does not know a file any more, as after a backup was put back, hears of it anew; one that has no room is asked another time. */
  #onNotTaken(holdings: readonly RefusedHolding[]): void {
    const codes = new Map(holdings.map((holding) => [contentOf(holding), holding.code]));
    const shares = this.#session.account.shares.filter((share) => codes.has(contentOf(share)));
    const [unknown, refused]: [LibraryShare[], LibraryShare[]] = [[], []];
    for (const share of shares) {
      const code = codes.get(contentOf(share)) ?? '';
      if (code === 'FILE_NOT_FOUND') unknown.push(share);
      else if (REFUSALS.has(code)) refused.push(share);
      else this.#session.logger.warn(`${share.fileName} is announced later: the tracker says ${code}`);
    }
    for (const share of unknown) this.#session.account.changeShare(share, { registered: false });
    this.#registration.registerLater(unknown);
    if (refused.length > 0) this.#onRefused(refused);
  }

  #onRefused(shares: readonly LibraryShare[]): void {
    const lost = shares.map((share): LostShare => ({ ...toShare(share), reason: 'refused' }));
    inBackground(this.#loseAll(lost), this.#session.logger);
  }

  #onSettled(
    lost: readonly LostShare[],
    unavailable: readonly UnavailableShare[],
    back: readonly LibraryShare[],
  ): void {
    if (this.#atSignIn) this.#atSignIn.unavailable.push(...unavailable);
    else if (unavailable.length > 0) this.#news.onUnavailable(unavailable);
    if (back.length > 0) this.#news.onAvailable(back.map(toShare));
    if (lost.length > 0) inBackground(this.#loseAll(lost), this.#session.logger);
    this.#tell();
  }

  /** Tells the tracker what changed. */
  #tell(): void {
    this.#session.presence.tell().catch((error: unknown) => {
      this.#session.logger.debug(`Shares are announced when the tracker is back: ${ShoalError.from(error).message}`);
    });
  }

  async #loseAll(all: readonly LostShare[]): Promise<void> {
    const lost = this.#goOnFromCopies(all);
    if (lost.length === 0) return;
    if (this.#atSignIn) this.#atSignIn.lost.push(...lost);
    else for (const share of lost) this.#news.onLost(share);
    await this.#forget(lost);
  }

  /** Drops shares here and at the tracker, as far as it still knows them. */
  async #forget(lost: readonly LostShare[]): Promise<void> {
    const { account } = this.#session;
    const shares = lost.flatMap(({ groupId, fileName }) => account.findShare(groupId, fileName) ?? []);
    await this.#drop(shares);
    await this.#registration.stopAll(shares);
    this.#tell();
  }

  async #drop(shares: readonly LibraryShare[]): Promise<void> {
    if (shares.length === 0) return;
    const { account, library, presence } = this.#session;
    account.removeShares(shares);
    this.#service.unserve(shares);
    for (const share of shares) presence.unregistered(share);
    await library.durable();
    await library.dropManifests(
      shares.flatMap(({ manifest, manifestId }) => (manifest === undefined ? [manifestId] : [])),
    );
  }

  /** Puts shares into the library, in the place of those of the same names, and onto the disk. */
  async #replace(added: readonly LibraryShare[]): Promise<void> {
    const { account, library } = this.#session;
    const replaced = account.putShares(added);
    await library.durable();
    this.#service.unserve(replaced);
  }

  async #keep(share: LibraryShare, manifest: Uint8Array, stamp: FileStamp): Promise<void> {
    await this.#session.library.saveManifest(share.manifestId, manifest);
    await this.#replace([share]);
    this.#service.serve(share, manifest, stamp);
  }

  /** A file is shared already, and another that has the same content came to be: it stands in when the first one goes. */
  async #keepCopy(share: LibraryShare, copy: ShareCopy): Promise<void> {
    const others = (share.copies ?? []).filter(({ path }) => path !== copy.path);
    const { account, library } = this.#session;
    account.changeShare(share, { copies: [copy, ...others].slice(0, MAX_COPIES) });
    await library.durable();
  }

  /** What has a copy goes on from there; what is lost for good is given back. */
  #goOnFromCopies(lost: readonly LostShare[]): LostShare[] {
    const { account, library } = this.#session;
    const moved: LibraryShare[] = [];
    const left = lost.filter((one) => {
      const share = one.reason === 'refused' ? undefined : account.findShare(one.groupId, one.fileName);
      const [copy, ...others] = share?.copies ?? [];
      if (!share || !copy) return true;
      this.#service.unserve([share]);
      account.changeShare(share, { ...copy, copies: others });
      moved.push(share);
      return false;
    });
    if (moved.length > 0)
      inBackground(
        library.durable().then(() => this.#checks.check(moved)),
        this.#session.logger,
      );
    return left;
  }
}
