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
  #isClosed = false;

  constructor(session: Session) {
    this.#session = session;
  }

  has(share: LibraryShare): boolean {
    return this.#served.get(contentOf(share))?.get(share.path)?.has(share) === true;
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
    this.#session.engine.send({ type: 'serve', groupId, manifest, path, stamp });
    this.#session.presence.whole(share);
  }

  /** Stops serving these shares. Their contents are still served if another share or a download has them. */
  unserve(shares: readonly LibraryShare[]): void {
    for (const share of shares) {
      const { groupId, manifestId, path } = share;
      const key = contentOf(share);
      const served = this.#served.get(key);
      const ofPath = served?.get(path);
      if (!served || !ofPath?.delete(share) || ofPath.size > 0) continue;
      served.delete(path);
      if (served.size > 0) {
        this.#session.engine.send({ type: 'unserve', groupId, manifestId, path });
        continue;
      }
      this.#served.delete(key);
      this.#session.engine.send({ type: 'unserve', groupId, manifestId }); // copies as well
      this.#session.presence.notWhole(share);
    }
  }

  /** The shares of a content that are served from this file. */
  servedFrom(content: InGroup, path: string): LibraryShare[] {
    return [...(this.#served.get(contentOf(content))?.get(path) ?? [])];
  }
}
