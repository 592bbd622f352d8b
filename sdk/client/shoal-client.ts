import { EventEmitter } from 'eventemitter3';
import { type Engine, type FileUpload, HashPool } from '../engine/index.js';
import {
  type DeviceProof,
  type Endpoint,
  type Group,
  type SharedFile,
  ShoalError,
  type TrackerMethod,
  type TrackerParams,
  type TrackerResult,
} from '../protocol/index.js';
import type { StreamableDownload } from './api/download.js';
import type { ShoalEvents } from './api/events.js';
import type { FolderDownload } from './api/folder-download.js';
import { changeLimits, DEFAULT_LIMITS, type LimitChanges, type Limits } from './api/limits.js';
import type {
  DownloadOptions,
  FolderDownloadOptions,
  FolderShareOptions,
  FolderSurveyOptions,
  ShareOptions,
  ShoalClientOptions,
} from './api/options.js';
import type {
  FolderShareResult,
  FolderSurvey,
  JoinRequest,
  LeaveResult,
  LoginResult,
  Member,
  Share,
  ShareResult,
  Upload,
} from './api/results.js';
import { DownloadManager } from './downloads/download-manager.js';
import { FolderManager } from './folders/folder-manager.js';
import { closeEverything, type Open, openEverything, proveDevice } from './session/client-resources.js';
import {
  type ListOptions,
  listAllFiles,
  listAllGroups,
  listAllMembers,
  listAllRequests,
  listOwnGroups,
} from './session/list-pages.js';
import { composed, tryForms } from './session/password.js';
import { Session } from './session/session.js';
import { FolderSharer } from './shares/share-folder.js';
import { ShareManager } from './shares/share-manager.js';
import { MissedEvents } from './tracker/missed-events.js';
import { reachFault } from './tracker/reach.js';
import type { TrackerLink } from './tracker/tracker-link.js';
import { type Abortable, SessionOver, untilAborted } from './util/abort.js';
import type { Logger } from './util/logger.js';

/** What stands while someone is signed in. */
interface SignedIn {
  readonly session: Session;
  readonly shares: ShareManager;
  readonly downloads: DownloadManager;
  readonly folders: FolderManager;
}

/** How long files may take to be closed when their user goes, and those of downloads at least: a disk that hangs must not keep everybody waiting. */
const SUSPEND_WAIT_MS = 3000;
const LEAST_WAIT_MS = 500;

const SILENT: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * A device of a user: signs in at a tracker, takes part in groups, shares files and downloads them.
 * Every method rejects with a `ShoalError`; its `code` says why.
 */
export class ShoalClient extends EventEmitter<ShoalEvents> {
  readonly #options: ShoalClientOptions;
  readonly #logger: Logger;
  readonly #hashes = new HashPool();
  #opening: Promise<Open> | undefined;
  #open: Open | undefined;
  #signedIn: SignedIn | undefined;
  #reconnecting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  /** Given when it closes: whatever keeps it from connecting is waited for no longer. */
  readonly #stop = new AbortController();
  readonly #missed = new MissedEvents((groups) => this.#readAnew(groups));
  #uploads: readonly Upload[] = [];
  #limits: Limits;

  /** Nothing is opened before `connect`. @throws ShoalError `INVALID_ARGUMENT` for limits that are none */
  constructor(options: ShoalClientOptions) {
    super();
    this.#limits = changeLimits(DEFAULT_LIMITS, options.limits ?? {});
    this.#options = options;
    this.#logger = options.logger ?? SILENT;
  }

  /** Who is signed in. */
  get userId(): string | undefined {
    return this.#signedIn?.session.userId;
  }

  /** This device's id, once connected: the SHA-256 of its public key, hexadecimal. */
  get deviceId(): string | undefined {
    return this.#open?.folder.identity.id;
  }

  /** Where this device serves pieces, once connected. */
  get listenAddress(): Endpoint | undefined {
    return this.#open?.address;
  }

  /** The tracker's fingerprint, while it is reached. */
  get trackerFingerprint(): string | undefined {
    return this.#open?.link.online?.fingerprint;
  }

  /** Why the tracker is away, as the latest `disconnected` told; undefined while it is reached, and before it was for the first time. */
  get trackerProblem(): ShoalError | undefined {
    return this.#open?.link.awayBecause;
  }

  /** Why devices on other computers cannot download from this one, and what to do, in words; undefined where nothing is known to keep them from it. */
  get reachProblem(): string | undefined {
    const online = this.#open?.link.online;
    return online && this.#open && reachFault(this.#open.address, this.#open.advertised, online);
  }

  /**
   * Opens the data folder, begins to listen, and connects to the tracker; from then on the connection comes back by itself.
   * @throws ShoalError `TRACKER_UNREACHABLE`, `TRACKER_CHANGED`, `TRACKER_INVALID`, `TRACKER_INCOMPATIBLE`, `LISTEN_FAILED`,
   * `DATA_DIR_IN_USE`, `DATA_DIR_INVALID`, `DATA_DIR_NEWER`, `INVALID_ARGUMENT`, `ABORTED`, `CLOSED`
   */
  async connect({ signal }: Abortable = {}): Promise<void> {
    if (this.#closing) throw closedError();
    try {
      const isFirst = this.#opening === undefined;
      this.#opening ??= this.#openAll(signal).catch((error: unknown) => {
        this.#opening = undefined;
        throw error;
      });
      // Whoever opens it all waits until what was opened is closed again: the folder is free then.
      const { link } = await (isFirst ? this.#opening : untilAborted(this.#opening, signal));
      if (link.online) {
        this.emit('connected', { resumed: false });
        return;
      }
      this.#reconnecting ??= this.#reconnect(link, signal).finally(() => {
        this.#reconnecting = undefined;
      });
      await untilAborted(this.#reconnecting, signal);
    } catch (error) {
      throw this.#stop.signal.aborted ? closedError() : error;
    }
  }

  /** The tracker was lost since: no need to wait for the next try. */
  async #reconnect(link: TrackerLink, signal: AbortSignal | undefined): Promise<void> {
    await link.connect(signal);
    await this.#restoreSession();
  }

  /** @throws ShoalError `USER_EXISTS`, `INVALID_NAME` */
  async createUser(userId: string, password: string, { signal }: Abortable = {}): Promise<void> {
    await this.#call('createUser', { userId, password: composed(password) }, signal);
  }

  /**
   * Signs in, and serves again what this device shared before, as far as it is still there and unchanged.
   * @throws ShoalError `WRONG_PASSWORD` (also where there is no such user), `ALREADY_LOGGED_IN`, `RATE_LIMITED`
   */
  login(userId: string, password: string, { signal }: Abortable = {}): Promise<LoginResult> {
    const ask = (device: DeviceProof) =>
      tryForms(password, (form) => this.#call('login', { userId, password: form, device }, signal));
    return this.#signIn(ask, signal);
  }

  /** Signs in with the token of an earlier `login`. @throws ShoalError `NOT_LOGGED_IN` when it holds no more */
  resumeSession(token: string, { signal }: Abortable = {}): Promise<LoginResult> {
    return this.#signIn((device) => this.#call('resume', { token, device }, signal), signal);
  }

  /**
   * Puts another password in the place of the current one. All other sessions of the user end, and hear of it; this one goes on.
   * @throws ShoalError `WRONG_PASSWORD`, `RATE_LIMITED`, `NOT_LOGGED_IN`, `INVALID_ARGUMENT`
   */
  async changePassword(current: string, next: string, { signal }: Abortable = {}): Promise<void> {
    const newPassword = composed(next);
    await tryForms(current, (password) => this.#callSignedIn('changePassword', { password, newPassword }, signal));
  }

  /** Stops serving at once, pauses downloads, and ends the session. */
  async logout({ signal }: Abortable = {}): Promise<void> {
    const signedIn = this.#require();
    this.#signedIn = undefined;
    this.#open?.engine.send({ type: 'stopServing' });
    await suspend(signedIn, 'paused').finally(() => this.#call('logout', {}, signal));
  }

  /** @throws ShoalError `GROUP_EXISTS`, `INVALID_NAME` */
  async createGroup(groupId: string, { signal }: Abortable = {}): Promise<Group> {
    const { session } = this.#require();
    const group = await session.call('createGroup', { groupId }, signal);
    session.addGroup(group.groupId, group.epoch);
    return group;
  }

  /** Asks to join; the owner decides. @throws ShoalError `GROUP_NOT_FOUND`, `ALREADY_A_MEMBER`, `ALREADY_REQUESTED` */
  joinGroup(groupId: string, { signal }: Abortable = {}): Promise<Group> {
    return this.#callSignedIn('joinGroup', { groupId }, signal);
  }

  /** Leaves, or withdraws the request to join. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
  async leaveGroup(groupId: string, { signal }: Abortable = {}): Promise<LeaveResult> {
    const result = await this.#callSignedIn('leaveGroup', { groupId }, signal);
    await this.#onGroupLost(groupId);
    return result;
  }

  /** All groups of the tracker, with one's own standing in each. */
  async listGroups({ signal }: Abortable = {}): Promise<Group[]> {
    return listAllGroups(this.#require().session, signal);
  }

  /** @throws ShoalError `NOT_A_MEMBER`, `GROUP_NOT_FOUND` */
  async listMembers(groupId: string, { signal }: Abortable = {}): Promise<Member[]> {
    return listAllMembers(this.#require().session, groupId, signal);
  }

  /** @throws ShoalError `NOT_THE_OWNER`, `GROUP_NOT_FOUND` */
  async listRequests(groupId: string, { signal }: Abortable = {}): Promise<JoinRequest[]> {
    return listAllRequests(this.#require().session, groupId, signal);
  }

  /** @throws ShoalError `NOT_THE_OWNER`, `REQUEST_NOT_FOUND`, `GROUP_NOT_FOUND` */
  async acceptRequest(groupId: string, userId: string, { signal }: Abortable = {}): Promise<void> {
    await this.#callSignedIn('acceptRequest', { groupId, userId }, signal);
  }

  /** @throws ShoalError `NOT_THE_OWNER`, `REQUEST_NOT_FOUND`, `GROUP_NOT_FOUND` */
  async rejectRequest(groupId: string, userId: string, { signal }: Abortable = {}): Promise<void> {
    await this.#callSignedIn('rejectRequest', { groupId, userId }, signal);
  }

  /** Ends someone's membership: devices of the group stop serving them within seconds. @throws ShoalError `NOT_THE_OWNER`, `NOT_A_MEMBER` */
  async removeMember(groupId: string, userId: string, { signal }: Abortable = {}): Promise<void> {
    await this.#callSignedIn('removeMember', { groupId, userId }, signal);
  }

  /** What is shared in a group, or in a folder of it, by name. @throws ShoalError `NOT_A_MEMBER`, `GROUP_NOT_FOUND` */
  async listFiles(groupId: string, options: ListOptions = {}): Promise<SharedFile[]> {
    return listAllFiles(this.#require().session, groupId, options);
  }

  /**
   * Hashes a file, off this thread, and offers it to a group. Its bytes stay here until someone fetches them.
   * @throws ShoalError `PATH_NOT_FOUND`, `NOT_A_FILE`, `PERMISSION_DENIED`, `FILE_CHANGED`, `NAME_TAKEN`, `NOT_A_MEMBER`, `ABORTED`
   */
  async shareFile(path: string, groupId: string, options?: ShareOptions): Promise<ShareResult> {
    return this.#require().shares.share(path, groupId, options);
  }

  /** @throws ShoalError `NOT_SHARED`, `FILE_NOT_FOUND`, `NOT_A_MEMBER` */
  async stopShare(groupId: string, fileName: string, { signal }: Abortable = {}): Promise<void> {
    await this.#require().shares.stop(groupId, fileName, signal);
  }

  /** Stops sharing many files of a group at once; those that are not shared are passed over. @throws ShoalError `NOT_A_MEMBER`, the tracker's */
  async stopShares(groupId: string, fileNames: readonly string[], { signal }: Abortable = {}): Promise<void> {
    await this.#require().shares.stopMany(groupId, fileNames, signal);
  }

  /** What this device serves. */
  shares(): Share[] {
    return this.#signedIn?.shares.list() ?? [];
  }

  /**
   * Begins to fetch a file into a folder or to a path, and returns at once: `started` tells whether it could begin, `done`
   * when the file stands there, whole and verified. The same call takes up what an earlier one left, after a crash too.
   */
  downloadFile(groupId: string, fileName: string, destination: string, options?: DownloadOptions): StreamableDownload {
    return this.#require().downloads.start(groupId, fileName, destination, options);
  }

  /**
   * What `shareFolder` would share: nothing is hashed, and nobody is told.
   * @throws ShoalError `PATH_NOT_FOUND`, `NOT_A_FOLDER`, `FOLDER_TOO_LARGE`, `PERMISSION_DENIED`, `ABORTED`
   */
  async surveyFolder(path: string, options: FolderSurveyOptions = {}): Promise<FolderSurvey> {
    const { session, shares } = this.#require();
    return shares.whileOpen(options.signal, (signal) =>
      new FolderSharer(session, shares, { ...options, signal }).survey(path),
    );
  }

  /**
   * Shares the files below a folder, each under the folder's name, a slash and its place below it. What cannot be shared does not stop the
   * rest: `skipped` tells. The same call later shares what is new or has changed, and is quick about the rest.
   * @throws ShoalError `PATH_NOT_FOUND`, `NOT_A_FOLDER`, `FOLDER_TOO_LARGE`, `PERMISSION_DENIED`, `INVALID_NAME`, `NOT_A_MEMBER`, `GROUP_NOT_FOUND`, `ABORTED`
   */
  async shareFolder(path: string, groupId: string, options: FolderShareOptions = {}): Promise<FolderShareResult> {
    const { session, shares } = this.#require();
    return shares.whileOpen(options.signal, (signal) =>
      new FolderSharer(session, shares, { ...options, signal }).share(path, groupId),
    );
  }

  /**
   * Begins to fetch a shared folder into a folder, under its name, or to a path, and returns at once: `started` tells whether it could begin, `done` when all of its files stand there,
   * whole and verified. A file that stands there already is kept when it is the same, and fails alone when it is another, unless `overwrite` has it replaced. The same call
   * takes up what an earlier one left, after a crash too.
   * @throws ShoalError `INVALID_NAME`, `NOT_LOGGED_IN`
   */
  downloadFolder(
    groupId: string,
    folder: string,
    destination: string,
    options: FolderDownloadOptions = {},
  ): FolderDownload {
    return this.#require().folders.start(groupId, folder, destination, options);
  }

  /** Folder downloads under way, paused, and those that ended since signing in. Their files of more than 512 KiB are among `downloads()`, too. */
  folderDownloads(): FolderDownload[] {
    return this.#signedIn?.folders.list() ?? [];
  }

  /** Downloads under way, paused, and those that ended since signing in. */
  downloads(): StreamableDownload[] {
    return this.#signedIn?.downloads.list() ?? [];
  }

  /** Takes the downloads that are complete off the list; their files stay, and stay shared. */
  clearDownloads(): void {
    this.#signedIn?.downloads.clear();
    this.#signedIn?.folders.clear();
  }

  /** What this client keeps to. */
  get limits(): Limits {
    return this.#limits;
  }

  /**
   * Changes limits, from now on: what is under way goes on at the new rate, and when fewer may run, none is stopped for it.
   * Those that are left out stay as they are; 0 or undefined lifts one.
   * @throws ShoalError `INVALID_ARGUMENT`
   */
  setLimits(changes: LimitChanges): void {
    this.#limits = changeLimits(this.#limits, changes);
    if (this.#open) this.#tellLimits(this.#open.engine);
    this.#signedIn?.downloads.setAtOnce(this.#limits.downloadsAtOnce);
  }

  /** What others fetch from this device at the moment. */
  uploads(): readonly Upload[] {
    return this.#uploads;
  }

  /** Stops everything, in order; what is shared and downloaded is taken up at the next sign-in. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #openAll(signal: AbortSignal | undefined): Promise<Open> {
    const open = await openEverything(
      this.#options,
      this.#logger,
      () => this.#restoreSession(),
      signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal,
      (error) => this.#onFolderLost(error),
    );
    this.#listenToEngine(open.engine);
    this.#tellLimits(open.engine);
    this.#listenToTracker(open.link);
    this.#open = open;
    const { reachProblem } = this;
    if (reachProblem) this.#logger.warn(reachProblem);
    return open;
  }

  async #closeAll(): Promise<void> {
    this.#stop.abort();
    const open = this.#open ?? (await this.#opening?.catch(() => undefined));
    const signedIn = this.#signedIn;
    this.#signedIn = undefined;
    try {
      if (signedIn) await suspend(signedIn, 'running');
    } finally {
      await this.#closeParts(open);
    }
  }

  async #closeParts(open: Open | undefined): Promise<void> {
    try {
      await open?.folder.library.finish();
    } finally {
      open?.folder.library.close(closedError()); // whoever comes too late must not write where another process may be
      if (open) await closeEverything(open);
      await this.#hashes.close();
    }
  }

  async #signIn(
    ask: (device: DeviceProof) => Promise<TrackerResult<'login'>>,
    signal: AbortSignal | undefined,
  ): Promise<LoginResult> {
    const open = this.#requireOpen();
    if (this.#signedIn)
      throw new ShoalError(
        'ALREADY_LOGGED_IN',
        `You are signed in as ${this.#signedIn.session.userId}: log out first.`,
      );
    const answer = await ask(proveDevice(open));
    if (this.#closing) throw closedError();
    const { folder, link, engine } = open;
    const session = new Session({
      userId: answer.userId,
      token: answer.token,
      account: folder.library.account(link.requireOnline().fingerprint, answer.userId, link.standIns.fingerprints()),
      library: folder.library,
      engine,
      hashes: this.#hashes,
      logger: this.#logger,
      link,
    });
    const shares = new ShareManager(session, {
      onLost: (lost) => this.emit('shareLost', lost),
      onUnavailable: (unavailable) => this.emit('sharesUnavailable', { shares: unavailable }),
      onAvailable: (available) => this.emit('sharesAvailable', { shares: available }),
    });
    const downloads = new DownloadManager(session, shares, this.#limits.downloadsAtOnce, (download) => {
      this.emit('downloadChanged', download);
    });
    const folders = new FolderManager(session, shares, downloads, (download) => this.emit('folderChanged', download));
    this.#signedIn = { session, shares, downloads, folders };
    this.#trust(open, await listOwnGroups(session, answer));
    const returned = await shares.restore(signal);
    if (this.#signedIn?.session !== session) throw this.#closing ? closedError() : new SessionOver();
    downloads.restore();
    folders.restore();
    return { userId: answer.userId, sessionToken: answer.token, ...returned };
  }

  /** The tracker is back: the session, presence, shares and the search for sources are taken up where they were. */
  async #restoreSession(): Promise<void> {
    const open = this.#requireOpen();
    const signedIn = this.#signedIn;
    if (signedIn) {
      const device = proveDevice(open);
      try {
        const answer = await this.#call('resume', { token: signedIn.session.token, device });
        this.#trust(open, await listOwnGroups(signedIn.session, answer));
        await signedIn.shares.announceAgain();
        await signedIn.downloads.refresh();
      } catch (error) {
        if (!(error instanceof ShoalError) || error.code !== 'NOT_LOGGED_IN') throw error;
        await this.#endSession('expired');
      }
    }
    this.emit('connected', { resumed: signedIn !== undefined && this.#signedIn === signedIn });
  }

  async #endSession(reason: 'replaced' | 'expired'): Promise<void> {
    const signedIn = this.#signedIn;
    if (!signedIn) return;
    this.#signedIn = undefined;
    this.#open?.engine.send({ type: 'stopServing' });
    await suspend(signedIn, 'running').finally(() => this.emit('sessionEnded', { reason }));
  }

  /** Another process has the data folder: this one may write nothing there any more. */
  #onFolderLost(error: ShoalError): void {
    this.#logger.error(error.message);
    this.#open?.folder.library.close(error);
    const isSignedIn = this.#signedIn !== undefined;
    this.#inBackground(this.close());
    if (isSignedIn) this.emit('sessionEnded', { reason: 'replaced' });
  }

  /** Tells the engine whose tickets to take, and for which groups. */
  #trust(open: Open, groups: readonly Group[]): void {
    const { hello, clockOffsetMs, isLoopback } = open.link.requireOnline();
    open.engine.send({ type: 'trust', ticketKeys: hello.ticketKeys, clockOffsetMs, isLoopback });
    this.#signedIn?.session.setGroups(groups);
  }

  #tellLimits(engine: Engine): void {
    const { downloadBytesPerSecond, uploadBytesPerSecond } = this.#limits;
    engine.send({ type: 'limits', downloadBytesPerSecond, uploadBytesPerSecond });
  }

  #listenToEngine(engine: Engine): void {
    engine.on('log', ({ level, message }) => this.#logger[level](message));
    engine.on('contentBroken', (event) => this.#inBackground(this.#signedIn?.shares.onBroken(event)));
    engine.on('ticketRefused', ({ groupId }) => this.#signedIn?.downloads.tickets.renew(groupId));
    engine.on('downloadReady', (event) => this.#signedIn?.downloads.onReady(event));
    engine.on('readable', (event) => this.#signedIn?.downloads.onReadable(event));
    engine.on('downloadProgress', (event) => this.#signedIn?.downloads.onProgress(event));
    engine.on('downloadDone', (event) => this.#inBackground(this.#signedIn?.downloads.onDone(event)));
    engine.on('sourceChanged', (event) => this.#inBackground(this.#signedIn?.downloads.onSourceChanged(event)));
    engine.on('downloadFailed', (event) => this.#signedIn?.downloads.onFailed(event));
    engine.on('folderProgress', (event) => this.#signedIn?.folders.onProgress(event));
    engine.on('folderBatchDone', (event) => this.#signedIn?.folders.onBatchDone(event));
    engine.on('folderPlaced', (event) => this.#signedIn?.folders.onPlaced(event));
    engine.on('folderFailed', (event) => this.#signedIn?.folders.onFailed(event));
    engine.on('uploads', ({ uploads }) => this.#onUploads(uploads));
    engine.on('died', (error) => {
      this.#logger.error(`The transfer worker stopped: ${error.message}`);
      const why = `Transfers have stopped (${error.message}): close this client and make a new one.`;
      const failure = new ShoalError('INTERNAL', why, { cause: error });
      this.#signedIn?.folders.failAll(failure);
      this.#signedIn?.downloads.failAll(failure);
    });
  }

  #onUploads(uploads: readonly FileUpload[]): void {
    const shares = this.#signedIn?.session.nameServed(uploads) ?? [];
    if (shares.length === 0 && this.#uploads.length === 0) return;
    this.#uploads = shares;
    this.emit('uploadsChanged', shares);
  }

  #listenToTracker(link: TrackerLink): void {
    link.on('lost', (error) => {
      this.#signedIn?.downloads.trackerLost();
      this.emit('disconnected', { error });
    });
    link.on('away', (error) => this.emit('disconnected', { error }));
    link.on('joinRequested', (event) => this.emit('joinRequested', event));
    link.on('fileShared', (event) => this.emit('fileShared', event));
    link.on('fileStopped', (event) => this.emit('fileStopped', event));
    link.on('filesShared', (event) => this.emit('filesShared', event));
    link.on('filesStopped', (event) => this.emit('filesStopped', event));
    link.on('sourceCame', (event) => this.#signedIn?.downloads.onSourceCame(event));
    link.on('sourceWent', (event) => this.#signedIn?.downloads.onSourceWent(event));
    link.on('sourcesChanged', ({ changes }) => {
      for (const change of changes) {
        if ('source' in change) this.#signedIn?.downloads.onSourceCame(change);
        else this.#signedIn?.downloads.onSourceWent(change);
      }
    });
    link.on('missed', ({ groupId }) => this.#inBackground(this.#missed.add(groupId)));
    link.on('sessionEnded', ({ reason }) => this.#inBackground(this.#endSession(reason)));
    link.on('membershipChanged', (event) => {
      const lostGroup = this.#signedIn?.session.onMembershipChanged(event) ?? false;
      if (lostGroup) this.#inBackground(this.#onGroupLost(event.groupId));
      else this.#signedIn?.downloads.tickets.renew(event.groupId);
      this.emit('membershipChanged', event);
    });
  }

  /** Brings up to date what events would have told of these groups, null: of all. */
  async #readAnew(missed: ReadonlySet<string | null>): Promise<void> {
    const signedIn = this.#signedIn;
    if (!signedIn) return;
    const { session, shares, downloads } = signedIn;
    const groups = await listOwnGroups(session);
    const { lost, isChanged } = session.updateGroups(groups);
    for (const groupId of lost) await this.#onGroupLost(groupId);
    if (isChanged) await shares.announceAgain(); // a membership may have ended and begun again
    await downloads.refresh();
    for (const groupId of missed) this.emit('missed', { groupId });
  }

  async #onGroupLost(groupId: string): Promise<void> {
    const signedIn = this.#signedIn;
    if (!signedIn) return;
    signedIn.session.dropGroup(groupId);
    await signedIn.folders.dropGroup(groupId);
    await signedIn.downloads.dropGroup(groupId);
    await signedIn.shares.dropGroup(groupId);
  }

  /** What is done without being asked has nobody to throw to: the log tells. */
  #inBackground(work: Promise<void> | undefined): void {
    work?.catch((error: unknown) => this.#logger.error(ShoalError.from(error).message));
  }

  async #call<M extends TrackerMethod>(
    method: M,
    params: TrackerParams<M>,
    signal?: AbortSignal,
  ): Promise<TrackerResult<M>> {
    return this.#requireOpen().link.call(method, params, signal);
  }

  async #callSignedIn<M extends TrackerMethod>(
    method: M,
    params: TrackerParams<M>,
    signal?: AbortSignal,
  ): Promise<TrackerResult<M>> {
    return this.#require().session.call(method, params, signal);
  }

  #require(): SignedIn {
    this.#requireOpen();
    if (!this.#signedIn) throw new ShoalError('NOT_LOGGED_IN', 'You are not logged in: log in first.');
    return this.#signedIn;
  }

  #requireOpen(): Open {
    if (this.#closing) throw closedError();
    if (!this.#open) throw new ShoalError('DISCONNECTED', 'There is no connection to the tracker yet: connect first.');
    return this.#open;
  }
}

/** Stops what is under way for a user who goes; what is there is kept. @throws the disk's errors, when all has stopped */
async function suspend(
  { session, shares, folders, downloads }: SignedIn,
  remember: 'paused' | 'running',
): Promise<void> {
  try {
    await shares.close();
  } finally {
    const endMs = performance.now() + SUSPEND_WAIT_MS;
    try {
      await folders.suspendAll(remember, SUSPEND_WAIT_MS);
    } finally {
      const leftMs = Math.max(LEAST_WAIT_MS, endMs - performance.now());
      await downloads.suspendAll(remember, leftMs).finally(() => session.end());
    }
  }
}

function closedError(): ShoalError {
  return new ShoalError('CLOSED', 'This client is closed: make a new one.');
}
