import { type FileStamp, sameStamp } from '../../../disk/index.js';
import { backOffMs, eachInLanes } from '../../../program/index.js';
import { type DigestAlgorithm, decodeManifest, ShoalError } from '../../../protocol/index.js';
import type { LibraryShare, ShareCopy } from '../../library/records/library-schema.js';
import { recordedStamp } from '../../library/records/recorded-stamp.js';
import type { Session } from '../../session/session.js';
import { FileLooks, type NotThere } from './file-look.js';

/** Files that are examined or hashed in parallel. */
const AT_ONCE = 16;

/** What is found out about a share. */
export type Finding =
  /** It is served now. */
  | { readonly kind: 'served' }
  /** `isWritten`: something writes to it, so that it is examined again later. */
  | { readonly kind: 'edited'; readonly why: string; readonly isWritten: boolean }
  | { readonly kind: 'missing'; readonly why: string; readonly places: readonly string[] }
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'secret'; readonly why: string };

interface ChecksContext {
  /** Serves a share. `former`: the path of the file that this one replaces. */
  serve(share: LibraryShare, manifest: Uint8Array, stamp: FileStamp, former: string | undefined): void;
  /** Whether a share is served from its file. */
  isServed(share: LibraryShare): boolean;
  /** Whether the last finding was that the file cannot be read: then it is opened, too. */
  isUnreadable(share: LibraryShare): boolean;
  /** The file of a share is about to be hashed. */
  onHashing(share: LibraryShare): void;
  onFound(share: LibraryShare, finding: Finding): void;
}

/** Rest after a file changed while it was hashed: the first, and the longest after many times. */
const FIRST_REST_MS = 1000;
const LAST_REST_MS = 60_000;

/** A look whose file must be hashed. */
type Touched = { readonly kind: 'touched'; readonly path: string };
/** The outcome of a look at one of a share's files. */
type Outcome = Finding | Touched;

/**
 * Finds out which shares can be served. An unchanged file needs one `stat`. A file with another modification time is
 * hashed. If the file of a share cannot be had, one of its copies takes its place.
 */
export class ShareChecks {
  readonly #session: Session;
  readonly #context: ChecksContext;
  readonly #stop = new AbortController();
  readonly #running = new Map<LibraryShare, Promise<void>>();
  /** Running checks that are to be done once more. */
  readonly #again = new Set<LibraryShare>();
  /** The stamps of files that were found to have other content. */
  readonly #edited = new WeakMap<LibraryShare, Map<string, string>>();

  /** Files that something writes to all the time. */
  readonly #busy = new WeakMap<LibraryShare, { readonly attempts: number; readonly untilMs: number }>();

  constructor(session: Session, context: ChecksContext) {
    this.#session = session;
    this.#context = context;
  }

  /** Serves shares with unchanged files, and reports those that need no hash. @returns the rest, for `check` */
  async look(shares: readonly LibraryShare[]): Promise<LibraryShare[]> {
    const left: LibraryShare[] = [];
    const looks = new FileLooks(this.#session.hashes);
    await this.#each(shares, async (share) => {
      const isAway = this.#session.hashes.isAway(share.path); // its disk may not answer
      const outcome = isAway ? undefined : await this.#lookAt(share, share, looks);
      if (outcome?.kind === 'served' || outcome?.kind === 'secret') this.#context.onFound(share, outcome);
      else if (!outcome || outcome.kind === 'touched' || share.copies) left.push(share);
      else this.#context.onFound(share, outcome);
    });
    return left;
  }

  /** Examines shares, and hashes files whose stamp changed. Resolves when every share has a result; never rejects. */
  async check(shares: readonly LibraryShare[]): Promise<void> {
    const looks = new FileLooks(this.#session.hashes);
    await this.#each(shares, (share) => {
      const running = this.#running.get(share);
      if (running) this.#again.add(share);
      const checked = running ?? this.#rounds(share, looks).finally(() => this.#running.delete(share));
      this.#running.set(share, checked);
      return checked;
    });
  }

  /** Whether the file of a share is not as it was found last. */
  async differs(share: LibraryShare): Promise<boolean> {
    if (this.#running.has(share) || this.#context.isUnreadable(share)) return false;
    try {
      const stamp = await this.#session.hashes.stamp(share.path);
      return this.#context.isServed(share)
        ? !isAsShared(share, share, stamp)
        : !this.#isEdited(share, share.path, stamp);
    } catch {
      return this.#context.isServed(share);
    }
  }

  /** A piece of the file has other bytes than its digest says, whatever its stamp says. */
  onWrong(share: LibraryShare): void {
    this.#session.account.changeShare(share, { modifiedNs: UNKNOWN_NS });
  }

  /** A share has another path; its file is the same. */
  onMoved(share: LibraryShare, former: string): void {
    const stamps = this.#edited.get(share);
    const known = stamps?.get(former);
    if (known !== undefined) stamps?.set(share.path, known);
  }

  /** Stops all checks. */
  close(): void {
    this.#stop.abort();
  }

  /** Checks a share, and once more if that was asked for meanwhile. */
  async #rounds(share: LibraryShare, looks: FileLooks): Promise<void> {
    await this.#check(share, looks);
    while (this.#again.delete(share)) await this.#check(share, new FileLooks(this.#session.hashes));
  }

  async #check(share: LibraryShare, looks: FileLooks): Promise<void> {
    if (!this.#session.account.hasShare(share)) return;
    const finding = await this.#find(share, looks);
    if (!this.#stop.signal.aborted && this.#session.account.hasShare(share)) this.#context.onFound(share, finding);
  }

  /** The first of the share's files that can be served; otherwise what is wrong with the file itself. */
  async #find(share: LibraryShare, looks: FileLooks): Promise<Finding> {
    let own: Finding | undefined;
    const places: string[] = [];
    for (const copy of [share, ...(share.copies ?? [])]) {
      const looked = await this.#lookAt(share, copy, looks);
      const finding = looked.kind === 'touched' ? await this.#hash(share, copy, looks) : looked;
      if (finding.kind === 'served' || finding.kind === 'secret') return finding;
      if (finding.kind === 'missing') places.push(...finding.places);
      own ??= finding;
    }
    return own?.kind === 'missing' ? { ...own, places } : (own ?? { kind: 'unreadable', why: 'It has no file.' });
  }

  async #lookAt(share: LibraryShare, copy: ShareCopy, looks: FileLooks): Promise<Outcome> {
    const { path } = copy;
    const look = await looks.at(path, this.#context.isUnreadable(share));
    if (look.kind !== 'there') return findingOf(look);
    const { stamp } = look;
    if (this.#isEdited(share, path, stamp)) return editedSince(path);
    if (stamp.sizeBytes !== share.sizeBytes) return this.#setEdited(share, path, stamp);
    if (!isAsShared(share, copy, stamp)) return { kind: 'touched', path };
    if (copy === share && this.#context.isServed(share)) return { kind: 'served' };
    const manifest = await this.#session.library.manifestOf(share);
    if (!manifest) return { kind: 'touched', path };
    this.#serve(share, path, manifest, stamp);
    return { kind: 'served' };
  }

  /** Hashes a file with another modification time. Its content may be unchanged if it was restored or touched. */
  async #hash(share: LibraryShare, { path }: ShareCopy, looks: FileLooks): Promise<Finding> {
    const { library, hashes } = this.#session;
    const busy = this.#busy.get(share);
    if (busy && performance.now() < busy.untilMs) return { ...editedSince(path), isWritten: true };
    if (!this.#stop.signal.aborted) this.#context.onHashing(share);
    try {
      const known = await library.manifestOf(share);
      const algorithms: DigestAlgorithm[] = known ? [decodeManifest(known).algorithm] : ['sha1', 'sha256'];
      let hashed: FileStamp | undefined;
      for (const algorithm of algorithms) {
        const { manifest, stamp } = await hashes.manifest(path, algorithm, { signal: this.#stop.signal });
        hashed = stamp;
        if (decodeManifest(manifest).id !== share.manifestId) continue;
        if (!known) await library.saveManifest(share.manifestId, manifest); // the data folder lost it
        this.#serve(share, path, manifest, stamp);
        return { kind: 'served' };
      }
      return hashed ? this.#setEdited(share, path, hashed) : editedSince(path);
    } catch (thrown) {
      const error = ShoalError.from(thrown, 'DISK_ERROR');
      if (error.code !== 'FILE_CHANGED') return findingOf(await looks.after(path, error));
      const attempts = (busy?.attempts ?? 0) + 1;
      const restMs = backOffMs(attempts - 1, FIRST_REST_MS, LAST_REST_MS);
      this.#busy.set(share, { attempts, untilMs: performance.now() + restMs });
      return { ...editedSince(path), isWritten: true };
    }
  }

  /** Serves a share from one of its files, which becomes the file of the share. */
  #serve(share: LibraryShare, path: string, manifest: Uint8Array, stamp: FileStamp): void {
    if (this.#stop.signal.aborted || !this.#session.account.hasShare(share)) return;
    const modifiedNs = String(stamp.modifiedNs);
    const { account } = this.#session;
    this.#edited.get(share)?.delete(path);
    this.#busy.delete(share);
    const former = path === share.path ? undefined : share.path;
    if (former !== undefined) {
      const others = (share.copies ?? []).filter((copy) => copy.path !== path);
      const own: ShareCopy = { path: former, modifiedNs: share.modifiedNs };
      account.changeShare(share, { path, modifiedNs, copies: [...others, own] });
    } else if (share.modifiedNs !== modifiedNs) account.changeShare(share, { modifiedNs });
    this.#context.serve(share, manifest, stamp, former);
  }

  #isEdited(share: LibraryShare, path: string, stamp: FileStamp): boolean {
    return this.#edited.get(share)?.get(path) === stampText(stamp);
  }

  #setEdited(share: LibraryShare, path: string, stamp: FileStamp): Finding & { kind: 'edited' } {
    const known = this.#edited.get(share) ?? new Map<string, string>();
    this.#edited.set(share, known.set(path, stampText(stamp)));
    return editedSince(path);
  }

  #each(shares: readonly LibraryShare[], act: (share: LibraryShare) => Promise<void>): Promise<void> {
    return eachInLanes(AT_ONCE, shares, act, this.#stop.signal);
  }
}

/** The time of a file whose content must be hashed before it is served. No file has it. */
const UNKNOWN_NS = '-1';

function isAsShared({ sizeBytes }: LibraryShare, { modifiedNs }: ShareCopy, stamp: FileStamp): boolean {
  return sameStamp(stamp, recordedStamp({ sizeBytes, modifiedNs }));
}

function stampText({ sizeBytes, modifiedNs }: FileStamp): string {
  return `${sizeBytes} ${modifiedNs}`;
}

function editedSince(path: string): Finding & { kind: 'edited' } {
  return { kind: 'edited', why: `${path} has other content than was shared.`, isWritten: false };
}

function findingOf(look: NotThere): Finding {
  return look.kind === 'missing' ? { ...look, places: [look.place] } : look;
}
