import type { FileStamp } from '../../../disk/index.js';
import type { KeptContents } from '../../kept/kept-contents.js';
import type { LibraryKept, LibraryShare, OlderFile } from '../../library/records/library-schema.js';
import { contentOf, type InGroup, type Named } from '../../library/records/library-share.js';
import { recordedStamp } from '../../library/records/recorded-stamp.js';
import type { Session } from '../../session/session.js';
import { inBackground } from '../../util/background.js';

/** A record whose file is served. */
export type Holder = LibraryShare | OlderFile;

/** The shares and older versions of a content that are served, by the path of their file. */
type Served = Map<string, Set<Holder>>;

/** Which shares the engine serves, and from which files. The tracker announces a content while one of its files is served. */
export class ShareService {
  readonly #session: Session;
  /** By content: a file may be shared under several names, and a content by several files. */
  readonly #served = new Map<string, Served>();
  /** Shares whose file the engine found to be another one by its stamp. */
  readonly #doubtful = new Set<Holder>();
  /** Contents that are served from what is kept of them, by key. */
  readonly #covered = new Set<string>();
  readonly #kept: KeptContents;
  /** A share is served from now on. */
  onServed: (share: LibraryShare) => void = () => {};
  /** Nothing of these files is served any more. */
  onNamesEnded: (names: readonly Named[]) => void = () => {};
  /** What is announced has changed: the tracker is to be told. */
  onChanged: () => void = () => {};
  #telling: NodeJS.Immediate | undefined;
  #isClosed = false;

  constructor(session: Session, kept: KeptContents) {
    this.#session = session;
    this.#kept = kept;
    kept.onAdded = (record) => this.#onKept(record);
    kept.onDropped = (record) => {
      if (!kept.recordOf(record)) this.#uncover(record);
    };
  }

  has(share: Holder): boolean {
    return this.#served.get(contentOf(share))?.get(share.path)?.has(share) === true;
  }

  /** Whether a share is served, and the engine has no doubt about its file. */
  isSure(share: LibraryShare): boolean {
    return this.has(share) && !this.#doubtful.has(share);
  }

  /** The engine has doubts about the file of shares, until they are served again or no longer. */
  doubt(shares: readonly LibraryShare[]): void {
    for (const share of shares) this.#doubtful.add(share);
  }

  close(): void {
    this.#isClosed = true;
  }

  serve(share: Holder, manifest: Uint8Array, stamp: FileStamp): void {
    if (this.#isClosed) return;
    const { groupId, path } = share;
    const key = contentOf(share);
    const served = this.#served.get(key) ?? new Map<string, Set<Holder>>();
    this.#served.set(key, served);
    const shares = served.get(path);
    if (shares) shares.add(share);
    else served.set(path, new Set([share]));
    for (const one of served.get(path) ?? []) this.#doubtful.delete(one);
    this.#session.engine.send({ type: 'serve', groupId, manifest, path, stamp });
    this.#session.presence.whole(share);
    if (isShare(share)) this.onServed(share);
    else this.#tellSoon();
  }

  /**
   * Stops serving these shares. Their contents are still served if another share or a download has them.
   * @param isChanged their files have other content, as whoever waits for it is told
   */
  unserve(shares: readonly Holder[], isChanged = false): void {
    for (const share of shares) this.#unserve(share, share.path, isChanged);
  }

  /** Shares have ended: their contents are not served from copies that nobody shares, either. */
  end(shares: readonly LibraryShare[]): void {
    this.dropKept(shares);
    this.unserve(shares);
    for (const { groupId, manifestId } of shares) {
      if (this.#served.has(contentOf({ groupId, manifestId }))) continue;
      this.#session.engine.send({ type: 'unserve', groupId, manifestId });
      const kept = this.#kept.recordOf({ groupId, manifestId });
      if (kept) this.#onKept(kept); // for another file
    }
  }

  /** Nothing of these files is kept or served from what was kept, any more. */
  dropKept(names: readonly Named[]): void {
    const { account, logger } = this.#session;
    this.onNamesEnded(names);
    inBackground(this.#kept.drop(names.flatMap((name) => account.kept.of(name))), logger);
  }

  /** Stops serving a share from the file at a path. */
  unserveFrom(share: Holder, path: string): void {
    this.#unserve(share, path, false);
  }

  #unserve(share: Holder, path: string, isChanged: boolean): void {
    this.#doubtful.delete(share);
    const { groupId, manifestId } = share;
    const key = contentOf(share);
    const served = this.#served.get(key);
    const ofPath = served?.get(path);
    if (!served || !ofPath?.delete(share) || ofPath.size > 0) return;
    served.delete(path);
    this.#session.engine.send({ type: 'unserve', groupId, manifestId, path, isChanged });
    if (served.size > 0) return;
    this.#served.delete(key);
    if (this.#covered.has(key)) return;
    this.#session.presence.notWhole(share);
    this.#tellSoon();
  }

  /** Serves what is kept, beside the files themselves: nobody has to wait when one of them changes. */
  async coverAll(): Promise<void> {
    for (const kept of this.#session.account.kept.list) await this.#cover(kept);
  }

  #onKept(kept: LibraryKept): void {
    this.#covered.delete(contentOf(kept)); // it may be another file under the same path
    inBackground(this.#cover(kept), this.#session.logger);
  }

  async #cover(kept: LibraryKept): Promise<void> {
    const { account, engine, library, presence } = this.#session;
    if (this.#covered.has(contentOf(kept))) return;
    const { groupId, manifestId } = kept;
    const manifest = await library.manifestOf(kept);
    if (!manifest) return this.#kept.spoiled(manifestId);
    if (this.#isClosed || !account.kept.holds(kept) || this.#covered.has(contentOf(kept))) return;
    this.#covered.add(contentOf(kept));
    const stamp = recordedStamp(kept);
    engine.send({ type: 'serve', groupId, manifest, path: this.#kept.pathOf(manifestId), stamp, isSpare: true });
    presence.whole(kept);
    this.#tellSoon();
  }

  #uncover(content: InGroup): void {
    const key = contentOf(content);
    if (!this.#covered.delete(key)) return;
    const { groupId, manifestId } = content;
    this.#session.engine.send({ type: 'unserve', groupId, manifestId, path: this.#kept.pathOf(manifestId) });
    if (!this.#served.has(key)) this.#session.presence.notWhole(content);
    this.#tellSoon();
  }

  #tellSoon(): void {
    this.#telling ??= setImmediate(() => {
      this.#telling = undefined;
      if (!this.#isClosed) this.onChanged();
    });
  }

  /** The shares of a content that are served from this file. */
  servedFrom(content: InGroup, path: string): LibraryShare[] {
    return [...(this.#served.get(contentOf(content))?.get(path) ?? [])].filter(isShare);
  }
}

export function isShare(holder: Holder): holder is LibraryShare {
  return 'registered' in holder;
}
