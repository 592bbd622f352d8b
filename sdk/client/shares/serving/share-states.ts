import type { ErrorCode } from '../../../protocol/index.js';
import { ShoalError } from '../../../protocol/index.js';
import type { LostShare, OlderShare, Share, ShareState, UnavailableShare } from '../../api/results.js';
import type { LibraryShare } from '../../library/records/library-schema.js';
import { toShare } from '../../library/records/library-share.js';
import { type Condition, changeBetween, found, outdated, type Standing, stateOf, unknown } from './share-state.js';

/** Notifications about changes of shares. */
export interface ShareNews {
  onChanged(share: Share): void;
  onLost(share: LostShare): void;
  onUnavailable(shares: readonly UnavailableShare[]): void;
  onAvailable(shares: readonly Share[]): void;
}

const CODES: Readonly<Record<string, ErrorCode>> = { missing: 'PATH_NOT_FOUND', edited: 'FILE_CHANGED' };

/** What is true of each share now, and who is told when that changes. */
export class ShareStates {
  readonly #news: ShareNews;
  readonly #standings = new WeakMap<LibraryShare, Standing>();
  readonly #bornMs = Date.now();
  /** The files with older versions of a share. */
  olderOf: (share: LibraryShare) => readonly OlderShare[] = () => [];
  /** Nobody is told during a sign-in, whose result has the states. */
  isQuiet = false;

  constructor(news: ShareNews) {
    this.#news = news;
  }

  of(share: LibraryShare): ShareState {
    return stateOf(this.#standing(share));
  }

  /** A share as the application sees it. */
  share(share: LibraryShare): Share {
    const older = this.olderOf(share);
    return { ...toShare(share), state: this.of(share), ...(older.length > 0 && { older }) };
  }

  /** Something was found out about the file of a share. */
  found(share: LibraryShare, condition: Condition): void {
    this.#change([share], (standing) => found(standing, condition, Date.now()));
  }

  /** Like `found`, for several shares that are told of together. */
  foundAll(shares: readonly LibraryShare[], condition: Condition): void {
    this.#change(shares, (standing) => found(standing, condition, Date.now()));
  }

  /** The group has a newer version of a share than this device; undefined: it has none. */
  setBehind(share: LibraryShare, why: string | undefined): void {
    this.#change([share], (standing) => outdated(standing, why, Date.now()));
  }

  /** A share whose file cannot be had, with the error that says why. */
  unavailable(share: LibraryShare): UnavailableShare {
    const state = this.of(share);
    const error = new ShoalError(CODES[state.name] ?? 'DISK_UNAVAILABLE', state.why ?? 'The file is not available.');
    return { ...this.share(share), error };
  }

  /** The state of a file with an older version of a share has another name. */
  olderChanged(share: LibraryShare): void {
    if (!this.isQuiet) this.#news.onChanged(this.share(share));
  }

  #standing(share: LibraryShare): Standing {
    return this.#standings.get(share) ?? unknown(this.#bornMs);
  }

  #change(shares: readonly LibraryShare[], change: (standing: Standing) => Standing): void {
    const [unreadable, readable]: [LibraryShare[], LibraryShare[]] = [[], []];
    for (const share of shares) {
      const before = this.#standing(share);
      const after = change(before);
      this.#standings.set(share, after);
      const { isOther, lost, isUnreadable, isReadableAgain } = changeBetween(before, after);
      if (this.isQuiet) continue;
      if (isOther) this.#news.onChanged(this.share(share));
      if (lost) this.#news.onLost({ ...this.share(share), reason: lost });
      if (isUnreadable) unreadable.push(share);
      if (isReadableAgain) readable.push(share);
    }
    if (unreadable.length > 0) this.#news.onUnavailable(unreadable.map((share) => this.unavailable(share)));
    if (readable.length > 0) this.#news.onAvailable(readable.map((share) => this.share(share)));
  }
}
