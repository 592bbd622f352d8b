import { atMost, type EngineEvent } from '../../engine/index.js';
import { inParts, MAX_BATCH_FILES, type SharedFile, ShoalError } from '../../protocol/index.js';
import type { ShareOptions } from '../api/options.js';
import type { LoginResult, LostShare, Share, ShareMove, ShareResult, UnavailableShare } from '../api/results.js';
import { Keeping } from '../kept/keeping.js';
import type { KeptContents } from '../kept/kept-contents.js';
import type { LibraryShare } from '../library/records/library-schema.js';
import type { RefusedHolding } from '../session/presence.js';
import type { Session } from '../session/session.js';
import { SessionOver, throwIfAborted, untilEnded } from '../util/abort.js';
import { inBackground } from '../util/background.js';
import { isUnanswered } from '../util/unanswered.js';
import type { Outcome } from '../versions/outcome.js';
import { shareFile } from './intake/share-file.js';
import { ShareIntake } from './intake/share-intake.js';
import { ListedShares } from './registration/listed-shares.js';
import { isNewer } from './registration/newer-versions.js';
import { REFUSALS, ShareRegistration } from './registration/share-registration.js';
import { ShareRemoval } from './registration/share-removal.js';
import type { NewShare } from './serving/new-share.js';
import { ShareService } from './serving/share-service.js';
import { type ShareNews, ShareStates } from './serving/share-states.js';
import { OlderVersions } from './upkeep/older-versions.js';
import { ShareMoves } from './upkeep/share-moves.js';
import { ShareUpkeep } from './upkeep/share-upkeep.js';

/** Refusals after which a version without a share is kept no longer: the group has forgotten it. */
const REFUSALS_OF_KEPT: ReadonlySet<string> = new Set(['FILE_NOT_FOUND', 'NOT_A_MEMBER', 'GROUP_NOT_FOUND']);
/** Time that a sign-in waits for hash checks. They then continue in the background. */
const CHECKS_WAIT_MS = 2000;
/** Time that pending share operations have to stop at a sign-out. */
const STOP_WAIT_MS = 5000;

/** Everything that this device serves: shares of its user, and downloads that it seeds. */
export class ShareManager {
  readonly #session: Session;
  readonly #news: ShareNews;
  readonly #service: ShareService;
  readonly #kept: KeptContents;
  readonly #keeping: Keeping;
  readonly #registration: ShareRegistration;
  readonly #removal: ShareRemoval;
  readonly #intake: ShareIntake;
  readonly #listed: ListedShares;
  readonly #older: OlderVersions;
  readonly #upkeep: ShareUpkeep;
  readonly #states: ShareStates;
  readonly #moves: ShareMoves;
  readonly #over = new AbortController();
  readonly #sharing = new Set<Promise<unknown>>();
  /** Refused shares during a sign-in: its result reports them instead of events. */
  #refusedAtSignIn: LostShare[] | undefined;

  constructor(session: Session, news: ShareNews, kept: KeptContents) {
    this.#session = session;
    this.#news = news;
    const service = new ShareService(session, kept);
    service.onChanged = () => this.#tell();
    this.#service = service;
    this.#kept = kept;
    this.#keeping = new Keeping(session, kept);
    this.#states = new ShareStates(news);
    const registerAnew = (shares: readonly LibraryShare[]) => this.#registerAnew(shares);
    const refuse = (shares: readonly LibraryShare[]) => this.#refuseSoon(shares);
    this.#registration = new ShareRegistration(session, refuse);
    const settled = () => this.#registration.settled();
    this.#listed = new ListedShares(session, { settled, onUnlisted: registerAnew });
    this.#removal = new ShareRemoval(session, { service, onSharedAgain: registerAnew });
    this.#older = new OlderVersions(session, service, ({ groupId, fileName }) => {
      const share = session.account.findShare(groupId, fileName);
      if (share) this.#states.olderChanged(share);
    });
    this.#states.olderOf = (share) => this.#older.of(share);
    this.#intake = new ShareIntake(session, {
      ...{
        service,
        registration: this.#registration,
        removal: this.#removal,
        keeping: this.#keeping,
        older: this.#older,
      },
    });
    this.#upkeep = new ShareUpkeep(session, {
      ...{ service, states: this.#states, older: this.#older },
      onSecret: refuse,
      onChanged: () => this.#tell(),
    });
    this.#moves = new ShareMoves(session, { service, upkeep: this.#upkeep, older: this.#older });
    session.presence.onRefused = (holdings) => this.#onNotTaken(holdings);
  }

  /** Stops pending share operations, checks and the watch. @throws the disk's errors */
  async close(): Promise<void> {
    this.#over.abort(new SessionOver());
    this.#upkeep.close();
    this.#older.close();
    this.#service.close();
    await untilEnded(
      [...Array.from(this.#sharing, (one) => one.catch(() => {})), this.#keeping.close()], // their own callers handle them
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

  /** Everything that the user shares from this device, with its state. */
  list(): Share[] {
    return this.#session.account.shares.map((share) => this.#states.share(share));
  }

  /** These are the newest versions in the group: shares of other content are behind. */
  onNewVersions(groupId: string, files: readonly SharedFile[]): void {
    for (const file of files) {
      const share = this.#session.account.findShare(groupId, file.fileName);
      if (!share) continue;
      const why = `${file.publishedBy ?? file.sharedBy} published version ${file.version}.`;
      this.#states.setBehind(share, isNewer(file, share) ? why : undefined);
    }
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

  /** Files or folders were moved on this device. @returns the shares with their new paths @throws the disk's errors */
  async move(moves: readonly ShareMove[]): Promise<Share[]> {
    return (await this.#moves.move(moves)).map((share) => this.#states.share(share));
  }

  /** Stops sharing a file here at once. The tracker is told, or hears of it when it is back. */
  async stop(groupId: string, fileName: string, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    const share = this.#session.account.findShare(groupId, fileName);
    if (share) await this.#stop([share], signal);
    else await this.#session.call('stopShare', { groupId, fileName }, signal);
  }

  /** Stops sharing files here at once, like `stop`. The tracker may list others, which this device does not know. */
  async stopMany(groupId: string, fileNames: readonly string[], signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    const { account } = this.#session;
    const known = new Map(fileNames.map((fileName) => [fileName, account.findShare(groupId, fileName)]));
    await this.#stop(
      [...known.values()].flatMap((share) => share ?? []),
      signal,
    );
    const others = fileNames.filter((fileName) => !known.get(fileName));
    try {
      for (const part of inParts(others, MAX_BATCH_FILES))
        await this.#session.call('stopShares', { groupId, fileNames: part }, signal);
    } catch (thrown) {
      const error = ShoalError.from(thrown);
      if (others.length === fileNames.length || !isUnanswered(error)) throw error;
    }
  }

  /** After a sign-in: serves unchanged files again, and reports the others. Long checks continue in the background. */
  async restore(signal?: AbortSignal): Promise<Omit<LoginResult, 'userId' | 'sessionToken'>> {
    const refused: LostShare[] = [];
    this.#refusedAtSignIn = refused;
    this.#states.isQuiet = true;
    const left = await this.#upkeep.look([...this.#session.account.shares]);
    await atMost(Promise.all([this.#serveKept(), this.#older.restore()]), CHECKS_WAIT_MS, signal);
    await this.announceAgain().catch((error: unknown) => this.#logLater(error));
    await atMost(this.#upkeep.check(left), CHECKS_WAIT_MS, signal);
    this.#refusedAtSignIn = undefined;
    this.#states.isQuiet = false;
    const [restored, checking, unavailable]: [Share[], Share[], UnavailableShare[]] = [[], [], []];
    for (const share of this.#session.account.shares) {
      const { name } = this.#states.of(share);
      if (name === 'verifying') checking.push(this.#states.share(share));
      else if (name === 'available' || name === 'behind') restored.push(this.#states.share(share));
      else unavailable.push(this.#states.unavailable(share));
    }
    return { restored, checking, lost: refused, unavailable };
  }

  /** The tracker has no state of this device: ends, registers and announces everything again. A share that the tracker refuses ends. */
  async announceAgain(): Promise<void> {
    this.#session.presence.forgotten();
    await this.#removal.stopEnded();
    await this.#registration.registerRest();
    await this.#session.presence.tell();
    void this.#listed.compare();
  }

  /** The engine found a served file to be another one, or unreadable. */
  onBroken(event: EngineEvent & { type: 'contentBroken' }): void {
    if (event.path === this.#kept.pathOf(event.manifestId))
      inBackground(this.#kept.spoiled(event.manifestId), this.#session.logger);
    else {
      this.#older.onBroken(event);
      this.#upkeep.onBroken(event);
    }
  }

  /** The user is no longer a member of the group. The tracker has already dropped the shares. */
  async dropGroup(groupId: string): Promise<void> {
    const { account } = this.#session;
    this.#service.dropKept(account.kept.inGroup(groupId));
    await this.#removal.drop(account.sharesInGroup(groupId));
  }

  /** Files were removed from the group. The tracker has already dropped the shares. */
  async dropFiles(groupId: string, fileNames: readonly string[]): Promise<void> {
    const { account } = this.#session;
    this.#service.dropKept(fileNames.map((fileName) => ({ groupId, fileName })));
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
      if (shares.length === 0 && REFUSALS_OF_KEPT.has(holding.code)) {
        this.#older.onRefused(holding);
        this.#service.dropKept(this.#session.account.kept.with(holding));
      } else if (holding.code === 'FILE_NOT_FOUND') unknown.push(...shares.filter(({ registered }) => registered));
      else if (REFUSALS.has(holding.code)) refused.push(...shares);
      else
        for (const { fileName } of shares)
          this.#session.logger.warn(`${fileName} is announced later: the tracker says ${holding.code}`);
    }
    this.#registerAnew(unknown);
    this.#refuseSoon(refused);
  }

  /** Looks at what is kept, serves it, and keeps what an earlier process did not. */
  async #serveKept(): Promise<void> {
    await this.#kept.look();
    await this.#service.coverAll();
    this.#keeping.catchUp(this.#session.account.shares.filter((share) => this.#service.has(share)));
  }

  async #stop(shares: readonly LibraryShare[], signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#removal.stop(shares, signal);
    } finally {
      this.#tell();
    }
  }

  #registerAnew(shares: readonly LibraryShare[]): void {
    for (const share of shares) this.#session.account.changeShare(share, { registered: false });
    this.#registration.registerLater(shares);
  }

  /** The group, or a rule, does not accept shares: they end. */
  #refuseSoon(shares: readonly LibraryShare[]): void {
    const wished = shares.filter((share) => this.#session.account.hasShare(share));
    if (wished.length === 0) return;
    const lost = wished.map((share): LostShare => ({ ...this.#states.share(share), reason: 'refused' }));
    if (this.#refusedAtSignIn) this.#refusedAtSignIn.push(...lost);
    else for (const one of lost) this.#news.onLost(one);
    inBackground(this.#removal.end(wished), this.#session.logger);
  }

  /** Sends the changes to the tracker. */
  #tell(): void {
    this.#session.presence.tell().catch((error: unknown) => this.#logLater(error));
  }

  #logLater(error: unknown): void {
    this.#session.logger.debug(`Shares are announced when the tracker is back: ${ShoalError.from(error).message}`);
  }
}
