import type { FileStamp } from '../../disk/index.js';
import type { LibraryShare } from '../local/library-schema.js';
import { contentOf, type InGroup } from '../local/library-share.js';
import type { Session } from '../session/session.js';

/** The shares of a content that are served, by the path of their file. */
type Served = Map<string, Set<LibraryShare>>;

/** Which shares the engine serves, and from which files. The tracker announces a content while one of its files is served. */
export class ShareService {
  readonly #session: Session;
  /** By content: a file may be shared under several names, and a content by several files. */
  readonly #served = new Map<string, Served>();
  /** Shares whose file the engine found to be another one by its stamp. */
  readonly #doubtful = new Set<LibraryShare>();
  /** A share is served from now on. */
  onServed: (share: LibraryShare) => void = () => {};
  #isClosed = false;

  constructor(session: Session) {
    this.#session = session;
  }

  has(share: LibraryShare): boolean {
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

  serve(share: LibraryShare, manifest: Uint8Array, stamp: FileStamp): void {
    if (this.#isClosed) return;
    const { groupId, path } = share;
    const key = contentOf(share);
    const served = this.#served.get(key) ?? new Map<string, Set<LibraryShare>>();
    this.#served.set(key, served);
    const shares = served.get(path);
    if (shares) shares.add(share);
    else served.set(path, new Set([share]));
    for (const one of served.get(path) ?? []) this.#doubtful.delete(one);
    this.#session.engine.send({ type: 'serve', groupId, manifest, path, stamp });
    this.#session.presence.whole(share);
    this.onServed(share);
  }

  /**
   * Stops serving these shares. Their contents are still served if another share or a download has them.
   * @param isChanged their files have other content, as whoever waits for it is told
   */
  unserve(shares: readonly LibraryShare[], isChanged = false): void {
    for (const share of shares) this.#unserve(share, share.path, isChanged);
  }

  /** Shares have ended: their contents are not served from copies that nobody shares, either. */
  end(shares: readonly LibraryShare[]): void {
    this.unserve(shares);
    for (const { groupId, manifestId } of shares)
      if (!this.#served.has(contentOf({ groupId, manifestId })))
        this.#session.engine.send({ type: 'unserve', groupId, manifestId });
  }

  /** Stops serving a share from the file at a path. */
  unserveFrom(share: LibraryShare, path: string): void {
    this.#unserve(share, path, false);
  }

  #unserve(share: LibraryShare, path: string, isChanged: boolean): void {
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
    this.#session.presence.notWhole(share);
  }

  /** The shares of a content that are served from this file. */
  servedFrom(content: InGroup, path: string): LibraryShare[] {
    return [...(this.#served.get(contentOf(content))?.get(path) ?? [])];
  }
}
