import { atMost, type EngineEvent } from '../../engine/index.js';
import { inParts, MAX_BATCH_FILES, ShoalError } from '../../protocol/index.js';
import type { ShareOptions } from '../api/options.js';
import type { LoginResult, LostShare, Share, ShareResult, UnavailableShare } from '../api/results.js';
import type { LibraryShare } from '../local/library-schema.js';
import { shareKey, toShare } from '../local/library-share.js';
import type { RefusedHolding } from '../session/presence.js';
import type { Session } from '../session/session.js';
import { SessionOver, untilEnded } from '../util/abort.js';
import { inBackground } from '../util/background.js';
import type { Outcome } from '../versions/outcome.js';
import { ShareChecks } from './share-checks.js';
import { shareFile } from './share-file.js';
import { type NewShare, ShareIntake } from './share-intake.js';
import { REFUSALS, ShareRegistration } from './share-registration.js';
import { type Loss, ShareRemoval } from './share-removal.js';
import { ShareService } from './share-service.js';
import { ShareWatch } from './share-watch.js';

/** A file that this device serves. */
export interface ServedCopy {
  readonly manifestId: string;
  readonly sizeBytes: number;
  readonly modifiedNs: string;
}

/** Notifications about changes of shares. */
export interface ShareNews {
  onLost(share: LostShare): void;
  onUnavailable(shares: readonly UnavailableShare[]): void;
  onAvailable(shares: readonly Share[]): void;
}

/** Time that a sign-in waits for hash checks. They then continue in the background. */
const CHECKS_WAIT_MS = 2000;
/** Time that pending share operations have to stop at a sign-out. */
const STOP_WAIT_MS = 5000;

/** Everything that this device serves: shares of its user, and downloads that it seeds. */
export class ShareManager {
  readonly #session: Session;
  readonly #news: ShareNews;
  readonly #service: ShareService;
  readonly #registration: ShareRegistration;
  readonly #removal: ShareRemoval;
  readonly #intake: ShareIntake;
  readonly #checks: ShareChecks;
  readonly #watch: ShareWatch;
  readonly #over = new AbortController();
  readonly #sharing = new Set<Promise<unknown>>();
  /** Losses during a sign-in: its result reports them instead of events. */
  #atSignIn: { readonly lost: Loss[]; readonly unavailable: UnavailableShare[] } | undefined;

  constructor(session: Session, news: ShareNews) {
    this.#session = session;
    this.#news = news;
    const service = new ShareService(session);
    this.#service = service;
    this.#registration = new ShareRegistration(session, (shares) => this.#loseSoon(shares, 'refused'));
    this.#removal = new ShareRemoval(session, {
      service,
      onLost: (lost) => this.#onLost(lost),
      onMoved: (shares) => this.#checks.check(shares),
      onSharedAgain: (shares) => this.#registerAnew(shares),
    });
    this.#intake = new ShareIntake(session, {
      ...{ service, registration: this.#registration, removal: this.#removal },
    });
    this.#checks = new ShareChecks(session, {
      serve: (share, manifest, stamp) => service.serve(share, manifest, stamp),
      onSettled: (lost, unavailable, back) => this.#onSettled(lost, unavailable, back),
    });
    this.#watch = new ShareWatch({
      shares: () => session.account.shares,
      isToBeLookedAt: (share) => service.has(share) && !session.hashes.isAway(share.path),
      onDeleted: (shares) => this.#loseSoon(shares, 'gone'),
    });
    session.presence.onRefused = (holdings) => this.#onNotTaken(holdings);
  }

  /** Stops pending share operations, checks and the watch. @throws the disk's errors */
  async close(): Promise<void> {
    this.#over.abort(new SessionOver());
    this.#checks.close();
    this.#watch.close();
    this.#service.close();
    await untilEnded(
      Array.from(this.#sharing, (one) => one.catch(() => {})), // its own caller handles it
      STOP_WAIT_MS,
    );
    await this.#session.library.durable();
  }

  /** Runs a share operation that stops when the signal is aborted or the user signs out. */
  whileOpen<T>(signal: AbortSignal | undefined, share: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const either = signal ? AbortSignal.any([signal, this.#over.signal]) : this.#over.signal;
    const sharing = share(either).finally(() => this.#sharing.delete(sharing));
    this.#sharing.add(sharing);
    return sharing;
  }

  list(): Share[] {
    return this.#session.account.shares.map(toShare);
  }

  share(path: string, groupId: string, options: ShareOptions = {}): Promise<ShareResult> {
    return this.whileOpen(options.signal, (signal) =>
      shareFile(this.#session, this.#intake, { path, groupId, options, signal }),
    );
  }

  /**
   * Shares hashed files of one group. @returns the outcome of each file, in order @throws ShoalError the disk's errors,
   * or if the tracker does not answer
   */
  shareHashed(files: readonly NewShare[], signal?: AbortSignal): Promise<Outcome[]> {
    return this.#intake.share(files, signal);
  }

  /** Shares downloaded files. The tracker registers them in the background. @throws the disk's errors */
  keep(files: readonly NewShare[]): Promise<void> {
    return this.#intake.keep(files);
  }

  /** The files that this device serves in the group, by path, copies included. */
  servedFrom(groupId: string): Map<string, ServedCopy> {
    const served = new Map<string, ServedCopy>();
    for (const share of this.#session.account.shares) {
      if (share.groupId !== groupId) continue;
      const { manifestId, sizeBytes } = share;
      for (const { path, modifiedNs } of [share, ...(share.copies ?? [])])
        served.set(path, { manifestId, sizeBytes, modifiedNs });
    }
    return served;
  }

  async stop(groupId: string, fileName: string, signal?: AbortSignal): Promise<void> {
    const share = this.#session.account.findShare(groupId, fileName);
    await this.#session.call('stopShare', { groupId, fileName }, signal);
    if (!share) return;
    await this.#removal.drop([share]);
    this.#tell();
  }

  /**
   * Stops sharing files in batches. Each batch ends here when the tracker has confirmed it, so that a later failure
   * affects only later batches.
   */
  async stopMany(groupId: string, fileNames: readonly string[], signal?: AbortSignal): Promise<void> {
    const { account } = this.#session;
    try {
      for (const part of inParts(fileNames, MAX_BATCH_FILES)) {
        await this.#session.call('stopShares', { groupId, fileNames: part }, signal);
        await this.#removal.drop(part.flatMap((fileName) => account.findShare(groupId, fileName) ?? []));
      }
    } finally {
      this.#tell();
    }
  }

  /** After a sign-in: serves unchanged files again, and reports the others. Long checks continue in the background. */
  async restore(signal?: AbortSignal): Promise<Omit<LoginResult, 'userId' | 'sessionToken'>> {
    const told = { lost: [] as Loss[], unavailable: [] as UnavailableShare[] };
    this.#atSignIn = told;
    const { lost, left } = await this.#checks.look([...this.#session.account.shares]);
    await this.#removal.lose(lost);
    await this.announceAgain().catch((error: unknown) => this.#logLater(error));
    const checked = this.#checks.check(left);
    await atMost(checked, CHECKS_WAIT_MS, signal);
    this.#atSignIn = undefined;
    const waits = new Set(left.filter((share) => !this.#service.has(share)));
    const out = new Set(told.unavailable.map(shareKey));
    const all = this.#session.account.shares.filter((share) => !out.has(shareKey(share)));
    const [restored, checking] = [all.filter((share) => !waits.has(share)), all.filter((share) => waits.has(share))];
    return {
      restored: restored.map(toShare),
      checking: checking.map(toShare),
      lost: told.lost.map(toLost),
      unavailable: told.unavailable,
    };
  }

  /**
   * The tracker has no state of this device: ends, registers and announces everything again. A share that the tracker
   * refuses is lost.
   */
  async announceAgain(): Promise<void> {
    this.#session.presence.forgotten();
    await this.#removal.stopEnded();
    await this.#registration.registerRest();
    await this.#session.presence.tell();
  }

  /** The engine found a served file changed, deleted or temporarily unreadable. */
  async onBroken({
    groupId,
    manifestId,
    path,
    reason,
    message,
  }: EngineEvent & { type: 'contentBroken' }): Promise<void> {
    const broken = this.#service.servedFrom({ groupId, manifestId }, path);
    this.#service.unserve(broken);
    if (reason === 'unavailable') this.#checks.onUnavailable(broken, new ShoalError('DISK_ERROR', message));
    else await this.#lose(broken, reason);
  }

  /** The user is no longer a member of the group. The tracker has already dropped the shares. */
  async dropGroup(groupId: string): Promise<void> {
    await this.#removal.drop(this.#session.account.sharesInGroup(groupId));
  }

  /** Files were removed from the group. The tracker has already dropped the shares. */
  async dropFiles(groupId: string, fileNames: readonly string[]): Promise<void> {
    const { account } = this.#session;
    await this.#removal.drop(fileNames.flatMap((fileName) => account.findShare(groupId, fileName) ?? []));
  }

  /** Registers a share anew, since the tracker believes that this device has another version. */
  registerAgain(groupId: string, fileName: string): void {
    const share = this.#session.account.findShare(groupId, fileName);
    if (share) this.#registerAnew([share]);
  }

  /**
   * The tracker refused announcements. A file that it does not know, for example after a restore from a backup, is
   * registered again. A file that it has no room for is announced later.
   */
  #onNotTaken(holdings: readonly RefusedHolding[]): void {
    const [unknown, refused]: [LibraryShare[], LibraryShare[]] = [[], []];
    for (const holding of holdings) {
      const shares = this.#session.account.sharesWith(holding);
      if (holding.code === 'FILE_NOT_FOUND') unknown.push(...shares.filter(({ registered }) => registered));
      else if (REFUSALS.has(holding.code)) refused.push(...shares);
      else
        for (const { fileName } of shares)
          this.#session.logger.warn(`${fileName} is announced later: the tracker says ${holding.code}`);
    }
    this.#registerAnew(unknown);
    this.#loseSoon(refused, 'refused');
  }

  #registerAnew(shares: readonly LibraryShare[]): void {
    for (const share of shares) this.#session.account.changeShare(share, { registered: false });
    this.#registration.registerLater(shares);
  }

  #onSettled(lost: readonly Loss[], unavailable: readonly UnavailableShare[], back: readonly LibraryShare[]): void {
    if (this.#atSignIn) this.#atSignIn.unavailable.push(...unavailable);
    else if (unavailable.length > 0) this.#news.onUnavailable(unavailable);
    if (back.length > 0) this.#news.onAvailable(back.map(toShare));
    if (lost.length > 0) inBackground(this.#removal.lose(lost), this.#session.logger);
    this.#tell();
  }

  #onLost(lost: readonly Loss[]): void {
    if (this.#atSignIn) this.#atSignIn.lost.push(...lost);
    else for (const one of lost) this.#news.onLost(toLost(one));
  }

  #loseSoon(shares: readonly LibraryShare[], reason: LostShare['reason']): void {
    if (shares.length > 0) inBackground(this.#lose(shares, reason), this.#session.logger);
  }

  #lose(shares: readonly LibraryShare[], reason: LostShare['reason']): Promise<void> {
    return this.#removal.lose(shares.map((share) => ({ share, reason })));
  }

  /** Sends the changes to the tracker. */
  #tell(): void {
    this.#session.presence.tell().catch((error: unknown) => this.#logLater(error));
  }

  #logLater(error: unknown): void {
    this.#session.logger.debug(`Shares are announced when the tracker is back: ${ShoalError.from(error).message}`);
  }
}

function toLost({ share, reason }: Loss): LostShare {
  return { ...toShare(share), reason };
}
