import type { FileStamp } from '../../disk/index.js';
import type { LibraryShare } from '../local/library-schema.js';
import { contentOf } from '../local/library-share.js';
import type { Session } from '../session/session.js';

/** Which shares the engine serves, and from which files; the tracker is to be told of a content while one of its files is served. */
export class ShareService {
  readonly #session: Session;
  /** What is served, by content: a file may be shared under several names. */
  readonly #served = new Map<string, Set<LibraryShare>>();

  #isClosed = false;

  constructor(session: Session) {
    this.#session = session;
  }

  has(share: LibraryShare): boolean {
    return this.#served.get(contentOf(share))?.has(share) === true;
  }

  /** Serves nothing more. */
  close(): void {
    this.#isClosed = true;
  }

  serve(share: LibraryShare, manifest: Uint8Array, stamp: FileStamp): void {
    if (this.#isClosed) return;
    const key = contentOf(share);
    this.#served.set(key, (this.#served.get(key) ?? new Set()).add(share));
    const { groupId, path } = share;
    this.#session.engine.send({ type: 'serve', groupId, manifest, path, stamp });
    this.#session.presence.whole(share);
  }

  /** Serves these shares no more. Their contents are still served where another share or a download has them. */
  unserve(shares: readonly LibraryShare[]): void {
    for (const share of shares) {
      const key = contentOf(share);
      const served = this.#served.get(key);
      if (!served?.delete(share)) continue;
      const { groupId, manifestId, path } = share;
      if (served.size > 0) {
        if (![...served].some((other) => other.path === path))
          this.#session.engine.send({ type: 'unserve', groupId, manifestId, path });
        continue;
      }
      this.#served.delete(key);
      this.#session.engine.send({ type: 'unserve', groupId, manifestId }); // copies of it, too
      this.#session.presence.notWhole(share);
    }
  }

  /** The shares of a content that are served from this file. */
  servedFrom(groupId: string, manifestId: string, path: string): LibraryShare[] {
    return [...(this.#served.get(contentOf({ groupId, manifestId })) ?? [])].filter((share) => share.path === path);
  }
}
