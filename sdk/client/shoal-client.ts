import { EventEmitter } from 'eventemitter3';
import type { DeviceProof, Endpoint, Group, SharedFile, ShoalError } from '../protocol/index.js';
import type { StreamableDownload } from './api/download.js';
import type { ShoalEvents } from './api/events.js';
import type { FolderDownload } from './api/folder-download.js';
import type { LimitChanges, Limits } from './api/limits.js';
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
import { ClientLifecycle } from './client-lifecycle.js';
import { reachProblemOf } from './session/client-resources.js';
import {
  type ListOptions,
  listAllFiles,
  listAllGroups,
  listAllMembers,
  listAllRequests,
} from './session/list-pages.js';
import { composed, tryForms } from './session/password.js';
import type { Abortable } from './util/abort.js';

/**
 * A device of a user: signs in at a tracker, takes part in groups, shares files and downloads them.
 * Every method rejects with a `ShoalError`; its `code` says why.
 */
export class ShoalClient extends EventEmitter<ShoalEvents> {
  readonly #life: ClientLifecycle;

  /** Nothing is opened before `connect`. @throws ShoalError `INVALID_ARGUMENT` for limits that are none */
  constructor(options: ShoalClientOptions) {
    super();
    this.#life = new ClientLifecycle(options, this);
  }

  /** Who is signed in. */
  get userId(): string | undefined {
    return this.#life.signedIn?.session.userId;
  }

  /** This device's id, once connected: the SHA-256 of its public key, hexadecimal. */
  get deviceId(): string | undefined {
    return this.#life.open?.folder.identity.id;
  }

  /** Where this device serves pieces, once connected. */
  get listenAddress(): Endpoint | undefined {
    return this.#life.open?.address;
  }

  /** The tracker's fingerprint, while it is reached. */
  get trackerFingerprint(): string | undefined {
    return this.#life.open?.link.online?.fingerprint;
  }

  /** Why the tracker is away, as the latest `disconnected` told; undefined while it is reached, and before it was for the first time. */
  get trackerProblem(): ShoalError | undefined {
    return this.#life.open?.link.awayBecause;
  }

  /** Why devices on other computers cannot download from this one, and what to do, in words; undefined where nothing is known to keep them from it. */
  get reachProblem(): string | undefined {
    const { open } = this.#life;
    return open && reachProblemOf(open);
  }

  /**
   * Opens the data folder, begins to listen, and connects to the tracker; from then on the connection comes back by itself.
   * @throws ShoalError `TRACKER_UNREACHABLE`, `TRACKER_CHANGED`, `TRACKER_INVALID`, `TRACKER_INCOMPATIBLE`, `LISTEN_FAILED`,
   * `DATA_DIR_IN_USE`, `DATA_DIR_INVALID`, `DATA_DIR_NEWER`, `INVALID_ARGUMENT`, `ABORTED`, `CLOSED`
   */
  async connect({ signal }: Abortable = {}): Promise<void> {
    await this.#life.connect(signal);
  }

  /** @throws ShoalError `USER_EXISTS`, `INVALID_NAME` */
  async createUser(userId: string, password: string, { signal }: Abortable = {}): Promise<void> {
    await this.#life.call('createUser', { userId, password: composed(password) }, signal);
  }

  /**
   * Signs in, and serves again what this device shared before, as far as it is still there and unchanged.
   * @throws ShoalError `WRONG_PASSWORD` (also where there is no such user), `ALREADY_LOGGED_IN`, `RATE_LIMITED`
   */
  login(userId: string, password: string, { signal }: Abortable = {}): Promise<LoginResult> {
    const ask = (device: DeviceProof) =>
      tryForms(password, (form) => this.#life.call('login', { userId, password: form, device }, signal));
    return this.#life.signIn(ask, signal);
  }

  /** Signs in with the token of an earlier `login`. @throws ShoalError `NOT_LOGGED_IN` when it holds no more */
  resumeSession(token: string, { signal }: Abortable = {}): Promise<LoginResult> {
    return this.#life.signIn((device) => this.#life.call('resume', { token, device }, signal), signal);
  }

  /**
   * Puts another password in the place of the current one. All other sessions of the user end, and hear of it; this one goes on.
   * @throws ShoalError `WRONG_PASSWORD`, `RATE_LIMITED`, `NOT_LOGGED_IN`, `INVALID_ARGUMENT`
   */
  async changePassword(current: string, next: string, { signal }: Abortable = {}): Promise<void> {
    const newPassword = composed(next);
    await tryForms(current, (password) => this.#life.callSignedIn('changePassword', { password, newPassword }, signal));
  }

  /** Stops serving at once, pauses downloads, and ends the session. */
  async logout({ signal }: Abortable = {}): Promise<void> {
    await this.#life.signOut(signal);
  }

  /** @throws ShoalError `GROUP_EXISTS`, `INVALID_NAME` */
  async createGroup(groupId: string, { signal }: Abortable = {}): Promise<Group> {
    const { session } = this.#life.requireSignedIn();
    const group = await session.call('createGroup', { groupId }, signal);
    session.addGroup(group.groupId, group.epoch);
    return group;
  }

  /** Asks to join; the owner decides. @throws ShoalError `GROUP_NOT_FOUND`, `ALREADY_A_MEMBER`, `ALREADY_REQUESTED` */
  joinGroup(groupId: string, { signal }: Abortable = {}): Promise<Group> {
    return this.#life.callSignedIn('joinGroup', { groupId }, signal);
  }

  /** Leaves, or withdraws the request to join. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
  async leaveGroup(groupId: string, { signal }: Abortable = {}): Promise<LeaveResult> {
    const signedIn = this.#life.requireSignedIn();
    const result = await signedIn.session.call('leaveGroup', { groupId }, signal);
    await signedIn.dropGroup(groupId);
    return result;
  }

  /** All groups of the tracker, with one's own standing in each. */
  async listGroups({ signal }: Abortable = {}): Promise<Group[]> {
    return listAllGroups(this.#life.requireSignedIn().session, signal);
  }

  /** @throws ShoalError `NOT_A_MEMBER`, `GROUP_NOT_FOUND` */
  async listMembers(groupId: string, { signal }: Abortable = {}): Promise<Member[]> {
    return listAllMembers(this.#life.requireSignedIn().session, groupId, signal);
  }

  /** @throws ShoalError `NOT_THE_OWNER`, `GROUP_NOT_FOUND` */
  async listRequests(groupId: string, { signal }: Abortable = {}): Promise<JoinRequest[]> {
    return listAllRequests(this.#life.requireSignedIn().session, groupId, signal);
  }

  /** @throws ShoalError `NOT_THE_OWNER`, `REQUEST_NOT_FOUND`, `GROUP_NOT_FOUND` */
  async acceptRequest(groupId: string, userId: string, { signal }: Abortable = {}): Promise<void> {
    await this.#life.callSignedIn('acceptRequest', { groupId, userId }, signal);
  }

  /** @throws ShoalError `NOT_THE_OWNER`, `REQUEST_NOT_FOUND`, `GROUP_NOT_FOUND` */
  async rejectRequest(groupId: string, userId: string, { signal }: Abortable = {}): Promise<void> {
    await this.#life.callSignedIn('rejectRequest', { groupId, userId }, signal);
  }

  /** Ends someone's membership: devices of the group stop serving them within seconds. @throws ShoalError `NOT_THE_OWNER`, `NOT_A_MEMBER` */
  async removeMember(groupId: string, userId: string, { signal }: Abortable = {}): Promise<void> {
    await this.#life.callSignedIn('removeMember', { groupId, userId }, signal);
  }

  /** What is shared in a group, or in a folder of it, by name. @throws ShoalError `NOT_A_MEMBER`, `GROUP_NOT_FOUND` */
  async listFiles(groupId: string, options: ListOptions = {}): Promise<SharedFile[]> {
    return listAllFiles(this.#life.requireSignedIn().session, groupId, options);
  }

  /**
   * Hashes a file, off this thread, and offers it to a group. Its bytes stay here until someone fetches them.
   * @throws ShoalError `PATH_NOT_FOUND`, `NOT_A_FILE`, `PERMISSION_DENIED`, `FILE_CHANGED`, `NAME_TAKEN`, `NOT_A_MEMBER`, `ABORTED`
   */
  async shareFile(path: string, groupId: string, options?: ShareOptions): Promise<ShareResult> {
    return this.#life.requireSignedIn().shares.share(path, groupId, options);
  }

  /** @throws ShoalError `NOT_SHARED`, `FILE_NOT_FOUND`, `NOT_A_MEMBER` */
  async stopShare(groupId: string, fileName: string, { signal }: Abortable = {}): Promise<void> {
    await this.#life.requireSignedIn().shares.stop(groupId, fileName, signal);
  }

  /** Stops sharing many files of a group at once; those that are not shared are passed over. @throws ShoalError `NOT_A_MEMBER`, the tracker's */
  async stopShares(groupId: string, fileNames: readonly string[], { signal }: Abortable = {}): Promise<void> {
    await this.#life.requireSignedIn().shares.stopMany(groupId, fileNames, signal);
  }

  /** What this device serves. */
  shares(): Share[] {
    return this.#life.signedIn?.shares.list() ?? [];
  }

  /**
   * Begins to fetch a file into a folder or to a path, and returns at once: `started` tells whether it could begin, `done`
   * when the file stands there, whole and verified. The same call takes up what an earlier one left, after a crash too.
   */
  downloadFile(groupId: string, fileName: string, destination: string, options?: DownloadOptions): StreamableDownload {
    return this.#life.requireSignedIn().downloads.start(groupId, fileName, destination, options);
  }

  /**
   * What `shareFolder` would share: nothing is hashed, and nobody is told.
   * @throws ShoalError `PATH_NOT_FOUND`, `NOT_A_FOLDER`, `FOLDER_TOO_LARGE`, `PERMISSION_DENIED`, `ABORTED`
   */
  async surveyFolder(path: string, options: FolderSurveyOptions = {}): Promise<FolderSurvey> {
    return this.#life.requireSignedIn().surveyFolder(path, options);
  }

  /**
   * Shares the files below a folder, each under the folder's name, a slash and its place below it. What cannot be shared does not stop the
   * rest: `skipped` tells. The same call later shares what is new or has changed, and is quick about the rest.
   * @throws ShoalError `PATH_NOT_FOUND`, `NOT_A_FOLDER`, `FOLDER_TOO_LARGE`, `PERMISSION_DENIED`, `INVALID_NAME`, `NOT_A_MEMBER`, `GROUP_NOT_FOUND`, `ABORTED`
   */
  async shareFolder(path: string, groupId: string, options: FolderShareOptions = {}): Promise<FolderShareResult> {
    return this.#life.requireSignedIn().shareFolder(path, groupId, options);
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
    return this.#life.requireSignedIn().folders.start(groupId, folder, destination, options);
  }

  /** Folder downloads in the queue, under way, paused, and those that ended since signing in. */
  folderDownloads(): FolderDownload[] {
    return this.#life.signedIn?.folders.list() ?? [];
  }

  /** Downloads of files in the queue, under way, paused, and those that ended since signing in. Files of folder downloads are not among them. */
  downloads(): StreamableDownload[] {
    return this.#life.signedIn?.downloads.list() ?? [];
  }

  /** Takes the downloads that are complete off the list; their files stay, and stay shared. */
  clearDownloads(): void {
    this.#life.signedIn?.transfers.clear();
  }

  /** What this client keeps to. */
  get limits(): Limits {
    return this.#life.limits;
  }

  /**
   * Changes limits, from now on: what is under way goes on at the new rate, and when fewer may run, none is stopped for it.
   * Those that are left out stay as they are; 0 or undefined lifts one.
   * @throws ShoalError `INVALID_ARGUMENT`
   */
  setLimits(changes: LimitChanges): void {
    this.#life.setLimits(changes);
  }

  /** What others fetch from this device at the moment. */
  uploads(): readonly Upload[] {
    return this.#life.uploads;
  }

  /** Stops everything, in order; what is shared and downloaded is taken up at the next sign-in. May be called twice. */
  close(): Promise<void> {
    return this.#life.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
