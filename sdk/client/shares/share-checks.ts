import type { FileStamp } from '../../disk/index.js';
import { backOffMs } from '../../engine/index.js';
import { type DigestAlgorithm, decodeManifest, ShoalError } from '../../protocol/index.js';
import type { LostShare, UnavailableShare } from '../api/results.js';
import type { LibraryShare } from '../local/library-schema.js';
import { toShare } from '../local/library-share.js';
import type { Session } from '../session/session.js';
import { SecretFolders, WHY_SECRET } from './secret-folder.js';
import type { Loss } from './share-removal.js';

/** Files that are examined or hashed in parallel. */
const AT_ONCE = 16;
/** First and longest interval between retries of unreadable files. */
const FIRST_RETRY_MS = 5000;
const LAST_RETRY_MS = 60_000;

interface ChecksContext {
  serve(share: LibraryShare, manifest: Uint8Array, stamp: FileStamp): void;
  /** Receives the results of a pass, and announces them to the tracker. */
  onSettled(lost: readonly Loss[], unavailable: readonly UnavailableShare[], back: readonly LibraryShare[]): void;
}

/** The result for one share: served, to be hashed, lost, or temporarily unreadable. */
type Finding =
  | { readonly kind: 'served' }
  | { readonly kind: 'touched' }
  | { readonly kind: 'lost'; readonly reason: LostShare['reason'] }
  | { readonly kind: 'unavailable'; readonly error: ShoalError };

/**
 * Finds out which shares can be served. An unchanged file needs one `stat`. A file with another modification time is
 * hashed in the background while the others are served. A temporarily unreadable file (its disk does not respond, too
 * many files are open) keeps its share, and is retried.
 */
export class ShareChecks {
  readonly #session: Session;
  readonly #context: ChecksContext;
  readonly #stop = new AbortController();
  readonly #unavailable = new Set<LibraryShare>();
  #attempts = 0;
  #retry: NodeJS.Timeout | undefined;

  constructor(session: Session, context: ChecksContext) {
    this.#session = session;
    this.#context = context;
  }

  /**
   * Serves shares with unchanged files. The caller passes the rest to `check`: files to hash, and files on a disk that
   * may not respond.
   */
  async look(shares: readonly LibraryShare[]): Promise<{ lost: Loss[]; left: LibraryShare[] }> {
    const [lost, left]: [Loss[], LibraryShare[]] = [[], []];
    const secrets = new SecretFolders();
    await this.#each(shares, async (share) => {
      const isAway = this.#session.hashes.isAway(share.path);
      const finding: Finding = isAway ? { kind: 'touched' } : await this.#look(share, secrets);
      if (finding.kind === 'lost') lost.push({ share, reason: finding.reason });
      else if (finding.kind !== 'served') left.push(share);
    });
    return { lost, left };
  }

  /**
   * Examines shares, and hashes files whose modification time changed. Resolves when every share has a result; never
   * rejects.
   */
  async check(shares: readonly LibraryShare[]): Promise<void> {
    const lost: Loss[] = [];
    const unavailable: UnavailableShare[] = [];
    const back: LibraryShare[] = [];
    const secrets = new SecretFolders();
    await this.#each(shares, async (share) => {
      const finding = await this.#check(share, secrets);
      if (this.#stop.signal.aborted) return;
      const wasUnavailable = this.#unavailable.has(share);
      if (finding.kind === 'unavailable') {
        if (!wasUnavailable) unavailable.push({ ...toShare(share), error: finding.error });
        this.#unavailable.add(share);
        return;
      }
      this.#unavailable.delete(share);
      if (finding.kind === 'lost') lost.push({ share, reason: finding.reason });
      else if (wasUnavailable) back.push(share);
    });
    if (this.#stop.signal.aborted) return;
    this.#context.onSettled(lost, unavailable, back);
    this.#scheduleRetry();
  }

  /** A served file became temporarily unreadable. */
  onUnavailable(shares: readonly LibraryShare[], error: ShoalError): void {
    for (const share of shares) this.#unavailable.add(share);
    this.#attempts = 0;
    this.#context.onSettled(
      [],
      shares.map((share) => ({ ...toShare(share), error })),
      [],
    );
    this.#scheduleRetry();
  }

  /** Stops all checks and retries. */
  close(): void {
    this.#stop.abort();
    clearTimeout(this.#retry);
  }

  #scheduleRetry(): void {
    if (this.#unavailable.size === 0) {
      this.#attempts = 0;
      return;
    }
    if (this.#retry || this.#stop.signal.aborted) return;
    const delayMs = backOffMs(this.#attempts++, FIRST_RETRY_MS, LAST_RETRY_MS, Math.random);
    this.#retry = setTimeout(() => {
      void this.check(this.#known([...this.#unavailable])).finally(() => {
        this.#retry = undefined;
        this.#scheduleRetry();
      });
    }, delayMs);
    this.#retry.unref();
  }

  /** The shares that still exist. */
  #known(shares: readonly LibraryShare[]): LibraryShare[] {
    const { account } = this.#session;
    for (const share of shares) if (!account.hasShare(share)) this.#unavailable.delete(share);
    return shares.filter((share) => account.hasShare(share));
  }

  async #each(shares: readonly LibraryShare[], act: (share: LibraryShare) => Promise<void>): Promise<void> {
    let next = 0;
    const lane = async () => {
      for (let share = shares[next++]; share && !this.#stop.signal.aborted; share = shares[next++]) await act(share);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  }

  async #look(share: LibraryShare, secrets: SecretFolders): Promise<Finding> {
    try {
      const stamp = await this.#session.hashes.stamp(share.path); // first: it fails if the disk does not respond
      if (await secrets.holdsFile(share.path)) {
        this.#session.logger.warn(`${share.path} is no longer shared, because it is in ${WHY_SECRET}.`);
        return { kind: 'lost', reason: 'refused' };
      }
      if (stamp.sizeBytes !== share.sizeBytes) return { kind: 'lost', reason: 'changed' };
      if (String(stamp.modifiedNs) !== share.modifiedNs) return { kind: 'touched' };
      const manifest = await this.#session.library.manifestOf(share);
      if (!manifest) return { kind: 'touched' };
      if (!this.#stop.signal.aborted) this.#context.serve(share, manifest, stamp);
      return { kind: 'served' };
    } catch (error) {
      return this.#afterError(share, error);
    }
  }

  async #check(share: LibraryShare, secrets: SecretFolders): Promise<Finding> {
    const finding = await this.#look(share, secrets);
    if (finding.kind !== 'touched') return finding;
    try {
      return await this.#hash(share);
    } catch (error) {
      return this.#afterError(share, error);
    }
  }

  /** Hashes a file with another modification time. Its content may be unchanged if it was restored or touched. */
  async #hash(share: LibraryShare): Promise<Finding> {
    const { account, library, hashes } = this.#session;
    const known = await library.manifestOf(share);
    const algorithms: DigestAlgorithm[] = known ? [decodeManifest(known).algorithm] : ['sha1', 'sha256'];
    for (const algorithm of algorithms) {
      const { manifest, stamp } = await hashes.manifest(share.path, algorithm, { signal: this.#stop.signal });
      if (decodeManifest(manifest).id !== share.manifestId) continue;
      if (!known) await library.saveManifest(share.manifestId, manifest); // the data folder lost it
      account.changeShare(share, { modifiedNs: String(stamp.modifiedNs) });
      this.#context.serve(share, manifest, stamp);
      return { kind: 'served' };
    }
    return { kind: 'lost', reason: 'changed' };
  }

  #afterError(share: LibraryShare, thrown: unknown): Finding {
    const error = ShoalError.from(thrown, 'DISK_ERROR');
    if (error.code === 'PATH_NOT_FOUND' || error.code === 'NOT_A_FILE') return { kind: 'lost', reason: 'gone' };
    if (!this.#stop.signal.aborted) this.#session.logger.warn(`${share.path}: ${error.message}`);
    return { kind: 'unavailable', error };
  }
}
