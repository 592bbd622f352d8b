import type { DeviceProof, Endpoint, Group, SharedFile, ShoalError } from '../protocol/index.js';
import type { StreamableDownload } from './api/download.js';
import type { FolderDownload } from './api/folder-download.js';
import type { LimitChanges, Limits } from './api/limits.js';
import type { DownloadOptions, FolderDownloadOptions, ShareOptions, ShoalClientOptions } from './api/options.js';
import type { ConnectMode, Reach } from './api/reach.js';
import type { JoinRequest, LeaveResult, LoginResult, Member, Share, ShareResult, Upload } from './api/results.js';
import { ClientFolders, SIGNED_IN } from './client-folders.js';
import { ClientLifecycle } from './client-lifecycle.js';
import { LIFE, REQUIRE_SIGNED_IN } from './client-versions.js';
import { reachProblemOf } from './session/client-resources.js';
import * as lists from './session/list-pages.js';
import { composed, tryForms } from './session/password.js';
import type { SignedIn } from './signed-in.js';
import type { Abortable } from './util/abort.js';

/**
 * A device of a user: it signs in at a tracker, takes part in groups, shares files and downloads them. Every operation is one method here.
 * Every failure is a `ShoalError`; its `code` gives the cause. Besides the listed codes, each method that asks the tracker can reject with
 * `DISCONNECTED`, `TIMEOUT`, `RATE_LIMITED`, `SHUTTING_DOWN`, `UNAVAILABLE`, `ABORTED` (its `signal`) and `CLOSED`, and each method that needs a
 * signed-in user with `NOT_LOGGED_IN`.
 */
export class ShoalClient extends ClientFolders {
  readonly #life: ClientLifecycle;

  /** Creates a client. It opens nothing before `connect`. @throws ShoalError `INVALID_ARGUMENT` for an invalid limit or mode */
  constructor(options: ShoalClientOptions) {
    super();
    this.#life = new ClientLifecycle(options, this);
  }

  /** The signed-in user; undefined if nobody is signed in. */
  get userId(): string | undefined {
    return this.#life.signedIn?.session.userId;
  }

  /** The id of this device: the SHA-256 of its public key, 64 hexadecimal digits. Undefined before `connect`. */
  get deviceId(): string | undefined {
    return this.#life.open?.folder.identity.id;
  }

  /** The address at which this device serves pieces. Undefined before `connect`. */
  get listenAddress(): Endpoint | undefined {
    return this.#life.open?.own.listening;
  }

  /** The fingerprint of the connected tracker: 64 hexadecimal digits. Undefined without a connection. */
  get trackerFingerprint(): string | undefined {
    return this.#life.open?.link.online?.fingerprint;
  }

  /** Where the nodes of the connected tracker are dialled, as it told, for invitations. Empty if it told none, and without a connection. */
  get trackerNodes(): readonly Endpoint[] {
    return this.#life.open?.link.nodes ?? [];
  }

  /** Why there is no connection: the error of the latest `disconnected`. Undefined while connected, and before the first connection. */
  get trackerProblem(): ShoalError | undefined {
    return this.#life.open?.link.awayBecause;
  }

  /** Why devices on other computers cannot download from this one, and what to do, for people. Undefined if there is no known reason. */
  get reachProblem(): string | undefined {
    const { open } = this.#life;
    return open && reachProblemOf(open);
  }

  /** Where others reach this device, and what they need for it. Undefined before `connect`. `reachChanged` tells of changes. */
  get reach(): Reach | undefined {
    return this.#life.open?.reach.describe();
  }

  /** Which ways to other devices are used. */
  get connectMode(): ConnectMode {
    return this.#life.ways.connect;
  }

  /** Changes which ways to other devices are used, at once and for running transfers, too. @throws ShoalError `INVALID_ARGUMENT` */
  setConnect(connect: ConnectMode): void {
    this.#life.ways.setConnect(connect);
  }

  /** Whether the router may be asked to open a port. */
  get portMapping(): boolean {
    return this.#life.ways.portMapping;
  }

  /** Lets the router open a port for this device, or has it closed; `reach` tells what came of it. @throws ShoalError `INVALID_ARGUMENT` */
  setPortMapping(isOn: boolean): void {
    this.#life.ways.setPortMapping(isOn);
  }

  /**
   * Opens the data folder, listens for peers, and connects to the tracker. Later the client reconnects by itself; a call of `connect`
   * tries at once.
   * @throws ShoalError `TRACKER_UNREACHABLE`, `TRACKER_CHANGED`, `TRACKER_INVALID`, `TRACKER_INCOMPATIBLE`, `LISTEN_FAILED`,
   * `DATA_DIR_IN_USE`, `DATA_DIR_INVALID`, `DATA_DIR_NEWER`, `INVALID_ARGUMENT`, `ABORTED`, `CLOSED`
   */
  async connect({ signal }: Abortable = {}): Promise<void> {
    await this.#life.connect(signal);
  }

  /**
   * Creates an account at the tracker. It does not sign in.
   * @throws ShoalError `USER_EXISTS`, `INVALID_NAME`, `INVALID_ARGUMENT` (the password has more than 1,024 bytes)
   */
  async createUser(userId: string, password: string, { signal }: Abortable = {}): Promise<void> {
    await this.#life.call('createUser', { userId, password: composed(password) }, signal);
  }

  /**
   * Signs in, serves the earlier shares of this device that are unchanged, and resumes its downloads.
   * @throws ShoalError `WRONG_PASSWORD` (also if there is no such user), `ALREADY_LOGGED_IN`, `RATE_LIMITED`
   */
  login(userId: string, password: string, { signal }: Abortable = {}): Promise<LoginResult> {
    const ask = (device: DeviceProof) =>
      tryForms(password, (form) => this.#life.call('login', { userId, password: form, device }, signal));
    return this.#life.signIn(ask, signal);
  }

  /**
   * Signs in with the `sessionToken` of an earlier `login`, without a password.
   * @throws ShoalError `NOT_LOGGED_IN` if the token is no longer valid, `ALREADY_LOGGED_IN`
   */
  resumeSession(token: string, { signal }: Abortable = {}): Promise<LoginResult> {
    return this.#life.signIn((device) => this.#life.call('resume', { token, device }, signal), signal);
  }

  /**
   * Changes the password of the signed-in user. All other sessions of the user end with `sessionEnded`; this one continues.
   * @throws ShoalError `WRONG_PASSWORD`, `RATE_LIMITED`, `NOT_LOGGED_IN`, `INVALID_ARGUMENT`
   */
  async changePassword(current: string, next: string, { signal }: Abortable = {}): Promise<void> {
    const newPassword = composed(next);
    await tryForms(current, (password) => this.#life.callSignedIn('changePassword', { password, newPassword }, signal));
  }

  /** Stops serving at once, pauses the downloads, and ends the session. */
  async logout({ signal }: Abortable = {}): Promise<void> {
    await this.#life.signOut(signal);
  }

  /**
   * Asks to join a group. The owner decides; `membershipChanged` announces the decision.
   * @throws ShoalError `GROUP_NOT_FOUND`, `ALREADY_A_MEMBER`, `ALREADY_REQUESTED`, `QUOTA_EXCEEDED`
   */
  async joinGroup(groupId: string, { signal }: Abortable = {}): Promise<Group> {
    return this.#life.requireSignedIn().joinGroup(groupId, signal);
  }

  /** Leaves a group, or withdraws a request to join it. Shares and downloads of the group end at once, also while the tracker is away. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
  async leaveGroup(groupId: string, { signal }: Abortable = {}): Promise<LeaveResult> {
    return this.#life.requireSignedIn().leaveGroup(groupId, signal);
  }

  /** Lists all groups of the tracker; `standing` is the relation of the signed-in user to each. */
  async listGroups({ signal }: Abortable = {}): Promise<Group[]> {
    return lists.listAllGroups(this.#life.requireSignedIn().session, signal);
  }

  /** Lists the members of a group, the oldest membership first. @throws ShoalError `NOT_A_MEMBER`, `GROUP_NOT_FOUND` */
  async listMembers(groupId: string, { signal }: Abortable = {}): Promise<Member[]> {
    return lists.listAllMembers(this.#life.requireSignedIn().session, groupId, signal);
  }

  /** Lists the open requests to join a group, the oldest first. @throws ShoalError `NOT_THE_OWNER`, `GROUP_NOT_FOUND` */
  async listRequests(groupId: string, { signal }: Abortable = {}): Promise<JoinRequest[]> {
    return lists.listAllRequests(this.#life.requireSignedIn().session, groupId, signal);
  }

  /** Accepts the request of `userId` to join a group. @throws ShoalError `NOT_THE_OWNER`, `REQUEST_NOT_FOUND`, `GROUP_NOT_FOUND` */
  async acceptRequest(groupId: string, userId: string, { signal }: Abortable = {}): Promise<void> {
    await this.#life.callSignedIn('acceptRequest', { groupId, userId }, signal);
  }

  /** Rejects the request of `userId` to join a group. @throws ShoalError `NOT_THE_OWNER`, `REQUEST_NOT_FOUND`, `GROUP_NOT_FOUND` */
  async rejectRequest(groupId: string, userId: string, { signal }: Abortable = {}): Promise<void> {
    await this.#life.callSignedIn('rejectRequest', { groupId, userId }, signal);
  }

  /**
   * Removes `userId` from a group. The devices of the other members stop serving that user within seconds.
   * @throws ShoalError `NOT_THE_OWNER`, `NOT_A_MEMBER`, `GROUP_NOT_FOUND`
   */
  async removeMember(groupId: string, userId: string, { signal }: Abortable = {}): Promise<void> {
    await this.#life.callSignedIn('removeMember', { groupId, userId }, signal);
  }

  /** Lists the files that a group shares, or those of one folder, sorted by name. @throws ShoalError `NOT_A_MEMBER`, `GROUP_NOT_FOUND` */
  async listFiles(groupId: string, options: lists.ListOptions = {}): Promise<SharedFile[]> {
    return lists.listAllFiles(this.#life.requireSignedIn().session, groupId, options);
  }

  /**
   * Hashes a file in a worker thread and shares it with a group. The data stays on this device until a member downloads it. If this
   * device shares other content under the name, the file becomes its next version, unless the group has a newer version than this device
   * knows (`VERSION_CONFLICT`).
   * @throws ShoalError `PATH_NOT_FOUND`, `NOT_A_FILE`, `PERMISSION_DENIED`, `FILE_CHANGED`, `FILE_TOO_LARGE`, `INVALID_NAME`, `NAME_TAKEN`,
   * `VERSION_CONFLICT`, `NOT_A_MEMBER`, `QUOTA_EXCEEDED`, `TOO_MANY_SHARES`, `INVALID_ARGUMENT`, `TRACKER_INCOMPATIBLE`, `ABORTED`
   */
  async shareFile(path: string, groupId: string, options?: ShareOptions): Promise<ShareResult> {
    return this.#life.requireSignedIn().shares.share(path, groupId, options);
  }

  /** Stops sharing a file from this device at once, also while the tracker is away. The file itself stays on the disk. @throws ShoalError `NOT_SHARED`, `FILE_NOT_FOUND`, `NOT_A_MEMBER` */
  async stopShare(groupId: string, fileName: string, { signal }: Abortable = {}): Promise<void> {
    await this.#life.requireSignedIn().stopShares(groupId, [fileName], signal);
  }

  /** Stops sharing many files of a group in few messages. It ignores names that are not shared. @throws ShoalError `NOT_A_MEMBER` */
  async stopShares(groupId: string, fileNames: readonly string[], { signal }: Abortable = {}): Promise<void> {
    await this.#life.requireSignedIn().stopShares(groupId, fileNames, signal);
  }

  /** The files that this device serves. */
  shares(): Share[] {
    return this.#life.signedIn?.shares.list() ?? [];
  }

  /**
   * Starts the download of a file into a folder or to a path, and returns at once. `started` resolves when the transfer begins, `done`
   * when the file is complete. The same call resumes an earlier download, also after a crash.
   * @throws ShoalError `INVALID_ARGUMENT`, `NOT_LOGGED_IN`; all other failures reject `started` and `done`
   */
  downloadFile(groupId: string, fileName: string, destination: string, options?: DownloadOptions): StreamableDownload {
    return this.#life.requireSignedIn().downloads.start(groupId, fileName, destination, options);
  }

  /**
   * Starts the download of a shared folder, and returns at once. The files go into `destination` under the folder's name, or to that path.
   * `started` resolves when the transfer begins, `done` when all files are complete. An existing file with the same content is kept; another
   * one fails alone, unless `overwrite` replaces it. The same call resumes an earlier download, also after a crash.
   * @throws ShoalError `INVALID_NAME`, `INVALID_ARGUMENT`, `NOT_LOGGED_IN`; all other failures reject `started` and `done`
   */
  downloadFolder(
    groupId: string,
    folder: string,
    destination: string,
    options?: FolderDownloadOptions,
  ): FolderDownload {
    return this.#life.requireSignedIn().folders.start(groupId, folder, destination, options ?? {});
  }

  /** The folder downloads that run, wait or are paused, and those that ended since the sign-in. */
  folderDownloads(): FolderDownload[] {
    return this.#life.signedIn?.folders.list() ?? [];
  }

  /** The file downloads that run, wait or are paused, and those that ended since the sign-in, without the files of folder downloads. */
  downloads(): StreamableDownload[] {
    return this.#life.signedIn?.downloads.list() ?? [];
  }

  /** Removes complete downloads from both lists. Their files stay on the disk, and stay shared. */
  clearDownloads(): void {
    this.#life.signedIn?.transfers.clear();
  }

  /** The limits that apply. */
  get limits(): Limits {
    return this.#life.limits;
  }

  /**
   * Changes limits at once. Running transfers continue at the new rate; a lower `downloadsAtOnce` stops none of them. 0 or undefined
   * removes a limit, and an omitted limit stays as it is.
   * @throws ShoalError `INVALID_ARGUMENT` if a rate is below 1,000 bytes per second, or the number is not whole
   */
  setLimits(changes: LimitChanges): void {
    this.#life.setLimits(changes);
  }

  /** The current uploads of this device. */
  uploads(): readonly Upload[] {
    return this.#life.uploads;
  }

  /** Closes the client. The next sign-in serves its shares and resumes its downloads. A second call does nothing more. */
  close(): Promise<void> {
    return this.#life.close();
  }

  /** Calls `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  protected override get [LIFE](): ClientLifecycle {
    return this.#life;
  }

  protected override get [SIGNED_IN](): SignedIn | undefined {
    return this.#life.signedIn;
  }

  protected override [REQUIRE_SIGNED_IN](): SignedIn {
    return this.#life.requireSignedIn();
  }
}
