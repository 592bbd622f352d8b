import type { EventEmitter } from 'eventemitter3';
import { type Engine, type FileUpload, HashPool } from '../engine/index.js';
import {
  type DeviceProof,
  ShoalError,
  type TrackerMethod,
  type TrackerParams,
  type TrackerResult,
} from '../protocol/index.js';
import { PortMapper } from '../reach/portmap/index.js';
import type { ShoalEvents } from './api/events.js';
import {
  changeKeptVersions,
  DEFAULT_KEPT_VERSIONS,
  type KeptVersions,
  type KeptVersionsChanges,
} from './api/kept-versions.js';
import { changeLimits, DEFAULT_LIMITS, type LimitChanges, type Limits } from './api/limits.js';
import type { ShoalClientOptions } from './api/options.js';
import type { LoginResult, Upload } from './api/results.js';
import { listenToEngine } from './engine-events.js';
import { ClientReach } from './network/client-reach.js';
import { WaySettings } from './network/way-settings.js';
import { closeEverything, type Open, openEverything, proveDevice, reachProblemOf } from './session/client-resources.js';
import { SignedIn } from './signed-in.js';
import type { Restoring, TrackerLink } from './tracker/tracker-link.js';
import { listenToTracker } from './tracker-events.js';
import { closedError, SessionOver, untilAborted } from './util/abort.js';
import { inBackground } from './util/background.js';
import { type Logger, SILENT } from './util/logger.js';

/** The life of a client: it opens the data folder, connects, reconnects, signs in and out, and closes, each in order. */
export class ClientLifecycle {
  readonly #options: ShoalClientOptions;
  readonly #events: EventEmitter<ShoalEvents>;
  readonly #logger: Logger;
  readonly #hashes = new HashPool();
  readonly ways: WaySettings;
  #opening: Promise<Open> | undefined;
  #open: Open | undefined;
  #signedIn: SignedIn | undefined;
  #reconnecting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  /** Aborted by `close`: ends every attempt to connect. */
  readonly #stop = new AbortController();
  #uploads: readonly Upload[] = [];
  #limits: Limits;
  #keptVersions: KeptVersions;

  constructor(options: ShoalClientOptions, events: EventEmitter<ShoalEvents>) {
    this.#limits = changeLimits(DEFAULT_LIMITS, options.limits ?? {});
    this.#keptVersions = changeKeptVersions(DEFAULT_KEPT_VERSIONS, options.keptVersions ?? {});
    this.ways = new WaySettings(options);
    this.#options = options;
    this.#events = events;
    this.#logger = options.logger ?? SILENT;
  }

  get open(): Open | undefined {
    return this.#open;
  }

  get signedIn(): SignedIn | undefined {
    return this.#signedIn;
  }

  get limits(): Limits {
    return this.#limits;
  }

  get uploads(): readonly Upload[] {
    return this.#uploads;
  }

  setLimits(changes: LimitChanges): void {
    this.#limits = changeLimits(this.#limits, changes);
    if (this.#open) this.#sendLimits(this.#open.engine);
    this.#signedIn?.transfers.setAtOnce(this.#limits.downloadsAtOnce);
  }

  get keptVersions(): KeptVersions {
    return this.#keptVersions;
  }

  setKeptVersions(changes: KeptVersionsChanges): void {
    this.#keptVersions = changeKeptVersions(this.#keptVersions, changes);
    this.#signedIn?.kept.setLimits(this.#keptVersions);
  }

  async connect(signal: AbortSignal | undefined): Promise<void> {
    if (this.#closing) throw closedError();
    try {
      const isFirst = this.#opening === undefined;
      this.#opening ??= this.#openAll(signal).catch((error: unknown) => {
        this.#opening = undefined;
        throw error;
      });
      // The caller that opens everything waits until a failed attempt is closed again: the folder is free then.
      const { link } = await (isFirst ? this.#opening : untilAborted(this.#opening, signal));
      if (link.online) {
        this.#events.emit('connected', { resumed: false });
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

  async signIn(
    ask: (device: DeviceProof) => Promise<TrackerResult<'login'>>,
    signal: AbortSignal | undefined,
  ): Promise<LoginResult> {
    const open = this.#requireOpen();
    if (this.#signedIn)
      throw new ShoalError(
        'ALREADY_LOGGED_IN',
        `You are signed in as ${this.#signedIn.session.userId}: sign out first.`,
      );
    const device = proveDevice(open);
    const answer = await ask(device);
    if (this.#closing) throw closedError();
    const signedIn = new SignedIn(answer, {
      open,
      hashes: this.#hashes,
      logger: this.#logger,
      events: this.#events,
      limits: this.#limits,
      keptVersions: this.#keptVersions,
    });
    this.#signedIn = signedIn;
    open.reach.signedIn(device);
    const restored = await signedIn.restoreShares(answer, signal);
    if (this.#signedIn !== signedIn) throw this.#closing ? closedError() : new SessionOver();
    signedIn.restoreDownloads();
    return { userId: answer.userId, sessionToken: answer.token, ...restored };
  }

  async signOut(signal: AbortSignal | undefined): Promise<void> {
    const signedIn = this.requireSignedIn();
    this.#stopServing();
    await signedIn.suspend('paused').finally(() => this.call('logout', {}, signal));
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async call<M extends TrackerMethod>(
    method: M,
    params: TrackerParams<M>,
    signal?: AbortSignal,
  ): Promise<TrackerResult<M>> {
    return this.#requireOpen().link.call(method, params, signal);
  }

  async callSignedIn<M extends TrackerMethod>(
    method: M,
    params: TrackerParams<M>,
    signal?: AbortSignal,
  ): Promise<TrackerResult<M>> {
    return this.requireSignedIn().session.call(method, params, signal);
  }

  /** @throws ShoalError `NOT_LOGGED_IN`, `DISCONNECTED`, `CLOSED` */
  requireSignedIn(): SignedIn {
    this.#requireOpen();
    if (!this.#signedIn) throw new ShoalError('NOT_LOGGED_IN', 'You are not signed in: sign in first.');
    return this.#signedIn;
  }

  #requireOpen(): Open {
    if (this.#closing) throw closedError();
    if (!this.#open) throw new ShoalError('DISCONNECTED', 'There is no connection to the tracker yet: connect first.');
    return this.#open;
  }

  async #openAll(signal: AbortSignal | undefined): Promise<Open> {
    const opened = await openEverything(
      this.#options,
      this.#logger,
      (how) => this.#restoreSession(how),
      signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal,
      (error) => this.#onFolderLost(error),
    );
    const context = { logger: this.#logger, events: this.#events, signedIn: () => this.#signedIn };
    const reach = new ClientReach({
      ...opened,
      logger: this.#logger,
      connect: this.ways.connect,
      portMapping: this.ways.portMapping,
      makeMapper: (parts) => new PortMapper(parts),
      nonce: () => opened.folder.keptNonce.get(this.#logger),
      session: () => this.#signedIn?.session,
      onChanged: (changed) => this.#events.emit('reachChanged', changed),
    });
    this.ways.applyTo(reach);
    const open = { ...opened, reach };
    listenToEngine(open.engine, { ...context, onUploads: (uploads) => this.#onUploads(uploads) });
    this.#sendLimits(open.engine);
    listenToTracker(open.link, { ...context, endSession: (reason) => this.#endSession(reason) });
    this.#open = open;
    const reachProblem = reachProblemOf(open);
    if (reachProblem) this.#logger.warn(reachProblem);
    return open;
  }

  /** The tracker was lost since the first connection: connects now and not at the next scheduled attempt. */
  async #reconnect(link: TrackerLink, signal: AbortSignal | undefined): Promise<void> {
    await link.connect(signal);
    await this.#restoreSession('returned');
  }

  /** The tracker is back, or the client is at another node of it: the session continues where it was. */
  async #restoreSession(how: Restoring): Promise<void> {
    const open = this.#requireOpen();
    const signedIn = this.#signedIn;
    if (signedIn) {
      const device = proveDevice(open);
      try {
        const answer = await this.call('resume', { token: signedIn.session.token, device });
        open.reach.signedIn(device);
        await signedIn.reconnected(answer);
      } catch (error) {
        if (!(error instanceof ShoalError) || error.code !== 'NOT_LOGGED_IN') throw error;
        await this.#endSession('expired');
      }
    }
    const resumed = signedIn !== undefined && this.#signedIn === signedIn;
    if (how === 'returned') this.#events.emit('connected', { resumed });
    else if (resumed) this.#events.emit('missed', { groupId: null }); // what happened in between
  }

  async #endSession(reason: 'replaced' | 'expired'): Promise<void> {
    const signedIn = this.#signedIn;
    if (!signedIn) return;
    this.#stopServing();
    await signedIn.suspend('running').finally(() => this.#events.emit('sessionEnded', { reason }));
  }

  #stopServing(): void {
    this.#signedIn = undefined;
    this.#open?.engine.send({ type: 'stopServing' });
    this.#open?.reach.signedOut();
  }

  /** Another process has the data folder: this one must not write there any more. */
  #onFolderLost(error: ShoalError): void {
    this.#logger.error(error.message);
    this.#open?.folder.library.close(error);
    const isSignedIn = this.#signedIn !== undefined;
    inBackground(this.close(), this.#logger);
    if (isSignedIn) this.#events.emit('sessionEnded', { reason: 'replaced' });
  }

  async #closeAll(): Promise<void> {
    this.#stop.abort();
    const open = this.#open ?? (await this.#opening?.catch(() => undefined));
    const signedIn = this.#signedIn;
    this.#signedIn = undefined;
    try {
      await signedIn?.suspend('running');
    } finally {
      await this.#closeParts(open);
    }
  }

  async #closeParts(open: Open | undefined): Promise<void> {
    try {
      await open?.folder.library.finish();
    } finally {
      open?.folder.library.close(closedError()); // a late caller must not write: another process may have the folder
      if (open) await closeEverything(open);
      await this.#hashes.close();
    }
  }

  #sendLimits(engine: Engine): void {
    const { downloadBytesPerSecond, uploadBytesPerSecond } = this.#limits;
    engine.send({ type: 'limits', downloadBytesPerSecond, uploadBytesPerSecond });
  }

  #onUploads(uploads: readonly FileUpload[]): void {
    this.#signedIn?.kept.sending(new Set(uploads.map(({ manifestId }) => manifestId)));
    const named = this.#signedIn?.session.nameServed(uploads) ?? [];
    if (named.length === 0 && this.#uploads.length === 0) return;
    this.#uploads = named;
    this.#events.emit('uploadsChanged', named);
  }
}
