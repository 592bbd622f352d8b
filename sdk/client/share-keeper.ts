import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { FileStamp } from '../engine/index.js';
import { decodeManifest, nameKey, parseFilePath, pieceHashString, ShoalError } from '../protocol/index.js';
import { throwIfAborted } from './abort.js';
import type { LibraryShare } from './library.js';
import { contentOf, sameShare, shareKey, toShare } from './library-share.js';
import { inlineManifest } from './manifest-transfer.js';
import type { ShareOptions } from './options.js';
import type { LostShare, Share, ShareResult } from './results.js';
import type { Session } from './session.js';
import { ShareRegistration } from './share-registration.js';

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

/** What this device serves: shared by its user, or downloaded and served on. */
export class ShareKeeper {
  readonly #session: Session;
  readonly #onLost: (share: LostShare) => void;
  readonly #registration: ShareRegistration;

  constructor(session: Session, onLost: (share: LostShare) => void) {
    this.#session = session;
    this.#onLost = onLost;
    this.#registration = new ShareRegistration(session);
  }

  list(): Share[] {
    return this.#session.account.shares.map(toShare);
  }

  /** Hashes a file, registers it with the tracker, and serves it. */
  async share(path: string, groupId: string, options: ShareOptions = {}): Promise<ShareResult> {
    const { signal } = options;
    const absolute = resolve(path);
    const fileName = parseFilePath(options.fileName ?? basename(absolute));
    const group = await this.#session.memberGroup(groupId, signal); // says no before hours of hashing
    const hashed = await this.#session.hashes.manifest(absolute, options.algorithm ?? 'sha1', {
      signal,
      onProgress: options.onProgress,
    });
    throwIfAborted(signal);
    const manifest = decodeManifest(hashed.manifest);
    // Whoever waits for the file asks for it as soon as the tracker tells of it.
    const isNew = !this.#hasContent(group, manifest.id);
    if (isNew) this.#serve(group, hashed.manifest, absolute, hashed.stamp);
    const file = await this.#registration.register(group, fileName, hashed.manifest, signal).catch((error: unknown) => {
      if (isNew) this.#session.engine.send({ type: 'unserve', groupId: group, manifestId: manifest.id });
      throw error;
    });
    await this.keep({ groupId: group, fileName: file.fileName, path: absolute }, hashed.manifest, hashed.stamp, true);
    return {
      ...file,
      pieceHashString: pieceHashString(manifest),
      fileDigest: Buffer.from(manifest.fileDigest).toString('hex'),
    };
  }

  /** Puts a share into the library, on the disk, and serves it. */
  async keep(
    place: { groupId: string; fileName: string; path: string },
    manifestBytes: Uint8Array,
    stamp: FileStamp,
    registered: boolean,
  ): Promise<void> {
    const { id, sizeBytes } = decodeManifest(manifestBytes);
    const share: LibraryShare = {
      ...place,
      manifestId: id,
      sizeBytes,
      modifiedNs: String(stamp.modifiedNs),
      registered,
    };
    await this.#session.library.saveManifest(id, manifestBytes);
    this.#replace(share);
    await this.#session.library.save();
    this.#serve(place.groupId, manifestBytes, place.path, stamp);
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
    const shares = new Map([...this.#session.account.shares, ...added].map((share) => [shareKey(share), share]));
    this.#session.account.shares = [...shares.values()];
    await this.#session.library.save();
    for (const { groupId, path, manifest, stamp } of kept) this.#serve(groupId, manifest, path, stamp);
    this.#registration.registerMany(
      added.flatMap((share, index) => {
        const { manifest } = kept[index] ?? {};
        return manifest && !share.registered ? [{ share, manifest }] : [];
      }),
    );
  }

  async stop(groupId: string, fileName: string, signal?: AbortSignal): Promise<void> {
    const share = this.#find(groupId, fileName);
    await this.#session.call('stopShare', { groupId, fileName }, signal);
    if (!share) return;
    this.unserve([share]);
    await this.#drop([share]);
  }

  /** Serves the content of these shares no more, unless another share has it, too. */
  unserve(shares: readonly LibraryShare[]): void {
    const left = new Set(this.#session.account.shares.filter((one) => !shares.includes(one)).map(contentOf));
    for (const { groupId, manifestId } of shares.filter((one) => !left.has(contentOf(one))))
      this.#session.engine.send({ type: 'unserve', groupId, manifestId });
  }

  /** After signing in: serves again what is still there and unchanged, and tells what is not. */
  async restore(): Promise<{ restored: Share[]; lost: LostShare[] }> {
    const restored: Share[] = [];
    const lost: LostShare[] = [];
    for (const share of [...this.#session.account.shares]) {
      const reason = await this.#serveAgain(share);
      if (reason) lost.push({ ...toShare(share), reason });
      else restored.push(toShare(share));
    }
    const refused = await this.announceAll().catch((error: unknown): Share[] => {
      this.#session.logger.debug(`Shares are announced when the tracker is back: ${ShoalError.from(error).message}`);
      return [];
    });
    const isRefused = (share: Share) => refused.some((one) => sameShare(one, share));
    lost.push(...refused.map((share): LostShare => ({ ...share, reason: 'refused' })));
    await this.#forget(lost);
    return { restored: restored.filter((share) => !isRefused(share)), lost };
  }

  /** Tells the tracker what this device serves; those shares that it does not take. */
  announceAll(): Promise<Share[]> {
    return this.#registration.announceAll();
  }

  /** The tracker is back: announces everything again; what is not taken any more is lost. */
  async announceAgain(): Promise<void> {
    const refused = await this.announceAll();
    await this.#loseAll(refused.map((share) => ({ ...share, reason: 'refused' })));
  }

  /** A served file turned out to be changed or gone. */
  async onBroken(groupId: string, manifestId: string, reason: 'changed' | 'gone'): Promise<void> {
    const broken = this.#session.account.shares.filter(
      (share) => share.groupId === groupId && share.manifestId === manifestId,
    );
    await this.#loseAll(broken.map((share) => ({ ...toShare(share), reason })));
  }

  /** This user is no member of the group any more: nothing is served there, and the tracker has forgotten it already. */
  async dropGroup(groupId: string): Promise<void> {
    const gone = this.#session.account.shares.filter((share) => nameKey(share.groupId) === nameKey(groupId));
    for (const share of gone)
      this.#session.engine.send({ type: 'unserve', groupId: share.groupId, manifestId: share.manifestId });
    await this.#drop(gone);
  }

  /** Serves a share of before; why not, when the file or its manifest is not what it was. */
  async #serveAgain(share: LibraryShare): Promise<LostShare['reason'] | undefined> {
    const manifest = await this.#session.library.manifestOf(share);
    const stats = await stat(share.path, { bigint: true }).catch(() => undefined);
    if (!manifest || !stats?.isFile()) return 'gone';
    const stamp = { sizeBytes: Number(stats.size), modifiedNs: stats.mtimeNs };
    if (stamp.sizeBytes !== share.sizeBytes) return 'changed';
    if (String(stamp.modifiedNs) !== share.modifiedNs && !(await this.#isSameContent(share, manifest)))
      return 'changed';
    this.#serve(share.groupId, manifest, share.path, stamp);
    return undefined;
  }

  #serve(groupId: string, manifest: Uint8Array, path: string, stamp: FileStamp): void {
    this.#session.engine.send({ type: 'serve', groupId, manifest, path, stamp });
  }

  /** Whether this device serves the content in the group already, whole or in part. */
  #hasContent(groupId: string, manifestId: string): boolean {
    const { shares, downloads } = this.#session.account;
    return [...shares, ...downloads].some((one) => one.groupId === groupId && one.manifestId === manifestId);
  }

  /** A file with another time may still have the same bytes: copied back, or only touched. */
  async #isSameContent(share: LibraryShare, manifest: Uint8Array): Promise<boolean> {
    try {
      const hashed = await this.#session.hashes.manifest(share.path, decodeManifest(manifest).algorithm);
      if (decodeManifest(hashed.manifest).id !== share.manifestId) return false;
      share.modifiedNs = String(hashed.stamp.modifiedNs);
      await this.#session.library.save();
      return true;
    } catch (error) {
      this.#session.logger.warn(`${share.path}: ${ShoalError.from(error).message}`);
      return false;
    }
  }

  async #loseAll(lost: readonly LostShare[]): Promise<void> {
    await this.#forget(lost);
    for (const share of lost) this.#onLost(share);
  }

  /** Drops shares here and at the tracker, as far as it still knows them. */
  async #forget(lost: readonly LostShare[]): Promise<void> {
    const shares = this.#session.account.shares.filter((share) => lost.some((one) => sameShare(one, share)));
    this.unserve(shares);
    for (const share of shares) {
      await this.#session
        .call('stopShare', { groupId: share.groupId, fileName: share.fileName })
        .catch((error: unknown) => {
          this.#session.logger.debug(`${share.fileName}: ${ShoalError.from(error).message}`);
        });
    }
    await this.#drop(shares);
  }

  async #drop(shares: readonly LibraryShare[]): Promise<void> {
    if (shares.length === 0) return;
    const { account, library } = this.#session;
    account.shares = account.shares.filter((share) => !shares.includes(share));
    await library.save();
    for (const share of shares) await library.dropManifest(share.manifestId);
  }

  #replace(share: LibraryShare): void {
    const { account } = this.#session;
    account.shares = [...account.shares.filter((one) => !sameShare(one, share)), share];
  }

  #find(groupId: string, fileName: string): LibraryShare | undefined {
    return this.#session.account.shares.find((share) => sameShare(share, { groupId, fileName }));
  }
}
